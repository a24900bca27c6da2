// Noise and a cover over an image, before a model sees it. Knows no page.

import { clamp } from "../runtime/math.js";

/** @import { Random } from "../runtime/random.js" */
/** @import { Shape } from "../types.js" */

/** Noise and a square cover over an image; the noise's pattern stays until it is drawn again. */
export class Disturbance {
  /** Standard deviation of the noise. */
  deviation = 0;
  /** The cover, in pixels of the image. @type {{x: number, y: number, side: number} | null} */
  box = null;

  /**
   * @param {Shape} shape
   * @param {number} background the cover's intensity
   * @param {Random} random
   */
  constructor([channels, height, width], background, random) {
    this.channels = channels;
    this.height = height;
    this.width = width;
    this.background = background;
    this.random = random;
    this.side = Math.max(2, Math.round(Math.min(height, width) / 3));
    this.noise = new Float32Array(channels * height * width);
    this.redraw();
  }

  get isActive() {
    return this.deviation > 0 || this.box !== null;
  }

  redraw() {
    this.random.fillNormal(this.noise);
  }

  /** @param {boolean} on */
  setCover(on) {
    this.box = on ? { x: 0, y: 0, side: this.side } : null;
    this.centreCover(this.width / 2, this.height / 2);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  centreCover(x, y) {
    if (this.box) this.placeCover(Math.round(x - this.box.side / 2), Math.round(y - this.box.side / 2));
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  moveCover(dx, dy) {
    if (this.box) this.placeCover(this.box.x + dx, this.box.y + dy);
  }

  /** @param {number} by pixels on each side */
  growCover(by) {
    if (!this.box) return;
    const { x, y, side } = this.box;
    this.side = this.box.side = clamp(side + 2 * by, 2, Math.min(this.width, this.height));
    this.placeCover(x - (this.side - side) / 2, y - (this.side - side) / 2);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  placeCover(x, y) {
    if (!this.box) return;
    this.box.x = clamp(Math.round(x), 0, this.width - this.box.side);
    this.box.y = clamp(Math.round(y), 0, this.height - this.box.side);
  }

  /** @param {Float32Array} image */
  apply(image) {
    const { noise, deviation, box, background, channels, height, width } = this;
    const disturbed = image.map((value, i) => clamp(value + deviation * noise[i], 0, 1));
    if (!box) return disturbed;
    for (let row = 0; row < channels * height; row++) {
      const y = row % height;
      if (y >= box.y && y < box.y + box.side) disturbed.fill(background, row * width + box.x, row * width + box.x + box.side);
    }
    return disturbed;
  }
}
