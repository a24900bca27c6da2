// The model's image of a drawing: averaged from a finer picture of it, and moved and scaled as MNIST's digits are. Knows no page.

import { clamp } from "../runtime/math.js";

/** @import { Shape } from "../types.js" */
/** @typedef {{data: Uint8ClampedArray, width: number, height: number}} Pixels red, green, blue, alpha */
/** @typedef {{left: number, top: number, cell: number}} Frame where the model's image begins, and how large its pixels are */

const BOX = 20 / 28; // MNIST's digits fill twenty of twenty-eight pixels,
const SHIFT = 0.5; // and their centre of mass is the middle of pixel 14, counted from 0
const ENLARGED = 3; // a dot is not made a disc of twenty pixels
const FAINT = 128; // of 255: a stroke ends where half of a fine pixel is ink

/**
 * The mean of the pixels below each pixel of the model: (C, H, W) in [0, 1].
 * @param {Pixels} pixels
 * @param {Shape} shape
 * @param {number} background from 0 to 255, of what lies outside
 * @param {Frame} frame
 */
export function averaged(pixels, [channels, height, width], background, { left, top, cell }) {
  const columns = shares(width, left, cell, pixels.width);
  const rows = shares(height, top, cell, pixels.height);
  const image = new Float32Array(channels * height * width);
  for (let channel = 0; channel < channels; channel++) {
    const lines = averagedRows(pixels, channel, columns, background);
    averageColumns(lines, rows, background, image.subarray(channel * height * width, (channel + 1) * height * width));
  }
  return image;
}

/**
 * The part that the model sees when ink is scaled and moved as MNIST's is; null without ink.
 * @param {Pixels} pixels
 * @param {Shape} shape
 * @param {number} background from 0 to 255
 */
export function frameOfInk(pixels, [, height, width], background) {
  const { left, top, right, bottom, mass, x, y } = extentOfInk(pixels, background);
  if (!mass) return null;
  const box = BOX * Math.min(width, height);
  const cell = Math.max(Math.max(right - left, bottom - top) / box, pixels.width / width / ENLARGED);
  /** Nothing is cut off. @type {(centre: number, count: number, low: number, high: number) => number} */
  const edge = (centre, count, low, high) => clamp(centre - (count / 2 + SHIFT) * cell, high - count * cell, low);
  return { left: edge(x / mass, width, left, right), top: edge(y / mass, height, top, bottom), cell };
}

/**
 * The box around ink, how much of it there is, and its moments.
 * @param {Pixels} pixels
 * @param {number} background
 */
function extentOfInk({ data, width, height }, background) {
  let [left, top, right, bottom, mass, x, y] = [width, height, 0, 0, 0, 0, 0];
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at += 4) {
      const ink = Math.max(Math.abs(data[at] - background), Math.abs(data[at + 1] - background), Math.abs(data[at + 2] - background));
      if (ink < FAINT) continue;
      left = Math.min(left, column);
      top = Math.min(top, row);
      right = Math.max(right, column + 1);
      bottom = Math.max(bottom, row + 1);
      mass += ink;
      x += ink * (column + 0.5);
      y += ink * (row + 0.5);
    }
  }
  return { left, top, right, bottom, mass, x, y };
}

/**
 * For each of `count` cells along a line, where it begins among `length` pixels and how much of each it covers.
 * @param {number} count
 * @param {number} origin
 * @param {number} cell
 * @param {number} length
 */
function shares(count, origin, cell, length) {
  return Array.from({ length: count }, (_, i) => {
    const [from, to] = [Math.max(origin + i * cell, 0), Math.min(origin + (i + 1) * cell, length)];
    const first = Math.floor(from);
    const covered = (/** @type {unknown} */ _, /** @type {number} */ k) => (Math.min(first + k + 1, to) - Math.max(first + k, from)) / cell;
    return { first, weights: Float64Array.from({ length: Math.max(Math.ceil(to) - first, 0) }, covered) };
  });
}

/**
 * Mean ink over the background of each cell of each row of pixels.
 * @param {Pixels} pixels
 * @param {number} channel
 * @param {ReturnType<typeof shares>} columns
 * @param {number} background
 */
function averagedRows({ data, width, height }, channel, columns, background) {
  const lines = new Float64Array(height * columns.length);
  for (let y = 0; y < height; y++) {
    columns.forEach(({ first, weights }, x) => {
      let sum = 0;
      for (let k = 0, at = 4 * (y * width + first) + channel; k < weights.length; k++, at += 4) sum += weights[k] * (data[at] - background);
      lines[y * columns.length + x] = sum;
    });
  }
  return lines;
}

/**
 * @param {Float64Array} lines of `averagedRows`
 * @param {ReturnType<typeof shares>} rows
 * @param {number} background
 * @param {Float32Array} image is written: (H, W)
 */
function averageColumns(lines, rows, background, image) {
  const width = image.length / rows.length;
  rows.forEach(({ first, weights }, y) => {
    for (let x = 0; x < width; x++) {
      let sum = background;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * lines[(first + k) * width + x];
      image[y * width + x] = sum / 255;
    }
  });
}
