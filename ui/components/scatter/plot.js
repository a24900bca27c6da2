// @ts-nocheck
// Points on a plane or in space: where they lie on a canvas, how they are drawn, which is under a pointer, and what hands do there.
// Knows no panel and no Python.
//
// Points are painted into an image by this script. Where there is no graphics card that was four times as fast as WebGL's point
// sprites (70,000 points: 14 ms a frame and 88 ms), with one it is fast enough, and there is only one way to get it right.

import { shown } from "../runtime/format.js";
import { clamp, smoothstep } from "../runtime/math.js";
import { fresh } from "../view/canvas.js";
import { prefersReducedMotion } from "../view/timing.js";
import { Viewport } from "../view/viewport.js";
import { Cells, boundsOf, insidePolygon } from "./cells.js";
import { PlotHands } from "./hands.js";
import { MARGIN, OPAQUE, Raster } from "./raster.js";

const DIMMED = 30; // of a point that is not selected
const FAINTEST = 36; // of the point farthest from the viewer, in three dimensions
const PICK = 9; // CSS pixels
const MORPH_MS = 600;
const PICTURES_FROM = 2.5; // of the whole map's scale: closer up, pictures stand in place of points
const PICTURE_SIDE = 30; // CSS pixels, about
const CLOSEST = 200; // a window this much narrower than the one that shows everything
const FARTHEST = 2; // and this much wider
const EDGE_ROOM = 0.02; // of the plot; a point that is nearer to the edge is brought to the middle
const CELL_ROW = 2 ** 20; // more cells than there are in a row
const AROUND = [-1, 0, 1].flatMap((up) => [-1, 0, 1].map((across) => up * CELL_ROW + across));
export const HIDDEN = 0;
export const DIM = 1;
export const PLAIN = 2;

/**
 * A canvas with points. What is common to several plots it takes from its `host`: count, ink, layers, ground, tool, pictures (whether
 * they are wanted), faces, own (from which index points are a person's own), pins,
 * hovered, nearest, walking, version (of the layers); and it tells it: hover, click, select, aim.
 */
export class Plot {
  constructor(parent, host) {
    Object.assign(this, { host, view: new Viewport(), yaw: 0.5, pitch: 0.3, atHome: true });
    this.build(parent);
    this.raster = new Raster(this.canvas);
    this.hands = new PlotHands(this.plane, this, host);
    this.resizes = new ResizeObserver(() => this.measure());
    this.resizes.observe(this.plane);
  }

  close() {
    cancelAnimationFrame(this.frameRequest);
    this.resizes.disconnect();
    this.root.remove();
  }

  // -- Where points lie --

  /**
   * Show points, moving from where they were. `positions` has `dims` numbers a point; `axes` are names, `decodable` is
   * the origin and basis of a plane that decodes, or null.
   */
  show({ name, positions, dims, axes, decodable }, moving) {
    const before = this.flat?.length === 2 * this.host.count ? { flat: this.flat, home: this.home() } : null;
    Object.assign(this, { name, positions, dims, axes, decodable });
    this.title.textContent = name;
    this.plane.dataset.dims = dims;
    this.findBounds();
    this.flatten();
    if (before && !this.atHome) this.view.window = carried(this.view.window, before.home, this.home());
    this.morph = before && moving && !prefersReducedMotion() ? this.beginMorph(before) : null;
    this.plane.setAttribute("aria-label", this.label());
    this.changed("all");
  }

  label() {
    const hands = this.dims === 3 ? "Arrow keys turn it" : "Arrow keys move the view";
    return `${this.name}: ${this.host.count.toLocaleString("en")} points. ${hands}, plus and minus zoom, N goes to the next point, Enter pins it.`;
  }

  beginMorph({ flat, home }) {
    const to = this.home();
    const ratio = to.half / home.half;
    const from = Float32Array.from(flat, (value, k) => (k % 2 ? to.y + (value - home.y) * ratio : to.x + (value - home.x) * ratio));
    return { from, to: this.flat, flat: from.slice(), began: performance.now() };
  }

  advanceMorph() {
    const { from, to, flat, began } = this.morph;
    const t = Math.min((performance.now() - began) / MORPH_MS, 1);
    const eased = smoothstep(t);
    for (let k = 0; k < flat.length; k++) flat[k] = from[k] + eased * (to[k] - from[k]);
    this.place(t < 1 ? flat : to);
    if (t < 1) return this.changed("all");
    this.morph = null;
  }

  /** The middle of all points and how far they reach; in three dimensions as far in every direction, since they turn. */
  findBounds() {
    const { positions, dims } = this;
    const spans = Array.from({ length: dims }, () => [Infinity, -Infinity]);
    for (let k = 0; k < positions.length; k++) {
      const span = spans[k % dims];
      if (positions[k] < span[0]) span[0] = positions[k];
      if (positions[k] > span[1]) span[1] = positions[k];
    }
    this.middle = spans.map(([low, high]) => (low <= high ? (low + high) / 2 : 0));
    this.reach = spans.map(([low, high]) => (low <= high ? (high - low) / 2 : 1));
    if (dims === 3) this.reach.fill(Math.hypot(...this.reach) * 0.8);
  }

