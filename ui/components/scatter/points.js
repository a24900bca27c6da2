// Points as arrays of numbers: joined, placed among others, counted, chosen.

const GALLERY = 24;

/**
 * @import { Vector } from "../types.js"
 * @typedef {{film: string, step: number, points: Int16Array, scale: number}} Frame points (N, 2) as whole numbers, to be multiplied
 */

/** Numbers one after the other. @param {ArrayLike<number>[]} parts */
export function chained(...parts) {
  const found = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    found.set(part, at);
    at += part.length;
  }
  return found;
}

/**
 * The coordinates of a code on the plane of an orthonormal basis.
 * @param {Vector} code
 * @param {Vector} origin
 * @param {Vector} basis (2, D)
 */
export function onPlane(code, origin, basis) {
  let [a, b] = [0, 0];
  for (let d = 0; d < code.length; d++) {
    a += (code[d] - origin[d]) * basis[d];
    b += (code[d] - origin[d]) * basis[code.length + d];
  }
  return [a, b];
}

/**
 * The weighted mean place of some points: the closer, the more it counts.
 * @param {[index: number, squaredDistance: number][]} near
 * @param {Float32Array} points (N, dims)
 * @param {number} dims
 */
export function amid(near, points, dims) {
  const weights = near.map(([, squared]) => 1 / Math.max(squared, 1e-12));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const axis = (/** @type {number} */ a) => near.reduce((sum, [index], i) => sum + (weights[i] / whole) * points[index * dims + a], 0);
  return Array.from({ length: dims }, (_, a) => axis(a));
}

/**
 * @param {{film: string, steps: number[], scales: number[], tensors: Record<string, any>}} part
 * @returns {Frame[]}
 */
export function framesOfPart({ film, steps, scales, tensors: { frames } }) {
  const size = frames.length / steps.length;
  return steps.map((step, i) => ({ film, step, points: frames.subarray(i * size, (i + 1) * size), scale: scales[i] }));
}

/**
 * How often each value occurs, by value; what has none (-1) comes last.
 * @param {Iterable<number>} values
 */
export function countsOf(values) {
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => Number(a < 0) - Number(b < 0) || a - b));
}

/**
 * Up to 24 of the chosen points, evenly spread over them; those with an original first.
 * @param {number[]} chosen
 * @param {number} originals how many points, from the first, have one
 */
export function galleryOf(chosen, originals) {
  const withOriginal = spread(
    chosen.filter((index) => index < originals),
    GALLERY,
  );
  const others = chosen.filter((index) => index >= originals);
  return [...withOriginal, ...spread(others, GALLERY - withOriginal.length)];
}

/**
 * @param {number[]} list
 * @param {number} most
 */
function spread(list, most) {
  const length = Math.min(most, list.length);
  return Array.from({ length }, (_, i) => list[Math.floor((i * list.length) / length)]);
}
