// A small map of a model's codes, to show where points, their spread and a path lie. Knows no page and no
// Python.
//
// Two dimensions are shown as they are, more along the two widest principal directions, one as a strip. The codes are drawn once
// for each size; what `show` is given lies above them as SVG.

import { plain, shown } from "../runtime/format.js";
import { clamp, dot } from "../runtime/math.js";
import { fresh, makeDot } from "../view/canvas.js";
import { element, find, setData, svg } from "../view/elements.js";
import { Gestures, arrowOf, hasModifier } from "../view/gestures.js";
import { Viewport, windowAround } from "../view/viewport.js";

const CODE_OUTLIERS = 0.005; // at either end, not counted for the window
const EDGE = 6; // CSS pixels: a point outside is shown this far from the edge

/** @import { Axis, Point, Vector } from "../types.js" */
/** @import { Model } from "./model.js" */
/**
 * @typedef {object} Mark a point of the map
 * @property {Vector} z
 * @property {string} [name]
 * @property {Vector | null} [logVar] with it, ellipses of one and two standard deviations are drawn
 * @property {string} [colour]
 */

export class SmallMap {
  view = new Viewport();
  /** @type {Mark[]} */
  points = [];
  /** @type {Vector[] | null} */
  path = null;

  /**
   * @param {Element} parent
   * @param {Model} model
   * @param {object} options
   * @param {string} options.label
   * @param {(z: Float64Array) => void} [options.onPick] is called while someone presses or drags there; coordinates at right angles to
   * the map are those of the first point shown
   */
  constructor(parent, model, { label, onPick }) {
    this.model = model;
    this.label = label;
    this.onPick = onPick;
    const [across, up] = axesOf(model);
    this.across = across;
    /** @type {Axis | undefined} */
    this.up = up;
    this.view.window = windowAround(this.axes().map((axis) => this.span(axis)));
    this.root = element("div", "small-map", LAYOUT);
    this.plane = find(this.root, ".plane");
    this.canvas = find(this.root, "canvas", HTMLCanvasElement);
    this.prior = find(this.root, ".prior", SVGElement);
    this.marks = find(this.root, ".marks", SVGElement);
    this.describe();
    parent.append(this.root);
    if (onPick) this.listen();
    this.resizes = new ResizeObserver(() => this.measure());
    this.resizes.observe(this.plane);
    this.measure();
  }

  /** @param {{points: Mark[], path?: Vector[] | null}} shown */
  show({ points, path = null }) {
    this.points = points;
    this.path = path;
    if (!this.view.width) return;
    const line = path ? [svg("polyline", { points: path.map((z) => this.place(z).join()).join(" ") })] : [];
    const markers = points.map((point) => this.marker(point)).reverse(); // the first one on top
    this.marks.replaceChildren(...line, ...markers, ...points.flatMap((point) => this.ellipses(point)));
    const where = this.axes().map((axis) => `${axis.name} ${points.length ? shown(this.at(axis, points[0].z)) : "none"}`);
    this.plane.setAttribute(this.onPick ? "aria-valuetext" : "aria-label", (this.onPick ? "" : `${this.label}: `) + where.join(", "));
    if (this.onPick && points.length) this.plane.setAttribute("aria-valuenow", plain(this.at(this.across, points[0].z)));
  }

  /**
   * Where z lies, in CSS pixels from the upper left corner; it may lie outside.
   * @param {Vector} z
   * @returns {Point}
   */
  place(z) {
    return this.view.toPixels(this.at(this.across, z), this.up ? this.at(this.up, z) : this.view.window.y);
  }

  close() {
    this.resizes.disconnect();
    this.root.remove();
  }

  // -- Where things lie --

  axes() {
    return this.up ? [this.across, this.up] : [this.across];
  }

  /**
   * @param {Axis} axis
   * @param {Vector} z
   */
  at({ direction, zero }, z) {
    return dot(direction, z) - zero;
  }

