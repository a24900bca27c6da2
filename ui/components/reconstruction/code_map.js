// A discrete code as a map of patches, each what its code decodes to. Knows no plane and no posterior.

import { Palette } from "../model/palette.js";
import { element, find } from "../view/elements.js";
import { Idle } from "../view/idle.js";

/** @import { Model } from "../model/model.js" */
/** @import { Passage } from "./passage.js" */

export class CodeMap {
  /** @type {Float32Array | null} */
  #indices = null;
  #palette;
  #canvas;
  #idle = new Idle();

  /**
   * @param {HTMLElement} section
   * @param {Model} model
   */
  constructor(section, model) {
    const palette = (this.#palette = new Palette(model));
    find(section, ".about").textContent =
      `A map of ${palette.rows} × ${palette.columns} codes, each one of ${palette.count}. It is certain: there is no posterior to draw from.`;
    find(section, ".rows").append(element("div", "codes", `<canvas class="sharp" role="img" aria-label="The map of codes"></canvas>`));
    this.#canvas = find(section, ".codes canvas", HTMLCanvasElement);
    const jobs = palette.patches.map((_, code) => () => palette.paint(code));
    this.#idle.set("patches", [...jobs, () => this.#draw()]);
  }

  /** @param {Passage} passage */
  show({ indices }) {
    this.#indices = indices;
    this.#draw();
  }

  /** A map has no rows to be described. */
  describe() {}

  close() {
    this.#idle.close();
  }

  #draw() {
    if (this.#indices) this.#palette.draw(this.#canvas, this.#indices);
  }
}
