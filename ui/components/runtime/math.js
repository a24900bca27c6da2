// Small sums that everything else is made of. Knows nothing else.

/** @typedef {ArrayLike<number>} Vector */

/** @param {number} n */
export const range = (n) => Array.from({ length: n }, (_, i) => i);

/** @param {number[]} shape */
export const product = (shape) => shape.reduce((a, b) => a * b, 1);

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** From 0 to 1 as t does, slow at both ends; t outside is clamped. @param {number} t */
export function smoothstep(t) {
  const inside = clamp(t, 0, 1);
  return inside * inside * (3 - 2 * inside);
}

/** The least of 1, 2 and 5 times a power of ten that is not below `least`; 1 where that is not positive. @param {number} least */
export function niceStep(least) {
  if (!(least > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least * 0.999) ?? 10);
}

/**
 * @param {Vector} a
 * @param {Vector} b
 */
export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/**
 * @param {Vector} a
 * @param {Vector} b
 */
export function squaredDistance(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

/**
 * Between two points of a plane.
 * @param {Vector} a
 * @param {Vector} b
 */
export const distance = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);
