// What is drawn over the plane: circles of the prior or ellipses of its components, a hole, the numbers along the edges.

import { componentName } from "../runtime/format.js";
import { nearestCode } from "../runtime/geometry.js";
import { find, svg } from "../view/elements.js";

const HOLE_WITHOUT_SIZE = 14; // CSS pixels: a ball of more dimensions is no circle on a slice
const DIAGONAL = Math.SQRT1_2;

/**
 * @import { Model } from "../model/model.js"
 * @import { Slice } from "./slice.js"
 * @import { Viewport } from "../view/viewport.js"
 */

export class Overlay {
  #model;
  #view;
  #drawing;
  #acrossTicks;
  #upTicks;

  /**
   * @param {HTMLElement} root
   * @param {Model} model
   * @param {Viewport} view
   */
  constructor(root, model, view) {
    this.#model = model;
    this.#view = view;
    this.#drawing = find(root, ".overlay", SVGElement);
    this.#acrossTicks = find(root, ".across");
    this.#upTicks = find(root, ".up");
  }

  /**
   * @param {Slice} slice
   * @param {Float64Array | null} hole its middle
   */
  draw(slice, hole) {
    this.#drawing.replaceChildren(...this.#circles(slice), ...this.#ellipses(slice), ...(hole ? this.#hole(slice, hole) : []));
    const ticks = this.#view.ticks([slice.across.name, slice.up.name]);
    [this.#acrossTicks.innerHTML, this.#upTicks.innerHTML] = [ticks[0], slice.up.name ? ticks[1] : ""];
  }

  /** One, two and three standard deviations of the prior. @param {Slice} slice */
  #circles({ across, up }) {
    if (!this.#model.isNormal || !up.name) return [];
    const [cx, cy] = this.#view.toPixels(-across.zero, -up.zero);
    return [1, 2, 3].flatMap((deviations) => {
      const r = deviations * this.#view.scale;
      const ring = (/** @type {string} */ name) => svg("circle", { class: name, cx, cy, r });
      return [ring("edge"), ring("line"), text(cx + DIAGONAL * r + 4, cy - DIAGONAL * r - 4, `${deviations}σ`)];
    });
  }

  /** One and two standard deviations of each component of the prior, with its number and weight. @param {Slice} slice */
  #ellipses({ across, up }) {
    if (!up.name) return [];
    return (this.#model.mixture?.ellipses(across, up) ?? []).flatMap(({ centre, radii, angle, share }, k) => {
      const [cx, cy] = this.#view.toPixels(...centre);
      const rings = [1, 2].flatMap((deviations) => {
        const [rx, ry] = radii.map((radius) => deviations * radius * this.#view.scale);
        const ring = { cx, cy, rx, ry, transform: `rotate(${-angle} ${cx} ${cy})` };
        return [svg("ellipse", { class: "edge", ...ring }), svg("ellipse", { class: "line", ...ring })];
      });
      return [...rings, middled(text(cx, cy + 5, componentName(k, share)))];
    });
  }

  /**
   * @param {Slice} slice
   * @param {Float64Array} z
   */
  #hole(slice, z) {
    const [cx, cy] = this.#view.toPixels(...slice.spotOf(z));
    const r = z.length === 2 ? nearestCode(this.#model, z).distance * this.#view.scale : HOLE_WITHOUT_SIZE;
    const label = middled(text(cx, cy - r - 6, "hole"));
    return [svg("circle", { class: "edge", cx, cy, r }), svg("circle", { class: "hole", cx, cy, r }), label];
  }
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} words
 */
function text(x, y, words) {
  const made = svg("text", { x, y });
  made.textContent = words;
  return made;
}

/** @param {SVGTextElement} label */
function middled(label) {
  label.setAttribute("text-anchor", "middle");
  return label;
}
