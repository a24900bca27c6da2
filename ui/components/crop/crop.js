// @ts-nocheck
// A part of a picture, chosen with a box that keeps its proportions. Knows no model: Python is told when the hand lets go or the keys rest.
//
// The box is {x, y, width} in pixels of the picture, its height the width by the aspect; Python hears of fractions.

const LEAST = 0.05; // of the largest box's sides, unless Python begins with less
const STEP = 0.01; // of the picture's sides, for one arrow key
const FAR = 5; // steps, with Shift
const GROWTH = 1.1;
const KEY_PAUSE_MS = 300;

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const SIZES = { "+": GROWTH, "=": GROWTH, "-": 1 / GROWTH, _: 1 / GROWTH };
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

const crops = new WeakMap();

/** Called at every change of data or theme; the cleanup of the last call runs when the mount goes. */
export default function (component) {
  const here = component.parentElement;
  if (!crops.has(here)) crops.set(here, new Crop(here));
  crops.get(here).update(component);
  return () => {
    crops.get(here)?.close();
    crops.delete(here);
  };
}

class Crop {
  constructor(parentElement) {
    this.root = document.createElement("div");
    this.root.className = "crop";
    this.root.innerHTML = LAYOUT;
    const find = (selector) => this.root.querySelector(selector);
    [this.frame, this.image, this.handle, this.news] = [find(".crop-frame"), find("img"), find(".crop-box"), find(".crop-news")];
    parentElement.append(this.root);
    this.listen();
  }

  close() {
    clearTimeout(this.resting);
    this.handle.onblur = null; // what goes loses the focus, too
    this.root.remove();
  }

  /** Begin anew under a new number; else what is there stays, and so does the hand on it. */
  update(component) {
    this.component = component;
    const { number, picture, size, small, aspect, box } = component.data;
    if (number === this.number) return;
    clearTimeout(this.resting);
    this.drag = null;
    [this.width, this.height] = size;
    Object.assign(this, { number, aspect });
    this.image.src = `data:image/webp;base64,${picture}`;
    this.root.dataset.small = small;
    this.root.style.setProperty("--ratio", this.width / this.height);
    this.news.textContent = "";
    const [left, top, right] = box;
    this.least = Math.min(LEAST * this.largest, (right - left) * this.width);
    this.place(left * this.width, top * this.height, (right - left) * this.width);
    this.committed = JSON.stringify(this.fractions);
    this.root.dataset.number = number;
  }

  // ---- The box -----------------------------------------------------------------------------------------------------

  get largest() {
    return Math.min(this.width, this.height * this.aspect);
  }

  /** Left, top, right, bottom, from 0 to 1. */
  get fractions() {
    const { x, y, width } = this.box;
    const edges = [x / this.width, y / this.height, (x + width) / this.width, (y + width / this.aspect) / this.height];
    return edges.map((edge) => within(edge, 0, 1));
  }

  /** Put a box of this width there, or as near as the picture allows. */
  place(x, y, width) {
    width = within(width, this.least, this.largest);
    x = within(x, 0, this.width - width);
    y = within(y, 0, this.height - width / this.aspect);
    this.box = { x, y, width };
    const [left, top, right, bottom] = this.fractions;
    const edges = { left, top, width: right - left, height: bottom - top };
    for (const [name, part] of Object.entries(edges)) this.frame.style.setProperty(`--${name}`, `${100 * part}%`);
  }

  /** Pull a corner by [across, down] from where it was in `start`; the corner opposite stays. */
  pull({ right, bottom }, start, across, down) {
    const { aspect } = this;
    const wide = start.width + (right ? across : -across);
    const tall = start.width / aspect + (bottom ? down : -down);
    const wished = ((wide * aspect + tall) * aspect) / (aspect * aspect + 1); // the nearest point of the box's diagonal
    const fixed = { x: start.x + (right ? 0 : start.width), y: start.y + (bottom ? 0 : start.width / aspect) };
    const room = Math.min(right ? this.width - fixed.x : fixed.x, (bottom ? this.height - fixed.y : fixed.y) * aspect);
    const width = Math.min(Math.max(wished, this.least), room);
    this.place(fixed.x - (right ? 0 : width), fixed.y - (bottom ? 0 : width / aspect), width);
  }

  /** Resize about the middle. */
  scale(factor) {
    const { x, y, width } = this.box;
    const wider = within(width * factor, this.least, this.largest);
    this.place(x + (width - wider) / 2, y + (width - wider) / 2 / this.aspect, wider);
  }

  fill() {
    const { largest } = this;
    this.place((this.width - largest) / 2, (this.height - largest / this.aspect) / 2, largest);
  }

  commit() {
    clearTimeout(this.resting);
    const box = this.fractions;
    if (JSON.stringify(box) === this.committed) return;
    this.committed = JSON.stringify(box);
    const [left, top, right, bottom] = box.map((part) => Math.round(100 * part));
    this.news.textContent = `From ${left} % to ${right} % across and from ${top} % to ${bottom} % down`;
    this.component.setStateValue("box", { number: this.number, box });
  }

  // ---- Hands and keys ----------------------------------------------------------------------------------------------

  listen() {
    const { handle } = this;
    handle.onpointerdown = (event) => this.press(event);
    handle.onpointermove = (event) => this.move(event);
    handle.onpointerup = handle.onpointercancel = handle.onlostpointercapture = (event) => this.lift(event);
    handle.onkeydown = (event) => this.type(event);
    handle.onblur = () => !this.drag && this.commit();
  }

  /** The first pointer holds the box, or one of its corners; others wait. */
  press(event) {
    if (event.button !== 0 || this.drag) return;
    const { right, bottom } = event.target.dataset;
    const corner = right && { right: Number(right), bottom: Number(bottom) };
    this.drag = { pointer: event.pointerId, from: this.point(event), start: this.box, corner };
    event.target.setPointerCapture(event.pointerId);
  }

  move(event) {
    if (event.pointerId !== this.drag?.pointer) return;
    const { from, start, corner } = this.drag;
    const [across, down] = this.point(event).map((place, axis) => place - from[axis]);
    if (corner) this.pull(corner, start, across, down);
    else this.place(start.x + across, start.y + down, start.width);
  }

  lift(event) {
    if (event.pointerId !== this.drag?.pointer) return;
    this.drag = null;
    this.commit();
  }

  /** Where a pointer is, in pixels of the picture. */
  point(event) {
    const frame = this.frame.getBoundingClientRect();
    return [((event.clientX - frame.left) * this.width) / frame.width, ((event.clientY - frame.top) * this.height) / frame.height];
  }

  type(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.drag) return;
    if (Object.hasOwn(ARROWS, event.key)) this.walk(ARROWS[event.key], event.shiftKey ? FAR * STEP : STEP);
    else if (Object.hasOwn(SIZES, event.key)) this.scale(SIZES[event.key]);
    else if (event.key === "Home") this.fill();
    else return;
    event.preventDefault();
    event.stopPropagation();
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.commit(), KEY_PAUSE_MS);
  }

  walk([across, down], step) {
    const { x, y, width } = this.box;
    this.place(x + across * step * this.width, y + down * step * this.height, width);
  }
}

const within = (value, least, most) => Math.min(Math.max(value, least), most);
