// The label that a conditional model is told: a button for each class.

import { rove } from "../view/roving.js";

/** @import { Model } from "../model/model.js" */

export class LabelDial {
  #network;
  #usual;
  /** @type {HTMLButtonElement[]} */
  #buttons;

  /**
   * @param {HTMLElement} root
   * @param {Model} model
   * @param {() => void} changed hears that a hand has chosen another one
   */
  constructor(root, model, changed) {
    this.#network = model.network;
    this.#usual = model.labels?.[model.about.first ?? 0] ?? 0;
    this.#buttons = Array.from({ length: model.network.classes }, (_, label) => {
      const button = document.createElement("button");
      button.className = "toggle";
      button.textContent = model.nameOfClass(label);
      button.onclick = () => {
        this.label = label;
        changed();
      };
      return button;
    });
    root.hidden = !this.#buttons.length;
    root.append(...this.#buttons);
    rove(root);
  }

  /** @returns {number | null} null: the model is told none */
  get label() {
    return this.#buttons.length ? this.#network.label : null;
  }

  /** Null, or one that there is not: that of the image where one begins. */
  set label(label) {
    this.#network.label = label !== null && label in this.#buttons ? label : this.#usual;
    this.#buttons.forEach((button, place) => button.setAttribute("aria-pressed", String(place === this.#network.label)));
  }
}
