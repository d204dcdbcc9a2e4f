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
    if (plain) element.append(plain);
    plain = "";
    let pair = characters[at];
    while (at + 1 < to && characters[at + 1] === pair[0]) pair += characters[++at];
    const tied = document.createElement("span");
    tied.className = "pair";
    tied.textContent = pair;
    element.append(tied);
  }
  if (plain) element.append(plain);
  return element;
}

/** Set the largest font, of at most `largest` pixels, with which `element` fits into `room`.
 *
 * Where even `smallest` is too large, the end of the text is what is seen: it is what is new.
 */
export function fit(element, room, largest, smallest) {
  const { clientWidth: width, clientHeight: height } = room;
  const count = Math.max(1, [...element.textContent].length);
  let size = Math.min(largest, Math.max(smallest, Math.sqrt((width * height) / (count * 0.72))));
  const word = longestWord(element.textContent);
  size = Math.max(smallest, Math.min(size, width / (word * 0.66)));
  element.style.fontSize = `${size}px`;
  while (size > smallest && (element.scrollHeight > height || element.scrollWidth > width + 1)) {
    size = Math.max(smallest, size * 0.93);
    element.style.fontSize = `${size}px`;
  }
  element.classList.toggle("from-end", element.scrollHeight > height);
}

/** Characters of the longest word; one that is longer than any word is broken anyway. */
function longestWord(text) {
  return Math.min(18, text.split(" ").reduce((most, word) => Math.max(most, [...word].length), 1));
}
