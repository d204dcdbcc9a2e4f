// What the page shows, kept from the messages. Nothing here touches the page.

const TEXTS = 100;

export class Model {
  linked = false;
  state = { state: "starting", reason: "", expect: "any", camera: "starting", others: 0, see: "" };
  draft = { text: "", stable: 0 };
  texts = [];
  cleared = 0;
  answer = null;
  view = null;

  /** Take a message; the text that it settles or corrects for the first time, if it does. */
  take(message) {
    switch (message.type) {
      case "everything": {
        this.state = message.state;
        this.draft = message.draft ?? { text: "", stable: 0 };
        this.texts = message.texts;
        this.cleared = message.cleared;
        this.answer = message.answer;
        return null;
      }
      case "state":
        this.state = message;
        if (message.state !== "reading") this.view = null;
        return null;
      case "draft":
        this.draft = message;
        if (message.text) this.answer = null;
        return null;
      case "text":
        return this.#put(message);
      case "cleared":
        this.cleared = message.cleared;
        this.answer = null;
        return null;
      case "forgotten":
        this.texts = [];
        this.answer = null;
        return null;
      case "answer":
        this.answer = message;
        return null;
      case "view":
        this.view = message;
        return null;
    }
    return null;
  }

  /** The newest text, where nobody cleared it. */
  get newest() {
    const text = this.texts.at(-1);
    return text && text.number > this.cleared ? text : null;
  }

  /** What stands large on the page: `{text, stable}`. */
  get shown() {
    if (this.draft.text) return this.draft;
    const { text = "", unsure = false } = this.newest ?? {};
    return { text, stable: unsure ? 0 : text.length };
  }

  /** The texts before it, newest first. */
  get before() {
    const rest = !this.draft.text && this.newest ? this.texts.slice(0, -1) : this.texts;
    return rest.toReversed();
  }

  #put(text) {
    const at = this.texts.findIndex((one) => one.number === text.number);
    if (at >= 0) {
      const corrected = this.texts[at].text !== text.text;
      this.texts[at] = text;
      return corrected ? { ...text, corrected } : null;
    }
    this.texts.push(text);
    if (this.texts.length > TEXTS) this.texts.shift();
    return { ...text, corrected: false };
  }
}
