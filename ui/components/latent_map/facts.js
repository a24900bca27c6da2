// What is said of the point: its coordinates, how far out it lies, and what it is the code of.

import { shown } from "../runtime/format.js";
import { nearestCode } from "../runtime/geometry.js";
import { find } from "../view/elements.js";

/** @import { Model } from "../model/model.js" */

export class Facts {
  #model;
  #coordinates;
  #rarity;
  #name;
  #words;
  #original;
  /** The point that the words are about. */
  #known = new Float64Array(0);

  /**
   * @param {HTMLElement} root
   * @param {Model} model
   */
  constructor(root, model) {
    this.#model = model;
    this.#coordinates = root.querySelectorAll(".coordinates :is(span, b)");
    this.#rarity = find(root, ".rarity");
    this.#name = find(root, ".what");
    this.#words = find(root, ".what span");
    this.#original = find(root, ".what canvas", HTMLCanvasElement);
  }

  /** @param {import("./slice.js").Slice} slice */
  show(slice) {
    const texts = slice.axes.flatMap((axis) => [axis.name, shown(slice.at(axis))]);
    texts.forEach((text, i) => (this.#coordinates[i].textContent = text));
    this.#rarity.textContent = this.#model.sayDistance(slice.z);
    this.#name.hidden = !this.#known.length || !this.#known.every((value, i) => value === slice.z[i]);
  }

  /** What a conditional model is told instead of the image's own label, if it is. @param {number} index */
  #sayOtherLabel(index) {
    const { network, labels } = this.#model;
    if (!network.classes || !labels || labels[index] === network.label) return "";
    return `, decoded as ${this.#model.nameOfClass(network.label)}`;
  }

  /**
   * Say what rests here: a hole, or the code of an image. Whatever moves the point on takes the words away.
   * @param {Float64Array} z
   * @param {Float64Array | null} hole
   */
  recognise(z, hole) {
    const { index, distance } = nearestCode(this.#model, z);
    const isCode = index >= 0 && isAlike(this.#model.code(index), z);
    const isHole = hole !== null && isAlike(hole, z);
    this.#known = isCode || isHole ? z.slice() : new Float64Array(0);
    this.#original.hidden = true;
    this.#words.textContent = isHole
      ? `A hole: the nearest code is ${shown(distance)} away`
      : isCode
        ? this.#model.nameOriginal(index) + this.#sayOtherLabel(index)
        : "";
    if (isCode) this.#model.sheetReady.then(() => (this.#original.hidden = !this.#model.drawOriginal(index, this.#original)));
  }
}

/**
 * Whether two codes are the same but for what a link rounds off.
 * @param {ArrayLike<number>} a
 * @param {Float64Array} b
 */
const isAlike = (a, b) => b.every((value, i) => Math.abs(value - a[i]) <= 1e-3 * Math.max(1, Math.abs(value)));
