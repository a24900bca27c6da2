// @ts-nocheck
// The sketch pad: a surface to draw on with a pen, a finger, a mouse or keys. Knows no model and no Python.

import { Ink } from "./ink.js";
import { COLOURS, KEYS, LAYOUT, SIZES } from "./layout.js";

const PEN = 0.085; // of the image's longer side: 2.4 of 28 pixels, as wide as the strokes of MNIST
const NARROWEST = 1.2; // pixels of the model
const ERASER = 2; // times as wide as the pen
const STEP = 1 / 28; // of the longer side, for one arrow key

export class SketchPad {
  /**
   * `shape` is [C, H, W] of the model's image, `ground` its border from 0 (dark) to 1 (white). `onInput`(image) is called at most once a
   * frame while someone draws, `onRelease`(image) when a stroke ends and after undo, clear and a change of `centre`: whether what
   * the model is given is scaled and moved as the digits of MNIST are (by default, where images are as theirs).
   */
  constructor(parent, { shape, ground, label, centre = shape.join() === "1,28,28" && ground < 0.2, onInput, onRelease }) {
    const [channels, height, width] = shape;
    Object.assign(this, { channels, height, width, onInput, onRelease, tool: "pen", size: "Medium", active: null });
    this.side = Math.max(width, height);
    this.paper = `rgb(${[ground, ground, ground].map((value) => Math.round(255 * value)).join(" ")})`;
    this.inkName = ground < 0.5 ? "White" : "Black";
    this.colour = COLOURS[this.inkName];
    this.ink = new Ink(shape, ground, centre);
    this.cursor = [width / 2, height / 2];
    this.held = new Set();
    this.build(parent, label, centre);
    this.listen();
    this.resizes = new ResizeObserver(() => this.fit());
    this.resizes.observe(this.surface);
    this.fit();
    this.refresh();
  }

  get image() {
    return this.ink.image;
  }

  get isEmpty() {
    return this.ink.isEmpty;
  }

  /** Start from a model-size picture, Float32Array in [0, 1], or from nothing (null). Calls nobody. */
  load(image) {
    this.stop();
    this.ink.load(image);
    this.refresh();
  }

  undo() {
    if (this.active !== null || !this.ink.canUndo) return;
    this.ink.undo();
    this.release();
  }

  clear() {
    if (this.active !== null || this.isEmpty) return;
    this.ink.clear();
    this.release();
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.resizes.disconnect();
    this.root.remove();
  }

  // -- Strokes. `active` is the pointer that draws, "keys" for Space, or null --

  start(who, point, tool = this.tool) {
    this.active = who;
    this.ink.begin(point, tool === "eraser" ? this.paper : this.colour, this.penWidth(tool));
    this.root.dataset.empty = "false";
    this.tell();
  }

  go(point) {
    this.ink.extend(point);
    this.tell();
  }

  finish() {
    this.ink.end();
    this.active = null;
    this.release();
  }

