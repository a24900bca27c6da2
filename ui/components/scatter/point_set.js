// The points of a data set, those of noise to compare them with, and a person's own, in this order: their codes, where they lie, what is
// known of each. Knows no plot.

import { tellBestLabel } from "../model/best_label.js";
import { fromBase64 } from "../runtime/base64.js";
import { csv, exactly } from "../runtime/files/csv.js";
import { nearestCodes } from "../runtime/geometry.js";
import { squaredDistance } from "../runtime/math.js";
import { fillPixels } from "../runtime/pixels.js";
import { contextOf, newCanvas } from "../view/canvas.js";
import { amid, chained, onPlane } from "./points.js";

const PLACED_BY = 5; // nearest codes that say where an own image belongs, as in vae_core.projections.transform
const NO_CLASS = "#8A8F9C";

/**
 * @import { Model } from "../model/model.js"
 * @import { Vector } from "../types.js"
 * @import { Part } from "../view/parts.js"
 * @import { Frame } from "./points.js"
 *
 * @typedef {{name: string, dims: number, axes: string[], film: string, decodable: boolean, is_noise: boolean}} Projection
 * @typedef {Part & {count: number, held_out: number, codes: string, scalars: string[], class_names: string[], has_thumbnails: boolean,
 * projections: Projection[]}} PointsPart as `pack_points` of __init__.py makes it
 * @typedef {{name: string, picture: HTMLCanvasElement, code: Float32Array, label: number, near: [number, number][]}} OwnPoint
 */

export class PointSet {
  #model;
  #part;
  /** @type {OwnPoint[]} */
  #mine;
  /** @type {Float32Array[]} for each projection, (N, dims) */
  #places;
  #codes;
  /** @type {Record<string, Float32Array | undefined>} labels and clusters, -1 for none */
  kinds;

  /**
   * @param {Model | null} model null where there are no points
   * @param {PointsPart} part
   * @param {{name: string, image: string}[]} own bytes (C, H, W) in base64
   */
  constructor(model, part, own) {
    this.#model = model;
    this.#part = part;
    const noise = part.tensors.noise ?? new Float32Array(0);
    this.own = part.count;
    this.dots = part.count + (noise.length ? noise.length / (model?.latentDim ?? 1) : 0); // those of the data set, then those of noise
    this.count = this.dots + own.length;
    this.#codes = part.tensors.codes;
    this.#mine = own.map(({ name, image }) => this.#encoded(/** @type {Model} */ (model), name, fromBase64(image)));
    this.#places = part.projections.map((_, place) => this.#placesIn(place));
    this.#codes = chained(part.tensors.codes, noise, ...this.#mine.map(({ code }) => code));
    this.kinds = { class: part.tensors.labels, cluster: part.tensors.clusters };
  }

  get digest() {
    return this.#part.digest;
  }

  get projections() {
    return this.#part.projections;
  }

  /** Whether other points have the same codes, and so the same pictures. @param {PointSet} other */
  hasCodesOf(other) {
    return this.#part.codes === other.#part.codes;
  }

  // -- One point --

  /** @param {number} index */
  code(index) {
    const D = this.#model?.latentDim ?? 0;
    return this.#codes.subarray(index * D, (index + 1) * D);
  }

  /** A person's own point; undefined for those of the data set. @param {number} index @returns {OwnPoint | undefined} */
  ownAt(index) {
    return this.#mine[index - this.dots];
  }

  /** What a conditional model is told of a point: its class, what it takes an own image for, or each label in turn. @param {number} index */
  labelOf(index) {
    if (this.isNoise(index)) return index % Math.max(1, this.#model?.network.classes ?? 1);
    return Math.max(0, this.ownAt(index)?.label ?? this.kinds.class?.[index] ?? 0);
  }

  /** How many points, from the first, are ringed: the model was not trained on them. */
  get heldOut() {
    return this.#part.held_out;
  }

  /** @param {number} index */
  isNoise(index) {
    return index >= this.own && index < this.dots;
  }

  /** The name of what a conditional model is told of a point; of any other model, nothing. @param {number} index */
  toldOf(index) {
    return this.#model?.network.classes ? this.#model.nameOfClass(this.labelOf(index)) : "";
  }

  /** How many points, from the first, have their image on the sheet. */
  get originals() {
    return this.#part.has_thumbnails && this.#model?.sheet ? Math.min(this.#model.count, this.own) : 0;
  }

  /** @param {number} index */
  hasOriginal(index) {
    return Boolean(this.ownAt(index)) || index < this.originals;
  }

  /** @param {number} index */
  nameOf(index) {
    const mine = this.ownAt(index);
    if (mine) return mine.name;
    const told = this.toldOf(index);
    if (this.isNoise(index)) return told ? `Random code, label ${told}` : "Random code";
    return this.kinds.class ? this.kindName("class", this.kinds.class[index]) : `Image ${this.#numberOf(index)}`;
  }

  /** Its place in the data set. @param {number} index @returns {number} */
  #numberOf(index) {
    return this.#part.tensors.index?.[index] ?? index;
  }

