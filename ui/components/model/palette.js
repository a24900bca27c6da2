// The codes of a discrete model: as patches of what they decode to, and found again in a code's numbers. Knows no page.

import { fillPixels } from "../runtime/pixels.js";
import { contextOf, newCanvas } from "../view/canvas.js";

/**
 * @import { Vector } from "../types.js"
 * @import { Model } from "./model.js"
 */

export class Palette {
  /** How many codes there are. */
  count;
  rows;
  columns;
  places;
  /** In pixels of an image. */
  patchWidth;
  patchHeight;
  /** What a map filled with a code decodes to in its middle, by code; empty until it is painted. @type {HTMLCanvasElement[]} */
  patches;
  #model;
  /** @type {Float32Array} of codes, one after the other */
  #vectors;

  /**
   * @param {Model} model
   * @throws {Error} it has no codebook
   */
  constructor(model) {
    const { codebook } = model.about;
    if (!codebook) throw new Error("the model has no codebook");
    const [size, rows, columns] = codebook.shape;
    this.count = codebook.count;
    this.rows = rows;
    this.columns = columns;
    this.places = rows * columns;
    this.#model = model;
    this.#vectors = new Float32Array(this.count * size);
    this.patchWidth = Math.round(model.width / columns);
    this.patchHeight = Math.round(model.height / rows);
    this.patches = Array.from({ length: this.count }, () => newCanvas(this.patchWidth, this.patchHeight));
    for (let code = 0; code < this.count; code++) {
      const z = this.lookup(this.filledWith(code));
      for (let c = 0; c < size; c++) this.#vectors[code * size + c] = z[c * this.places];
    }
  }

  /** @param {number} code */
  filledWith(code) {
    return new Float32Array(this.places).fill(code);
  }

  /** The numbers that a map stands for; a buffer that the next call overwrites. @param {Float32Array} indices */
  lookup(indices) {
    if (!this.#model.network.lookup) throw new Error("the model looks up no codes");
    return this.#model.network.lookup(indices);
  }

  /** The map whose codes are nearest to z. @param {Vector} z */
  indicesOf(z) {
    const size = this.#vectors.length / this.count;
    return Float32Array.from({ length: this.places }, (_, place) => {
      const distances = Array.from({ length: this.count }, (_, code) => {
        let sum = 0;
        for (let c = 0; c < size; c++) sum += (z[c * this.places + place] - this.#vectors[code * size + c]) ** 2;
        return sum;
      });
      return distances.indexOf(Math.min(...distances));
    });
  }

  /** Paint the patch of a code: the middle of what a map of it alone decodes to. @param {number} code */
  paint(code) {
    const { network, width, height } = this.#model;
    const pixels = new ImageData(width, height);
    fillPixels(pixels, network.decode(this.lookup(this.filledWith(code))), 255);
    const [left, top] = [Math.floor(this.columns / 2) * this.patchWidth, Math.floor(this.rows / 2) * this.patchHeight];
    contextOf(this.patches[code]).putImageData(pixels, -left, -top);
  }

  /**
   * Draw a map, each place the patch of its code.
   * @param {HTMLCanvasElement} canvas
   * @param {ArrayLike<number>} indices
   */
  draw(canvas, indices) {
    [canvas.width, canvas.height] = [this.columns * this.patchWidth, this.rows * this.patchHeight];
    const context = contextOf(canvas);
    for (let place = 0; place < this.places; place++) {
      const [x, y] = [place % this.columns, Math.floor(place / this.columns)];
      context.drawImage(this.patches[indices[place]], x * this.patchWidth, y * this.patchHeight);
    }
  }
}