  /**
   * Where codes lie along an axis, and the prior.
   * @param {Axis} axis
   */
  span(axis) {
    const { model } = this;
    const found = Float64Array.from({ length: model.count }, (_, i) => this.at(axis, model.code(i))).sort();
    const least = Math.floor(CODE_OUTLIERS * found.length);
    return model.spanWithPrior(found.length ? [found[least], found[found.length - 1 - least]] : [-3 - axis.zero, 3 - axis.zero], axis);
  }

  // -- Drawing --

  measure() {
    this.view.measure(this.plane);
    if (!this.view.width) return;
    this.drawCodes();
    this.drawPrior();
    this.show(this);
  }

  drawCodes() {
    const { model, up, view } = this;
    const context = fresh(this.canvas, view.width, view.height);
    const scale = this.canvas.width / view.width;
    const sprites = new Map();
    context.globalAlpha = 0.45;
    for (let i = 0; i < model.count; i++) {
      const label = model.labels?.[i];
      const colour = label === undefined ? "gray" : model.classColour(label);
      const sprite = sprites.get(label) ?? makeDot(colour, "transparent", 1.8 * scale, 0);
      sprites.set(label, sprite);
      const [px, middle] = this.place(model.code(i));
      const py = up ? middle : view.height * (0.1 + 0.8 * ((i * 0.618034) % 1)); // one dimension: spread over the strip's height
      context.drawImage(sprite, px * scale - sprite.width / 2, py * scale - sprite.height / 2);
    }
  }

  /** Circles at one, two and three standard deviations of the prior; lines on a strip. */
  drawPrior() {
    const radii = this.model.isNormal ? [1, 2, 3] : [];
    const [cx, cy] = this.view.toPixels(-this.across.zero, this.up ? -this.up.zero : 0);
    const { scale, height } = this.view;
    if (this.model.mixture && this.up) return this.drawComponents(this.model.mixture.ellipses(this.across, this.up));
    if (this.up) return this.prior.replaceChildren(...radii.map((r) => svg("circle", { cx, cy, r: r * scale })));
    const places = radii.flatMap((r) => [cx - r * scale, cx + r * scale]);
    this.prior.replaceChildren(...places.map((x) => svg("line", { x1: x, x2: x, y1: 0, y2: height })));
  }

  /** Every component of the prior at one standard deviation. @param {import("./mixture.js").Ellipse[]} ellipses */
  drawComponents(ellipses) {
    const drawn = ellipses.map(({ centre, radii, angle }) => {
      const [cx, cy] = this.view.toPixels(...centre);
      const [rx, ry] = radii.map((radius) => radius * this.view.scale);
      return svg("ellipse", { cx, cy, rx, ry, transform: `rotate(${-angle} ${cx} ${cy})` });
    });
    this.prior.replaceChildren(...drawn);
  }

  /**
   * The posterior as the map sees it: the covariance projected onto the map's axes.
   * @param {Mark} mark
   */
  ellipses({ z, logVar }) {
    if (!logVar) return [];
    const [cx, cy] = this.place(z);
    const { scale, height } = this.view;
    const strip = { major: Math.exp(logVar[0] / 2), minor: height / 6 / scale, angle: 0 }; // its height means nothing
    const { major, minor, angle } = this.up ? projectedEllipse(logVar, this.across.direction, this.up.direction) : strip;
    const transform = `translate(${cx} ${cy}) rotate(${(-angle * 180) / Math.PI})`;
    return [1, 2].map((sd) => svg("ellipse", { rx: sd * major * scale, ry: sd * minor * scale, transform }));
  }

