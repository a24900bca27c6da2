// The slider that says how far a stage goes.

import { clamp } from "../runtime/math.js";
import { find } from "../view/elements.js";

/** @import { Host } from "./types.js" */

export class Strength {
  #value = 0;
  #input;
  #low;
  #high;

  /**
   * @param {Host} host
   * @param {number} low
   * @param {number} high
   */
  constructor(host, low, high) {
    this.#low = low;
    this.#high = high;
    this.#input = find(host.root, ".strength", HTMLInputElement);
    this.#input.oninput = () => {
      this.#value = Number(this.#input.value);
      host.changed();
    };
    this.#input.onchange = () => host.settle();
  }

  get value() {
    return this.#value;
  }

  set value(value) {
    this.#value = clamp(value, this.#low, this.#high);
    this.#input.value = String(this.#value);
  }
}
