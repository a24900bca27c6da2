// From image to image, number by number.

import { Picture } from "../model/picture.js";
import { signed } from "../runtime/format.js";
import { find } from "../view/elements.js";

/** @import { Model } from "../model/model.js" */
/** @import { Passage } from "./passage.js" */

const COLUMNS = ["", "mean μ", "log variance", "σ", "ε", "z = μ + σ·ε", "KL, nats"];

/** From image to image with this image's numbers: mean and log variance, noise, z, decoded. */
export class Walkthrough {
  /**
   * @param {HTMLElement} section
   * @param {Model} model
   */
  constructor(section, model) {
    this.section = section;
    this.model = model;
    this.from = new Picture(find(section, ".from canvas", HTMLCanvasElement), model.shape);
    this.to = new Picture(find(section, ".to canvas", HTMLCanvasElement), model.shape);
    this.body = find(section, "tbody");
    const columns = model.isStochastic ? COLUMNS.slice(0, model.hasKlByDimension ? undefined : -1) : ["", "z"];
    const cells = columns.map((text) => (text ? `<th scope="col">${text}</th>` : "<td></td>"));
    find(section, "thead").innerHTML = `<tr>${cells.join("")}</tr>`;
    if (model.isStochastic) return;
    find(section, ".command-epsilon").hidden = true;
    const sentence = "A plain autoencoder has no ε: the code is one point, and the decoder takes it as it is.";
    find(section, ".about").textContent = sentence;
  }

  /** @param {Passage} passage */
  show({ input, image, mean, logVar, kl, z }) {
    const numbers = (/** @type {number} */ i) => {
      if (!logVar) return [z[i]];
      const deviation = Math.exp(logVar[i] / 2);
      return [mean[i], logVar[i], deviation, (z[i] - mean[i]) / deviation, z[i], ...(kl ? [kl[i]] : [])];
    };
    this.body.innerHTML = this.model.ranked.map((i) => rowOf(`z${i + 1}`, numbers(i))).join("");
    this.from.draw(input);
    this.to.draw(image);
  }
}

/**
 * @param {string} name
 * @param {number[]} numbers
 */
const rowOf = (name, numbers) => `<tr><th scope="row">${name}</th>${numbers.map((value) => `<td>${signed(value)}</td>`).join("")}</tr>`;