  /** @param {Mark} mark */
  marker({ z, name, colour }) {
    const [px, py] = this.place(z);
    const { width, height } = this.view;
    const [cx, cy] = [clamp(px, EDGE, width - EDGE), clamp(py, EDGE, height - EDGE)];
    const group = svg("g", { transform: `translate(${cx} ${cy})`, "data-outside": cx !== px || cy !== py });
    group.append(svg("circle", { class: "edge", r: 6 }), svg("circle", { class: "ring", r: 6, style: colour ? `stroke: ${colour}` : "" }));
    if (!name) return group;
    const left = cx > width / 2;
    const text = svg("text", { x: left ? -11 : 11, y: 4, "text-anchor": left ? "end" : "start" });
    text.textContent = name;
    group.append(text);
    return group;
  }

  // -- Hands --

  listen() {
    new Gestures(this.plane, {
      press: ({ at }) => this.pick(at),
      drag: ({ at }) => this.pick(at),
      key: (event) => this.type(event),
    });
  }

  /** @param {Point} pixel */
  pick(pixel) {
    this.goTo(...this.view.toPlane(this.view.inside(pixel)));
  }

  /** @param {KeyboardEvent} event */
  type(event) {
    const arrow = hasModifier(event) ? null : arrowOf(event);
    if (!arrow) return false;
    const step = this.view.window.half / 20;
    const from = this.points[0]?.z ?? this.model.about.mean;
    this.goTo(this.at(this.across, from) + step * arrow[0], this.up ? this.at(this.up, from) + step * arrow[1] : 0);
    return true;
  }

  /**
   * @param {number} a across
   * @param {number} b up
   */
  goTo(a, b) {
    const z = Float64Array.from(this.points[0]?.z ?? this.model.about.mean);
    const steps = this.axes().map((axis, place) => ({ direction: axis.direction, step: (place ? b : a) - this.at(axis, z) }));
    for (const { direction, step } of steps) for (let i = 0; i < z.length; i++) z[i] += step * direction[i];
    this.onPick?.(z);
  }

  // -- The page --

  describe() {
    const names = this.axes().map(({ name }) => name);
    setData(this.root, { axes: names.join(), half: this.view.window.half, strip: !this.up });
    names.forEach((name, place) => (this.root.querySelectorAll("b")[place].textContent = name));
    this.plane.setAttribute("role", this.onPick ? "slider" : "img");
    this.plane.setAttribute("aria-label", this.label);
    if (!this.onPick) return;
    const { x, half } = this.view.window;
    this.plane.tabIndex = 0;
    this.plane.setAttribute("aria-roledescription", "two-dimensional slider");
    this.plane.setAttribute("aria-valuemin", plain(x - half));
    this.plane.setAttribute("aria-valuemax", plain(x + half));
    this.plane.setAttribute("aria-valuenow", plain(x));
  }
}

/**
 * The axes of a model's map: one, or two.
 * @param {Model} model
 * @returns {Axis[]}
 */
function axesOf(model) {
  const [one, two, widest] = [["z1"], ["z1", "z2"], ["pc1", "pc2"]];
  const names = model.latentDim === 1 ? one : model.latentDim === 2 || model.about.directions.length < 2 ? two : widest;
  return names.map((name) => model.axis(name)).filter((axis) => axis !== null);
}

/**
 * One standard deviation of independent normal coordinates, seen along two directions: half axes, and the angle of the major one.
 * @param {Vector} logVar
 * @param {Vector} across
 * @param {Vector} up
 */
function projectedEllipse(logVar, across, up) {
  let [xx, xy, yy] = [0, 0, 0];
  for (let i = 0; i < logVar.length; i++) {
    const variance = Math.exp(logVar[i]);
    xx += variance * across[i] ** 2;
    xy += variance * across[i] * up[i];
    yy += variance * up[i] ** 2;
  }
  const [middle, reach] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)];
  return { major: Math.sqrt(middle + reach), minor: Math.sqrt(Math.max(middle - reach, 0)), angle: Math.atan2(2 * xy, xx - yy) / 2 };
}

const LAYOUT = `
<div class="plane">
  <canvas></canvas>
  <svg aria-hidden="true"><g class="prior"></g><g class="marks"></g></svg>
  <b class="across-name"></b><b class="up-name"></b>
</div>
`;
