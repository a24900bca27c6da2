// @ts-nocheck
// What the codes of a data set say along a way: usual distances, classes and their directions.

import { nearestCode } from "../runtime/geometry.js";
import { range } from "../runtime/math.js";

const NEIGHBOURS_ASKED = 200; // codes asked for the usual distance between neighbours

/** Jobs that find within which distance 95 of 100 codes have a neighbour; `done` hears it. Asks some 200 codes, spread over all. */
export function usualJobs(model, done) {
  const asked = Math.min(model.count, NEIGHBOURS_ASKED);
  if (model.count < 2) return [];
  const found = [];
  const ask = (i) => found.push(nearestCode(model, model.code(i), i).distance);
  const jobs = range(asked).map((i) => () => ask(Math.floor((i * model.count) / asked)));
  return [...jobs, () => done(found.sort((a, b) => a - b)[Math.round(0.95 * (asked - 1))])];
}

/** Labels that some codes have and others have not. */
export function tellingLabels({ labels, count }) {
  const found = [...new Set(labels ?? [])].sort((a, b) => a - b);
  return count && found.length > 1 ? found : [];
}

/** The mean code of a class less the mean of all others. */
export function classDirection({ codes, labels, count, latentDim }, label) {
  const sums = [new Float64Array(latentDim), new Float64Array(latentDim)];
  const counts = [0, 0];
  for (let i = 0; i < count; i++) {
    const side = Number(labels[i] === label);
    counts[side]++;
    for (let k = 0; k < latentDim; k++) sums[side][k] += codes[i * latentDim + k];
  }
  return sums[1].map((sum, k) => sum / counts[1] - sums[0][k] / counts[0]);
}