  /** Let go of a stroke without finishing it. */
  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = this.active = null;
  }

  penWidth(tool = this.tool) {
    return Math.max(PEN * this.side, NARROWEST) * SIZES[this.size] * (tool === "eraser" ? ERASER : 1);
  }

  tell() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.onInput?.(this.image);
    });
  }

  release() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    this.refresh();
    this.onRelease?.(this.image);
  }

  // -- Hands --

  listen() {
    const { surface } = this;
    surface.onpointerdown = (event) => this.press(event);
    surface.onpointermove = (event) => this.move(event);
    surface.onpointerup = (event) => this.lift(event);
    surface.onpointercancel = surface.onlostpointercapture = (event) => event.pointerId === this.active && this.finish();
    surface.onpointerleave = () => this.showRing(null);
    surface.onfocus = () => surface.matches(":focus-visible") && this.showRing(this.cursor);
    surface.onblur = () => this.lose();
    this.root.onkeydown = (event) => this.type(event);
    this.root.onkeyup = (event) => this.untype(event);
  }

  /** One pointer draws. A pen takes over from a palm that came before it; all others wait. */
  press(event) {
    const erases = event.button === 5; // the other end of a pen
    if (event.button !== 0 && !erases) return;
    if (this.active !== null) {
      if (event.pointerType !== "pen" || this.kind !== "touch") return;
      this.ink.undo();
    }
    this.kind = event.pointerType;
    this.surface.setPointerCapture(event.pointerId);
    this.start(event.pointerId, this.point(event), erases ? "eraser" : this.tool);
  }

  move(event) {
    if (event.pointerType !== "touch") this.showRing(this.point(event));
    if (event.pointerId !== this.active) return;
    const passed = event.getCoalescedEvents?.() ?? []; // pages that come by plain http from another computer lack it
    for (const each of passed.length ? passed : [event]) this.go(this.point(each));
  }

  lift(event) {
    if (event.pointerId !== this.active) return;
    this.go(this.point(event));
    this.finish();
  }

  point(event) {
    const box = this.surface.getBoundingClientRect();
    return [((event.clientX - box.left) * this.width) / box.width, ((event.clientY - box.top) * this.height) / box.height];
  }

  // -- Keys --

  type(event) {
    const key = event.key.toLowerCase();
    const control = event.ctrlKey || event.metaKey;
    if (event.altKey || (control && key !== "z")) return;
    const onSurface = event.target === this.surface;
    const [undo, clear] = [() => this.undo(), () => this.clear()];
    const commands = { p: () => this.choose("pen"), e: () => this.choose("eraser"), z: undo, delete: clear, backspace: clear };
    if (onSurface && key.startsWith("arrow")) this.walk(key, event.shiftKey);
    else if (onSurface && key === " ") this.lower();
    else if (Object.hasOwn(commands, key)) commands[key]();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  untype(event) {
    this.held.delete(event.key.toLowerCase());
    if (event.key === " " && this.active === "keys") this.finish();
  }

  /** One step along all arrows that are held, so that two of them make a diagonal. */
  walk(key, slowly) {
    this.held.add(key);
    const step = this.side * STEP * (slowly ? 0.25 : 1);
    const along = (plus, minus) => step * (this.held.has(plus) - this.held.has(minus));
    const within = (value, most) => Math.min(Math.max(value, 0), most);
    const [x, y] = this.cursor;
    this.cursor = [within(x + along("arrowright", "arrowleft"), this.width), within(y + along("arrowdown", "arrowup"), this.height)];
    this.showRing(this.cursor);
    if (this.active === "keys") this.go(this.cursor);
  }

  lower() {
    this.showRing(this.cursor);
    if (this.active === null) this.start("keys", this.cursor);
  }

  lose() {
    this.held.clear();
    this.showRing(null);
    if (this.active === "keys") this.finish();
  }

  // -- Tools --

  choose(tool) {
    this.tool = tool;
    this.refresh();
  }

  pick(colour) {
    this.colour = colour;
    this.choose("pen");
  }

  refresh() {
    const pressed = (name, is) => this.find(`[data-name="${name}"]`).setAttribute("aria-pressed", is);
    for (const tool of ["pen", "eraser"]) pressed(tool, tool === this.tool);
    for (const size of Object.keys(SIZES)) pressed(size, size === this.size);
    for (const [name, colour] of this.channels === 3 ? Object.entries(COLOURS) : []) pressed(name, colour === this.colour);
    this.find(".sketch-other").dataset.chosen = !Object.values(COLOURS).includes(this.colour);
    pressed("centre", this.ink.centred);
    this.find('[data-name="centre"]').disabled = this.ink.onPicture;
    this.find('[data-name="undo"]').disabled = !this.ink.canUndo;
    this.root.dataset.empty = this.find('[data-name="clear"]').disabled = this.isEmpty;
  }

  /** A circle as wide as the pen where it would draw; null takes it away. */
  showRing(point) {
    this.ring.hidden = !point;
    if (!point) return;
    const share = (value, whole) => `${(100 * value) / whole}%`;
    const [left, top] = [share(point[0], this.width), share(point[1], this.height)];
    Object.assign(this.ring.style, { left, top, width: share(this.penWidth(), this.width) });
  }

  // -- The page --

  build(parent, label, centre) {
    this.root = document.createElement("div");
    this.root.className = "sketch-pad";
    this.root.innerHTML = LAYOUT;
    this.find = (selector) => this.root.querySelector(selector);
    [this.surface, this.ring] = [this.find("canvas"), this.find(".sketch-ring")];
    this.surface.setAttribute("aria-label", `${label}. ${KEYS}; P takes the pen, E the eraser, Z undoes, Delete clears.`);
    this.root.style.setProperty("--aspect", this.width / this.height);
    this.root.style.setProperty("--paper", this.paper);
    this.root.style.setProperty("--ink", COLOURS[this.inkName]);
    this.find(".sketch-colours").hidden = this.channels !== 3;
    this.find('[data-name="centre"]').hidden = !centre;
    this.buildTools();
    parent.append(this.root);
  }

  buildTools() {
    const actions = {
      pen: () => this.choose("pen"),
      eraser: () => this.choose("eraser"),
      undo: () => this.undo(),
      clear: () => this.clear(),
      centre: () => this.centre(!this.ink.centred),
    };
    for (const size of Object.keys(SIZES)) actions[size] = () => this.resize(size);
    for (const [name, colour] of Object.entries(COLOURS)) actions[name] = () => this.pick(colour);
    for (const button of this.root.querySelectorAll("button")) button.onclick = actions[button.dataset.name];
    const other = this.find("input");
    other.onclick = () => this.pick(other.value);
    other.oninput = () => this.pick(other.value);
  }

  resize(size) {
    this.size = size;
    this.refresh();
  }

  centre(centred) {
    this.ink.centred = centred;
    this.release();
  }

  /** Give the surface as many pixels as the screen has under it. */
  fit() {
    const { surface } = this;
    const size = [surface.clientWidth, surface.clientHeight].map((length) => Math.round(length * (globalThis.devicePixelRatio || 1)));
    if (!size[0] || (surface.width === size[0] && surface.height === size[1] && this.root.dataset.ready)) return;
    [surface.width, surface.height] = size;
    this.ink.show(surface);
    this.root.dataset.ready = "true";
  }
}
