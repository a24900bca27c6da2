// Pictures in place of the points of a plot, where there is room for them.

import { contextOf, fresh, pixelRatio } from "../view/canvas.js";
import { HIDDEN, PLAIN } from "./colouring.js";

const PICTURES_FROM = 2.5; // of the whole map's scale: closer up, pictures stand in place of points
export const PICTURE_SIDE = 30; // CSS pixels, about
const CELL_ROW = 2 ** 20; // more cells than there are in a row
const AROUND = [-1, 0, 1].flatMap((up) => [-1, 0, 1].map((across) => up * CELL_ROW + across));

/** @typedef {{side: number, flat: Float32Array, version: number, points: number[]}} Thinned */

export class Pictures {
  #canvas;
  #host;
  /** @type {Thinned | null} */
  #kept = null;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./scatter.js").Scatter} host
   */
  constructor(canvas, host) {
    this.#canvas = canvas;
    this.#host = host;
  }

  /** Draw those that are seen; how many points they stand for. @param {import("./plot.js").Plot} plot */
  draw(plot) {
    const { points, thumbnails, showsPictures } = this.#host;
    fresh(this.#canvas, plot.view.width, plot.view.height);
    const shown = showsPictures && !plot.cloud.isMorphing && plot.zoomed >= PICTURES_FROM ? this.#visible(plot) : [];
    this.#ring(plot);
    for (const i of shown) this.#drawOne(plot, i, false);
    for (let i = points.dots; i < points.count; i++) this.#drawOne(plot, i, true);
    thumbnails.fetch();
    return shown.length;
  }

  /** Rings around what was held out. @param {import("./plot.js").Plot} plot */
  #ring(plot) {
    const { points, colouring } = this.#host;
    const [context, scale] = [contextOf(this.#canvas), pixelRatio()];
    [context.strokeStyle, context.lineWidth] = [colouring.text, 1.5 * scale];
    for (let i = 0; i < points.heldOut; i++) {
      const [x, y] = plot.spot(i);
      if (colouring.layers[i] === HIDDEN || x !== x) continue;
      context.beginPath();
      context.arc(x * scale, y * scale, (plot.radius + 3) * scale, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  /**
   * @param {import("./plot.js").Plot} plot
   * @param {number} index
   * @param {boolean} isOwn
   */
  #drawOne(plot, index, isOwn) {
    const thumbnail = this.#host.thumbnails.of(index);
    const [x, y] = plot.spot(index);
    if (!thumbnail || x !== x) return;
    const { colouring } = this.#host;
    const context = contextOf(this.#canvas);
    const scale = this.#canvas.width / plot.view.width;
    const [width, height] = this.#size();
    const [left, top] = [Math.round(x * scale - width / 2), Math.round(y * scale - height / 2)];
    const edge = Math.round((isOwn ? 2.5 : 1.5) * scale);
    context.fillStyle = isOwn ? colouring.accent : colouring.colourOf(index);
    context.fillRect(left - edge, top - edge, width + 2 * edge, height + 2 * edge);
    context.imageSmoothingEnabled = width < thumbnail.width;
    context.drawImage(thumbnail.image, thumbnail.x, thumbnail.y, thumbnail.width, thumbnail.height, left, top, width, height);
  }

  /** Device pixels of a picture: a whole multiple of its own, unless it is larger than the space it gets. */
  #size() {
    const { width, height } = this.#host.model;
    const wanted = (PICTURE_SIDE * pixelRatio()) / Math.max(width, height);
    const scale = wanted >= 0.75 ? Math.max(Math.round(wanted), 1) : wanted;
    return [Math.round(width * scale), Math.round(height * scale)];
  }

  /** The points on the screen whose pictures find room. @param {import("./plot.js").Plot} plot */
  #visible({ cloud: { flat }, view }) {
    const size = ((Math.max(...this.#size()) + 6) * 2 * view.window.half) / this.#canvas.width;
    const [left, top] = view.toPlane([0, 0]);
    const [right, bottom] = view.toPlane([view.width, view.height]);
    const isInside = (/** @type {number} */ i) =>
      flat[2 * i] > left - size && flat[2 * i] < right + size && flat[2 * i + 1] > bottom - size && flat[2 * i + 1] < top + size;
    return this.#thinned(flat, 2 ** (Math.ceil(2 * Math.log2(size)) / 2)).filter(isInside);
  }

  /**
   * Points that are `side` apart from each other, across or up: each in turn, unless it comes too near to one before it. This is a matter
   * of the plane and not of the window: when the window moves it stays, and when it grows it changes in steps.
   * @param {Float32Array} flat
   * @param {number} side
   */
  #thinned(flat, side) {
    const { points, colouring } = this.#host;
    const kept = this.#kept;
    if (kept?.side === side && kept.flat === flat && kept.version === colouring.version) return kept.points;
    /** @type {Map<number, number>} */
    const cells = new Map();
    /** @type {number[]} */
    const found = [];
    const isApart = (/** @type {number} */ i, /** @type {number | undefined} */ j) =>
      j === undefined || Math.abs(flat[2 * i] - flat[2 * j]) >= side || Math.abs(flat[2 * i + 1] - flat[2 * j + 1]) >= side;
    for (let i = 0; i < points.dots; i++) {
      if (colouring.layers[i] !== PLAIN) continue;
      const cell = Math.floor(flat[2 * i] / side) + CELL_ROW * Math.floor(flat[2 * i + 1] / side);
      if (!AROUND.every((step) => isApart(i, cells.get(cell + step)))) continue;
      cells.set(cell, i);
      found.push(i);
    }
    this.#kept = { side, flat, version: colouring.version, points: found };
    return found;
  }
}