  /** Where the points lie on the screen's plane, before the window. */
  flatten() {
    if (this.dims === 2) {
      [this.order, this.strength] = [null, null];
      return this.place(this.positions);
    }
    const count = this.positions.length / 3;
    const [flat, depth] = [new Float32Array(2 * count), new Float32Array(count)];
    const [a, b, c] = turned(this.yaw, this.pitch);
    const [mx, my, mz] = this.middle;
    for (let i = 0; i < count; i++) {
      const [x, y, z] = [this.positions[3 * i] - mx, this.positions[3 * i + 1] - my, this.positions[3 * i + 2] - mz];
      flat[2 * i] = a[0] * x + a[1] * y + a[2] * z;
      flat[2 * i + 1] = b[0] * x + b[1] * y + b[2] * z;
      depth[i] = c[0] * x + c[1] * y + c[2] * z;
    }
    this.shade(depth);
    this.place(flat);
  }

  /** Draw from back to front, and what is farther away fainter. */
  shade(depth) {
    const reach = this.reach[0] || 1;
    const levels = Uint8Array.from(depth, (value) => clamp((value / reach + 1) * 127.5, 0, 255));
    this.strength = levels.map((level) => FAINTEST + ((OPAQUE - FAINTEST) * level) / 255);
    const starts = new Uint32Array(257);
    for (const level of levels) starts[level + 1]++;
    for (let level = 1; level < 257; level++) starts[level] += starts[level - 1];
    this.order = new Uint32Array(levels.length);
    levels.forEach((level, i) => (this.order[starts[level]++] = i));
  }

  place(flat) {
    this.flat = flat;
    this.cells = null;
  }

  /** The window that shows everything. */
  home() {
    const [x, y] = this.dims === 3 ? [0, 0] : this.middle;
    const half = Math.max(this.reach[0], this.reach[1] / this.view.aspect) * 1.08;
    return { x, y, half: half || 1 };
  }

  zoomed() {
    return this.home().half / this.view.window.half;
  }

  /** Where a point is drawn, in CSS pixels; not a number where it has no place. */
  spot(index) {
    return this.view.toPixels(this.flat[2 * index], this.flat[2 * index + 1]);
  }

  /** Have decoded what a spot of the screen stands for, if the plane says it. */
  aim(spot) {
    if (!this.decodable || this.morph) return;
    const [a, b] = this.view.toPlane(spot);
    const { origin, basis } = this.decodable;
    this.host.aim(
      origin.map((value, i) => value + a * basis[i] + b * basis[origin.length + i]),
      this.axes.map((name, i) => [name, shown([a, b][i])]),
    );
  }

  /** The visible point nearest to a pixel, or -1. A person's own pictures lie on top. */
  pick(pixel) {
    if (this.morph || !this.flat) return -1;
    this.cells ??= new Cells(this.flat);
    const [a, b] = this.view.toPlane(pixel);
    const { layers, own } = this.host;
    const nearest = (pixels, allows) => this.cells.nearest(a, b, pixels / this.view.scale, allows);
    const mine = nearest(PICTURE_SIDE / 2 + 2, (i) => i >= own);
    return mine >= 0 ? mine : nearest(PICK, (i) => layers[i] !== HIDDEN);
  }

  /** The visible points inside a polygon of pixels. */
  enclosed(polygon) {
    const corners = polygon.map((pixel) => this.view.toPlane(pixel));
    const [left, right, bottom, top] = boundsOf(corners.flat());
    const found = [];
    for (let i = 0; i < this.host.count; i++) {
      const [x, y] = [this.flat[2 * i], this.flat[2 * i + 1]];
      if (x >= left && x <= right && y >= bottom && y <= top && this.host.layers[i] && insidePolygon(corners, x, y)) found.push(i);
    }
    return found;
  }

  // -- The window --

  zoom(factor, pixel) {
    const { half } = this.home();
    this.view.zoom(factor, pixel, half / CLOSEST, half * FARTHEST);
    this.moved();
  }

  pan(dx, dy) {
    this.view.pan(dx, dy);
    this.moved();
  }

  moved() {
    this.atHome = false;
    this.changed("all");
  }

  showAll() {
    this.atHome = true;
    this.changed("all");
  }

  /** Bring a point to the middle if it is outside. */
  reveal(index) {
    const { width, height } = this.view;
    const [px, py] = this.spot(index);
    const [dx, dy] = [EDGE_ROOM * width, EDGE_ROOM * height];
    const inside = px > dx && px < width - dx && py > dy && py < height - dy;
    if (!inside && px === px) this.pan(width / 2 - px, height / 2 - py);
  }

