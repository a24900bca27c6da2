// A walk on the line between the two points that were pinned last: what the decoder makes of it, and which image is near.

import { linear } from "../runtime/geometry.js";
import { find } from "../view/elements.js";
import { offerInterpolation } from "./tools.js";

export class Walk {
  nearest = -1; // the point nearest to where one is
  #panel;
  #root;
  #range;
  #scatter;
  #walked = "";

  /**
   * @param {HTMLElement} root
   * @param {import("./scatter.js").Scatter} scatter
   */
  constructor(root, scatter) {
    this.#root = root;
    this.#panel = find(root, ".walk-panel");
    this.#range = find(this.#panel, "input", HTMLInputElement);
    this.#scatter = scatter;
    this.#range.oninput = () => this.#go(Number(this.#range.value));
  }

  /** The points at both ends, or null. */
  get ends() {
    return this.#scatter.pins.ends;
  }

  show() {
    const { ends } = this;
    this.#panel.hidden = !ends;
    if (!ends) this.nearest = -1;
    if (!ends || ends.join() === this.#walked) return;
    this.#walked = ends.join();
    const numbers = ends.map((index) => this.#scatter.pins.indices.indexOf(index) + 1);
    find(this.#panel, "h4").textContent = `Walk the line from ${numbers[0]} to ${numbers[1]}`;
    offerInterpolation(find(this.#panel, ".interpolate", HTMLAnchorElement), this.#scatter, ends);
    this.#go(0.5);
  }

  /** @param {number} t */
  #go(t) {
    const { points, decoder } = this.#scatter;
    this.#range.value = String(t);
    this.#range.setAttribute("aria-valuetext", `${Math.round(100 * t)} % of the way`);
    decoder.later("walk", () => {
      if (!this.ends) return;
      const [from, to] = this.ends.map((index) => points.code(index));
      const z = linear(from, to, t);
      decoder.draw(find(this.#panel, "canvas", HTMLCanvasElement), z, points.labelOf(this.ends[t < 0.5 ? 0 : 1]));
      this.nearest = points.nearest(z, 1)[0]?.[0] ?? -1;
      Object.assign(this.#root.dataset, { walk: t, nearest: this.nearest });
      this.#scatter.changed("marks");
    });
  }
}
