// @ts-nocheck
// A small map of a model's codes, to show where points, their spread and a path lie. Knows no page and no
// Python.
//
// Two dimensions are shown as they are, more along the two widest principal directions, one as a strip. The codes are drawn once
// for each size; what `show` is given lies above them as SVG.

import { plain, shown } from "../runtime/format.js";
import { clamp, dot } from "../runtime/math.js";
import { fresh, makeDot } from "../view/canvas.js";
import { svg } from "../view/elements.js";
import { Viewport, windowAround } from "../view/viewport.js";

const CODE_OUTLIERS = 0.005; // at either end, not counted for the window
const EDGE = 6; // CSS pixels: a point outside is shown this far from the edge

export class SmallMap {
  /** `onPick`(z) is called while someone presses or drags there; coordinates at right angles to the map are those of the first point shown. */
  constructor(parent, model, { label, onPick }) {
    Object.assign(this, { model, label, onPick, points: [], path: null, view: new Viewport() });
    const names =
      model.latentDim === 1 ? ["z1"] : model.latentDim === 2 || model.about.directions.length < 2 ? ["z1", "z2"] : ["pc1", "pc2"];
    [this.across, this.up] = names.map((name) => model.axis(name));
    this.view.window = windowAround(this.axes().map((axis) => this.span(axis)));
    this.build(parent, names);
    if (onPick) this.listen();
    this.resizes = new ResizeObserver(() => this.measure());
    this.resizes.observe(this.plane);
    this.measure();
  }

  /** Show `points` ({z, name, logVar, colour}; with logVar the ellipses of one and two standard deviations) and a `path` of points, or null. */
  show({ points, path = null }) {
    Object.assign(this, { points, path });
    if (!this.view.width) return;
    const line = path ? [svg("polyline", { points: path.map((z) => this.place(z).join()).join(" ") })] : [];
    const markers = points.map((point) => this.marker(point)).reverse(); // the first one on top
    this.marks.replaceChildren(...line, ...markers, ...points.flatMap((point) => this.ellipses(point)));
    const where = this.axes().map((axis) => `${axis.name} ${points.length ? shown(this.at(axis, points[0].z)) : "none"}`);
    this.plane.setAttribute(this.onPick ? "aria-valuetext" : "aria-label", (this.onPick ? "" : `${this.label}: `) + where.join(", "));
    if (this.onPick && points.length) this.plane.setAttribute("aria-valuenow", plain(this.at(this.across, points[0].z)));
  }

  /** Where z lies, in CSS pixels from the upper left corner; it may lie outside. */
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

  at({ direction, zero }, z) {
    return dot(direction, z) - zero;
  }

  /** Where codes lie along an axis, and the prior. */
  span(axis) {
    const { model } = this;
    const found = Float64Array.from({ length: model.count }, (_, i) => this.at(axis, model.code(i))).sort();
    const least = Math.floor(CODE_OUTLIERS * found.length);
    const [low, high] = found.length ? [found[least], found[found.length - 1 - least]] : [-3 - axis.zero, 3 - axis.zero];
    return model.spanWithPrior([low, high], axis);
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
      if (!sprites.has(label)) sprites.set(label, makeDot(colour, "transparent", 1.8 * scale, 0));
      const [px, middle] = this.place(model.code(i));
      const py = up ? middle : view.height * (0.1 + 0.8 * ((i * 0.618034) % 1)); // one dimension: spread over the strip's height
      const sprite = sprites.get(label);
      context.drawImage(sprite, px * scale - sprite.width / 2, py * scale - sprite.height / 2);
    }
  }

  /** Circles at one, two and three standard deviations of the prior; lines on a strip. */
  drawPrior() {
    const radii = this.model.about.family === "vae" ? [1, 2, 3] : [];
    const [cx, cy] = this.view.toPixels(-this.across.zero, this.up ? -this.up.zero : 0);
    const { scale, height } = this.view;
    const lines = (r) => [-r, r].map((side) => svg("line", { x1: cx + side * scale, x2: cx + side * scale, y1: 0, y2: height }));
    this.prior.replaceChildren(...radii.flatMap((r) => (this.up ? [svg("circle", { cx, cy, r: r * scale })] : lines(r))));
  }

  /** The posterior as the map sees it: the covariance projected onto the map's axes. */
  ellipses({ z, logVar }) {
    if (!logVar) return [];
    const [cx, cy] = this.place(z);
    const { scale, height } = this.view;
    const strip = { major: Math.exp(logVar[0] / 2), minor: height / 6 / scale, angle: 0 }; // its height means nothing
    const { major, minor, angle } = this.up ? projectedEllipse(logVar, this.across.direction, this.up.direction) : strip;
    const transform = `translate(${cx} ${cy}) rotate(${(-angle * 180) / Math.PI})`;
    return [1, 2].map((sd) => svg("ellipse", { rx: sd * major * scale, ry: sd * minor * scale, transform }));
  }

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
    const { plane } = this;
    let pressed = null;
    plane.onpointerdown = (event) => {
      if (event.button !== 0 || pressed !== null) return;
      pressed = event.pointerId;
      plane.setPointerCapture(pressed);
      this.pick(event);
    };
    plane.onpointermove = (event) => event.pointerId === pressed && this.pick(event);
    plane.onpointerup = plane.onpointercancel = (event) => {
      if (event.pointerId === pressed) pressed = null;
    };
    plane.onkeydown = (event) => this.type(event);
  }

  pick(event) {
    const box = this.plane.getBoundingClientRect();
    this.goTo(...this.view.toPlane(this.view.inside([event.clientX - box.left, event.clientY - box.top])));
  }

  type(event) {
    const step = (this.view.window.half / 20) * (event.shiftKey ? 0.1 : 1);
    const arrows = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowDown: [0, -step], ArrowUp: [0, step] };
    if (!(event.key in arrows) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const from = this.points[0]?.z ?? this.model.about.mean;
    const [da, db] = arrows[event.key];
    this.goTo(this.at(this.across, from) + da, this.up ? this.at(this.up, from) + db : 0);
  }

  goTo(a, b) {
    const z = Float64Array.from(this.points[0]?.z ?? this.model.about.mean);
    const steps = this.axes().map((axis, place) => [axis.direction, (place ? b : a) - this.at(axis, z)]);
    for (const [direction, step] of steps) for (let i = 0; i < z.length; i++) z[i] += step * direction[i];
    this.onPick(z);
  }

  // -- The page --

  build(parent, names) {
    this.root = document.createElement("div");
    this.root.className = "small-map";
    this.root.innerHTML = LAYOUT;
    [this.plane, this.canvas, this.prior, this.marks] = [".plane", "canvas", ".prior", ".marks"].map((name) =>
      this.root.querySelector(name),
    );
    Object.assign(this.root.dataset, { axes: names.join(), half: this.view.window.half, strip: !this.up });
    names.forEach((name, place) => (this.root.querySelectorAll("b")[place].textContent = name));
    this.plane.setAttribute("role", this.onPick ? "slider" : "img");
    this.plane.setAttribute("aria-label", this.label);
    const { x, half } = this.view.window;
    const range = { "aria-valuemin": plain(x - half), "aria-valuemax": plain(x + half), "aria-valuenow": plain(x) };
    const slider = this.onPick ? { tabindex: 0, "aria-roledescription": "two-dimensional slider", ...range } : {};
    for (const [name, value] of Object.entries(slider)) this.plane.setAttribute(name, value);
    parent.append(this.root);
  }
}

/** One standard deviation of independent normal coordinates, seen along two directions: half axes, and the angle of the major one. */
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
