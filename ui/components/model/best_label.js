// The label under which an image costs least: what a conditional model itself takes it for.

import { klByDimension, reconstructionNats } from "./costs.js";

/** @import { Model } from "./model.js" */

/**
 * What an image costs under a label, in nats: its −ELBO, with the posterior's mean as the code.
 * @param {Pick<Model, "about" | "network">} model which is told that label from now on
 * @param {Float32Array} image from 0 to 1
 * @param {number} label
 */
export function costUnder({ about, network }, image, label) {
  network.label = label;
  const { mean, log_var: logVar = new Float32Array(0) } = /** @type {NonNullable<typeof network.encode>} */ (network.encode)(image);
  const kl = klByDimension(Float64Array.from(mean), logVar).reduce((a, b) => a + b);
  return reconstructionNats(about, image, network.decode(Float32Array.from(mean))) + kl;
}

/**
 * Tell the model the label under which an image costs least; nothing where it is told none.
 * @param {Pick<Model, "about" | "network">} model
 * @param {Float32Array} image from 0 to 1
 * @returns that label, -1 where there are none
 */
export function tellBestLabel(model, image) {
  const costs = Array.from({ length: model.network.classes }, (_, label) => costUnder(model, image, label));
  model.network.label = costs.indexOf(Math.min(...costs));
  return model.network.label;
}
