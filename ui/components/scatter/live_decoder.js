// Decodes into canvases while a hand moves: once in the next frame, however often it is asked. Knows no plot.

import { fillPixels } from "../runtime/pixels.js";
import { contextOf } from "../view/canvas.js";
import { NextFrame } from "../view/timing.js";

/** @import { Model } from "../model/model.js" */

export class LiveDecoder {
  #model;
  #root;
  #input;
  /** @type {Map<string, () => void>} */
  #jobs = new Map();
  #frame = new NextFrame(() => this.#work());

  /**
   * @param {Model} model
   * @param {Element} root hears "vae:decoded"
   */
  constructor(model, root) {
    this.#model = model;
    this.#root = root;
    this.#input = new Float32Array(model.latentDim);
  }

  close() {
    this.#frame.cancel();
  }

  /**
   * Do something in the next frame; of several wishes of one name the last is granted.
   * @param {string} name
   * @param {() => void} job
   */
  later(name, job) {
    this.#jobs.set(name, job);
    this.#frame.request();
  }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {ArrayLike<number>} z
   * @param {number} label what a conditional model is told
   */
  draw(canvas, z, label) {
    this.#input.set(z);
    this.#model.network.label = label;
    const began = performance.now();
    const image = this.#model.network.decode(this.#input);
    const ms = performance.now() - began;
    [canvas.width, canvas.height] = [this.#model.width, this.#model.height];
    contextOf(canvas).putImageData(fillPixels(new ImageData(canvas.width, canvas.height), image, 255), 0, 0);
    this.#root.dispatchEvent(new CustomEvent("vae:decoded", { bubbles: true, composed: true, detail: { ms } }));
  }

  #work() {
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    for (const job of jobs) job();
  }
}
