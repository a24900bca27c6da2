// Codes as pictures, small and enlarged. Knows no page.

import { squaredDistance } from "../runtime/math.js";
import { fillPixels } from "../runtime/pixels.js";
import { contextOf, newCanvas } from "../view/canvas.js";

/** @import { Model } from "../model/model.js" */
/** @import { Vector } from "../types.js" */
/** @import { End } from "./types.js" */

const ENLARGED = 256; // pixels at least, of small pictures and of files

/** All pictures share one buffer, which the next one overwrites. */
export class Pictures {
  /** Whether a conditional model is told the label of A everywhere. */
  keepsLabel = false;

  /**
   * @param {Model} model
   * @param {End[]} ends
   */
  constructor(model, ends) {
    this.model = model;
    this.ends = ends;
    this.pixels = new ImageData(model.width, model.height);
    this.small = newCanvas(model.width, model.height);
    /** How many pixels along one of the model's an enlarged picture has. */
    this.factor = Math.max(1, Math.ceil(ENLARGED / Math.min(model.width, model.height)));
  }

  /** What a conditional model is told of a code: the label of the nearest of the images that were given, or that of A. @param {Vector} z */
  labelOf(z) {
    const distances = this.ends.map(({ mean }) => squaredDistance(mean, z));
    const end = this.keepsLabel ? 0 : distances.indexOf(Math.min(...distances));
    return this.ends[end].label;
  }

  /**
   * The decoded picture of a code.
   * @param {Vector} z
   */
  decode(z) {
    this.model.network.label = this.labelOf(z);
    return this.fill(this.model.network.decode(Float32Array.from(z)), 255);
  }

  /**
   * @param {ArrayLike<number>} values (C, H, W)
   * @param {number} gain 255 for values from 0 to 1
   */
  fill(values, gain) {
    return fillPixels(this.pixels, values, gain);
  }

  /**
   * Draw a picture so large that the page only ever shrinks it: squares of one size.
   * @param {HTMLCanvasElement} canvas
   * @param {ImageData} pixels
   */
  stamp(canvas, pixels) {
    contextOf(this.small).putImageData(pixels, 0, 0);
    [canvas.width, canvas.height] = [pixels.width * this.factor, pixels.height * this.factor];
    const context = contextOf(canvas);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.small, 0, 0, canvas.width, canvas.height);
  }

  /**
   * Jobs that draw a code on each canvas.
   * @param {HTMLCanvasElement[]} canvases
   * @param {(place: number) => Vector} code
   */
  stampJobs(canvases, code) {
    return canvases.map((canvas, place) => () => this.stamp(canvas, this.decode(code(place))));
  }
}
