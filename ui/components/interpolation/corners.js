// @ts-nocheck
// Between four corners.

import { plain } from "../runtime/format.js";
import { linear } from "../runtime/geometry.js";
import { clamp, range } from "../runtime/math.js";
import { KEY_STEP, fitWhole, rounded } from "./strip.js";

const CORNERS = [7, 5]; // images across the grid, on a phone

export class CornersStage {
  constructor(view, ends) {
    Object.assign(this, { view, ends, count: 0 });
    [this.box, this.grid, this.ring] = [".grid", ".grid canvas", ".grid .ring"].map((name) => view.find(name));
    view.showEnds(ends);
    this.box.onpointerdown = (event) => this.press(event);
    this.box.onpointermove = (event) => event.pointerId === this.pressed && this.follow(event);
    this.box.onpointerup = this.box.onpointercancel = (event) => this.release(event);
    this.box.onkeydown = (event) => this.type(event);
  }

  start({ u, v }) {
    this.go(u, v);
  }

  state() {
    return { u: rounded(this.u), v: rounded(this.v) };
  }

  /** `u` across and `v` down, both from 0 to 1. */
  go(u, v) {
    [this.u, this.v] = [clamp(u, 0, 1), clamp(v, 0, 1)];
    this.view.changed();
  }

  at(u, v) {
    const [a, b, c, d] = this.ends.map(({ mean }) => mean);
    return linear(linear(a, b, u), linear(c, d, u), v);
  }

  code() {
    return this.at(this.u, this.v);
  }

  moved() {
    const place = (part) => `${(100 * (part * (this.count - 1) + 0.5)) / this.count}%`;
    this.ring.style.transform = `translate(${place(this.u)}, ${place(this.v)})`;
    this.box.setAttribute("aria-valuenow", plain(this.u));
    this.box.setAttribute("aria-valuetext", `${plain(this.u)} across, ${plain(this.v)} down`);
  }

  measure(phone) {
    if (CORNERS[phone] !== this.count) {
      this.count = CORNERS[phone];
      this.drawGrid();
    }
    fitWhole(this.grid, this.box.parentElement);
    this.view.find(".field").style.setProperty("--grid-width", this.grid.style.width);
  }

  drawGrid() {
    const { view, count } = this;
    const { width, height } = view.model;
    [this.grid.width, this.grid.height] = [count * width, count * height];
    const context = this.grid.getContext("2d");
    const draw = (row, column) => {
      const picture = view.picture(this.at(column / (count - 1), row / (count - 1)));
      context.putImageData(picture, column * width, row * height);
    };
    view.idle.set(
      "grid",
      range(count).flatMap((row) => range(count).map((column) => () => draw(row, column))),
    );
  }

  press(event) {
    if (event.button !== 0) return;
    this.pressed = event.pointerId;
    this.box.setPointerCapture(event.pointerId);
    this.frame = this.box.getBoundingClientRect();
    this.follow(event);
  }

  follow(event) {
    const part = (pixels, length) => ((pixels / length) * this.count - 0.5) / (this.count - 1);
    this.go(part(event.clientX - this.frame.left, this.frame.width), part(event.clientY - this.frame.top, this.frame.height));
  }

  release(event) {
    if (event.pointerId !== this.pressed) return;
    this.pressed = null;
    this.view.settle();
  }

  type(event) {
    const step = event.shiftKey ? KEY_STEP / 10 : KEY_STEP;
    const arrows = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (!(event.key in arrows) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.go(this.u + arrows[event.key][0], this.v + arrows[event.key][1]);
    this.view.settle();
  }
}
