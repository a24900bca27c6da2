// Two buttons: what the decoder makes of every spot, and where the codes of the data set lie.

import { find } from "../view/elements.js";

const NOTHING = "none";

/** @typedef {"tiles" | "codes"} Name */

export class Layers {
  #layers;
  #buttons;
  #usual;

  /**
   * @param {Element} root
   * @param {Record<Name, {isShown: boolean}>} layers
   * @param {Name[]} usual what is shown where nobody chose
   * @param {() => void} changed hears of a press
   */
  constructor(root, layers, usual, changed) {
    this.#layers = layers;
    this.#usual = usual.join();
    this.#buttons = { tiles: find(root, ".toggle-tiles"), codes: find(root, ".toggle-codes") };
    for (const name of this.#names)
      this.#buttons[name].onclick = () => {
        this.#put(name, !layers[name].isShown);
        changed();
      };
    this.text = "";
  }

  /** What is shown, as a link says it; empty where that is the usual. */
  get text() {
    const shown = this.#names.filter((name) => this.#layers[name].isShown).join();
    return shown === this.#usual ? "" : shown || NOTHING;
  }

  set text(text) {
    const shown = (text || this.#usual).split(",");
    for (const name of this.#names) this.#put(name, shown.includes(name));
  }

  get #names() {
    return /** @type {Name[]} */ (Object.keys(this.#layers));
  }

  /**
   * @param {Name} name
   * @param {boolean} isShown
   */
  #put(name, isShown) {
    this.#layers[name].isShown = isShown;
    this.#buttons[name].setAttribute("aria-pressed", String(isShown));
  }
}
