// From image to image, number by number.

import { Picture } from "../model/picture.js";
import { signed } from "../runtime/format.js";
import { find } from "../view/elements.js";

/** @import { Model } from "../model/model.js" */
/** @import { Random } from "../runtime/random.js" */
/** @import { Passage } from "./passage.js" */

const NUMBERS_SHOWN = 4;

/** From image to image with this image's numbers: mean and log variance, noise, z, decoded. */
export class Walkthrough {
  /** @type {Pick<Passage, "input" | "mean" | "logVar"> | null} */
  shown = null;

  /**
   * @param {HTMLElement} section
   * @param {Model} model
   * @param {Random} random
   */
  constructor(section, model, random) {
    this.section = section;
    this.model = model;
    this.random = random;
    this.epsilon = new Float64Array(model.latentDim);
    this.from = new Picture(find(section, ".from canvas", HTMLCanvasElement), model.shape);
    this.to = new Picture(find(section, ".to canvas", HTMLCanvasElement), model.shape);
    this.body = find(section, "tbody");
    this.describe();
    this.draw();
    find(section, ".command-epsilon").onclick = () => this.redraw();
  }

  describe() {
    const { section, model } = this;
    const columns = model.isVae ? ["", "mean", "log variance", "σ", "ε", "z = mean + σ·ε"] : ["", "z"];
    find(section, "thead").innerHTML = `<tr>${columns.map((text) => `<th scope="col">${text}</th>`).join("")}</tr>`;
    const left = model.latentDim - NUMBERS_SHOWN;
    find(section, ".left-out").textContent = left > 0 ? `… ${left} more` : "";
    find(section, ".command-epsilon").hidden = !model.isVae;
    const sentence = "A plain autoencoder has no ε: the code is one point, and the decoder takes it as it is.";
    if (!model.isVae) find(section, ".about").textContent = sentence;
  }

  draw() {
    if (this.model.isVae) this.random.fillNormal(this.epsilon);
  }

  redraw() {
    this.draw();
    if (this.shown) this.show(this.shown);
  }

  /** @param {NonNullable<Walkthrough["shown"]>} shown */
  show(shown) {
    this.shown = shown;
    const { input, mean, logVar } = shown;
    const deviation = mean.map((_, i) => (logVar ? Math.exp(logVar[i] / 2) : 0));
    const z = mean.map((value, i) => value + deviation[i] * this.epsilon[i]);
    const row = (/** @type {number} */ i) =>
      rowOf(`z${i + 1}`, logVar ? [mean[i], logVar[i], deviation[i], this.epsilon[i], z[i]] : [z[i]]);
    this.body.innerHTML = this.model.ranked.slice(0, NUMBERS_SHOWN).map(row).join("");
    this.from.draw(input);
    this.to.draw(this.model.network.decode(Float32Array.from(z)));
    this.section.dataset.epsilon = Array.from(this.epsilon, (value) => value.toPrecision(7)).join();
  }
}

/**
 * @param {string} name
 * @param {number[]} numbers
 */
const rowOf = (name, numbers) => `<tr><th scope="row">${name}</th>${numbers.map((value) => `<td>${signed(value)}</td>`).join("")}</tr>`;
