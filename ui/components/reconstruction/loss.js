// What an image costs the model, in words and numbers, and where that lies among other images.

import { find, setData } from "../view/elements.js";
import { nats } from "./costs.js";
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
    this.total = find(root, ".costs b");
    this.parts = find(root, ".costs span");
    this.repair = find(root, ".repair");
    this.gauge = model.costs.length ? new Gauge(find(root, ".gauge"), model.costs, model.about.dataset) : null;
  }

  /** @param {Passage} passage */
  show(passage) {
    const costs = passage.costs();
    const { loss, reconstruction, kl, inputError, imageError } = costs;
    this.total.textContent = `${nats(loss)} nats`;
    this.parts.textContent = passage.kl ? `= ${nats(reconstruction)} reconstruction + ${nats(kl)} KL` : "for the reconstruction alone";
    if (!passage.isMoved) this.gauge?.show(loss);
    const { isActive } = passage.disturbance;
    this.repair.hidden = !isActive;
    if (isActive) this.repair.textContent = repairInWords(inputError, imageError);
    setData(this.root, { ...costs, moved: passage.isMoved });
  }
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
