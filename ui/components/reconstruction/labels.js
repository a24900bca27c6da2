// The same code under every label, and the choice of the label that a conditional model is told.

import { Picture, cellWithCanvas } from "../model/picture.js";
import { find } from "../view/elements.js";
import { rove } from "../view/roving.js";

/** @import { Model } from "../model/model.js" */
/** @import { Vector } from "../types.js" */

export class Labels {
  /** What a hand chose; null: the model's best guess. @type {number | null} */
  chosen = null;

  /**
   * @param {HTMLElement} section
   * @param {Model} model
   * @param {() => void} onChange
   */
  constructor(section, model, onChange) {
    this.model = model;
    this.said = find(section, ".said");
    this.guess = find(section, ".command-guess");
    this.onChange = onChange;
    const strip = find(section, ".strip");
    this.pictures = Array.from({ length: model.network.classes }, (_, label) => {
      const { cell, canvas } = cellWithCanvas(`The same code as ${model.nameOfClass(label)}`);
      const button = document.createElement("button");
      button.className = "toggle";
      button.textContent = model.nameOfClass(label);
      button.onclick = () => this.choose(label);
      cell.append(button);
      strip.append(cell);
      return { button, picture: new Picture(canvas, model.shape) };
    });
    rove(strip);
    this.guess.onclick = () => this.choose(null);
  }

  /** @param {number | null} label */
  choose(label) {
    this.chosen = label;
    this.onChange();
  }

  /** Label by label. @param {Vector} z */
  *show(z) {
    const { network } = this.model;
    const told = network.label;
    const name = this.model.nameOfClass(told);
    this.said.textContent =
      this.chosen === null ? `Label: ${name}, the model's best guess (it costs least).` : `Label: ${name}, as you chose.`;
    this.guess.setAttribute("aria-pressed", String(this.chosen === null));
    for (const [label, { button, picture }] of this.pictures.entries()) {
      network.label = label;
      picture.draw(network.decode(Float32Array.from(z)));
      network.label = told;
      button.setAttribute("aria-pressed", String(label === told));
      yield;
    }
  }
}
