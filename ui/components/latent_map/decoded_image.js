// The image that the decoder makes of a point.

import { plain } from "../runtime/format.js";
import { fillPixels } from "../runtime/pixels.js";
import { contextOf } from "../view/canvas.js";

/** @import { Model } from "../model/model.js" */

export class DecodedImage {
  #canvas;
  #root;
  #model;
  #input;
  #pixels;
  #decodes = 0;
  #label = -1;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} root hears "vae:decoded", and carries how often and where that was
   * @param {Model} model
   */
  constructor(canvas, root, model) {
    this.#canvas = canvas;
    this.#root = root;
    this.#model = model;
    this.#input = new Float32Array(model.latentDim);
    this.#pixels = new ImageData(model.width, model.height);
    [canvas.width, canvas.height] = [model.width, model.height];
  }

  /** Decode z, unless it is what was decoded last, under the same label. @param {Float64Array} z */
  show(z) {
    const { label } = this.#model.network;
    if (this.#decodes && label === this.#label && this.#input.every((value, i) => value === Math.fround(z[i]))) return;
    this.#input.set(z);
    this.#label = label;
    const began = performance.now();
    const image = this.#model.network.decode(this.#input);
    const ms = performance.now() - began;
    contextOf(this.#canvas).putImageData(fillPixels(this.#pixels, image, 255), 0, 0);
    this.#decodes++;
    Object.assign(this.#root.dataset, { ready: "true", decodes: this.#decodes, point: Array.from(z, plain).join(",") });
    this.#root.dispatchEvent(new CustomEvent("vae:decoded", { bubbles: true, composed: true, detail: { ms } }));
  }

  /** A whole multiple of its own size, if `room` CSS pixels allow one. @param {number} room */
  fit(room) {
    const { width } = this.#model;
    this.#canvas.style.width = `${width * (room >= width ? Math.floor(room / width) : room / width)}px`;
  }
}
