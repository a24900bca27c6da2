// Ways between codes and what lies beside them: lines, arcs, the nearest codes.

import { clamp, dot } from "./math.js";

/** @typedef {import("./math.js").Vector} Vector */
/** @typedef {{codes: Vector, count: number, latentDim: number}} Codes `count` codes of `latentDim` numbers, one after the other */

/** Points between codes a (t = 0) and b (t = 1), and beyond: as `lerp` and `slerp` of vae_core/latent/geometry.py. */
export const PATHS = { linear, spherical };

/**
 * @param {Vector} a
 * @param {Vector} b
 * @param {number} t
 */
export function linear(a, b, t) {
  return Float64Array.from(a, (value, i) => (1 - t) * value + t * b[i]);
}

/**
 * Along the great arc, norms interpolated geometrically. Parallel, opposite or zero ends have no arc: the straight line is taken.
 * @param {Vector} a
 * @param {Vector} b
 * @param {number} t
 */
function spherical(a, b, t) {
  const [lengthA, lengthB] = [Math.sqrt(dot(a, a)), Math.sqrt(dot(b, b))];
  if (Math.min(lengthA, lengthB) === 0) return linear(a, b, t);
  const [unitA, unitB] = [Float64Array.from(a, (value) => value / lengthA), Float64Array.from(b, (value) => value / lengthB)];
  const angle = Math.acos(clamp(dot(unitA, unitB), -1, 1));
  if (Math.sin(angle) < 1e-6) return linear(a, b, t);
  const [first, second] = [1 - t, t].map((part) => Math.sin(part * angle) / Math.sin(angle));
  const norm = lengthA ** (1 - t) * lengthB ** t;
  return unitA.map((value, i) => norm * (first * value + second * unitB[i]));
}

/**
 * @param {Float64Array} origin
 * @param {Vector} direction
 * @param {number} strength
 */
export const along = (origin, direction, strength) => origin.map((value, i) => value + strength * direction[i]);

/**
 * The codes nearest to z, nearest first; the first of equals.
 * @param {Codes} all
 * @param {Vector} z
 * @param {number} most how many
 * @param {number} except the index of one that does not count
 * @returns {[index: number, squaredDistance: number][]}
 */
export function nearestCodes({ codes, count, latentDim }, z, most, except = -1) {
  /** @type {[number, number][]} */
  const found = [];
  let limit = Infinity;
  for (let i = 0, start = 0; i < count; i++, start += latentDim) {
    let squared = 0;
    for (let k = 0; k < latentDim && squared < limit; k++) squared += (codes[start + k] - z[k]) ** 2;
    if (!(squared < limit) || i === except) continue;
    let place = found.length;
    while (place && found[place - 1][1] > squared) place--;
    found.splice(place, 0, [i, squared]);
    if (found.length > most) found.pop();
    if (found.length === most) limit = found[most - 1][1];
  }
  return found;
}

/**
 * The code nearest to z, but for `except`; index -1 when there is none.
 * @param {Codes} all
 * @param {Vector} z
 */
export function nearestCode(all, z, except = -1) {
  const [[index, squared] = [-1, Infinity]] = nearestCodes(all, z, 1, except);
  return { index, distance: Math.sqrt(squared) };
}
