// The point on the plane: a ring and two hairs, the trail behind it, what a screen reader says of it.

import { plain, shown } from "../runtime/format.js";
import { find } from "../view/elements.js";
import { Trail } from "./trail.js";

/**
 * @import { Slice } from "./slice.js"
 * @import { Viewport } from "../view/viewport.js"
 */

export class Cross {
  #plane;
  #ring;
  #hairs;
  #view;
  trail;

  /**
   * @param {HTMLElement} plane
   * @param {Viewport} view
   */
  constructor(plane, view) {
    this.#plane = plane;
    this.#view = view;
    this.#ring = find(plane, ".ring");
    this.#hairs = /** @type {NodeListOf<HTMLElement>} */ (plane.querySelectorAll(".hair"));
    this.trail = new Trail(find(plane, ".trail", HTMLCanvasElement), view);
  }

  /** @param {Slice} slice */
  show(slice) {
    const { spot, axes, across } = slice;
    const [px, py] = this.#view.toPixels(...spot);
    this.#ring.style.transform = `translate(${px}px, ${py}px)`;
    this.#hairs[0].style.transform = `translateX(${px}px)`;
    this.#hairs[1].style.transform = `translateY(${py}px)`;
    this.#plane.setAttribute("aria-valuenow", plain(slice.at(across)));
    this.#plane.setAttribute("aria-valuetext", axes.map((axis) => `${axis.name} ${shown(slice.at(axis))}`).join(", "));
    this.trail.add(spot);
  }

  /** The plane has other axes. @param {Slice} slice */
  name({ axes }) {
    const names = axes.map(({ name }) => name);
    const label = `Latent plane, ${names.join(" across and ")}${names.length > 1 ? " up" : ""}. Arrow keys move the point.`;
    this.#plane.setAttribute("aria-label", label);
    this.trail.forget();
  }

  /** The window is another one. */
  bound() {
    const { x, half } = this.#view.window;
    this.#plane.setAttribute("aria-valuemin", plain(x - half));
    this.#plane.setAttribute("aria-valuemax", plain(x + half));
  }

  close() {
    this.trail.close();
  }
}