  turn(dx, dy) {
    this.yaw += dx;
    this.pitch = clamp(this.pitch + dy, -Math.PI / 2, Math.PI / 2);
    this.morph = null;
    this.flatten();
    this.changed("all");
  }

  // -- Frames --

  /** Ask for a frame: "marks" above the points alone, or "all". */
  changed(what) {
    this.everything ||= what === "all";
    this.frameRequest ??= requestAnimationFrame(() => this.frame());
  }

  frame() {
    this.frameRequest = null;
    if (!this.view.width || !this.flat) return;
    if (this.everything) {
      this.everything = false;
      if (this.atHome) this.view.window = this.home();
      if (this.morph) this.advanceMorph();
      this.drawDots();
      this.drawFaces();
      this.drawTicks();
    }
    this.drawMarks();
    this.host.drew(this);
  }

  measure() {
    this.view.measure(this.plane);
    this.changed("all");
  }

  drawDots() {
    const { host, raster, flat, order, strength, view } = this;
    const pixels = globalThis.devicePixelRatio || 1;
    raster.begin(Math.round(view.width * pixels), Math.round(view.height * pixels), host.ground);
    raster.disc(Math.min(this.radius() * pixels, MARGIN - 4));
    const [left, top] = view.toPlane([0, 0]);
    const seen = { scale: view.scale * pixels, left, top };
    const points = { flat, ink: host.ink, layers: host.layers, order, strength, count: host.own };
    raster.draw(points, DIM, DIMMED, seen);
    raster.draw(points, PLAIN, OPAQUE, seen);
    raster.end();
  }

  /** Of a point in CSS pixels: smaller where there are many, growing a little as one comes closer. */
  radius() {
    const { count } = this.host;
    const [, size] = [
      [30000, 1.3],
      [6000, 1.8],
      [1500, 2.4],
      [150, 3.2],
      [0, 4.5],
    ].find(([least]) => count > least);
    return size * clamp(this.zoomed() ** 0.35, 1, 2.4);
  }

  // -- Pictures in place of points --

  drawFaces() {
    const context = fresh(this.pictures, this.view.width, this.view.height);
    const shown = this.host.pictures && !this.morph && this.zoomed() >= PICTURES_FROM ? this.pictured() : [];
    for (const i of shown) this.drawFace(context, i, false);
    for (let i = this.host.own; i < this.host.count; i++) this.drawFace(context, i, true);
    this.plane.dataset.pictures = shown.length;
    this.host.faces.fetch();
  }

  drawFace(context, index, mine) {
    const face = this.host.faces.of(index);
    const [x, y] = this.spot(index);
    if (!face || x !== x) return;
    const scale = this.pictures.width / this.view.width;
    const [width, height] = this.faceSize();
    const [left, top] = [Math.round(x * scale - width / 2), Math.round(y * scale - height / 2)];
    const edge = Math.round((mine ? 2.5 : 1.5) * scale);
    context.fillStyle = mine ? this.host.accent : this.host.colourOf(index);
    context.fillRect(left - edge, top - edge, width + 2 * edge, height + 2 * edge);
    context.imageSmoothingEnabled = width < face.width;
    context.drawImage(face.image, face.x, face.y, face.width, face.height, left, top, width, height);
  }

  /** Device pixels of a picture: a whole multiple of its own, unless it is larger than the space it gets. */
  faceSize() {
    const { width, height } = this.host.model;
    const wanted = (PICTURE_SIDE * (globalThis.devicePixelRatio || 1)) / Math.max(width, height);
    const scale = wanted >= 0.75 ? Math.max(Math.round(wanted), 1) : wanted;
    return [Math.round(width * scale), Math.round(height * scale)];
  }

  /** The points on the screen whose pictures find room. */
  pictured() {
    const { flat, view } = this;
    const size = ((Math.max(...this.faceSize()) + 6) * 2 * view.window.half) / this.pictures.width;
    const [[left, top], [right, bottom]] = [view.toPlane([0, 0]), view.toPlane([view.width, view.height])];
    const inside = (i) =>
      flat[2 * i] > left - size && flat[2 * i] < right + size && flat[2 * i + 1] > bottom - size && flat[2 * i + 1] < top + size;
    return this.thinned(2 ** (Math.ceil(2 * Math.log2(size)) / 2)).filter(inside);
  }

