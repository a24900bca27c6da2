// Points on a plane or in space: how they are drawn on a canvas, which is under a pointer, what a window of them shows.
// Knows no panel and no Python.
//
// Points are painted into an image by this script. Where there is no graphics card that was four times as fast as WebGL's point
// sprites (70,000 points: 14 ms a frame and 88 ms), with one it is fast enough, and there is only one way to get it right.

import { shown } from "../runtime/format.js";
import { clamp } from "../runtime/math.js";
import { pixelRatio } from "../view/canvas.js";
import { element, find } from "../view/elements.js";
import { NextFrame, prefersReducedMotion } from "../view/timing.js";
import { Viewport } from "../view/viewport.js";
import { boundsOf, insidePolygon } from "./cells.js";
import { Cloud, carried } from "./cloud.js";
import { DIM, HIDDEN, PLAIN } from "./colouring.js";
import { PlotHands } from "./hands.js";
import { PLOT_LAYOUT } from "./layout.js";
import { marksOf } from "./marks.js";
import { PICTURE_SIDE, Pictures } from "./pictures.js";
import { MARGIN, OPAQUE, Raster } from "./raster.js";

const DIMMED = 30; // of a point that is not selected
const PICK = 9; // CSS pixels
const CLOSEST = 200; // a window this much narrower than the one that shows everything
const FARTHEST = 2; // and this much wider
const EDGE_ROOM = 0.02; // of the plot; a point that is nearer to the edge is brought to the middle
const RADII = [
  [30000, 1.3],
  [6000, 1.8],
  [1500, 2.4],
  [150, 3.2],
  [0, 4.5],
]; // of a point in CSS pixels, where there are more than so many

/**
 * @typedef {import("../view/gestures.js").Pixel} Pixel
 * @typedef {{origin: Float32Array, basis: Float32Array}} Plane of codes: origin (D), basis (2, D)
 *
 * @typedef {object} Seen what a plot shows
 * @property {string} name
 * @property {string} identity tells one projection from another
 * @property {Float32Array} positions (N, dims)
 * @property {number} dims
 * @property {string[]} axes names; none where axes mean nothing
 * @property {Plane | null} decodable where each spot stands for a code
 */

