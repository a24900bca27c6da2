// @ts-nocheck
// What an image costs a model, in nats and in squared error.

import { squaredDistance } from "../runtime/math.js";

const PROBABILITY_FLOOR = 1e-7;

/** -log p(x | z) in nats for the decoded image, summed over pixels. */
export function reconstructionNats({ likelihood, sigma }, x, image) {
  return likelihood === "gaussian" ? gaussianNats(x, image, sigma) : bernoulliNats(x, image);
}

function bernoulliNats(x, image) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const p = Math.min(Math.max(image[i], PROBABILITY_FLOOR), 1 - PROBABILITY_FLOOR);
    sum -= x[i] * Math.log(p) + (1 - x[i]) * Math.log1p(-p);
  }
  return sum;
}

function gaussianNats(x, image, sigma) {
  return squaredDistance(x, image) / sigma ** 2 / 2 + x.length * (Math.log(sigma) + Math.log(2 * Math.PI) / 2);
}

/** KL(N(mean, exp(logVar)) || N(0, 1)) by dimension, in nats. */
export function klByDimension(mean, logVar) {
  return mean.map((value, i) => (value ** 2 + Math.exp(logVar[i]) - 1 - logVar[i]) / 2);
}

export const squaredError = (a, b) => squaredDistance(a, b) / a.length;

export const nats = (value) => value.toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 }).replace("-", "\u2212");
