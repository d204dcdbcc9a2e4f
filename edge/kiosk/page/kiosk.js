// The page: shows the model, and turns keys and touches into orders.

import { obey, play } from "./demo.js";
import { follow, order } from "./feed.js";
import { fit, showLetters } from "./letters.js";
import { Model } from "./model.js";
import { apply, change, demo, settings } from "./settings.js";
import { hasVoice, say } from "./speech.js";
import { drawView } from "./view.js";
import { LANGUAGES, language, preferred, speak, word } from "./words.js";

const NOTICE_MS = 6000;
const LIVE_LINES = 20;
const RECENT = 3;
const LATEST_MS = 50;

const $ = (id) => document.getElementById(id);
const model = new Model();
let sign = { network: false, notice: "", language: "" };
let wantView = () => {};
let drawn = {};
let wanted = false;
let correcting = null;

function take(message) {
  const text = model.take(message);
  if (text) announce(text);
  render();
}

/** Draw once before the next picture, however many messages come until then.
 *
 * A page that is not in view, or whose machine is busy, gets no pictures: then after a while.
 */
function render() {
  if (wanted) return;
  wanted = true;
  const once = () => {
    if (!wanted) return;
    wanted = false;
    draw();
  };
  requestAnimationFrame(once);
  setTimeout(once, LATEST_MS);
}

/** Call `show` where `value` is not what was drawn last under `name`. */
function draws(name, value, show) {
  const key = JSON.stringify(value);
  if (drawn[name] === key) return;
  drawn[name] = key;
  show();
}

function draw() {
  const state = demo || model.linked ? model.state : { ...model.state, state: "offline", reason: "", camera: "off", see: "" };
  const { shown } = model;
  draws("state", [state, language()], () => drawState(state));
  draws("hint", [state, !shown.text, language()], () => drawHint(state, !shown.text));
  const readings = !model.draft.text && model.newest?.readings.length > 1 ? model.newest : null;
  draws("readings", readings, () => drawReadings(readings));
  draws("recent", model.before.slice(0, RECENT), () => drawRecent(model.before.slice(0, RECENT)));
  draws("answer", [model.answer, shown.text, language()], () => drawAnswer(model.answer, shown.text));
  draws("correct", model.texts.length > 0, () => ($("correct").disabled = !model.texts.length));
  draws("text", shown, () => drawText(shown));
  if ($("texts").open) draws("texts", [model.texts, language()], drawTexts);
  const shares = !sign.network && (state.shared ?? "none") !== "none";
  draws("shares", shares, () => ($("view-setting").hidden = !shares));
  wantView(shares && settings.view);
  const view = shares && settings.view ? model.view : null;
  draws("view", view !== null, () => ($("view").hidden = !view));
  if (view) drawView($("view"), view);
}

function drawText(shown) {
  showLetters($("text"), shown.text, shown.stable);
  $("text").classList.add("letters");
  fitText();
}

function fitText() {
  if (!$("text").textContent) return;
  const { width, height } = $("stage").getBoundingClientRect();
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  fit($("text"), $("stage"), Math.min(height * 0.6, width * 0.2), rem * 1.05);
}

function drawState(state) {
  const root = document.documentElement;
  root.dataset.state = state.state;
  root.dataset.camera = state.camera === "demo" ? "none" : state.camera;
  const expected = state.expect === "any" ? "" : word(`expect_${state.expect}`);
  const words = state.see ? word(`see_${state.see}`) : word(`state_${state.state}`) || state.state;
  $("state").textContent = [words, expected].filter(Boolean).join(" · ");
  const paused = state.state === "paused";
  const pause = $("pause");
  pause.querySelector("span").textContent = word(paused ? "resume" : "pause");
  pause.disabled = state.state === "offline" || state.state === "away";
  $("camera").textContent = word(paused && state.camera === "on" ? "camera_paused" : `camera_${state.camera}`);
  $("privacy").textContent = privacy(state);
}

