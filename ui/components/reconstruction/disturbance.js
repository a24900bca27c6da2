// @ts-nocheck
// Noise and a cover over an image, before a model sees it. Knows no page.

import { gaussian } from "../runtime/random.js";

/** Noise and a square cover over an image; the noise's pattern stays until it is drawn again. */
export class Disturbance {
  constructor([channels, height, width], ground) {
    Object.assign(this, { channels, height, width, ground, deviation: 0, box: null });
    this.side = Math.max(2, Math.round(Math.min(height, width) / 3));
    this.noise = new Float32Array(channels * height * width);
    this.redraw();
  }

  get isActive() {
    return this.deviation > 0 || this.box !== null;
  }

  redraw() {
    for (let i = 0; i < this.noise.length; i++) this.noise[i] = gaussian();
  }

  setCover(on) {
    this.box = on ? { x: 0, y: 0, side: this.side } : null;
    if (on) this.centreCover(this.width / 2, this.height / 2);
  }

  centreCover(x, y) {
    const { side } = this.box;
    this.placeCover(Math.round(x - side / 2), Math.round(y - side / 2));
  }

  moveCover(dx, dy) {
    this.placeCover(this.box.x + dx, this.box.y + dy);
  }

  growCover(by) {
    const { x, y, side } = this.box;
    this.side = this.box.side = Math.min(Math.max(side + 2 * by, 2), Math.min(this.width, this.height));
    this.placeCover(x - (this.side - side) / 2, y - (this.side - side) / 2);
  }

  placeCover(x, y) {
    this.box.x = Math.min(Math.max(Math.round(x), 0), this.width - this.box.side);
    this.box.y = Math.min(Math.max(Math.round(y), 0), this.height - this.box.side);
  }

  apply(image) {
    const { noise, deviation, box, ground, channels, height, width } = this;
    const disturbed = image.map((value, i) => Math.min(Math.max(value + deviation * noise[i], 0), 1));
    if (!box) return disturbed;
    for (let row = 0; row < channels * height; row++) {
      const y = row % height;
      if (y >= box.y && y < box.y + box.side) disturbed.fill(ground, row * width + box.x, row * width + box.x + box.side);
    }
    return disturbed;
  }
}
