// The background of a map: what the decoder makes of every spot, as tiles that a worker paints.

import { contextOf, fresh, newCanvas } from "../view/canvas.js";
import { DecodingWorker } from "../view/decoding_worker.js";

const TILES_ACROSS = 24; // at most

/**
 * @typedef {import("../runtime/decoding.js").Pass} Pass
 * @typedef {import("../runtime/decoding.js").DecodedSheet} DecodedSheet
 * @typedef {import("../view/viewport.js").Viewport} Viewport
 * @typedef {{sheet: HTMLCanvasElement, stepX: number, left: number, top: number, right: number, bottom: number}} Picture
 * a sheet, how wide its tiles are, and where it lies on the plane
 */

export class DecodedMap {
  isShown = true;
  #canvas;
  #model;
  #worker;
  #arrived;
  #generation = 0; // of axes
  /** @type {Picture | null} */
  #picture = null;
  /** @type {{base: Float64Array, seen: string} | null} what the worker was asked for last: the slice, and its window and label */
  #requested = null;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("../model/model.js").Model} model
   * @param {string} workerText
   * @param {(sheet: string) => void} arrived hears of each sheet, as "COLUMNSxROWS"
   */
  constructor(canvas, model, workerText, arrived) {
    this.#canvas = canvas;
    this.#model = model;
    this.#arrived = arrived;
    this.#worker = new DecodingWorker(workerText, model, (sheet) => this.#receive(sheet));
  }

  close() {
    this.#worker.close();
  }

  /** The plane has other axes: what is there, and what is still to come, is of no use. */
  forget() {
    this.#generation++;
    this.#picture = this.#requested = null;
  }

  /**
   * Have the window decoded, if the slice or the window is another than last time.
   * @param {import("./slice.js").Slice} slice
   * @param {Viewport} view
   */
  request(slice, view) {
    if (!this.isShown) return;
    const base = slice.base;
    const before = this.#requested;
    const sameSlice = before !== null && before.base.every((value, i) => Math.abs(value - base[i]) < 1e-6);
    const { x, y, half } = view.window;
    const seen = [x, y, half, this.#canvas.width, this.#canvas.height, this.#model.network.label].join();
    if (sameSlice && seen === before.seen) return;
    this.#requested = { base: sameSlice ? before.base : base, seen };
    const fine = this.#pass(view, 1);
    const stepX = this.#picture?.stepX ?? 0;
    const isClose = sameSlice && stepX < 2 * fine.stepX && stepX > fine.stepX / 2;
    const passes = isClose ? [fine] : [this.#pass(view, 2), fine];
    this.#worker.request({ generation: this.#generation, base, u: slice.across.direction, v: slice.up.direction, passes });
  }

  /**
   * Tiles around the window's centre, each a whole number of device pixels for every pixel of the image.
   * @param {Viewport} view
   * @param {number} coarseness
   * @returns {Pass}
   */
  #pass(view, coarseness) {
    const { width, height } = this.#model;
    const { x, y, half } = view.window;
    const unit = (2 * half) / this.#canvas.width; // of the plane, per device pixel
    const scale = coarseness * Math.max(1, Math.ceil(this.#canvas.width / (TILES_ACROSS * width)));
    const [stepX, stepY] = [width * scale * unit, height * scale * unit];
    const columns = tilesAround(this.#canvas.width, width * scale);
    const rows = tilesAround(this.#canvas.height, height * scale);
    return { columns, rows, left: x - (stepX * (columns - 1)) / 2, top: y + (stepY * (rows - 1)) / 2, stepX, stepY };
  }

  /** @param {DecodedSheet} answer */
  #receive({ generation, pass: { columns, rows, left, top, stepX, stepY }, pixels }) {
    if (generation !== this.#generation) return;
    const sheet = newCanvas(columns * this.#model.width, rows * this.#model.height);
    contextOf(sheet).putImageData(new ImageData(pixels, sheet.width, sheet.height), 0, 0);
    const [west, north] = [left - stepX / 2, top + stepY / 2];
    this.#picture = { sheet, stepX, left: west, top: north, right: west + columns * stepX, bottom: north - rows * stepY };
    this.#arrived(`${columns}x${rows}`);
  }

  /**
   * Half as light over black if something is to stand out on it.
   * @param {Viewport} view
   * @param {boolean} dimmed
   */
  draw(view, dimmed) {
    const context = fresh(this.#canvas, view.width, view.height);
    if (!this.isShown || !this.#picture) return;
    if (dimmed) context.globalAlpha = 0.5;
    const scale = this.#canvas.width / view.width;
    const { sheet, left, top, right, bottom } = this.#picture;
    const [x0, y0] = view.toPixels(left, top).map((value) => Math.round(value * scale));
    const [x1, y1] = view.toPixels(right, bottom).map((value) => Math.round(value * scale));
    context.imageSmoothingEnabled = false;
    context.drawImage(sheet, x0, y0, x1 - x0, y1 - y0);
  }
}

/**
 * How many tiles cover so many pixels, one of them in the middle.
 * @param {number} pixels
 * @param {number} side
 */
function tilesAround(pixels, side) {
  return 2 * Math.ceil((pixels / side - 1) / 2) + 1;
}
