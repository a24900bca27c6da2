// @ts-nocheck
// Ways between codes and what lies beside them: lines, arcs, the nearest code.

import { clamp, dot } from "./math.js";

/** Points between codes a (t = 0) and b (t = 1), and beyond: as `lerp` and `slerp` of vae_core/latent/geometry.py. */
export const PATHS = { linear, spherical };

export function linear(a, b, t) {
  return Float64Array.from(a, (value, i) => (1 - t) * value + t * b[i]);
}

/** Along the great arc, norms interpolated geometrically. Parallel, opposite or zero ends have no arc: the straight line is taken. */
function spherical(a, b, t) {
  const lengths = [a, b].map((end) => Math.sqrt(dot(end, end)));
  if (Math.min(...lengths) === 0) return linear(a, b, t);
  const units = [a, b].map((end, k) => Float64Array.from(end, (value) => value / lengths[k]));
  const angle = Math.acos(clamp(dot(...units), -1, 1));
  if (Math.sin(angle) < 1e-6) return linear(a, b, t);
  const [first, second] = [1 - t, t].map((part) => Math.sin(part * angle) / Math.sin(angle));
  const norm = lengths[0] ** (1 - t) * lengths[1] ** t;
  return units[0].map((value, i) => norm * (first * value + second * units[1][i]));
}

export const along = (origin, direction, strength) => origin.map((value, i) => value + strength * direction[i]);

/** The shown code nearest to z, but for `except`: {index, distance}; index -1 when there is none. */
export function nearestCode({ codes, count, latentDim }, z, except = -1) {
  let [index, least] = [-1, Infinity];
  for (let i = 0, start = 0; i < count; i++, start += latentDim) {
    let sum = 0;
    for (let k = 0; k < latentDim && sum < least; k++) sum += (codes[start + k] - z[k]) ** 2;
    if (sum < least && i !== except) [index, least] = [i, sum];
  }
  return { index, distance: Math.sqrt(least) };
}
