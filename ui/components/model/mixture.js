// A prior that was learned: a mixture of normal distributions with independent dimensions. Knows no page.

import { dot, range } from "../runtime/math.js";
import { Random } from "../runtime/random.js";

const DRAWS = 4000; // that say how common a density is
const KL_DRAWS = 1000;
const SEED = 0;

/**
 * @import { Axis, Vector } from "../types.js"
 * @typedef {{weights: number[], means: number[][], deviations: number[][]}} Numbers of K components
 * @typedef {{centre: [number, number], radii: [number, number], angle: number, share: number}} Ellipse one standard deviation, in degrees
 */

export class Mixture {
  /** Log densities of draws, from the lowest to the highest. @type {Float64Array | undefined} */
  #usual;
  /** log of weight / ((2 pi)^(D/2) product of deviations), by component */
  #heights;

  /** @param {Numbers} numbers */
  constructor({ weights, means, deviations }) {
    this.weights = weights;
    this.means = means;
    this.deviations = deviations;
    const area = (/** @type {number} */ k) => deviations[k].reduce((sum, s) => sum + Math.log(s) + Math.log(2 * Math.PI) / 2, 0);
    this.#heights = weights.map((weight, k) => Math.log(weight) - area(k));
  }

  get count() {
    return this.weights.length;
  }

  /** log p(z) in nats. @param {Vector} z */
  logDensity(z) {
    const logs = this.#heights.map((height, k) => height - this.#squaredDistance(k, z) / 2);
    const most = Math.max(...logs);
    return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
  }

  /** The component of a draw, by the weights. @param {Random} random */
  drawComponent(random) {
    let left = random.uniform() * this.weights.reduce((a, b) => a + b);
    const found = this.weights.findIndex((weight) => (left -= weight) < 0);
    return found < 0 ? this.count - 1 : found;
  }

  /**
   * A code of one component.
   * @param {Random} random
   * @param {number} k
   */
  drawFrom(random, k) {
    return Float64Array.from(this.means[k], (mean, i) => mean + this.deviations[k][i] * random.normal());
  }

  /** The part of all draws that lie where the density is lower than at z. @param {Vector} z */
  lessLikely(z) {
    if (!this.#usual) {
      const random = new Random(SEED);
      const draw = () => this.logDensity(this.drawFrom(random, this.drawComponent(random)));
      this.#usual = Float64Array.from({ length: DRAWS }, draw).sort();
    }
    const density = this.logDensity(z);
    const below = this.#usual.findIndex((usual) => usual >= density);
    return (below < 0 ? DRAWS : below) / DRAWS;
  }

  /**
   * KL(N(mean, exp(logVar)) || p) in nats, estimated with draws that are always the same.
   * @param {Float64Array} mean
   * @param {Vector} logVar
   */
  kl(mean, logVar) {
    const random = new Random(SEED);
    const epsilon = new Float64Array(mean.length);
    let sum = 0;
    for (let draw = 0; draw < KL_DRAWS; draw++) {
      random.fillNormal(epsilon);
      sum -= this.logDensity(mean.map((value, i) => value + Math.exp(logVar[i] / 2) * epsilon[i]));
    }
    const entropy = mean.reduce((total, _, i) => total + (logVar[i] + Math.log(2 * Math.PI) + 1) / 2, 0);
    return sum / KL_DRAWS - entropy;
  }

  /** Mean and standard deviation of a latent dimension. @param {number} i @returns {[number, number]} */
  moments(i) {
    const whole = this.weights.reduce((a, b) => a + b);
    const expect = (/** @type {(k: number) => number} */ of) => this.weights.reduce((sum, weight, k) => sum + weight * of(k), 0) / whole;
    const mean = expect((k) => this.means[k][i]);
    return [mean, Math.sqrt(expect((k) => this.deviations[k][i] ** 2 + (this.means[k][i] - mean) ** 2))];
  }

  /** Where components lie along an axis, two standard deviations to both sides. @param {Axis} axis @returns {[number, number]} */
  span({ direction, zero }) {
    const reach = (/** @type {number} */ k) => 2 * Math.hypot(...this.deviations[k].map((s, i) => s * direction[i]));
    const places = this.means.map((mean) => dot(direction, Float64Array.from(mean)) - zero);
    return [Math.min(...places.map((place, k) => place - reach(k))), Math.max(...places.map((place, k) => place + reach(k)))];
  }

  /**
   * Every component as a plane sees it: its covariance projected onto two axes at right angles.
   * @param {Axis} across
   * @param {Axis} up
   * @returns {Ellipse[]}
   */
  ellipses(across, up) {
    return range(this.count).map((k) => {
      const [mean, variances] = [Float64Array.from(this.means[k]), this.deviations[k].map((s) => s * s)];
      const product = (/** @type {Axis} */ a, /** @type {Axis} */ b) =>
        variances.reduce((sum, variance, i) => sum + variance * a.direction[i] * b.direction[i], 0);
      const [xx, xy, yy] = [product(across, across), product(across, up), product(up, up)];
      const [middle, spread] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)];
      return {
        centre: [dot(across.direction, mean) - across.zero, dot(up.direction, mean) - up.zero],
        radii: [Math.sqrt(middle + spread), Math.sqrt(Math.max(0, middle - spread))],
        angle: (Math.atan2(2 * xy, xx - yy) * 90) / Math.PI,
        share: this.weights[k],
      };
    });
  }

  /**
   * @param {number} k
   * @param {Vector} z
   */
  #squaredDistance(k, z) {
    const [mean, deviation] = [this.means[k], this.deviations[k]];
    let sum = 0;
    for (let i = 0; i < z.length; i++) sum += ((z[i] - mean[i]) / deviation[i]) ** 2;
    return sum;
  }
}
