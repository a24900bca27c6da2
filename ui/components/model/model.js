// A bundle unpacked in the browser: what every view of a model begins with.

import { share } from "../runtime/format.js";
import { dot } from "../runtime/math.js";
import { compile, parseBlob } from "../runtime/network.js";
import { chiSquareTail } from "../runtime/statistics.js";
import { contextOf } from "../view/canvas.js";
import { Mixture } from "./mixture.js";

/**
 * @import { About, Axis, Level, Vector } from "../types.js"
 * @import { Random } from "../runtime/random.js"
 */

/** A bundle unpacked: the network, the codes and what is known about them. */
export class Model {
  /** A picture of all originals; null until it is read. @type {ImageBitmap | null} */
  sheet = null;

  /**
   * @param {Record<string, {data: any}>} tensors of the bundle
   * @param {About} about
   */
  constructor(tensors, about) {
    this.bytes = tensors.network.data;
    const program = parseBlob(this.bytes);
    const { sigma } = program.tensors;
    this.about = sigma ? { ...about, sigma: sigma.data } : about;
    this.network = compile(program);
    this.latentDim = this.network.latentDim;
    this.shape = this.network.imageShape;
    const [channels, height, width] = this.shape;
    this.channels = channels;
    this.height = height;
    this.width = width;
    /** @type {Float32Array} of N codes, one after the other */
    this.codes = tensors.codes?.data ?? new Float32Array(0);
    /** @type {Uint8Array | undefined} */
    this.labels = tensors.labels?.data;
    /** @type {Float32Array} of held-out images, in nats */
    this.costs = tensors.costs?.data ?? new Float32Array(0);
    this.count = this.codes.length / this.latentDim;
    const ranked = about.dims.map(([index]) => index);
    this.ranked = this.latentDim <= 2 ? ranked.sort() : ranked; // two axes keep their places
    this.kl = new Map(about.dims);
    /** The prior, where it was learned. */
    this.mixture = about.prior ? new Mixture(about.prior) : null;
    this.sheetReady = tensors.thumbnails ? this.unpackSheet(tensors.thumbnails.data) : Promise.resolve();
  }

  /** Where one begins: the code of the data set's first image, or the middle where there are no codes. */
  get start() {
    return this.count ? this.code(this.about.first ?? 0) : Float32Array.from(this.about.mean);
  }

  /** How many of the codes, from the start, are of images that were not trained on. */
  get heldOut() {
    return this.about.held_out ?? this.count;
  }

  /** Whether the data set is so small that all of its images are here. */
  get isSmall() {
    return this.heldOut < this.count;
  }

  /** Numbers in an image. */
  get size() {
    return this.channels * this.height * this.width;
  }

  /** Whether codes have a distribution to be drawn from. */
  get hasPrior() {
    return Boolean(this.about.traits.prior);
  }

  /** Whether that is N(0, I), of which distances from the origin speak. */
  get isNormal() {
    return this.about.traits.prior === "standard normal";
  }

  /** Whether a code is a map of numbers, each that of a vector in a codebook. */
  get isDiscrete() {
    return this.about.traits.is_discrete;
  }

  /** Whether an image is encoded to a distribution, with a mean and a variance. */
  get isStochastic() {
    return this.about.traits.is_stochastic;
  }

  /** Whether reconstruction + KL is a bound on −log p(x), an −ELBO. */
  get isBound() {
    return this.about.traits.is_bound;
  }

  /** Whether the KL is a sum over latent dimensions. */
  get hasKlByDimension() {
    return this.about.traits.kl_by_dimension;
  }

  /** The parts of a code; none where it is all of one kind. @returns {Level[]} */
  get levels() {
    let stop = 0;
    return (this.about.levels ?? []).map(([name, size]) => ({ name, start: stop, stop: (stop += size) }));
  }

  /**
   * A code drawn from the prior, which comes from one of its components if it has any; from N(0, I) where there is no prior.
   * @param {Random} random
   * @param {number | null} wanted the component to draw from
   * @returns {{z: Float64Array, component: number | null}}
   */
  draw(random, wanted = null) {
    if (!this.mixture) return { z: random.fillNormal(new Float64Array(this.latentDim)), component: null };
    const component = wanted ?? this.mixture.drawComponent(random);
    return { z: this.mixture.drawFrom(random, component), component };
  }

  /** @param {number} index */
  code(index) {
    return this.codes.subarray(index * this.latentDim, (index + 1) * this.latentDim);
  }

  /** @param {number} label */
  classColour(label) {
    return this.about.colours[label % this.about.colours.length];
  }

