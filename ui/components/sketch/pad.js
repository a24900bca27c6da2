// The sketch pad: a surface to draw on with a pen, a finger, a mouse or keys. Knows no model and no Python.

import { fitToScreen } from "../view/canvas.js";
import { element, find, setData } from "../view/elements.js";
import { Gestures } from "../view/gestures.js";
import { NextFrame } from "../view/timing.js";
import { Ink } from "./ink.js";
import { listenToKeys } from "./keys.js";
import { KEYS, LAYOUT } from "./layout.js";
import { recall, remember } from "./memory.js";
import { Tools } from "./tools.js";

/** @import { Point, Shape } from "../types.js" */

const ERASER_BUTTON = 5; // the other end of a pen

export class SketchPad {
  /** What draws: a pointer's id, or "keys" while Space is held. @type {number | "keys" | null} */
  active = null;

  /**
   * @param {Element | ShadowRoot} parent
   * @param {object} options
   * @param {Shape} options.shape of the model's image
   * @param {number} options.background of the paper, from 0 (black) to 1 (white)
   * @param {string} options.label
   * @param {boolean} [options.centre] whether the model is given ink that is scaled and moved as MNIST's digits are; by default where
   * images are as theirs
   * @param {string} [options.memory] a name under which the tab keeps what is drawn on empty paper
   * @param {(image: Float32Array) => void} [options.onInput] at most once a frame while someone draws
   * @param {(image: Float32Array) => void} options.onRelease when a stroke ends, and after undo, clear and a change of `centre`
   */
  constructor(parent, { shape, background, label, centre = isAsMnist(shape, background), memory, onInput, onRelease }) {
    const [channels, height, width] = shape;
    this.width = width;
    this.height = height;
    this.memory = memory && `${memory} ${shape} ${background}`;
    this.onRelease = onRelease;
    this.nextInput = new NextFrame(() => onInput?.(this.image));
    this.root = element("div", "sketch-pad", LAYOUT);
    this.root.style.setProperty("--aspect", String(width / height));
    this.surface = find(this.root, "canvas", HTMLCanvasElement);
    this.surface.setAttribute("aria-label", `${label}. ${KEYS}; P takes the pen, E the eraser, Z undoes, Delete clears.`);
    this.ring = find(this.root, ".sketch-ring");
    this.ink = new Ink(shape, background, centre);
    this.tools = new Tools(
      this.root,
      { side: Math.max(width, height), background, isColoured: channels === 3, canCentre: centre },
      { undo: () => this.undo(), clear: () => this.clear(), centre: () => this.toggleCentring(), choose: () => this.refresh() },
    );
    parent.append(this.root);
    this.listen();
    listenToKeys(this);
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

  /**
   * Start from a picture (C, H, W) in [0, 1], or from what the tab remembers. Calls nobody.
   * @param {Float32Array | null} image
   */
  load(image) {
    this.nextInput.cancel();
    this.active = null;
    this.ink.load(image);
    if (this.memory && !image) this.ink.restore(recall(this.memory));
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

  toggleCentring() {
    this.ink.isCentred = !this.ink.isCentred;
    this.release();
  }

  /** Take the first strokes off the pad, even while another is drawn. Calls nobody. @param {number} count */
  drop(count) {
    this.ink.drop(count);
    this.refresh();
  }

  close() {
    this.nextInput.cancel();
    this.resizes.disconnect();
    this.root.remove();
  }

  // -- Strokes --

  /**
   * @param {number | "keys"} who
   * @param {Point} point
   * @param {import("./tools.js").Tool} tool
   */
  start(who, point, tool = this.tools.tool) {
    this.active = who;
    const { colour, width } = this.tools.stroke(tool);
    this.ink.begin(point, colour, width);
    setData(this.root, { empty: false });
    this.nextInput.request();
  }

  /** @param {Point} point */
  go(point) {
    this.ink.extend(point);
    this.nextInput.request();
  }

  finish() {
    this.ink.end();
    this.active = null;
    this.release();
  }

  release() {
    this.nextInput.cancel();
    this.refresh();
    if (this.memory && !this.ink.isOnPicture) remember(this.memory, this.isEmpty ? [] : this.ink.strokes);
    this.onRelease(this.image);
  }

  refresh() {
    this.tools.refresh(this.ink);
  }

  // -- Hands --

  listen() {
    new Gestures(this.surface, {
      accepts: (event, held) => this.accepts(event, held),
      press: (_, event) => this.press(event),
      drag: (_, event) => this.move(event),
      hover: (_, event) => event.pointerType !== "touch" && this.showRing(this.point(event)),
      leave: () => this.showRing(null),
      release: (_, event) => this.lift(event),
      cancel: () => typeof this.active === "number" && this.finish(),
    });
  }

  /**
   * One pointer draws. A pen takes over from a palm that came before it; all others wait.
   * @param {PointerEvent} event
   * @param {PointerEvent | null} held
   */
  accepts({ button, pointerType }, held) {
    if ((button !== 0 && button !== ERASER_BUTTON) || this.active === "keys") return false;
    return !held || (pointerType === "pen" && held.pointerType === "touch");
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (this.active !== null) this.ink.undo();
    this.start(event.pointerId, this.point(event), event.button === ERASER_BUTTON ? "eraser" : this.tools.tool);
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (event.pointerType !== "touch") this.showRing(this.point(event));
    if (event.pointerId !== this.active) return;
    const passed = event.getCoalescedEvents?.() ?? []; // pages that come by plain http from another computer lack it
    for (const each of passed.length ? passed : [event]) this.go(this.point(each));
  }

  /** @param {PointerEvent} event */
  lift(event) {
    if (event.pointerId !== this.active) return;
    this.go(this.point(event));
    this.finish();
  }

  /**
   * @param {PointerEvent} event
   * @returns {Point}
   */
  point(event) {
    const box = this.surface.getBoundingClientRect();
    return [((event.clientX - box.left) * this.width) / box.width, ((event.clientY - box.top) * this.height) / box.height];
  }

  /**
   * A circle as wide as the pen where it would draw; null takes it away.
   * @param {Point | null} point
   */
  showRing(point) {
    this.ring.hidden = !point;
    if (!point) return;
    const share = (/** @type {number} */ value, /** @type {number} */ whole) => `${(100 * value) / whole}%`;
    this.ring.style.left = share(point[0], this.width);
    this.ring.style.top = share(point[1], this.height);
    this.ring.style.width = share(this.tools.stroke().width, this.width);
  }

  /** Give the surface as many pixels as the screen has under it. */
  fit() {
    if (!this.surface.clientWidth || (!fitToScreen(this.surface) && this.root.dataset.ready)) return;
    this.ink.show(this.surface);
    setData(this.root, { ready: true });
  }
}

/**
 * @param {Shape} shape
 * @param {number} background
 */
const isAsMnist = (shape, background) => shape.join() === "1,28,28" && background < 0.2;
