// Between four corners.

import { plain } from "../runtime/format.js";
import { linear } from "../runtime/geometry.js";
import { clamp, range } from "../runtime/math.js";
import { contextOf } from "../view/canvas.js";
import { find } from "../view/elements.js";
import { Gestures, arrowOf, hasModifier } from "../view/gestures.js";
import { KEY_STEP, fitWhole, rounded } from "./strip.js";

/** @import { End, Host, Stage, State } from "./types.js" */

const IMAGES = 7; // across the grid
const IMAGES_ON_PHONE = 5;

/** @implements {Stage} */
export class CornersStage {
  /** Across, from 0 to 1. */
  u = 0;
  /** Down, from 0 to 1. */
  v = 0;
  /** Images across the grid; 0 until it is drawn. */
  count = 0;
  /** Of the grid, while a pointer holds it. */
  frame = new DOMRect();

  /**
   * @param {Host} host
   * @param {End[]} ends
   */
  constructor(host, ends) {
    this.host = host;
    this.ends = ends;
    this.box = find(host.root, ".grid");
    this.grid = find(host.root, ".grid canvas", HTMLCanvasElement);
    this.ring = find(host.root, ".grid .ring");
    this.field = find(host.root, ".field");
    host.showEnds(ends);
    new Gestures(this.box, {
      press: (_, event) => this.press(event),
      drag: (_, event) => this.follow(event),
      release: () => host.settle(),
      key: (event) => this.type(event),
    });
  }

  /** @param {Pick<State, "u" | "v">} state */
  start({ u, v }) {
    this.go(u, v);
  }

  state() {
    return { u: rounded(this.u), v: rounded(this.v) };
  }

  /**
   * @param {number} u
   * @param {number} v
   */
  go(u, v) {
    this.u = clamp(u, 0, 1);
    this.v = clamp(v, 0, 1);
    this.host.changed();
  }

  /**
   * @param {number} u
   * @param {number} v
   */
  at(u, v) {
    const [a, b, c, d] = this.ends.map(({ mean }) => mean);
    return linear(linear(a, b, u), linear(c, d, u), v);
  }

  code() {
    return this.at(this.u, this.v);
  }

  moved() {
    const place = (/** @type {number} */ part) => `${(100 * (part * (this.count - 1) + 0.5)) / this.count}%`;
    this.ring.style.transform = `translate(${place(this.u)}, ${place(this.v)})`;
    this.box.setAttribute("aria-valuenow", plain(this.u));
    this.box.setAttribute("aria-valuetext", `${plain(this.u)} across, ${plain(this.v)} down`);
  }

  /** @param {boolean} isPhone */
  measure(isPhone) {
    const count = isPhone ? IMAGES_ON_PHONE : IMAGES;
    if (count !== this.count) {
      this.count = count;
      this.drawGrid();
    }
    fitWhole(this.grid, /** @type {HTMLElement} */ (this.box.parentElement));
    this.field.style.setProperty("--grid-width", this.grid.style.width);
  }

  redraw() {
    this.drawGrid();
  }

  drawGrid() {
    const { count, host } = this;
    const { width, height } = host.model;
    [this.grid.width, this.grid.height] = [count * width, count * height];
    const context = contextOf(this.grid);
    const draw = (/** @type {number} */ row, /** @type {number} */ column) => {
      const picture = host.pictures.decode(this.at(column / (count - 1), row / (count - 1)));
      context.putImageData(picture, column * width, row * height);
    };
    host.idle.set(
      "grid",
      range(count).flatMap((row) => range(count).map((column) => () => draw(row, column))),
    );
  }

  /** @param {PointerEvent} event */
  press(event) {
    this.frame = this.box.getBoundingClientRect();
    this.follow(event);
  }

  /** @param {PointerEvent} event */
  follow(event) {
    const { left, top, width, height } = this.frame;
    this.go(this.part((event.clientX - left) / width), this.part((event.clientY - top) / height));
  }

  /**
   * From 0 in the middle of the first image to 1 in the middle of the last one.
   * @param {number} share of the grid
   */
  part(share) {
    return (share * this.count - 0.5) / (this.count - 1);
  }

  /** @param {KeyboardEvent} event */
  type(event) {
    const arrow = hasModifier(event) ? null : arrowOf(event);
    if (!arrow) return false;
    this.go(this.u + KEY_STEP * arrow[0], this.v - KEY_STEP * arrow[1]);
    this.host.settle();
    return true;
  }
}
