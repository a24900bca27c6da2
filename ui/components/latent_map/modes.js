// The choice between the map and a sheet of draws, and the sentence that says what one sees.

import { find } from "../view/elements.js";
import { Draws } from "./draws.js";
import { keepButton, sentenceOf, sentenceOfDraws } from "./layout.js";

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
   * @param {import("./latent_map.js").LatentMap} map
   */
  constructor(root, model, worker, map) {
    this.#root = root;
    this.#model = model;
    this.#sentence = find(root, ".sentence");
    find(root, ".modes").insertAdjacentHTML("beforeend", model.levels.map(({ name }) => keepButton(model, name)).join(""));
    this.#buttons = /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".mode"));
    this.draws = new Draws(root, model, worker, {
      pick: (z) => {
        this.mode = "";
        map.fly(z);
      },
      changed: () => map.commit(),
      point: () => map.slice.z,
    });
    for (const button of this.#buttons)
      button.onclick = () => {
        this.mode = button.dataset.mode ?? "";
        map.commit();
      };
  }

  /** Empty for the map, "draws" for draws from the prior, "keep-" and a level's name for draws of the rest. @returns {string} */
  get mode() {
    if (!this.draws.isShown) return "";
    return this.draws.kept ? `keep-${this.draws.kept.name}` : "draws";
  }

  set mode(mode) {
    this.draws.kept = this.#model.levels.find(({ name }) => mode === `keep-${name}`) ?? null;
    this.draws.isShown = mode === "draws" || this.draws.kept !== null;
    this.#root.dataset.mode = this.draws.isShown ? "draws" : "map";
    for (const button of this.#buttons) button.setAttribute("aria-checked", String(button.dataset.mode === this.mode));
    this.#sentence.innerHTML = this.draws.isShown ? sentenceOfDraws(this.#model, this.draws.kept) : sentenceOf(this.#model);
    this.draws.show();
  }

  close() {
    this.draws.close();
  }
}
