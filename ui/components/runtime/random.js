// A seeded source of random numbers: the same seed gives the same draws, in every browser. Knows nothing else.

const TWO_TO_32 = 2 ** 32;

export class Random {
  #state;

  /** @param {number} seed a whole number from 0 to 2^32 - 1 */
  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** A whole number from 0 to 2^32 - 1: mulberry32 by Tommy Ettinger, which passes gjrand's tests. */
  integer() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** From 0 to 1, without 1. */
  uniform() {
    return this.integer() / TWO_TO_32;
  }

  /** A whole number below `count`. @param {number} count */
  below(count) {
    return Math.floor(this.uniform() * count);
  }

  /** A draw from the standard normal distribution, by Box and Muller's transform. */
  normal() {
    return Math.sqrt(-2 * Math.log(1 - this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /**
   * Fill an array with draws from the standard normal distribution, and return it.
   * @template {Float32Array | Float64Array} T
   * @param {T} values
   * @returns {T}
   */
  fillNormal(values) {
    for (let i = 0; i < values.length; i++) values[i] = this.normal();
    return values;
  }
}

/** A seed that nobody chose: the one place where chance comes in. */
export const newSeed = () => Math.floor(Math.random() * TWO_TO_32);
