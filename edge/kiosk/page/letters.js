// A text as letters: settled or still open, two alike in a row tied together.

const isPair = (text, at) =>
  text[at] !== " " && (text[at] === text[at + 1] || text[at] === text[at - 1]);

/** Put `text` into `into`; its first `stable` characters will not change any more. */
export function showLetters(into, text, stable) {
  const characters = [...text];
  const parts = [];
  if (stable > 0) parts.push(part("settled", characters, 0, Math.min(stable, characters.length)));
  if (stable < characters.length) parts.push(part("open", characters, Math.max(0, stable), characters.length));
  into.replaceChildren(...parts);
}

function part(kind, characters, from, to) {
  const element = document.createElement("span");
  element.className = kind;
  let plain = "";
  for (let at = from; at < to; at++) {
    if (!isPair(characters, at)) {
      plain += characters[at];
      continue;
    }
    const follows = !plain && element.lastChild !== null;
    if (plain) element.append(plain);
    plain = "";
    let pair = characters[at];
    while (at + 1 < to && characters[at + 1] === pair[0]) pair += characters[++at];
    const tied = document.createElement("span");
    tied.className = follows ? "pair next" : "pair";
    tied.textContent = pair;
    element.append(tied);
  }
  if (plain) element.append(plain);
  return element;
}

/** Set the largest font, of at most `largest` pixels, with which `element` fits into `room`.
 *
 * The font is that of a text of some letters more, so that it changes seldom while letters come.
 * Where even `smallest` is too large, the end of the text is what is seen: it is what is new.
 */
export function fit(element, room, largest, smallest) {
  const { clientWidth: width, clientHeight: height } = room;
  const text = element.textContent;
  const count = STEPS.find((step) => step >= text.length) ?? text.length;
  const word = Math.max(SHORTEST, longestWord(text));
  let size = Math.min(largest, Math.sqrt((width * height) / (count * 0.8)), width / (word * 0.68));
  size = Math.max(smallest, size);
  element.style.fontSize = `${size}px`;
  while (size > smallest && (element.scrollHeight > height || element.scrollWidth > width + 1)) {
    size = Math.max(smallest, size * 0.93);
    element.style.fontSize = `${size}px`;
  }
  element.classList.toggle("from-end", element.scrollHeight > height);
}

const SHORTEST = 8;
const STEPS = [12, 18, 27, 40, 60, 90, 135, 200, 300];

/** Characters of the longest word; one that is longer than any word is broken anyway. */
function longestWord(text) {
  return text.split(" ").reduce((most, word) => Math.max(most, Math.min(18, word.length)), 1);
}
