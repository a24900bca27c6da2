// A plane seen through a window: which place of it lies at which pixel, zooming and moving, the numbers along its edges.
// Knows no model and no Python.
//
// A window is its middle {x, y} and `half` its width, in the plane's own units. Pixels are CSS pixels from the upper left corner of
// the element, down; the plane's second axis goes up.

import { clamp, niceStep } from "../runtime/math.js";

const TICK_ROOM = 56; // pixels between two numbers, at least
const MOST_TICKS = 8;
const ACROSS_NAME = 32; // pixels at the end of an axis that its name takes
const UP_NAME = 28;

/**
 * @typedef {import("./gestures.js").Pixel} Pixel
 * @typedef {{x: number, y: number, half: number}} Window
 */

export class Viewport {
  width = 0;
  height = 0;
  /** @type {Window} */
  window = { x: 0, y: 0, half: 1 };

  /** @param {{clientWidth: number, clientHeight: number}} element */
  measure(element) {
    [this.width, this.height] = [element.clientWidth, element.clientHeight];
  }

  /** Height by width. */
  get aspect() {
    return this.height / this.width || 1; // nothing is laid out yet in a hidden tab
  }

  /** How many pixels a unit of the plane takes. */
  get scale() {
    return this.width / (2 * this.window.half);
  }

  /** @param {Pixel} pixel @returns {[a: number, b: number]} */
  toPlane([px, py]) {
    const { x, y } = this.window;
    return [x + (px - this.width / 2) / this.scale, y - (py - this.height / 2) / this.scale];
  }

  /**
   * @param {number} a
   * @param {number} b
   * @returns {Pixel}
   */
  toPixels(a, b) {
    const { x, y } = this.window;
    return [this.width / 2 + (a - x) * this.scale, this.height / 2 - (b - y) * this.scale];
  }

  /** The pixel, or the nearest one inside. @param {Pixel} pixel @returns {Pixel} */
  inside([px, py]) {
    return [clamp(px, 0, this.width), clamp(py, 0, this.height)];
  }

  /**
   * Show more or less; what lies at a pixel stays there.
   * @param {number} factor
   * @param {Pixel} pixel
   * @param {number} least half the width
   * @param {number} most half the width
   */
  zoom(factor, pixel, least, most) {
    const [a, b] = this.toPlane(pixel);
    const { x, y, half } = this.window;
    const ratio = clamp(half * factor, least, most) / half;
    this.window = { x: a + (x - a) * ratio, y: b + (y - b) * ratio, half: half * ratio };
  }

  /**
   * Move what is seen by so many pixels.
   * @param {number} dx
   * @param {number} dy
   */
  pan(dx, dy) {
    const { x, y, half } = this.window;
    this.window = { x: x - dx / this.scale, y: y + dy / this.scale, half };
  }

  /** The numbers along the lower and the left edge, each as HTML with the axis' name; none where the name is. @param {string[]} names */
  ticks([across, up]) {
    const { x, y, half } = this.window;
    const tall = half * this.aspect;
    const step = niceStep((2 * half) / Math.min(this.width / TICK_ROOM, MOST_TICKS));
    const acrossMarks = multiples(x - half, x + half, step).map((value) => mark(axisNumber(value, step), this.toPixels(value, 0)[0]));
    const upMarks = multiples(y - tall, y + tall, step).map((value) => mark(axisNumber(value, step), this.toPixels(0, value)[1]));
    return [edge(acrossMarks, (spot) => spot < this.width - ACROSS_NAME, across), edge(upMarks, (spot) => spot > UP_NAME, up)];
  }
}

/** The square window that shows all of one or two spans [low, high], across and up. @param {number[][]} spans @returns {Window} */
export function windowAround(spans) {
  const half = Math.max(...spans.map(([low, high]) => (high - low) / 2)) * 1.06 || 1;
  const [x, y = 0] = spans.map(([low, high]) => (low + high) / 2);
  return { x, y, half };
}

/** @typedef {{text: string, spot: number}} Mark a number, and at which pixel of its edge it stands */

/**
 * @param {string} text
 * @param {number} spot
 * @returns {Mark}
 */
const mark = (text, spot) => ({ text, spot });

/**
 * @param {Mark[]} marks
 * @param {(spot: number) => boolean} fits
 * @param {string} name
 */
function edge(marks, fits, name) {
  const spans = marks.filter(({ spot }) => fits(spot)).map(({ text, spot }) => `<span style="--at: ${spot}px">${text}</span>`);
  return `${spans.join("")}<b>${name}</b>`;
}

/**
 * @param {number} low
 * @param {number} high
 * @param {number} step
 */
function multiples(low, high, step) {
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(Math.floor(high / step) - first + 1, 0) }, (_, i) => (first + i) * step);
}

/**
 * @param {number} value
 * @param {number} step between two of the axis
 */
function axisNumber(value, step) {
  return value
    .toFixed(Math.max(0, -Math.floor(Math.log10(step))))
    .replace(/^-(?=0\.?0*$)/, "")
    .replace("-", "\u2212");
}
