// Quantiles and the chi-square distribution: what draws from a prior do. Knows no model.

import { clamp } from "./math.js";

const TAILS = 0.01; // of the numbers at either end do not stretch the palette

/** The range of all numbers but the few at either end. @param {ArrayLike<number>} values @returns {[number, number]} */
export function tailless(values) {
  const sorted = Float32Array.from(values).sort();
  const cut = sorted.length > 50 ? Math.floor(TAILS * sorted.length) : 0;
  return [sorted[cut] ?? 0, sorted[sorted.length - 1 - cut] ?? 0];
}

/**
 * Probability that a chi-square variable with k degrees of freedom exceeds x: one less the series of the incomplete gamma function.
 * @param {number} x
 * @param {number} k
 */
export function chiSquareTail(x, k) {
  let logFirst = (k / 2) * Math.log(x / 2) - x / 2; // less log gamma(k / 2 + 1), which the recursion down to 1 or 1/2 gives
  for (let a = k / 2; a > 0; a--) logFirst -= Math.log(a);
  if (k % 2) logFirst -= Math.log(Math.PI) / 2;
  let term = Math.exp(logFirst);
  let sum = 0;
  for (let a = k / 2 + 1; term > 1e-12 * sum && a < 1e5; a++) {
    sum += term;
    term *= x / 2 / a;
  }
  return clamp(1 - sum, 0, 1);
}

/**
 * The distance from the origin beyond which a share `farther` of the draws from the prior lies, by bisection.
 * @param {number} latentDim
 * @param {number} farther
 */
export function priorRadius(latentDim, farther) {
  let [low, high] = [0, Math.sqrt(latentDim) + 6];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (chiSquareTail(middle ** 2, latentDim) > farther) low = middle;
    else high = middle;
  }
  return low;
}
