// The choice between the map and a sheet of draws, and the sentence that says what one sees.

import { find } from "../view/elements.js";
import { Draws } from "./draws.js";
import { sentenceOf, sentenceOfDraws } from "./layout.js";

/** @import { Model } from "../model/model.js" */

export class Modes {
  draws;
  #root;
  #model;
  #buttons;
  #sentence;

  /**
   * @param {HTMLElement} root
   * @param {Model} model
   * @param {string} worker
   * @param {{pick: (z: Float32Array) => void, changed: () => void}} listener a draw was chosen; another mode, or other draws
   */
  constructor(root, model, worker, { pick, changed }) {
    this.#root = root;
    this.#model = model;
    this.#sentence = find(root, ".sentence");
    this.#buttons = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".mode"));
    this.draws = new Draws(root, model, worker, {
      pick: (z) => {
        this.mode = "";
        pick(z);
      },
      changed: () => {
        this.draws.show();
        changed();
      },
    });
    for (const button of this.#buttons)
      button.onclick = () => {
        this.mode = button.dataset.mode ?? "";
        changed();
      };
  }

  /** Empty for the map, "draws" for draws from the prior. @returns {string} */
  get mode() {
    return this.draws.isShown ? "draws" : "";
  }

  set mode(mode) {
    this.draws.isShown = mode === "draws";
    this.#root.dataset.mode = this.mode || "map";
    for (const button of this.#buttons) button.setAttribute("aria-checked", String(button.dataset.mode === this.mode));
    this.#sentence.innerHTML = (this.draws.isShown ? sentenceOfDraws : sentenceOf)(this.#model);
    this.draws.show();
  }

  close() {
    this.draws.close();
  }
}
