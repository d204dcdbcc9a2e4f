// The page's words: one file for each language in `words/`.

export const LANGUAGES = ["en", "es"];

let words = {};
let spoken = "en";

/** Load the words of `language` and put them into the page. */
export async function speak(language) {
  spoken = LANGUAGES.includes(language) ? language : "en";
  words = await (await fetch(`page/words/${spoken}.json`)).json();
  document.documentElement.lang = spoken;
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = word(element.dataset.word);
  }
  for (const element of document.querySelectorAll("[data-word-label]")) {
    element.setAttribute("aria-label", word(element.dataset.wordLabel));
  }
}

/** The words for `key`, with `{name}` filled in; empty where there are none. */
export function word(key, values = {}) {
  return (words[key] ?? "").replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

export const language = () => spoken;

/** Of what the browser's user reads, the first that we have. */
export function preferred() {
  const wanted = navigator.languages.map((tag) => tag.split("-")[0]);
  return wanted.find((tag) => LANGUAGES.includes(tag)) ?? "en";
}
