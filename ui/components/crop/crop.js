// A part of a picture, chosen with a box that keeps its proportions. Knows no model: Python is told when the hand lets go or the keys rest.

import { element, find, setData } from "../view/elements.js";
import { Gestures, arrowOf, hasModifier, signOf } from "../view/gestures.js";
import { mount } from "../view/mount.js";
import { AfterRest } from "../view/timing.js";
import { CropBox } from "./box.js";

/** @import { Component, Point } from "../types.js" */
/** @import { Corner, Fractions, Place } from "./box.js" */
/** @typedef {{number: number, picture: string, size: Point, small: boolean, aspect: number, box: Fractions}} Data `picture` is a WebP in base64 */

const STEP = 0.01; // of the picture's sides, for one arrow key
const FAR = 5; // steps, with Shift
const GROWTH = 1.1;
const KEY_PAUSE_MS = 300;

const KEYS = "Arrow keys move it, + and − resize it, Home makes it largest";

const LAYOUT = `
  <div class="crop-frame">
    <img alt="The picture to choose a part of" draggable="false">
    <div class="crop-dim"><i></i></div>
    <div class="crop-box" tabindex="0" role="application" aria-roledescription="box" aria-label="The part that is used. ${KEYS}">
      ${[0, 1].flatMap((bottom) => [0, 1].map((right) => `<i data-right="${right}" data-bottom="${bottom}"></i>`)).join("")}
    </div>
  </div>
  <p class="crop-hint" aria-hidden="true"><span>Drag the box or its corners</span><span>${KEYS}</span></p>
  <p class="crop-news" role="status"></p>`;

class Crop {
  /** @type {Component<Data> | null} */
  component = null;
  /** @type {CropBox | null} */
  box = null;
  /** Of what Python shows. @type {number | null} */
  number = null;
  /** Where the box and the pointer were when a drag began. @type {{from: Point, start: Place, corner: Corner | null} | null} */
  drag = null;
  committed = "";
  keysRest = new AfterRest(KEY_PAUSE_MS, () => this.commit());

  /** @param {Element | ShadowRoot} parentElement */
  constructor(parentElement) {
    this.root = element("div", "crop", LAYOUT);
    this.frame = find(this.root, ".crop-frame");
    this.image = find(this.root, "img", HTMLImageElement);
    this.handle = find(this.root, ".crop-box");
    this.news = find(this.root, ".crop-news");
    parentElement.append(this.root);
    this.listen();
  }

  close() {
    this.keysRest.cancel();
    this.handle.onblur = null; // what goes loses the focus, too
    this.root.remove();
  }

  /**
   * Begin anew under a new number; else what is there stays, and so does the hand on it.
   * @param {Component<Data>} component
   */
  update(component) {
    this.component = component;
    const { number, picture, size, small, aspect, box } = component.data;
    if (number === this.number) return;
    this.keysRest.cancel();
    this.drag = null;
    this.number = number;
    this.image.src = `data:image/webp;base64,${picture}`;
    this.root.style.setProperty("--ratio", String(size[0] / size[1]));
    this.news.textContent = "";
    this.box = new CropBox(...size, aspect, box);
    this.draw(this.box);
    this.committed = JSON.stringify(this.box.fractions);
    setData(this.root, { small, number });
  }

  /** @param {CropBox} box */
  draw({ fractions: [left, top, right, bottom] }) {
    const edges = { left, top, width: right - left, height: bottom - top };
    for (const [name, part] of Object.entries(edges)) this.frame.style.setProperty(`--${name}`, `${100 * part}%`);
  }

  commit() {
    this.keysRest.cancel();
    const box = this.box?.fractions;
    if (!box || JSON.stringify(box) === this.committed) return;
    this.committed = JSON.stringify(box);
    const [left, top, right, bottom] = box.map((part) => Math.round(100 * part));
    this.news.textContent = `From ${left} % to ${right} % across and from ${top} % to ${bottom} % down`;
    this.component?.setStateValue("box", { number: this.number, box });
  }

  listen() {
    new Gestures(this.handle, {
      press: (_, event) => this.press(event),
      drag: (_, event) => this.move(event),
      release: () => this.lift(),
      key: (event) => this.type(event),
    });
    this.handle.onblur = () => !this.drag && this.commit();
  }

  /** The first pointer holds the box, or one of its corners. @param {PointerEvent} event */
  press(event) {
    if (!this.box) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const { right, bottom } = target.dataset;
    this.handle.style.cursor = getComputedStyle(target).cursor; // the box holds the pointer, whatever it pulls
    const corner = right === undefined ? null : { right: right === "1", bottom: bottom === "1" };
    this.drag = { from: this.point(event), start: this.box.place, corner };
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.drag || !this.box) return;
    const { from, start, corner } = this.drag;
    const [x, y] = this.point(event);
    if (corner) this.box.pull(corner, start, x - from[0], y - from[1]);
    else this.box.put(start.x + x - from[0], start.y + y - from[1], start.width);
    this.draw(this.box);
  }

  lift() {
    if (!this.drag) return;
    this.drag = null;
    this.handle.style.cursor = "";
    this.commit();
  }

  /**
   * Where a pointer is, in pixels of the picture.
   * @param {PointerEvent} event
   * @returns {Point}
   */
  point(event) {
    const frame = this.frame.getBoundingClientRect();
    const [width, height] = this.component?.data.size ?? [1, 1];
    return [((event.clientX - frame.left) * width) / frame.width, ((event.clientY - frame.top) * height) / frame.height];
  }

  /** @param {KeyboardEvent} event */
  type(event) {
    if (!this.box || this.drag || hasModifier(event)) return false;
    const [arrow, sign] = [arrowOf(event, FAR), signOf(event)];
    if (arrow) this.box.walk(STEP * arrow[0], -STEP * arrow[1]);
    else if (sign) this.box.scale(GROWTH ** sign);
    else if (event.key === "Home") this.box.fill();
    else return false;
    event.stopPropagation();
    this.draw(this.box);
    this.keysRest.request();
    return true;
  }
}

export default mount(Crop);