/** No more than what is true of this device, this program and its pages. */
function privacy(state) {
  if (sign.notice) return `${word("privacy_recorded")} ${sign.notice}`;
  if (sign.network) return word("privacy_network");
  if (state.others > 0) return word("privacy_others", { count: state.others });
  return word("privacy");
}

function drawHint(state, empty) {
  $("hint").hidden = !empty;
  $("hint-title").textContent = (state.see && word(`see_${state.see}`)) || word(`hint_${state.state}`);
  $("hint-detail").lang = state.reason ? "en" : "";
  $("hint-detail").textContent = state.reason || word(`hint_${state.state}_detail`);
}

function drawReadings(text) {
  const group = $("readings");
  const focused = [...group.children].indexOf(document.activeElement);
  group.hidden = !text;
  group.replaceChildren(...choices(text));
  if (focused >= 0) group.children[focused]?.focus();
}

function choices(text) {
  return (text?.readings ?? []).map((reading, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = reading;
    button.setAttribute("aria-pressed", String(reading === text.text));
    button.addEventListener("click", () => ask({ do: "choose", text: text.number, reading: at }));
    return button;
  });
}

function drawRecent(texts) {
  $("recent").hidden = !texts.length;
  $("recent").firstElementChild.replaceChildren(...texts.map((text) => item(text.text)));
}

function item(text) {
  const element = document.createElement("li");
  element.textContent = text;
  return element;
}

function drawAnswer(answer, shown) {
  const place = $("answer");
  place.hidden = !answer;
  place.replaceChildren();
  if (!answer) return;
  for (const [kind, text] of [
    ["question", answer.question],
    [answer.kind, answer.text],
    ["source", answer.sources.length && `${word("source")} ${answer.sources.join("; ")}`],
  ]) {
    if (!text) continue;
    const line = document.createElement("p");
    line.className = kind;
    line.textContent = text;
    line.hidden = kind === "question" && text === shown;
    place.append(line);
  }
}

function drawTexts() {
  const [list, none] = $("texts").querySelectorAll("ol, .none");
  none.hidden = model.texts.length > 0;
  list.hidden = !none.hidden;
  $("forget").disabled = !model.texts.length;
  const focused = document.activeElement.dataset.text;
  list.replaceChildren(
    ...model.texts.toReversed().map((text) => {
      const row = document.createElement("li");
      const time = document.createElement("time");
      const at = new Date(text.at * 1000);
      time.dateTime = at.toISOString();
      time.textContent = at.toLocaleTimeString(language(), { hour: "2-digit", minute: "2-digit" });
      const words = document.createElement("span");
      words.textContent = text.text;
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = word("correct");
      button.setAttribute("aria-label", `${word("correct")}: ${text.text}`);
      button.dataset.text = text.number;
      button.addEventListener("click", () => correct(text));
      row.append(time, words, button);
      return row;
    }),
  );
  list.querySelector(`[data-text="${focused}"]`)?.focus();
}

/** For screen readers, and aloud where that is wanted: settled texts only. */
function announce(text) {
  const line = document.createElement("p");
  line.textContent = text.corrected ? word("was_corrected", { text: text.text }) : text.text;
  $("spoken").append(line);
  while ($("spoken").childElementCount > LIVE_LINES) $("spoken").firstElementChild.remove();
  if (settings.speech && !text.corrected) say(text.text, language());
}

let noticeEnds;
function notify(words) {
  clearTimeout(noticeEnds);
  $("notice").textContent = words;
  noticeEnds = setTimeout(() => ($("notice").textContent = ""), NOTICE_MS);
}

async function ask(what) {
  if (demo) return void obey(what, model, take);
  const refused = await order(what);
  if (refused) {
    const known = word(`refused_${refused.error}`);
    notify(known || word("refused_other", { message: refused.message }));
  }
}

// Dialogues.

