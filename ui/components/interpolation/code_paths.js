// What the codes of a data set say along a way: usual distances, classes and their directions.

import { nearestCode } from "../runtime/geometry.js";
import { range } from "../runtime/math.js";

/** @import { Model } from "../model/model.js" */

const MAX_QUERIES = 200;

/**
 * Jobs that find within which distance 95 of 100 codes have a neighbour, from some 200 codes, spread over all.
 * @param {Pick<Model, "codes" | "count" | "latentDim" | "code">} model
 * @param {(distance: number) => void} done
 * @returns {(() => void)[]}
 */
export function usualJobs(model, done) {
  const queries = Math.min(model.count, MAX_QUERIES);
  if (model.count < 2) return [];
  /** @type {number[]} */
  const found = [];
  const query = (/** @type {number} */ i) => found.push(nearestCode(model, model.code(i), i).distance);
  const jobs = range(queries).map((i) => () => query(Math.floor((i * model.count) / queries)));
  return [...jobs, () => done(found.sort((a, b) => a - b)[Math.round(0.95 * (queries - 1))])];
}

/**
 * Labels that some codes have and others have not.
 * @param {Pick<Model, "labels" | "count">} model
 */
export function tellingLabels({ labels, count }) {
  const found = [...new Set(labels ?? [])].sort((a, b) => a - b);
  return count && found.length > 1 ? found : [];
}

/**
 * The mean code of a class, and the mean of all others.
 * @param {Pick<Model, "codes" | "labels" | "count" | "latentDim">} model
 * @param {number} label
 */
export function classMeans({ codes, labels, count, latentDim }, label) {
  const sums = [new Float64Array(latentDim), new Float64Array(latentDim)];
  const counts = [0, 0];
  for (let i = 0; i < count; i++) {
    const side = Number(labels?.[i] === label);
    counts[side]++;
    for (let k = 0; k < latentDim; k++) sums[side][k] += codes[i * latentDim + k];
  }
  return [1, 0].map((side) => sums[side].map((sum) => sum / counts[side]));
}
