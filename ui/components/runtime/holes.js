// Where latent space is empty: a place in the range of the codes that is far from every one of them. Knows no page.

import { nearestCode } from "./geometry.js";
import { dot } from "./math.js";
import { Random } from "./random.js";

const INSIDE = 0.75; // of the codes lie in the ellipsoid that is searched
const PLACES = 2000;
const WALKS = 8;
const STEPS = 300;

/**
 * @typedef {import("./geometry.js").Codes} Codes
 * @typedef {{z: Float64Array, radius: number}} Hole its middle, and how far from there the nearest code is
 */

/**
 * A place as far from the nearest code as a search finds, in an ellipsoid around the codes' mean that is as wide as they scatter and
 * holds three quarters of them: from the emptiest of many random places it walks as long as that leads away from all codes.
 * The same codes give the same place.
 * @param {Codes} all
 * @returns {Hole | null} null where there are no two codes
 */
export function biggestHole(all) {
  if (all.count < 2) return null;
  const { place, isInside } = ellipsoidOf(all);
  const random = new Random(0);
  const unit = new Float64Array(all.latentDim);
  const holeAt = (/** @type {Float64Array} */ u) => ({ u, z: place(u), radius: nearestCode(all, place(u)).distance });
  const walked = (/** @type {ReturnType<typeof holeAt>} */ start) => {
    let best = start;
    for (let i = 0; i < STEPS; i++) {
      const step = 0.2 * (1 - i / STEPS);
      const next = random.fillNormal(unit.slice()).map((value, k) => best.u[k] + step * value);
      const hole = isInside(next) ? holeAt(next) : best;
      if (hole.radius > best.radius) best = hole;
    }
    return best;
  };
  const places = Array.from({ length: PLACES }, () => holeAt(inBall(random.fillNormal(unit.slice()), random.uniform())));
  const [best] = places.sort(widestFirst).slice(0, WALKS).map(walked).sort(widestFirst);
  return { z: best.z, radius: best.radius };
}

/**
 * From a unit ball to the ellipsoid, and whether a point is in the ball.
 * @param {Codes} all
 */
function ellipsoidOf({ codes, count, latentDim }) {
  const mean = new Float64Array(latentDim);
  const deviation = new Float64Array(latentDim);
  for (let i = 0; i < codes.length; i++) mean[i % latentDim] += codes[i] / count;
  for (let i = 0; i < codes.length; i++) deviation[i % latentDim] += (codes[i] - mean[i % latentDim]) ** 2 / count;
  for (let k = 0; k < latentDim; k++) deviation[k] = Math.sqrt(deviation[k]);
  const away = new Float64Array(count);
  for (let i = 0; i < codes.length; i++)
    away[Math.floor(i / latentDim)] += inDeviations(codes[i] - mean[i % latentDim], deviation[i % latentDim]) ** 2;
  const size = Math.sqrt(away.sort()[Math.floor(INSIDE * (count - 1))]);
  return {
    place: (/** @type {Float64Array} */ u) => u.map((value, k) => mean[k] + size * deviation[k] * value),
    isInside: (/** @type {Float64Array} */ u) => dot(u, u) <= 1,
  };
}

/**
 * @param {number} difference
 * @param {number} deviation zero where all codes are alike
 */
const inDeviations = (difference, deviation) => (deviation ? difference / deviation : 0);

/**
 * A normal draw, and a uniform one, as a uniform draw from the unit ball.
 * @param {Float64Array} normal
 * @param {number} part
 */
function inBall(normal, part) {
  const length = part ** (1 / normal.length) / Math.sqrt(dot(normal, normal));
  return normal.map((value) => value * length);
}

/**
 * @param {{radius: number}} a
 * @param {{radius: number}} b
 */
const widestFirst = (a, b) => b.radius - a.radius;