function correct(text) {
  correcting = text;
  if ($("texts").open) $("texts").close();
  const field = $("correction-form").elements.to;
  field.value = text.text;
  const buttons = choices(text).filter(() => text.readings.length > 1);
  for (const button of buttons) button.addEventListener("click", () => $("correction").close());
  $("correction").querySelector(".choices").replaceChildren(...buttons);
  $("correction").showModal();
  field.focus();
  field.setSelectionRange(text.text.length, text.text.length);
}

function buildPad() {
  const field = $("correction-form").elements.to;
  const edit = (change) => () => {
    change();
    field.dispatchEvent(new Event("input"));
  };
  const key = (label, change, name) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    if (name) button.dataset.wordLabel = name;
    button.addEventListener("click", edit(change));
    return button;
  };
  const insert = (text) => () => field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  const remove = () => {
    const { selectionStart: start, selectionEnd: end } = field;
    field.setRangeText("", start === end ? Math.max(0, start - 1) : start, end, "end");
  };
  const letters = [..."abcdefghijklmnopqrstuvwxyz0123456789"].map((letter) => key(letter, insert(letter)));
  $("correction-form").querySelector(".pad").append(...letters, key("␣", insert(" "), "space"), key("⌫", remove, "delete"));
}

$("correction-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const to = $("correction-form").elements.to.value.trim();
  if (to && correcting) ask({ do: "correct", text: correcting.number, to });
  $("correction").close();
});
$("correction").querySelector("[data-close]").addEventListener("click", () => $("correction").close());

const actions = {
  pause: () => $("pause").disabled || ask({ do: model.state.state === "paused" ? "resume" : "pause" }),
  clear: () => ask({ do: "clear" }),
  correct: () => model.texts.length && correct(model.texts.at(-1)),
  texts: () => {
    $("texts").showModal();
    drawn.texts = undefined;
    render();
  },
  settings: () => $("settings").showModal(),
};
$("pause").addEventListener("click", actions.pause);
$("clear").addEventListener("click", actions.clear);
$("correct").addEventListener("click", actions.correct);
$("open-texts").addEventListener("click", actions.texts);
$("open-settings").addEventListener("click", actions.settings);
$("forget").addEventListener("click", () => {
  ask({ do: "forget" });
  $("texts").close();
});

const KEYS = { p: "pause", x: "clear", c: "correct", t: "texts", s: "settings" };
addEventListener("keydown", (event) => {
  if (!settings.keys || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (document.querySelector("dialog[open]") || event.target.matches("input, select")) return;
  const reading = "123456789".indexOf(event.key);
  if (reading >= 0) $("readings").children[reading]?.click();
  else if (Object.hasOwn(KEYS, event.key)) actions[KEYS[event.key]]();
  else return;
  event.preventDefault();
});

// Settings.

function buildSettings() {
  const { elements } = $("settings").querySelector("form");
  for (const tag of LANGUAGES) elements.language.append(new Option(tag === "en" ? "English" : "Español", tag));
  elements.language.value = language();
  for (const name of ["colours", "size"]) elements[name].value = settings[name];
  for (const name of ["motion", "speech", "keys", "view"]) elements[name].checked = settings[name];
  for (const element of elements) {
    if (!element.name) continue;
    element.addEventListener("change", async () => {
      change(element.name, element.type === "checkbox" ? element.checked : element.value);
      if (element.name === "language") await speak(element.value);
      if (element.name === "speech" && element.checked && !hasVoice(language())) notify(word("no_voice"));
      apply();
      drawn = {};
      render();
    });
  }
}

async function begin() {
  apply();
  buildPad();
  if (!demo) sign = { ...sign, ...(await (await fetch("page/sign.json")).json()) };
  await speak(settings.language || sign.language || preferred());
  buildSettings();
  new ResizeObserver(fitText).observe($("stage"));
  const linked = (is) => {
    model.linked = is;
    render();
  };
  if (demo) play(take);
  else wantView = follow(take, linked);
  render();
}

begin();
