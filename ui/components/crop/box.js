// A box over a picture that keeps its proportions and stays inside. Knows no page.
//
// It is {x, y, width} in pixels of the picture; its height is the width by the aspect.

import { clamp } from "../runtime/math.js";

/** @typedef {{x: number, y: number, width: number}} Place */
/** @typedef {[left: number, top: number, right: number, bottom: number]} Fractions of the picture */
/** @typedef {{right: boolean, bottom: boolean}} Corner */

const MIN_SHARE = 0.05; // of the largest box's sides, unless it begins smaller

export class CropBox {
  /** @type {Place} */
  place = { x: 0, y: 0, width: 0 };

  /**
   * @param {number} width of the picture, in pixels
   * @param {number} height
   * @param {number} aspect of the box: width by height
   * @param {Fractions} fractions where it begins
   */
  constructor(width, height, aspect, [left, top, right]) {
    this.width = width;
    this.height = height;
    this.aspect = aspect;
    this.largest = Math.min(width, height * aspect);
    this.least = Math.min(MIN_SHARE * this.largest, (right - left) * width);
    this.put(left * width, top * height, (right - left) * width);
  }

  /** @returns {Fractions} */
  get fractions() {
    const { x, y, width } = this.place;
    const share = (/** @type {number} */ pixels, /** @type {number} */ side) => clamp(pixels / side, 0, 1);
    return [share(x, this.width), share(y, this.height), share(x + width, this.width), share(y + width / this.aspect, this.height)];
  }

  /**
   * Put a box of this width there, or as near as the picture allows.
   * @param {number} x
   * @param {number} y
   * @param {number} width
   */
  put(x, y, width) {
    const fitting = clamp(width, this.least, this.largest);
    this.place = {
      x: clamp(x, 0, this.width - fitting),
      y: clamp(y, 0, this.height - fitting / this.aspect),
      width: fitting,
    };
  }

  /**
   * Pull a corner by so many pixels from where it was in `start`; the corner opposite stays.
   * @param {Corner} corner
   * @param {Place} start
   * @param {number} across
   * @param {number} down
   */
  pull({ right, bottom }, start, across, down) {
    const { aspect } = this;
    const wide = start.width + (right ? across : -across);
    const tall = start.width / aspect + (bottom ? down : -down);
    const wished = ((wide * aspect + tall) * aspect) / (aspect * aspect + 1); // the nearest point of the box's diagonal
    const fixed = { x: start.x + (right ? 0 : start.width), y: start.y + (bottom ? 0 : start.width / aspect) };
    const room = Math.min(right ? this.width - fixed.x : fixed.x, (bottom ? this.height - fixed.y : fixed.y) * aspect);
    const width = Math.min(Math.max(wished, this.least), room);
    this.put(fixed.x - (right ? 0 : width), fixed.y - (bottom ? 0 : width / aspect), width);
  }

  /**
   * Resize about the middle.
   * @param {number} factor
   */
  scale(factor) {
    const { x, y, width } = this.place;
    const wider = clamp(width * factor, this.least, this.largest);
    this.put(x + (width - wider) / 2, y + (width - wider) / 2 / this.aspect, wider);
  }

  fill() {
    const { largest } = this;
    this.put((this.width - largest) / 2, (this.height - largest / this.aspect) / 2, largest);
  }

  /**
   * Move by a part of the picture's sides.
   * @param {number} across
   * @param {number} down
   */
  walk(across, down) {
    const { x, y, width } = this.place;
    this.put(x + across * this.width, y + down * this.height, width);
  }
}