  /** What is known of a point. @param {number} index @returns {[name: string, text: string][]} */
  factsOf(index) {
    if (index >= this.own) return [];
    /** @type {[string, string][]} */
    const facts = this.kinds.class ? [["Image", String(this.#numberOf(index))]] : [];
    const { cluster } = this.kinds;
    if (cluster) facts.push(["Cluster", this.kindName("cluster", cluster[index]).replace("Cluster ", "")]);
    this.#part.scalars.forEach((name, i) => facts.push([name, readable(this.#part.tensors[`scalar${i}`][index])]));
    return facts;
  }

  // -- What colours may mean --

  /**
   * @param {string} kind class or cluster
   * @param {number} value
   */
  kindName(kind, value) {
    if (kind === "cluster") return value < 0 ? "No cluster" : `Cluster ${value + 1}`;
    return value < 0 ? "No class" : (this.#part.class_names[value] ?? `Class ${value}`);
  }

  /** @param {number} value */
  kindColour(value) {
    return value < 0 ? NO_CLASS : (this.#model?.classColour(value) ?? NO_CLASS);
  }

  /** Everything, in groups. @returns {[group: string, options: [value: string, text: string][]][]} */
  get measures() {
    /** @type {[string, string][]} */
    const kinds = [
      ["class", "Class"],
      ["cluster", "Cluster"],
    ];
    return [
      ["", kinds.filter(([kind]) => this.kinds[kind])],
      ["Measures", this.#part.scalars.map((name) => [name, name])],
      ["Dimensions", (this.#model?.ranked ?? []).map((index) => [`z${index + 1}`, `z${index + 1}`])],
    ];
  }

  /** The numbers (N) of one of them; null where it is classes or clusters. @param {string} name @returns {Float32Array | null} */
  measure(name) {
    if (this.kinds[name]) return null;
    const place = this.#part.scalars.indexOf(name);
    if (place >= 0) return this.#part.tensors[`scalar${place}`];
    const D = this.#model?.latentDim ?? 0;
    const dim = Number(name.slice(1)) - 1;
    return Float32Array.from({ length: this.own }, (_, i) => this.#codes[i * D + dim]);
  }

  // -- Many points --

  /** All of the data set, or where nothing else is shown, all of noise. @param {number[]} shown places of projections */
  allOf(shown) {
    const [from, to] = shown.every((place) => this.projections[place].is_noise) ? [this.own, this.dots] : [0, this.own];
    return Array.from({ length: to - from }, (_, i) => from + i);
  }

  /**
   * The codes of the data set nearest to z in all dimensions, nearest first.
   * @param {Vector} z
   * @param {number} most
   */
  nearest(z, most, except = -1) {
    return nearestCodes({ codes: this.#codes, count: this.own, latentDim: z.length }, z, most, except);
  }

  /** The mean code. @param {number[]} chosen */
  mean(chosen) {
    const mean = new Float64Array(this.#model?.latentDim ?? 0);
    for (const index of chosen) for (let d = 0; d < mean.length; d++) mean[d] += this.#codes[index * mean.length + d] / chosen.length;
    return mean;
  }

  /** The two originals that lie farthest apart. @param {number[]} chosen @returns {[number, number] | null} */
  farthest(chosen) {
    /** @type {[number, number] | null} */
    let pair = null;
    let most = 0;
    const known = chosen.filter((index) => index < this.originals);
    for (const a of known) {
      for (const b of known) {
        const squared = squaredDistance(this.code(a), this.code(b));
        if (a < b && squared > most) [pair, most] = [[a, b], squared];
      }
    }
    return pair;
  }

  /** Index, class, codes and places. Numbers are written so that reading them gives the same float32. @param {number[]} chosen */
  csv(chosen) {
    const axes = this.projections.flatMap(({ dims }, place) =>
      ["x", "y", "z"].slice(0, dims).map((axis) => axis + (place ? place + 1 : "")),
    );
    const names = Array.from({ length: this.#model?.latentDim ?? 0 }, (_, d) => `z${d + 1}`);
    const lines = chosen.map((index) => {
      const places = this.projections.flatMap(({ dims }, place) => [...this.#places[place].subarray(index * dims, (index + 1) * dims)]);
      const [number, name] =
        index < this.own ? [this.#numberOf(index), this.kinds.class ? this.nameOf(index) : ""] : ["", this.nameOf(index)];
      return [number, name, ...[...this.code(index), ...places].map((value) => (value === value ? exactly(value) : ""))];
    });
    return csv([["index", "class", ...names, ...axes], ...lines]);
  }

  // -- Where points lie --

  /**
   * A projection as a plot takes it: its points, or a frame of its film.
   * @param {number} place of the projection
   * @param {Frame | null | undefined} frame
   * @returns {import("./plot.js").Seen}
   */
  seen(place, frame) {
    const { name, dims, axes, film, decodable } = this.projections[place];
    const positions = frame ? this.#framePlaces(frame) : this.#places[place];
    const identity = [name, film, ...axes].join();
    return { name, identity, dims: frame ? 2 : dims, axes, positions, decodable: decodable ? this.plane(place) : null };
  }

  /** The plane of codes of a decodable projection. @param {number} place @returns {import("./plot.js").Plane} */
  plane(place) {
    const { [`origin${place}`]: origin, [`basis${place}`]: basis } = this.#part.tensors;
    return { origin, basis };
  }

  /** @param {Frame} frame */
  #framePlaces({ points, scale }) {
    const places = Float32Array.from(points, (value) => value * scale);
    return chained(places, nowhere(2 * (this.dots - this.own)), ...this.#mine.map(({ near }) => amid(near, places, 2)));
  }

  /** All points of a projection; one that it does not draw is not a number. @param {number} place */
  #placesIn(place) {
    const { dims, is_noise: isNoise } = this.projections[place];
    const points = this.#part.tensors[`points${place}`];
    if (isNoise) return chained(nowhere(dims * this.own), points, nowhere(dims * this.#mine.length));
    return chained(points, nowhere(dims * (this.dots - this.own)), ...this.#placesOfMine(place));
  }

  /** Where own images belong: on a decodable plane exactly, else amid their nearest codes. @param {number} place */
  #placesOfMine(place) {
    const { dims, decodable } = this.projections[place];
    const { origin, basis } = this.plane(place);
    const points = this.#part.tensors[`points${place}`];
    return this.#mine.map(({ code, near }) => (decodable ? onPlane(code, origin, basis) : amid(near, points, dims)));
  }

  /**
   * A person's own image: its code and its picture.
   * @param {Model} model
   * @param {string} name
   * @param {Uint8Array} bytes
   * @returns {OwnPoint}
   */
  #encoded(model, name, bytes) {
    const image = Float32Array.from(bytes, (value) => value / 255);
    const picture = newCanvas(model.width, model.height);
    contextOf(picture).putImageData(fillPixels(new ImageData(model.width, model.height), image, 255), 0, 0);
    const label = tellBestLabel(model, image);
    const code = Float32Array.from(model.network.encode?.(image).mean ?? []);
    return { name, picture, code, label, near: this.nearest(code, PLACED_BY) };
  }
}

/** Coordinates of points that are not drawn. @param {number} length */
const nowhere = (length) => new Float32Array(length).fill(NaN);

/** A number with three digits. @param {number} value */
export const readable = (value) => Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 2 }).replace("-", "\u2212");

/** What a scatter has before its points come. */
export const NO_POINTS = new PointSet(
  null,
  {
    film: "",
    name: "",
    digest: "",
    count: 0,
    held_out: 0,
    codes: "",
    scalars: [],
    class_names: [],
    has_thumbnails: false,
    projections: [],
    tensors: { codes: new Float32Array(0) },
  },
  [],
);
