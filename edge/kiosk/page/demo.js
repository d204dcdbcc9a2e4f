// Messages as the server gives them, of nobody's hand: `?demo` needs neither camera nor reader.

const STEP_MS = 420;
const TEXTS = [
  { text: "hello world" },
  { text: "ishara", first: "isara" },
  { text: "the letters settle" },
];

const state = (name) => ({ type: "state", state: name, reason: "", expect: "any", camera: "demo", others: 0, see: "" });

/** Give messages to `take`, for ever. */
export async function play(take) {
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  let number = 0;
  take(state("searching"));
  for (;;) {
    for (const { text, first } of TEXTS) {
      await wait(5 * STEP_MS);
      take(state("reading"));
      const spelled = first ?? text;
      for (let end = 1; end <= spelled.length; end++) {
        take({ type: "draft", text: spelled.slice(0, end), stable: Math.max(0, end - 2) });
        await wait(STEP_MS);
      }
      number += 1;
      const settled = { type: "text", number, text: spelled, readings: [spelled], confidence: 0.9, at: Date.now() / 1000 };
      take({ type: "draft", text: "", stable: 0 });
      take(settled);
      take(state("searching"));
      if (first) {
        await wait(2 * STEP_MS);
        take({ ...settled, text, readings: [text, first] });
      }
    }
    await wait(10 * STEP_MS);
    take({ type: "cleared", cleared: number });
  }
}

/** An order in the demonstration: what needs no reader. */
export function obey(what, model, take) {
  const text = model.texts.find((one) => one.number === what.text);
  switch (what.do) {
    case "pause":
      return take(state("paused"));
    case "resume":
      return take(state("searching"));
    case "clear":
      return take({ type: "cleared", cleared: model.texts.at(-1)?.number ?? 0 });
    case "forget":
      return take({ type: "forgotten" });
    case "choose":
      return take({ ...text, text: text.readings[what.reading] });
    case "correct":
      return take({ ...text, text: what.to });
  }
}
