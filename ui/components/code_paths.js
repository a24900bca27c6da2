// Ways between codes and what lies beside them: lines, arcs, the nearest code, the direction of a class. Follows model.js.

const NEIGHBOURS_ASKED = 200; // codes asked for the usual distance between neighbours

/** Points between codes a (t = 0) and b (t = 1), and beyond: as `lerp` and `slerp` of vae_core/latent.py. */
const PATHS = { linear, spherical };

function linear(a, b, t) {
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

const along = (origin, direction, strength) => origin.map((value, i) => value + strength * direction[i]);

/** The shown code nearest to z, but for `except`: {index, distance}; index -1 when there is none. */
function nearestCode({ codes, count, latentDim }, z, except = -1) {
  let [index, least] = [-1, Infinity];
  for (let i = 0, start = 0; i < count; i++, start += latentDim) {
    let sum = 0;
    for (let k = 0; k < latentDim && sum < least; k++) sum += (codes[start + k] - z[k]) ** 2;
    if (sum < least && i !== except) [index, least] = [i, sum];
  }
  return { index, distance: Math.sqrt(least) };
}

/** Jobs that find within which distance 95 of 100 codes have a neighbour; `done` hears it. Asks some 200 codes, spread over all. */
function usualJobs(model, done) {
  const asked = Math.min(model.count, NEIGHBOURS_ASKED);
  if (model.count < 2) return [];
  const found = [];
  const ask = (i) => found.push(nearestCode(model, model.code(i), i).distance);
  const jobs = range(asked).map((i) => () => ask(Math.floor((i * model.count) / asked)));
  return [...jobs, () => done(found.sort((a, b) => a - b)[Math.round(0.95 * (asked - 1))])];
}

/** Labels that some codes have and others have not. */
function tellingLabels({ labels, count }) {
  const found = [...new Set(labels ?? [])].sort((a, b) => a - b);
  return count && found.length > 1 ? found : [];
}

/** The mean code of a class less the mean of all others. */
function classDirection({ codes, labels, count, latentDim }, label) {
  const sums = [new Float64Array(latentDim), new Float64Array(latentDim)];
  const counts = [0, 0];
  for (let i = 0; i < count; i++) {
    const side = Number(labels[i] === label);
    counts[side]++;
    for (let k = 0; k < latentDim; k++) sums[side][k] += codes[i * latentDim + k];
  }
  return sums[1].map((sum, k) => sum / counts[1] - sums[0][k] / counts[0]);
}

/** The distance from the origin beyond which a share `farther` of the draws from the prior lies, by bisection. */
function priorRadius(latentDim, farther) {
  let [low, high] = [0, Math.sqrt(latentDim) + 6];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (chiSquareTail(middle ** 2, latentDim) > farther) low = middle;
    else high = middle;
  }
  return low;
}
