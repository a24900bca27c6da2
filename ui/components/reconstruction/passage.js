// One image through a model: disturbed, encoded, sampled, decoded. Knows no page.

import { tellBestLabel } from "../model/best_label.js";
import { mapNats } from "../runtime/code_maps.js";
import { Random } from "../runtime/random.js";
import { klByDimension, reconstructionNats, squaredError } from "../model/costs.js";

/** @import { Model } from "../model/model.js" */
/** @import { Vector } from "../types.js" */
/** @import { Disturbance } from "./disturbance.js" */

export class Passage {
  /** The image before anything disturbs it. @type {Float32Array | null} */
  original = null;
  /** Of the posterior; null for a plain autoencoder. @type {Float64Array | null} */
  logVar = null;
  /** Of a discrete code: the number of each place. @type {Float32Array | null} */
  indices = null;
  /** By dimension, in nats, where it is a sum over dimensions. @type {Float64Array | null} */
  kl = null;
  /** KL to the prior, in nats. */
  divergence = 0;
  /** Whether `z` is a point that a hand chose. */
  isMoved = false;
  /** Whether the input is another one than was encoded. */
  isStale = false;
  /** What a conditional model is to be told; null: its own best guess. @type {number | null} */
  label = null;

  /**
   * @param {Pick<Model, "about" | "network" | "size" | "latentDim" | "mixture">} model
   * @param {Pick<Disturbance, "apply" | "isActive">} disturbance
   */
  constructor(model, disturbance) {
    this.model = model;
    this.disturbance = disturbance;
    this.input = new Float32Array(model.size);
    this.mean = new Float64Array(model.latentDim);
    /** Of the sample z = mean + σ·ε; zeros: z is the mean. */
    this.epsilon = new Float64Array(model.latentDim);
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

  /** Draw noise, the same for the same seed, and z with it. @param {number} seed */
  drawNoise(seed) {
    new Random(seed).fillNormal(this.epsilon);
    this.moveToSample();
  }

  moveToMean() {
    this.epsilon.fill(0);
    this.moveToSample();
  }

  moveToSample() {
    this.z = this.mean.map((mean, i) => mean + this.deviation(i) * this.epsilon[i]);
    this.isMoved = false;
  }

  /** The posterior's σ in a dimension; 0 for a plain autoencoder. @param {number} i */
  deviation(i) {
    return this.logVar ? Math.exp(this.logVar[i] / 2) : 0;
  }

  get isAtMean() {
    return this.z.every((value, i) => value === this.mean[i]);
  }

  /** @param {Float32Array} original */
  run(original) {
    if (this.isStale) this.encode(original);
    this.image.set(this.model.network.decode(Float32Array.from(this.z)));
  }

  /** @param {Float32Array} original */
  encode(original) {
    this.input = this.disturbance.apply(original);
    const { network } = this.model;
    if (this.label === null) tellBestLabel(this.model, this.input);
    else network.label = this.label;
    const { encode, next } = network;
    if (!encode) throw new Error("the model has no encoder");
    const { mean, log_var: logVar, indices } = encode(this.input);
    this.mean = Float64Array.from(mean);
    this.logVar = logVar ? Float64Array.from(logVar) : null;
    this.indices = indices ? Float32Array.from(indices) : null;
    this.kl = this.model.mixture ? null : this.logVar && klByDimension(this.mean, this.logVar);
    this.divergence = this.kl?.reduce((a, b) => a + b) ?? (this.logVar && this.model.mixture?.kl(this.mean, this.logVar)) ?? 0;
    if (this.indices && next) this.divergence = mapNats(this.indices, next);
    this.isStale = false;
    this.moveToSample();
  }

  /** What the image costs at z, in nats, and squared errors of input and image against the original. */
  costs() {
    const { original, input, image } = this;
    const reconstruction = reconstructionNats(this.model.about, input, image);
    const kl = this.divergence;
    const [inputError, imageError] = original ? [squaredError(original, input), squaredError(original, image)] : [0, 0];
    return { loss: reconstruction + kl, reconstruction, kl, inputError, imageError };
  }

  /** What it costs at the mean, as the costs of held-out images are measured. */
  costAtMean() {
    const image = this.model.network.decode(Float32Array.from(this.mean));
    return reconstructionNats(this.model.about, this.input, image) + this.divergence;
  }
}
