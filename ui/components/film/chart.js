// The codes of a frame as points over axes.

import { contextOf, fitToScreen, textSize } from "../view/canvas.js";
import { CIRCLES } from "./scale.js";

const DOT = 2.2; // CSS pixels
const LARGE_DOT = 4; // where there are few
const FEW = 500;

/**
 * @typedef {object} Axes
 * @property {string[]} axes their names; one of a single dimension, none of directions without a name
 * @property {boolean} prior whether circles of a prior are drawn
 * @property {number} grid half the side of the square that the sheet of pictures covers; 0 for none
 *
 * @typedef {object} Looks
 * @property {(index: number) => string | null} colourOf the colour of a point; null for that of the text
 * @property {(index: number) => boolean} isRinged whether a ring marks it
 *
 * @typedef {(value: number, axis: 0 | 1) => number} Place from latent units to CSS pixels
 *
 * @typedef {object} Field what is drawn on
 * @property {CanvasRenderingContext2D} context
 * @property {number} side in CSS pixels
 * @property {Place} place
 * @property {number} unit CSS pixels to a latent unit
 * @property {number} letter the height of text in CSS pixels
 * @property {string} ground the colour behind all
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
   * @param {Looks} looks
   */
  draw(points, scale, axes, looks) {
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
    const style = getComputedStyle(this.#canvas);
    const { color, fontFamily } = style;
    const letter = textSize();
    context.font = `${letter}px ${fontFamily}`;
    context.strokeStyle = context.fillStyle = color;
    const field = {
      context,
      side,
      place,
      unit: side / (2 * half),
      letter,
      ground: style.getPropertyValue("--st-secondary-background-color"),
    };
    drawTicks(field, scale, axes);
    drawPrior(field, axes);
    drawPoints(field, points, looks);
    context.fillStyle = color;
    nameCircles(field, axes);
    write(field, axes.axes[0] ?? "", side - 8, side - 5, "right", "bottom");
    write(field, axes.axes[1] ?? "", 6, 6, "left", "top");
  }
}

/**
 * @param {Field} field
 * @param {Float32Array} points
 * @param {Looks} looks
 */
function drawPoints({ context, place }, points, { colourOf, isRinged }) {
  const ink = context.strokeStyle;
  const radius = points.length / 2 < FEW ? LARGE_DOT : DOT;
  for (let i = 0; i < points.length / 2; i++) {
    const [x, y] = [place(points[2 * i], 0), place(points[2 * i + 1], 1)];
    context.globalAlpha = 0.8;
    context.fillStyle = colourOf(i) ?? ink;
    fillCircle(context, x, y, radius);
    context.globalAlpha = 1;
    if (isRinged(i)) strokeCircle(context, x, y, radius + 2.5, 1.5);
  }
}

/**
 * @param {Field} field
 * @param {import("./scale.js").Scale} scale
 * @param {Axes} axes
 */
function drawTicks(field, { ticks }, { axes }) {
  for (const tick of ticks[0]) drawTick(field, tick, field.place(tick, 0), false);
  if (axes.length === 1) return; // a single dimension: nothing to read on the upright axis
  for (const tick of ticks[1]) drawTick(field, tick, field.place(tick, 1), true);
}

/**
 * @param {Field} field
 * @param {number} tick
 * @param {number} where
 * @param {boolean} upright
 */
function drawTick(field, tick, where, upright) {
  const { context, side } = field;
  const at = Math.round(where) + 0.5;
  context.lineWidth = 1;
  context.globalAlpha = tick === 0 ? 0.25 : 0.08;
  context.beginPath();
  context.moveTo(upright ? 0 : at, upright ? at : 0);
  context.lineTo(upright ? side : at, upright ? at : side);
  context.stroke();
  context.globalAlpha = 0.75;
  const text = `${tick}`.replace("-", "−");
  const room = 2 * field.letter; // for the name of the axis at its end
  if (upright && at > room && at < field.side - room) write(field, text, 6, at, "left", "middle");
  if (!upright && at < side - room) write(field, text, at, side - 5, "center", "bottom");
  context.globalAlpha = 1;
}

/**
 * The circles of the prior, and the square of the sheet.
 * @param {Field} field
 * @param {Axes} axes
 */
function drawPrior(field, { axes, prior, grid }) {
  const { context, place, unit } = field;
  if (!prior || axes.length === 1) return;
  context.globalAlpha = 0.6;
  for (const radius of CIRCLES) strokeCircle(context, place(0, 0), place(0, 1), radius * unit, 1.25);
  if (grid) {
    context.setLineDash([5, 4]);
    context.strokeRect(place(-grid, 0), place(grid, 1), 2 * grid * unit, 2 * grid * unit);
    context.setLineDash([]);
  }
  context.globalAlpha = 1;
}

/**
 * Each circle of the prior by its name where there is room for it, else all by one.
 * @param {Field} field
 * @param {Axes} axes
 */
function nameCircles(field, { axes, prior }) {
  const { context, place, unit, letter } = field;
  if (!prior || axes.length === 1) return;
  const isWide = unit > 1.5 * letter;
  const names = isWide ? CIRCLES.map((radius) => ({ text: `${radius}σ`, radius })) : [{ text: "prior", radius: CIRCLES.length }];
  context.lineWidth = 4;
  context.strokeStyle = field.ground;
  for (const { text, radius } of names) {
    const along = radius * Math.SQRT1_2;
    const [x, y] = [place(along, 0) + 3, place(-along, 1) + 1];
    Object.assign(context, { textAlign: "left", textBaseline: "top" });
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 */
function fillCircle(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fill();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} x
 * @param {number} y
 * @param {number} radius
 * @param {number} width
 */
function strokeCircle(context, x, y, radius, width) {
  context.lineWidth = width;
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.stroke();
}

/**
 * @param {Field} field
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {CanvasTextAlign} textAlign
 * @param {CanvasTextBaseline} textBaseline
 */
function write({ context }, text, x, y, textAlign, textBaseline) {
  Object.assign(context, { textAlign, textBaseline });
  context.fillText(text, x, y);
}
