// What is drawn: strokes, the canvases they are drawn on, and the model's image of them. Knows no model and no Python.
//
// A stroke is a list of points in pixels of the model's image. Every piece of it is drawn twice as the hand moves: on the surface at the
// screen's resolution, and on a hidden canvas at a few times the model's, from which `image` is averaged. Undo draws the rest anew.

import { clamp } from "../runtime/math.js";
import { fillPixels } from "../runtime/pixels.js";
import { contextOf, newCanvas } from "../view/canvas.js";
import { averaged, frameOfInk } from "./reading.js";

/** @import { Point, Shape } from "../types.js" */
/** @typedef {{colour: string, width: number, points: Point[]}} Stroke in pixels of the model's image */

const MIN_FINENESS = 4; // hidden pixels along one of the model's
const MAX_FINENESS = 8;
const VISIBLE = 0.02; // an eraser may leave traces that nobody sees

export class Ink {
  /** Under the strokes. @type {HTMLCanvasElement | null} */
  picture = null;
  /** null stands for: all was cleared. @type {(Stroke | null)[]} */
  strokes = [];
  /** Of the model, until something changes. @type {Float32Array | null} */
  #image = null;

  /**
   * @param {Shape} shape
   * @param {number} background from 0 (black) to 1 (white)
   * @param {boolean} isCentred whether the model is given ink that is moved and scaled as MNIST's is
   */
  constructor(shape, background, isCentred) {
    const [, height, width] = shape;
    this.shape = shape;
    this.height = height;
    this.width = width;
    this.background = Math.round(255 * background);
    this.wantsCentring = isCentred;
    this.fineness = clamp(Math.floor(256 / Math.max(height, width)), MIN_FINENESS, MAX_FINENESS);
    const hidden = newCanvas(width * this.fineness, height * this.fineness);
    this.hidden = contextOf(hidden, { alpha: false, willReadFrequently: true });
    this.contexts = [this.hidden];
    this.load(null);
  }

  /**
   * Draw on a visible canvas, too, however large it has become.
   * @param {HTMLCanvasElement} canvas
   */
  show(canvas) {
    const context = contextOf(canvas, { alpha: false });
    this.contexts = [this.hidden, context];
    this.redraw(context);
  }

  /**
   * Begin anew, on a picture (C, H, W) in [0, 1] or on nothing.
   * @param {Float32Array | null} image
   */
  load(image) {
    this.picture = image && this.toCanvas(image);
    this.strokes = [];
    this.redrawAll();
  }

  /** Go on with what was drawn before. @param {(Stroke | null)[]} strokes */
  restore(strokes) {
    this.strokes = strokes;
    this.redrawAll();
  }

  /**
   * @param {Point} point
   * @param {string} colour
   * @param {number} width
   */
  begin(point, colour, width) {
    this.strokes.push({ colour, width, points: [point] });
    this.drawPiece();
  }

  /** @param {Point} point */
  extend(point) {
    const points = this.stroke?.points ?? [];
    const last = points.at(-1);
    if (!last || (point[0] === last[0] && point[1] === last[1])) return;
    points.push(point);
    this.drawPiece();
  }

  /** A stroke is drawn up to the middle between its last two points; the same point again brings it to its end. */
  end() {
    const points = this.stroke?.points ?? [];
    points.push(...points.slice(-1));
    this.drawPiece();
  }

  /** The last one; null where all was cleared, or nothing drawn. */
  get stroke() {
    return this.strokes.at(-1) ?? null;
  }

  get canUndo() {
    return this.strokes.length > 0;
  }

  undo() {
    this.strokes.pop();
    this.redrawAll();
  }

  clear() {
    this.strokes.push(null);
    this.redrawAll();
  }

  /** @param {number} count of the first strokes */
  drop(count) {
    this.strokes.splice(0, count);
    this.redrawAll();
  }

  /** Whether a picture lies under the strokes. */
  get isOnPicture() {
    return this.picture !== null && !this.strokes.includes(null);
  }

  /** A picture is where it belongs already: it is never moved. */
  get isCentred() {
    return this.wantsCentring && !this.isOnPicture;
  }

  set isCentred(isCentred) {
    this.wantsCentring = isCentred;
    this.#image = null;
  }

  get isEmpty() {
    return this.image.every((value) => Math.abs(value - this.background / 255) < VISIBLE);
  }

  /** What the model is given: (C, H, W) in [0, 1], read once after each change. */
  get image() {
    return (this.#image ??= this.read());
  }

  read() {
    const pixels = this.hidden.getImageData(0, 0, this.hidden.canvas.width, this.hidden.canvas.height);
    const whole = { left: 0, top: 0, cell: this.fineness };
    const frame = (this.isCentred && frameOfInk(pixels, this.shape, this.background)) || whole;
    return averaged(pixels, this.shape, this.background, frame);
  }

  // -- Canvases --

  drawPiece() {
    const { stroke } = this;
    if (!stroke) return;
    for (const context of this.contexts) {
      this.scale(context);
      drawStroke(context, stroke, stroke.points.length - 1);
    }
    this.#image = null;
  }

  redrawAll() {
    for (const context of this.contexts) this.redraw(context);
    this.#image = null;
  }

  /** @param {CanvasRenderingContext2D} context */
  redraw(context) {
    this.scale(context);
    context.fillStyle = `rgb(${this.background} ${this.background} ${this.background})`;
    context.fillRect(0, 0, this.width, this.height);
    context.imageSmoothingEnabled = false;
    if (this.picture && this.isOnPicture) context.drawImage(this.picture, 0, 0, this.width, this.height);
    for (const stroke of this.strokes.slice(this.strokes.lastIndexOf(null) + 1))
      stroke?.points.forEach((_, i) => drawStroke(context, stroke, i));
  }

  /**
   * Let one unit of the context be one pixel of the model.
   * @param {CanvasRenderingContext2D} context
   */
  scale(context) {
    context.setTransform(context.canvas.width / this.width, 0, 0, context.canvas.height / this.height, 0, 0);
  }

  /** @param {Float32Array} image */
  toCanvas(image) {
    const canvas = newCanvas(this.width, this.height);
    contextOf(canvas).putImageData(fillPixels(new ImageData(this.width, this.height), image, 255), 0, 0);
    return canvas;
  }
}

/**
 * The piece of a stroke that came with its point i: a dot first, then curves from middle to middle.
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke} stroke
 * @param {number} i
 */
function drawStroke(context, { colour, width, points }, i) {
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = width;
  context.lineCap = "round";
  context.beginPath();
  if (i === 0) {
    context.arc(...points[0], width / 2, 0, 2 * Math.PI);
    context.fill();
    return;
  }
  context.moveTo(...(i === 1 ? points[0] : middle(points[i - 2], points[i - 1])));
  context.quadraticCurveTo(...points[i - 1], ...middle(points[i - 1], points[i]));
  context.stroke();
}

/**
 * @param {Point} a
 * @param {Point} b
 * @returns {Point}
 */
const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
