// What an image costs a model, in nats and in squared error.

import { clamp, squaredDistance } from "../runtime/math.js";

/** @import { Likelihood, Vector } from "../types.js" */
/** @typedef {{likelihood?: Likelihood, sigma?: number | Float32Array}} Scoring `sigma`: the standard deviation of all pixels, or of each */

const PROBABILITY_FLOOR = 1e-7;
const VALUES = 256;
const HALF_LOG_TWO_PI = Math.log(2 * Math.PI) / 2;

/**
 * -log p(x | z) in nats for the decoded image, summed over pixels.
 * @param {Scoring} about
 * @param {Vector} x
 * @param {Vector} image
 */
export function reconstructionNats({ likelihood = "bernoulli", sigma = 1 }, x, image) {
  const pixelNats = PIXEL_NATS[likelihood];
  const deviation = deviations(sigma);
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += pixelNats(x[i], image[i], deviation(i));
  return sum;
}

/**
 * Where a bar of reconstruction nats begins: the cost of a perfect copy under the Gaussian likelihood, a density, which may be below 0.
 * @param {Scoring} about
 * @param {number} size numbers in an image
 */
export function perfectNats({ likelihood, sigma = 1 }, size) {
  if (likelihood !== "gaussian") return 0;
  const deviation = deviations(sigma);
  let sum = 0;
  for (let i = 0; i < size; i++) sum += gaussianNats(0, 0, deviation(i));
  return sum;
}

/**
 * The standard deviation of a pixel by its place.
 * @param {number | Float32Array} sigma
 * @returns {(i: number) => number}
 */
const deviations = (sigma) => (sigma instanceof Float32Array ? (i) => sigma[i] : () => sigma);

/** -log p of a pixel, given its decoded value and its standard deviation. @type {Record<Likelihood, (x: number, mean: number, sigma: number) => number>} */
const PIXEL_NATS = { bernoulli: bernoulliNats, gaussian: gaussianNats, logistic: logisticNats };

/**
 * @param {number} x
 * @param {number} mean
 */
function bernoulliNats(x, mean) {
  const p = clamp(mean, PROBABILITY_FLOOR, 1 - PROBABILITY_FLOOR);
  return -x * Math.log(p) - (1 - x) * Math.log1p(-p);
}

/**
 * @param {number} x
 * @param {number} mean
 * @param {number} sigma
 */
function gaussianNats(x, mean, sigma) {
  return ((x - mean) / sigma) ** 2 / 2 + Math.log(sigma) + HALF_LOG_TWO_PI;
}

/**
 * A logistic distribution rounded to 256 values, as `logistic` of vae_core/models/objective.py.
 * @param {number} x
 * @param {number} mean
 * @param {number} sigma
 */
function logisticNats(x, mean, sigma) {
  const last = VALUES - 1;
  const value = Math.round(last * x);
  const inverseScale = Math.PI / Math.sqrt(3) / sigma;
  const belowUpperEdge = value < last ? softplus((mean - (value + 0.5) / last) * inverseScale) : 0;
  const aboveLowerEdge = value > 0 ? softplus(((value - 0.5) / last - mean) * inverseScale) : 0;
  const logWidth = value > 0 && value < last ? Math.log(-Math.expm1(-inverseScale / last)) : 0;
  return belowUpperEdge + aboveLowerEdge - logWidth;
}

/** log(1 + exp(x)), without overflow. @param {number} x */
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

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
