// A caption: the text being spelled, or the newest one for some seconds (`?seconds=8`).

import { play } from "./demo.js";
import { follow } from "./feed.js";
import { showLetters } from "./letters.js";
import { Model } from "./model.js";
import { demo } from "./settings.js";

const seconds = Number(new URLSearchParams(location.search).get("seconds")) || 8;
const LONGEST = 120;

const model = new Model();
const line = document.getElementById("caption");
let ends;
let last = "";

function take(message) {
  model.take(message);
  const { text, stable } = model.shown;
  const key = `${stable} ${text}`;
  if (key === last) return;
  last = key;
  // A caption has two lines: of a long text its end.
  const cut = Math.max(0, text.length - LONGEST);
  showLetters(line, text.slice(cut), stable - cut);
  clearTimeout(ends);
  ends = setTimeout(() => line.replaceChildren(), seconds * 1000);
}

if (demo) play(take);
else follow(take, () => {});
