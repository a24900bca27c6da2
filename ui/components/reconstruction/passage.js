// One image through a model: disturbed, encoded, decoded. Knows no page.

import { klByDimension, reconstructionNats, squaredError } from "./costs.js";

/** @import { Model } from "../model/model.js" */
/** @import { Vector } from "../types.js" */
/** @import { Disturbance } from "./disturbance.js" */

export class Passage {
  /** The image before anything disturbs it. @type {Float32Array | null} */
  original = null;
  /** Of the posterior; null for a plain autoencoder. @type {Float64Array | null} */
  logVar = null;
  /** By dimension, in nats. @type {Float64Array | null} */
  kl = null;
  /** Whether `z` is another point than the encoder's. */
  isMoved = false;
  /** Whether the input is another one than was encoded. */
  isStale = false;

  /**
   * @param {Pick<Model, "about" | "network" | "size" | "latentDim">} model
   * @param {Pick<Disturbance, "apply" | "isActive">} disturbance
   */
  constructor(model, disturbance) {
    this.model = model;
    this.disturbance = disturbance;
    this.input = new Float32Array(model.size);
    this.mean = new Float64Array(model.latentDim);
    this.z = new Float64Array(model.latentDim);
    this.image = new Float32Array(model.size);
  }

  /** @param {Float32Array | null} image */
  begin(image) {
    this.original = image && Float32Array.from(image);
    this.isStale = true;
  }

  /** Decode at z, which the encoder did not choose. @param {Vector} z */
  moveTo(z) {
    this.z = Float64Array.from(z);
    this.isMoved = true;
  }

  moveToMean() {
    this.z = this.mean.slice();
    this.isMoved = false;
  }

  /** @param {Float32Array} original */
  run(original) {
    if (this.isStale) this.encode(original);
    this.image.set(this.model.network.decode(Float32Array.from(this.z)));
  }

  /** @param {Float32Array} original */
  encode(original) {
    this.input = this.disturbance.apply(original);
    const { encode } = this.model.network;
    if (!encode) throw new Error("the model has no encoder");
    const { mean, log_var: logVar } = encode(this.input);
    this.mean = Float64Array.from(mean);
    this.logVar = logVar ? Float64Array.from(logVar) : null;
    this.kl = this.logVar && klByDimension(this.mean, this.logVar);
    this.isStale = false;
    this.moveToMean();
  }

  /** What the image costs, in nats, and squared errors of input and image against the original. */
  costs() {
    const { original, input, image, kl } = this;
    const reconstruction = reconstructionNats(this.model.about, input, image);
    const divergence = kl ? kl.reduce((a, b) => a + b) : 0;
    const [inputError, imageError] = original ? [squaredError(original, input), squaredError(original, image)] : [0, 0];
    return { loss: reconstruction + divergence, reconstruction, kl: divergence, inputError, imageError };
  }
}
