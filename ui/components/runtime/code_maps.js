// Maps of code numbers: drawn from a prior place by place, what they cost, and as text. Knows no page and no network.

/** @import { Random } from "./random.js" */

/** @typedef {(indices: Float32Array) => ArrayLike<number>} Next logits of every place, code by code, given the places before it */

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/**
 * Draw a map in place, row by row, and say after each place which it was.
 * @param {Float32Array} indices
 * @param {number} count of codes
 * @param {Random} random
 * @param {Next | null} next what the prior has learned; null: all codes are equally likely
 */
export function* drawMap(indices, count, random, next) {
  for (let place = 0; place < indices.length; place++) {
    indices[place] = next ? pick(chancesAt(next(indices), place, indices.length), random.uniform()) : random.below(count);
    yield place;
  }
}

/**
 * What a map costs under the learned prior, in nats: -log of the chance of each code, given those before it.
 * @param {Float32Array} indices
 * @param {Next} next
 */
export function mapNats(indices, next) {
  const logits = next(indices);
  return indices.reduce((sum, code, place) => sum - Math.log(chancesAt(logits, place, indices.length)[code]), 0);
}

/**
 * Chances of all codes at a place: the softmax of its logits.
 * @param {ArrayLike<number>} logits
 * @param {number} place
 * @param {number} places
 */
export function chancesAt(logits, place, places) {
  const own = Float64Array.from({ length: logits.length / places }, (_, code) => logits[code * places + place]);
  const most = Math.max(...own);
  const weights = own.map((logit) => Math.exp(logit - most));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * The code in whose part of the line from 0 to 1 a number falls.
 * @param {Float64Array} chances
 * @param {number} at
 */
export function pick(chances, at) {
  let passed = 0;
  const found = chances.findIndex((chance) => (passed += chance) > at);
  return found < 0 ? chances.length - 1 : found;
}

/**
 * A map as text for a link: a letter for each place, two if there are more than 64 codes.
 * @param {Float32Array} indices
 * @param {number} count of codes
 */
export function asText(indices, count) {
  const letters = (/** @type {number} */ code) => (count > 64 ? LETTERS[code >> 6] : "") + LETTERS[code & 63];
  return Array.from(indices, letters).join("");
}

/**
 * A map out of text; null if it is none of so many places and codes.
 * @param {string} text
 * @param {number} places
 * @param {number} count of codes
 */
export function fromText(text, places, count) {
  const width = count > 64 ? 2 : 1;
  if (text.length !== places * width) return null;
  const numbers = Array.from(text, (letter) => LETTERS.indexOf(letter));
  const indices = Float32Array.from({ length: places }, (_, i) => (width === 2 ? 64 * numbers[2 * i] + numbers[2 * i + 1] : numbers[i]));
  return numbers.every((number) => number >= 0) && indices.every((code) => code < count) ? indices : null;
}