  /**
   * The class of a code in words; empty where there are no classes.
   * @param {number} index
   */
  className(index) {
    return this.labels ? this.nameOfClass(this.labels[index]) : "";
  }

  /** @param {number} label */
  nameOfClass(label) {
    return this.about.class_names[label] ?? `Class ${label}`;
  }

  /**
   * Which image a code is of, in words.
   * @param {number} index
   */
  nameOriginal(index) {
    const name = this.className(index);
    const image = /^\S+$/.test(name) ? `a real ${name}` : `a real image${name && `: ${name}`}`;
    return `The code of ${image}${this.isSmall ? (index < this.heldOut ? ", held out" : ", trained on") : ""}`;
  }

  /**
   * Resolved when the sheet of originals is there, or cannot be read.
   * @param {BlobPart} bytes
   */
  async unpackSheet(bytes) {
    this.sheet = await createImageBitmap(new Blob([bytes])).catch(() => null);
  }

  /**
   * Draw the original image of a code onto a canvas, one pixel a pixel; false where there is no picture.
   * @param {number} index
   * @param {HTMLCanvasElement} canvas
   */
  drawOriginal(index, canvas) {
    if (!this.sheet) return false;
    [canvas.width, canvas.height] = [this.width, this.height];
    const { columns } = this.about;
    const [x, y] = [(index % columns) * this.width, Math.floor(index / columns) * this.height];
    contextOf(canvas).drawImage(this.sheet, x, y, this.width, this.height, 0, 0, this.width, this.height);
    return true;
  }

  /**
   * Where z lies under the prior, in words.
   * @param {Vector} z
   */
  sayDistance(z) {
    const squared = dot(z, z);
    const distance = `Distance from the origin ${Math.sqrt(squared).toFixed(2)}`;
    if (this.mixture) {
      const rarer = this.mixture.lessLikely(z);
      return `${distance} · ${commonness(rarer)}: ${share(rarer)} draws from the prior lie where it is thinner`;
    }
    if (!this.isNormal) return distance;
    const farther = chiSquareTail(squared, this.latentDim);
    const word = farther > 0.99 && this.latentDim > 2 ? "unusually central" : commonness(farther);
    return `${distance} · ${word}: ${share(farther)} draws from the prior lie farther out`;
  }

  /**
   * An axis by name, such as z1 or pc1; null where there is none.
   * @param {string} name
   * @returns {Axis | null}
   */
  axis(name) {
    const [, kind, number] = /^(z|pc)(\d+)$/.exec(name) ?? [];
    const index = Number(number) - 1;
    if (kind === "z" && index in this.about.mean) {
      const direction = new Float64Array(this.latentDim);
      direction[index] = 1;
      return { name, direction, zero: 0 };
    }
    if (kind === "pc" && index in this.about.directions) {
      const direction = Float64Array.from(this.about.directions[index]);
      return { name, direction, zero: dot(direction, this.about.centre) };
    }
    return null;
  }

  /**
   * A span along an axis, widened to three standard deviations of the prior, if there is one, and centred on its origin; to all
   * components of a mixture.
   * @param {[number, number]} span
   * @param {Axis} axis
   * @returns {[number, number]}
   */
  spanWithPrior([low, high], axis) {
    if (this.mixture) {
      const [least, most] = this.mixture.span(axis);
      return [Math.min(low, least), Math.max(high, most)];
    }
    if (!this.isNormal) return [low, high];
    const { zero } = axis;
    const most = Math.max(-low - zero, high + zero, 3);
    return [-zero - most, -zero + most];
  }

  /**
   * The range of a slider: the codes, and three standard deviations of the prior if there is one.
   * @param {number} index of a latent dimension
   * @returns {[number, number]}
   */
  reach(index) {
    const [low, high] = this.about.extent[index];
    const [centre, deviation] = this.priorAlong(index) ?? [0, 0];
    const slack = 0.1 * (high - low);
    return [Math.min(low - slack, centre - 3 * deviation), Math.max(high + slack, centre + 3 * deviation)];
  }

  /**
   * Mean and standard deviation of the prior in a latent dimension; null where there is no prior.
   * @param {number} index
   * @returns {[mean: number, deviation: number] | null}
   */
  priorAlong(index) {
    if (this.mixture) return this.mixture.moments(index);
    return this.isNormal ? [0, 1] : null;
  }
}

/** A word for a place that the part `rarer` of all draws from the prior is no commoner than. @param {number} rarer */
const commonness = (rarer) => (rarer < 0.01 ? "rare" : rarer < 0.1 ? "uncommon" : "common");
