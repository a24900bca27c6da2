// Where the point of a map has been within the last second: a line that fades.

import { contextOf } from "../view/canvas.js";
import { NextFrame, prefersReducedMotion } from "../view/timing.js";

const MS = 900;
const LONGEST = 0.25; // of the plane's width: what is farther apart was a jump

/** @typedef {{spot: [a: number, b: number], at: number}} Step */

export class Trail {
  #canvas;
  #view;
  /** @type {Step[]} */
  #steps = [];
  #frame = new NextFrame(() => this.#draw());

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("../view/viewport.js").Viewport} view
   */
  constructor(canvas, view) {
    this.#canvas = canvas;
    this.#view = view;
  }

  /** The point is at a spot of the plane. @param {[a: number, b: number]} spot */
  add(spot) {
    const last = this.#steps.at(-1)?.spot;
    if (prefersReducedMotion() || (last?.[0] === spot[0] && last[1] === spot[1])) return;
    this.#steps.push({ spot, at: performance.now() });
    this.#frame.request();
  }

  /** The plane has other axes. */
  forget() {
    this.#steps = [];
    this.#frame.request();
  }

  close() {
    this.#frame.cancel();
  }

  #draw() {
    const { width, height } = this.#view;
    if (this.#canvas.width !== width) [this.#canvas.width, this.#canvas.height] = [width, height];
    const context = contextOf(this.#canvas);
    context.clearRect(0, 0, width, height);
    const now = performance.now();
    const first = this.#steps.findIndex(({ at }) => now - at < MS);
    this.#steps.splice(0, first < 0 ? this.#steps.length : first);
    context.lineCap = "round";
    for (const [colour, line] of /** @type {const} */ ([
      ["#000", 5],
      ["#fff", 2.5],
    ])) {
      [context.strokeStyle, context.lineWidth] = [colour, line];
      for (let i = 1; i < this.#steps.length; i++) this.#stroke(context, this.#steps[i - 1], this.#steps[i], now);
    }
    if (this.#steps.length) this.#frame.request();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Step} from
   * @param {Step} to
   * @param {number} now
   */
  #stroke(context, from, to, now) {
    const [x0, y0] = this.#view.toPixels(...from.spot);
    const [x1, y1] = this.#view.toPixels(...to.spot);
    if (Math.hypot(x1 - x0, y1 - y0) > LONGEST * this.#view.width) return;
    context.globalAlpha = 0.6 * (1 - (now - from.at) / MS);
    context.beginPath();
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    context.stroke();
  }
}
