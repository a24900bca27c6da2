// Discs of many points painted into an image; plot.js says why not by WebGL.

import { clamp } from "../runtime/math.js";

export const MARGIN = 20; // device pixels around the image, so that no disc needs a check for the edge
export const OPAQUE = 128; // strengths go from 0 to 128, which keeps the sums of mixing within 31 bits

/**
 * @typedef {object} Points
 * @property {Float32Array} flat (N, 2), in units of the plane
 * @property {Uint32Array} ink a colour for each
 * @property {Uint8Array} layers a layer for each
 * @property {Uint32Array | null} order in which they are painted; null: as they come
 * @property {Uint8Array | null} strength of each; null: all alike
 * @property {number} count how many of them, from the first, are painted
 *
 * @typedef {{scale: number, left: number, top: number}} Seen device pixels to a unit, and the plane's spot in the upper left corner
 */

export class Raster {
  #canvas;
  #context;
  #width = 0;
  #height = 0;
  #image = new ImageData(1, 1);
  #pixels = new Uint32Array(this.#image.data.buffer);
  #offsets = new Int32Array(0); // of a disc's pixels from its middle
  #coverage = new Int32Array(0);
  #reach = 0;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { alpha: false }));
  }

  /**
   * An empty image of so many device pixels; colours are whole numbers 0xAABBGGRR.
   * @param {number} width
   * @param {number} height
   * @param {number} background
   */
  begin(width, height, background) {
    if (this.#width !== width || this.#height !== height) {
      [this.#canvas.width, this.#canvas.height] = [this.#width, this.#height] = [width, height];
      this.#image = new ImageData(width + 2 * MARGIN, height + 2 * MARGIN);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
    }
    this.#pixels.fill(background);
  }

  /** From here on discs have this radius, in device pixels. @param {number} radius */
  disc(radius) {
    const stride = this.#width + 2 * MARGIN;
    /** @type {number[][]} */
    const [offsets, coverage] = [[], []];
    const reach = Math.ceil(radius);
    for (let y = -reach; y <= reach; y++) {
      for (let x = -reach; x <= reach; x++) {
        const covered = clamp(radius + 0.5 - Math.hypot(x, y), 0, 1);
        if (covered <= 0.05) continue;
        offsets.push(y * stride + x);
        coverage.push(Math.round(OPAQUE * covered));
      }
    }
    this.#reach = MARGIN - reach - 1;
    [this.#offsets, this.#coverage] = [Int32Array.from(offsets), Int32Array.from(coverage)];
  }

  /**
   * The points of one layer.
   * @param {Points} points
   * @param {number} layer
   * @param {number} alike the strength of all, times that of each
   * @param {Seen} seen
   */
  draw({ flat, ink, layers, order, strength, count }, layer, alike, { scale, left, top }) {
    const [pixels, offsets, coverage, reach] = [this.#pixels, this.#offsets, this.#coverage, this.#reach];
    const stride = this.#width + 2 * MARGIN;
    const [right, bottom] = [this.#width + reach, this.#height + reach];
    for (let n = 0; n < count; n++) {
      const i = order ? order[n] : n;
      if (layers[i] !== layer) continue;
      const x = (flat[2 * i] - left) * scale;
      const y = (top - flat[2 * i + 1]) * scale;
      if (!(x > -reach && y > -reach && x < right && y < bottom)) continue; // not a number is outside too
      const middle = ((y + MARGIN) | 0) * stride + ((x + MARGIN) | 0);
      paintDisc(pixels, middle, offsets, coverage, ink[i], strength ? (strength[i] * alike) >> 7 : alike);
    }
  }

  end() {
    this.#context.putImageData(this.#image, -MARGIN, -MARGIN);
  }
}

/**
 * Mix a colour into the pixels around `middle`: red and blue in one product, green in another.
 * @param {Uint32Array} pixels
 * @param {number} middle
 * @param {Int32Array} offsets
 * @param {Int32Array} coverage
 * @param {number} colour
 * @param {number} strength
 */
function paintDisc(pixels, middle, offsets, coverage, colour, strength) {
  const redBlue = colour & 0xff00ff;
  const green = colour & 0xff00;
  for (let k = 0; k < offsets.length; k++) {
    const at = middle + offsets[k];
    const much = (coverage[k] * strength) >> 7;
    if (much === OPAQUE) {
      pixels[at] = colour;
      continue;
    }
    const below = pixels[at];
    const little = OPAQUE - much;
    const mixed = ((redBlue * much + (below & 0xff00ff) * little) >>> 7) & 0xff00ff;
    pixels[at] = 0xff000000 | mixed | (((green * much + (below & 0xff00) * little) >>> 7) & 0xff00);
  }
}