  /**
   * Points that are `side` apart from each other, across or up: each in turn, unless it comes too near to one before it. This is a matter
   * of the plane and not of the window: when the window moves it stays, and when it grows it changes in steps.
   */
  thinned(side) {
    const { flat, host, kept } = this;
    if (kept?.side === side && kept.flat === flat && kept.version === host.version) return kept.points;
    const [cells, points] = [new Map(), []];
    const apart = (i, j) => Math.abs(flat[2 * i] - flat[2 * j]) >= side || Math.abs(flat[2 * i + 1] - flat[2 * j + 1]) >= side;
    for (let i = 0; i < host.own; i++) {
      if (host.layers[i] !== PLAIN) continue;
      const cell = Math.floor(flat[2 * i] / side) + CELL_ROW * Math.floor(flat[2 * i + 1] / side);
      if (!AROUND.every((step) => !cells.has(cell + step) || apart(i, cells.get(cell + step)))) continue;
      cells.set(cell, i);
      points.push(i);
    }
    this.kept = { side, flat, version: host.version, points };
    return points;
  }

  // -- Marks above the points, and axes --

  drawMarks() {
    const { host } = this;
    const ring = (index, r, name) => {
      if (index < 0) return "";
      const [x, y] = this.spot(index);
      return `<g class="${name}" transform="translate(${x} ${y})"><circle class="edge" r="${r}"/><circle r="${r}"/></g>`;
    };
    const pin = (index, place) => {
      const [x, y] = this.spot(index);
      return `<g class="pin" transform="translate(${x} ${y})"><circle r="9"/><text y="4">${place + 1}</text></g>`;
    };
    const line =
      host.walking() && this.decodable
        ? host
            .walking()
            .map((index) => this.spot(index).join())
            .join(" ")
        : "";
    const drawn = this.hands.path?.map((spot) => spot.join()).join(" ") ?? "";
    this.marks.innerHTML =
      (line ? `<polyline class="line" points="${line}"/>` : "") +
      ring(host.nearest, 7, "near") +
      host.pins.map(pin).join("") +
      ring(host.hovered, 7, "hover") +
      (drawn ? `<polygon class="lasso" points="${drawn}"/>` : "") +
      (this.dims === 3 ? this.tripod() : "");
  }

  /** Which way the axes of space point, in a corner. */
  tripod() {
    if (!this.axes.length) return "";
    const [a, b] = turned(this.yaw, this.pitch);
    const [x, y] = [42, this.view.height - 42];
    return this.axes
      .map((name, i) => {
        const [dx, dy] = [26 * a[i], -26 * b[i]];
        const line = `<line class="axis" x1="${x}" y1="${y}" x2="${x + dx}" y2="${y + dy}"/>`;
        return `${line}<text class="axis" x="${x + 1.35 * dx}" y="${y + 1.35 * dy + 4}">${name}</text>`;
      })
      .join("");
  }

  drawTicks() {
    const flat = this.dims === 2 && this.axes.length === 2;
    this.root.dataset.axes = flat;
    if (flat) [this.acrossTicks.innerHTML, this.upTicks.innerHTML] = this.view.ticks(this.axes);
  }

  // -- Keys --

  get centre() {
    return [this.view.width / 2, this.view.height / 2];
  }

  /** To the next or the previous point of the window that is not hidden. */
  step(direction) {
    const { count, layers, hovered } = this.host;
    const { width, height } = this.view;
    for (let n = 1; n <= count; n++) {
      const i = ((((hovered < 0 && direction < 0 ? 0 : hovered) + direction * n) % count) + count) % count;
      const [x, y] = this.spot(i);
      if (layers[i] && x >= 0 && y >= 0 && x <= width && y <= height) return this.host.hover(this, i);
    }
  }

  build(parent) {
    this.root = document.createElement("figure");
    this.root.className = "plot";
    this.root.innerHTML = LAYOUT;
    const find = (selector) => this.root.querySelector(selector);
    [this.title, this.plane, this.canvas, this.pictures] = [".title", ".plane", ".dots", ".faces"].map(find);
    [this.marks, this.acrossTicks, this.upTicks] = [".marks", ".across", ".up"].map(find);
    parent.append(this.root);
  }
}

/** A window moved along when everything moves from one home to another. */
function carried({ x, y, half }, from, to) {
  const ratio = to.half / from.half;
  return { x: to.x + (x - from.x) * ratio, y: to.y + (y - from.y) * ratio, half: half * ratio };
}

/** Right, up and towards the viewer as rows, after a turn about the vertical and a tilt. */
function turned(yaw, pitch) {
  const [c, s, p, q] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  return [
    [c, 0, s],
    [s * q, p, -c * q],
    [-s * p, q, c * p],
  ];
}

const LAYOUT = `
<figcaption class="title"></figcaption>
<div class="chart">
  <div class="plane" tabindex="0" role="application" aria-roledescription="scatter plot">
    <canvas class="dots"></canvas>
    <canvas class="faces"></canvas>
    <svg class="marks" aria-hidden="true"></svg>
  </div>
  <div class="across" aria-hidden="true"></div>
  <div class="up" aria-hidden="true"></div>
</div>
`;