/** A canvas with points. What is common to several plots it takes from its host, and tells it what hands do. */
export class Plot {
  view = new Viewport();
  cloud = new Cloud();
  /** @type {string[]} */
  axes = [];
  /** @type {Plane | null} */
  decodable = null;
  #host;
  #root = element("figure", "plot", PLOT_LAYOUT);
  plane = find(this.#root, ".plane");
  #across = find(this.#root, ".across");
  #up = find(this.#root, ".up");
  #marks = find(this.#root, ".marks", SVGElement);
  #raster = new Raster(find(this.#root, ".dots", HTMLCanvasElement));
  #pictures;
  hands;
  #frame = new NextFrame(() => this.#draw());
  #resizes = new ResizeObserver(() => this.#measure());
  #isAtHome = true;
  #projection = "";
  #allChanged = false;

  /**
   * @param {Element} parent
   * @param {import("./scatter.js").Scatter} host
   */
  constructor(parent, host) {
    this.#host = host;
    parent.append(this.#root);
    this.#pictures = new Pictures(find(this.#root, ".faces", HTMLCanvasElement), host);
    this.hands = new PlotHands(this.plane, this, host);
    this.#resizes.observe(this.plane);
  }

  close() {
    this.#frame.cancel();
    this.#resizes.disconnect();
    this.#root.remove();
  }

  /**
   * Show points, moving from where they were. A window stays where it is in what one projection shows; another opens with everything in view.
   * @param {Seen} seen
   * @param {boolean} moving
   */
  show({ name, identity, positions, dims, axes, decodable }, moving) {
    const { count } = this.#host.points;
    const [flat, before] = [this.cloud.flat, this.#home];
    this.cloud.take(positions, dims);
    [this.axes, this.decodable] = [axes, decodable];
    if (identity !== this.#projection) this.#isAtHome = true;
    this.#projection = identity;
    const isSame = flat.length === 2 * count && count > 0;
    if (isSame && !this.#isAtHome) this.view.window = carried(this.view.window, before, this.#home);
    if (isSame && moving && !prefersReducedMotion()) this.cloud.morph(flat, before, this.#home);
    find(this.#root, ".title").textContent = name;
    this.plane.dataset.dims = String(dims);
    const keys = dims === 3 ? "Arrow keys turn it" : "Arrow keys move the view";
    const label = `${name}: ${count.toLocaleString("en")} points. ${keys}, plus and minus zoom, N goes to the next point, Enter pins it.`;
    this.plane.setAttribute("aria-label", label);
    this.changed("all");
  }

  // -- Where points are drawn --

  /** Where a point is drawn; not a number where it has no place. @param {number} index @returns {Pixel} */
  spot(index) {
    return this.view.toPixels(this.cloud.flat[2 * index], this.cloud.flat[2 * index + 1]);
  }

  /** @returns {Pixel} */
  get centre() {
    return [this.view.width / 2, this.view.height / 2];
  }

  /** Have decoded what a spot of the screen stands for, if the plane says it. @param {Pixel} pixel */
  aim(pixel) {
    if (!this.decodable || this.cloud.isMorphing) return;
    const place = this.view.toPlane(pixel);
    const { origin, basis } = this.decodable;
    this.#host.aim(
      origin.map((value, i) => value + place[0] * basis[i] + place[1] * basis[origin.length + i]),
      this.axes.map((name, i) => [name, shown(place[i])]),
    );
  }

  /** The visible point nearest to a pixel, or -1. A person's own pictures lie on top. @param {Pixel} pixel */
  pick(pixel) {
    if (this.cloud.isMorphing) return -1;
    const [a, b] = this.view.toPlane(pixel);
    const { points, colouring } = this.#host;
    const mine = this.cloud.nearest(a, b, (PICTURE_SIDE / 2 + 2) / this.view.scale, (i) => i >= points.dots);
    return mine >= 0 ? mine : this.cloud.nearest(a, b, PICK / this.view.scale, (i) => colouring.layers[i] !== HIDDEN);
  }

  /** The visible points inside a polygon. @param {Pixel[]} polygon */
  enclosed(polygon) {
    const corners = polygon.map((pixel) => this.view.toPlane(pixel));
    const [left, right, bottom, top] = boundsOf(corners.flat());
    const { points, colouring } = this.#host;
    const found = [];
    for (let i = 0; i < points.count; i++) {
      const [x, y] = [this.cloud.flat[2 * i], this.cloud.flat[2 * i + 1]];
      if (x >= left && x <= right && y >= bottom && y <= top && colouring.layers[i] && insidePolygon(corners, x, y)) found.push(i);
    }
    return found;
  }

  /** To the next (1) or the previous (-1) point of the window that is not hidden. @param {1 | -1} direction */
  step(direction) {
    const { points, colouring, hovered } = this.#host;
    const { count } = points;
    const { width, height } = this.view;
    const from = hovered < 0 && direction < 0 ? 0 : hovered;
    for (let n = 1; n <= count; n++) {
      const i = (((from + direction * n) % count) + count) % count;
      const [x, y] = this.spot(i);
      if (colouring.layers[i] && x >= 0 && y >= 0 && x <= width && y <= height) return this.#host.hover(this, i);
    }
  }

  // -- The window --

  /** The window that shows everything. */
  get #home() {
    return this.cloud.home(this.view.aspect);
  }

  /** How much closer one is than where everything is seen. */
  get zoomed() {
    return this.#home.half / this.view.window.half;
  }

  /**
   * @param {number} factor
   * @param {Pixel} pixel
   */
  zoom(factor, pixel) {
    const { half } = this.#home;
    this.view.zoom(factor, pixel, half / CLOSEST, half * FARTHEST);
    this.#isAtHome = false;
    this.changed("all");
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  pan(dx, dy) {
    this.view.pan(dx, dy);
    this.#isAtHome = false;
    this.changed("all");
  }

  showAll() {
    this.#isAtHome = true;
    this.changed("all");
  }

  /** Bring a point to the middle if it is outside. @param {number} index */
  reveal(index) {
    const { width, height } = this.view;
    const [px, py] = this.spot(index);
    const [dx, dy] = [EDGE_ROOM * width, EDGE_ROOM * height];
    const isInside = px > dx && px < width - dx && py > dy && py < height - dy;
    if (!isInside && px === px) this.pan(width / 2 - px, height / 2 - py);
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  turn(dx, dy) {
    this.cloud.turn(dx, dy);
    this.changed("all");
  }

  // -- Frames --

  /** Ask for a frame: "marks" above the points alone, or "all". @param {"marks" | "all"} what */
  changed(what) {
    this.#allChanged ||= what === "all";
    this.#frame.request();
  }

  #measure() {
    this.view.measure(this.plane);
    this.changed("all");
  }

  #draw() {
    if (!this.view.width || !this.cloud.flat.length) return;
    if (this.#allChanged) this.#drawAll();
    this.#marks.innerHTML = marksOf(this, this.#host);
    this.#host.drew(this);
  }

  #drawAll() {
    this.#allChanged = false;
    if (this.#isAtHome) this.view.window = this.#home;
    if (this.cloud.advance()) this.changed("all");
    this.#drawDots();
    this.plane.dataset.pictures = String(this.#pictures.draw(this));
    const hasTicks = this.cloud.dims === 2 && this.axes.length === 2;
    this.#root.dataset.axes = String(hasTicks);
    if (!hasTicks) return;
    [this.#across.innerHTML, this.#up.innerHTML] = this.view.ticks(this.axes);
  }

  #drawDots() {
    const { view } = this;
    const { points, colouring } = this.#host;
    const { flat, order, strength } = this.cloud;
    const pixels = pixelRatio();
    this.#raster.begin(Math.round(view.width * pixels), Math.round(view.height * pixels), colouring.background);
    this.#raster.disc(Math.min(this.radius * pixels, MARGIN - 4));
    const [left, top] = view.toPlane([0, 0]);
    const seen = { scale: view.scale * pixels, left, top };
    const dots = { flat, ink: colouring.ink, layers: colouring.layers, order, strength, count: points.count };
    this.#raster.draw(dots, DIM, DIMMED, seen);
    this.#raster.draw(dots, PLAIN, OPAQUE, seen);
    this.#raster.end();
  }

  /** Of a point in CSS pixels: smaller where there are many, growing a little as one comes closer. */
  get radius() {
    const { count } = this.#host.points;
    const [, size] = RADII.find(([least]) => count > least) ?? RADII[RADII.length - 1];
    return size * clamp(this.zoomed ** 0.35, 1, 2.4);
  }
}
