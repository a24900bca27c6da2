// One scale for all frames of a film.

import { niceStep } from "../runtime/math.js";

export const CIRCLES = [1, 2, 3]; // standard deviations of the prior
/** @typedef {{centre: number[], half: number, ticks: number[][]}} Scale */

const SEEN = [0.0025, 0.9975]; // quantiles of all coordinates; the few codes outside do not set the scale

/**
 * One scale for all frames, so that a cloud that grows is seen to grow, and with all circles of a prior. In latent units.
 * @param {{codes: Float32Array}[]} frames
 * @param {boolean} prior
 * @returns {Scale}
 */
export function scaleOf(frames, prior) {
  const ranges = [0, 1].map((axis) => {
    const values = Float32Array.from(
      frames.flatMap(({ codes }) => Array.from(codes.filter((value, i) => i % 2 === axis && isFinite(value)))),
    ).sort();
    return values.length ? SEEN.map((part) => values[Math.round(part * (values.length - 1))]) : [0, 0];
  });
  const reach = Math.max(...CIRCLES, ...ranges.flat().map(Math.abs));
  const spread = prior ? reach : Math.max(...ranges.map(([low, high]) => (high - low) / 2));
  const step = niceStep(spread / 4);
  const centre = ranges.map(([low, high]) => (prior ? 0 : Math.round((low + high) / 2 / step) * step));
  const needed = prior ? reach : Math.max(...ranges.flatMap(([low, high], axis) => [high - centre[axis], centre[axis] - low]));
  const half = (Math.ceil((needed / step) * 2 + 0.2) / 2) * step; // half steps, so that live frames seldom move it
  const ticks = centre.map((middle) => {
    const reachable = Math.ceil(half / step) - 1;
    return Array.from({ length: 2 * reachable + 1 }, (_, i) => Number((middle + (i - reachable) * step).toPrecision(6)));
  });
  return { centre, half, ticks };
}
