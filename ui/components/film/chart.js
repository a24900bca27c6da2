// The codes of a frame as points over axes.

import { contextOf, fitToScreen } from "../view/canvas.js";
import { CIRCLES } from "./scale.js";

const DOT = 2.2; // CSS pixels

/**
 * @typedef {object} Axes
 * @property {string[]} axes their names; one of a single dimension, none of directions without a name
 * @property {boolean} prior whether circles of a prior are drawn
 *
 * @typedef {(value: number, axis: 0 | 1) => number} Place from latent units to CSS pixels
 */

export class CodesChart {
  /** @type {Float32Array | null} what is drawn: x, y, x, y, ... in latent units */
  points = null;
  #canvas;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.#canvas = canvas;
  }

  /** Take the screen's resolution; that empties it. */
  fit() {
    fitToScreen(this.#canvas);
  }

  /** @param {string} text */
  describe(text) {
    this.#canvas.setAttribute("aria-label", text);
  }

  /**
   * Draw points over the axes; null draws an empty field.
   * @param {Float32Array | null} points
   * @param {import("./scale.js").Scale | null} scale
   * @param {Axes} axes
   * @param {(index: number) => string | null} colourOf the colour of a point; null for that of the text
   */
  draw(points, scale, axes, colourOf) {
    this.points = points;
    const context = contextOf(this.#canvas);
    const ratio = this.#canvas.width / (this.#canvas.clientWidth || 1);
    const side = this.#canvas.width / ratio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, side, side);
    if (!points || !scale) return;
    const { centre, half } = scale;
    /** @type {Place} */
    const place = (value, axis) => side / 2 + ((axis ? -1 : 1) * (value - centre[axis]) * side) / (2 * half);
    const { color, fontFamily } = getComputedStyle(this.#canvas);
    context.font = `12px ${fontFamily}`;
    drawAxes(context, side, place, color, scale, axes);
    context.globalAlpha = 0.8;
    for (let i = 0; i < points.length; i += 2) {
      context.fillStyle = colourOf(i / 2) ?? color;
      context.beginPath();
      context.arc(place(points[i], 0), place(points[i + 1], 1), DOT, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} side in CSS pixels
 * @param {Place} place
 * @param {string} ink
 * @param {import("./scale.js").Scale} scale
 * @param {Axes} axes
 */
function drawAxes(context, side, place, ink, { ticks, half }, { axes, prior }) {
  const isFlat = axes.length === 1; // a single dimension: nothing to read on the upright axis
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = 1;
  for (const tick of ticks[0]) drawTick(context, tick, place(tick, 0), side, false);
  for (const tick of isFlat ? [] : ticks[1]) drawTick(context, tick, place(tick, 1), side, true);
  context.globalAlpha = 0.3;
  for (const radius of prior && !isFlat ? CIRCLES : []) {
    context.beginPath();
    context.arc(place(0, 0), place(0, 1), (radius * side) / (2 * half), 0, 2 * Math.PI);
    context.stroke();
  }
  context.globalAlpha = 1;
  write(context, axes[0] ?? "", side - 8, side - 5, "right", "bottom");
  write(context, axes[1] ?? "", 6, 8, "left", "top");
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} tick
 * @param {number} where
 * @param {number} side
 * @param {boolean} upright
 */
function drawTick(context, tick, where, side, upright) {
  const at = Math.round(where) + 0.5;
  context.globalAlpha = tick === 0 ? 0.25 : 0.08;
  context.beginPath();
  context.moveTo(upright ? 0 : at, upright ? at : 0);
  context.lineTo(upright ? side : at, upright ? at : side);
  context.stroke();
  context.globalAlpha = 0.6;
  const text = `${tick}`.replace("-", "−");
  if (upright) write(context, text, 6, at, "left", "middle");
  else write(context, text, at, side - 5, "center", "bottom");
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {CanvasTextAlign} textAlign
 * @param {CanvasTextBaseline} textBaseline
 */
function write(context, text, x, y, textAlign, textBaseline) {
  Object.assign(context, { textAlign, textBaseline });
  context.fillText(text, x, y);
}
