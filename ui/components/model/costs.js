// What an image costs a model, in nats and in squared error.

import { clamp, squaredDistance } from "../runtime/math.js";

/** @import { Vector } from "../types.js" */

const PROBABILITY_FLOOR = 1e-7;

/**
 * -log p(x | z) in nats for the decoded image, summed over pixels.
 * @param {{likelihood?: string, sigma?: number}} about `sigma` belongs to the Gaussian likelihood
 * @param {Vector} x
 * @param {Vector} image
 */
export function reconstructionNats({ likelihood, sigma = 1 }, x, image) {
  return likelihood === "gaussian" ? gaussianNats(x, image, sigma) : bernoulliNats(x, image);
}

/**
 * @param {Vector} x
 * @param {Vector} image
 */
function bernoulliNats(x, image) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const p = clamp(image[i], PROBABILITY_FLOOR, 1 - PROBABILITY_FLOOR);
    sum -= x[i] * Math.log(p) + (1 - x[i]) * Math.log1p(-p);
  }
  return sum;
}

/**
 * @param {Vector} x
 * @param {Vector} image
 * @param {number} sigma
 */
function gaussianNats(x, image, sigma) {
  return squaredDistance(x, image) / sigma ** 2 / 2 + perfectNats({ likelihood: "gaussian", sigma }, x.length);
}

/**
 * Where a bar of reconstruction nats begins: the cost of a perfect copy under the Gaussian likelihood, a density, which may be below 0.
 * @param {{likelihood?: string, sigma?: number}} about
 * @param {number} size numbers in an image
 */
export const perfectNats = ({ likelihood, sigma = 1 }, size) =>
  likelihood === "gaussian" ? size * (Math.log(sigma) + Math.log(2 * Math.PI) / 2) : 0;

/**
 * KL(N(mean, exp(logVar)) || N(0, 1)) by dimension, in nats.
 * @param {Float64Array} mean
 * @param {Vector} logVar
 */
export function klByDimension(mean, logVar) {
  return mean.map((value, i) => (value ** 2 + Math.exp(logVar[i]) - 1 - logVar[i]) / 2);
}

/**
 * @param {Vector} a
 * @param {Vector} b
 */
export const squaredError = (a, b) => squaredDistance(a, b) / a.length;

/** A number of nats in words. @param {number} value */
export const nats = (value) => value.toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 }).replace("-", "\u2212");
