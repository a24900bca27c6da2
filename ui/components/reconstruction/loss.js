// What an image costs the model: two stacked bars, words and numbers, and where that lies among other images.

import { find, setData } from "../view/elements.js";
import { nats, perfectNats } from "../model/costs.js";
import { Gauge } from "./gauge.js";

/** @import { Model } from "../model/model.js" */
/** @import { Passage } from "./passage.js" */

export class Loss {
  /**
   * @param {HTMLElement} root
   * @param {Model} model
   */
  constructor(root, model) {
    this.root = root;
    this.model = model;
    this.elbo = find(root, ".costs a");
    this.given = find(root, ".costs .given-label");
    this.name = find(root, ".costs .name");
    this.total = find(root, ".costs b");
    this.reconstruction = find(root, ".costs .reconstruction-nats");
    this.kl = find(root, ".costs .kl-nats");
    this.bars = { reconstruction: find(root, ".stack .reconstruction-bar"), kl: find(root, ".stack .kl-bar") };
    this.objective = find(root, ".objective");
    this.repair = find(root, ".repair");
    this.gauge = model.costs.length ? new Gauge(find(root, ".gauge"), model.costs, model.about.dataset) : null;
    this.levels = find(root, ".levels");
    this.levels.hidden = !model.levels.length;
    this.perfect = perfectNats(model.about, model.size);
    this.describe();
  }

  describe() {
    const { perfect } = this;
    const { beta = 1 } = this.model.about;
    this.objective.hidden = !this.model.isBound || beta === 1;
    find(this.root, ".beta").textContent = String(beta);
    const note = find(this.root, ".perfect");
    note.hidden = perfect === 0;
    note.textContent = `The bar begins at a perfect copy, ${nats(perfect)} nats: colours are scored by a density, so costs may be below 0.`;
  }

  /** @param {Passage} passage */
  show(passage) {
    const costs = passage.costs();
    const { loss, reconstruction, kl, inputError, imageError } = costs;
    this.total.textContent = nats(loss);
    const { label } = this.model.network;
    this.given.textContent = label < 0 ? "" : `, given the label ${this.model.nameOfClass(label)}`;
    this.name.textContent = this.nameOf(passage.isMoved);
    this.elbo.hidden = this.name.textContent !== "";
    this.reconstruction.textContent = nats(reconstruction);
    this.kl.textContent = nats(kl);
    this.levels.textContent = levelsInWords(this.model.levels, passage.kl ?? new Float64Array(0));
    this.stack(reconstruction - this.perfect, kl);
    const { beta = 1 } = this.model.about;
    find(this.objective, "b").textContent = `${nats(reconstruction + beta * kl)} nats`;
    const { isActive } = passage.disturbance;
    this.repair.hidden = !isActive;
    if (isActive) this.repair.textContent = repairInWords(inputError, imageError);
    setData(this.root, { ...costs, moved: passage.isMoved });
  }

  /** What the cost is called where it is no −ELBO; else nothing. @param {boolean} isMoved */
  nameOf(isMoved) {
    const { hasPrior, isBound } = this.model;
    if (!hasPrior) return "Reconstruction";
    if (isMoved) return "At your z";
    return isBound ? "" : "Pixels and KL";
  }

  /**
   * Bars in one scale, as long as it holds them: that of the data set's held-out images.
   * @param {number} reconstruction above that of a perfect copy
   * @param {number} kl
   */
  stack(reconstruction, kl) {
    const whole = Math.max(reconstruction + kl, (this.gauge?.high ?? 0) - this.perfect) || 1;
    this.bars.reconstruction.style.width = `${(100 * reconstruction) / whole}%`;
    this.bars.kl.style.width = `${(100 * kl) / whole}%`;
  }

  /** The image among others; not while a hand moves. @param {Passage} passage */
  rank(passage) {
    this.gauge?.show(passage.costAtMean());
  }
}

/**
 * What each level costs of the KL.
 * @param {import("../types.js").Level[]} levels
 * @param {Float64Array} kl by dimension, in nats
 */
export function levelsInWords(levels, kl) {
  const parts = levels.map(({ name, start, stop }) => `${name} ${nats(kl.subarray(start, stop).reduce((a, b) => a + b, 0))}`);
  return `KL of each level, the other one at its mean: ${parts.join(", ")}`;
}

/**
 * @param {number} inputError
 * @param {number} imageError
 */
export function repairInWords(inputError, imageError) {
  const verdict = imageError < inputError ? "The model repaired part of it." : "The model did not bring it nearer.";
  const [reconstruction, input] = [imageError, inputError].map((error) => error.toFixed(3));
  return `Against the undisturbed image, the mean squared error is ${reconstruction}; that of the disturbed input is ${input}. ${verdict}`;
}
