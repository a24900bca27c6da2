// A point of latent space and the plane through it that a map shows: its axes, moving on it, where codes lie there.
// Knows no page.

import { dot } from "../runtime/math.js";
import { windowAround } from "../view/viewport.js";

/**
 * @import { Model } from "../model/model.js"
 * @import { Axis } from "../types.js"
 */

export class Slice {
  #model;
  /** The point. */
  z;
  /** @type {Axis} */
  across;
  /** @type {Axis} without a name where latent space has one dimension */
  up;

  /** @param {Model} model */
  constructor(model) {
    this.#model = model;
    this.z = Float64Array.from(model.start);
    [this.across, this.up] = this.#axes("", "");
  }

  /** The names of all axes: dimensions, the most used first, and principal directions. @returns {string[]} */
  get names() {
    const { ranked, about } = this.#model;
    const principal = Array.from(about.directions, (_, index) => `pc${index + 1}`);
    return [...ranked.map((index) => `z${index + 1}`), ...principal];
  }

  /** The axes that have a name. */
  get axes() {
    return [this.across, this.up].filter(({ name }) => name);
  }

  /** As Python knows it: the point, and the axes' names. @returns {[number[], [string, string]]} */
  get place() {
    return [Array.from(this.z, (value) => Number(value.toFixed(4))), [this.across.name, this.up.name || this.across.name]];
  }

  /** Take axes by their names; one that does not exist, or is of another kind than the first, gives way. @param {string[]} names */
  choose([first, second]) {
    [this.across, this.up] = this.#axes(first, second);
  }

  /**
   * Take one axis, across (0) or up (1); the other one stays, or gives way if it is the same or of another kind.
   * @param {number} place
   * @param {string} name
   */
  change(place, name) {
    const current = [this.across.name, this.up.name];
    const other = current[1 - place];
    const alike = this.names.filter((candidate) => candidate !== name && candidate.startsWith(name.replace(/\d+/, "")));
    const partner = name === other ? current[place] : alike.includes(other) ? other : alike[0];
    this.choose(place ? [partner, name] : [name, partner]);
  }

  /**
   * Axes of one kind are at right angles, which is what `move` relies on.
   * @param {string} first
   * @param {string} second
   * @returns {[Axis, Axis]}
   */
  #axes(first, second) {
    const { names } = this;
    const across = /** @type {Axis} */ (this.#model.axis(first) ?? this.#model.axis(names[0]));
    const kind = across.name.startsWith("pc") ? "pc" : "z";
    const alike = names.filter((name) => name.startsWith(kind) && name !== across.name);
    const none = { name: "", direction: new Float64Array(this.z.length), zero: 0 };
    return [across, this.#model.axis(alike.includes(second) ? second : alike[0]) ?? none];
  }

  /** The point's coordinate along an axis. @param {Axis} axis */
  at({ direction, zero }) {
    return dot(direction, this.z) - zero;
  }

  /** Its coordinates on the plane. @returns {[a: number, b: number]} */
  get spot() {
    return this.spotOf(this.z);
  }

  /** Those of any code. @param {ArrayLike<number>} z @returns {[a: number, b: number]} */
  spotOf(z) {
    return [dot(this.across.direction, z) - this.across.zero, dot(this.up.direction, z) - this.up.zero];
  }

  /**
   * Move within the plane; what is at right angles to it stays.
   * @param {number} a
   * @param {number} b
   */
  move(a, b) {
    const [da, db] = [a - this.at(this.across), b - this.at(this.up)];
    for (let i = 0; i < this.z.length; i++) this.z[i] += da * this.across.direction[i] + db * this.up.direction[i];
  }

  /** The point of the plane where both coordinates are zero. */
  get base() {
    const [a, b] = this.spot;
    return this.z.map((value, i) => value - a * this.across.direction[i] - b * this.up.direction[i]);
  }

  /** Coordinates of all codes on the plane, (N, 2). With one dimension only, they are spread from -0.5 to 0.5. */
  project() {
    const { across, up } = this;
    const { count } = this.#model;
    const found = new Float32Array(2 * count);
    for (let i = 0; i < count; i++) {
      const code = this.#model.code(i);
      found[2 * i] = dot(across.direction, code) - across.zero;
      found[2 * i + 1] = up.name ? dot(up.direction, code) - up.zero : ((i * 0.618034) % 1) - 0.5;
    }
    return found;
  }

  /** The window that shows all codes, and the prior. */
  get home() {
    return windowAround(this.axes.map((axis) => this.#span(axis)));
  }

  /** @param {Axis} axis @returns {[number, number]} */
  #span(axis) {
    const { about } = this.#model;
    const index = Number(axis.name.replace(/\D/g, "")) - 1;
    const spread = 3 * about.deviations[index];
    return this.#model.spanWithPrior(axis.name.startsWith("pc") ? [-spread, spread] : about.extent[index], axis);
  }
}
