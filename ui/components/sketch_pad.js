// The sketch pad: a surface to draw on with a pen, a finger, a mouse or keys, and what a model is given of the drawing. Knows no model
// and no Python; names begin with Sketch or SKETCH, for other scripts share the module.
//
// A stroke is a list of points in pixels of the model's image. Every piece of it is drawn twice as the hand moves: on the surface at the
// screen's resolution, and on a hidden canvas at a few times the model's, from which `image` is averaged. Undo draws the rest anew.

const SKETCH_FINENESS = [4, 8]; // hidden pixels along one of the model's, at least and at most
const SKETCH_PEN = 0.085; // of the image's longer side: 2.4 of 28 pixels, as wide as the strokes of MNIST
const SKETCH_NARROWEST = 1.2; // pixels of the model
const SKETCH_SIZES = { Thin: 0.55, Medium: 1, Thick: 2 };
const SKETCH_ERASER = 2; // times as wide as the pen
const SKETCH_BOX = 20 / 28; // MNIST's digits fill twenty of twenty-eight pixels,
const SKETCH_SHIFT = 0.5; // and their centre of mass is the middle of pixel 14, counted from 0
const SKETCH_ENLARGED = 3; // a dot is not made a disc of twenty pixels
const SKETCH_FAINT = 128; // of 255: a stroke ends where half of a hidden pixel is ink
const SKETCH_VISIBLE = 0.02; // an eraser may leave traces that nobody sees
const SKETCH_STEP = 1 / 28; // of the longer side, for one arrow key
const SKETCH_COLOURS = {
  Black: "#000000",
  White: "#ffffff",
  Red: "#e5392f",
  Orange: "#f7931e",
  Yellow: "#ffd33d",
  Green: "#3fa34d",
  Blue: "#2477d4",
  Brown: "#8a5a3b",
};

// ---- What is drawn -------------------------------------------------------------------------------------------------

/** Strokes, the canvases they are drawn on, and the model's image of them. Points are [x, y] in pixels of the model's image. */
class SketchInk {
  constructor([channels, height, width], ground, centre) {
    Object.assign(this, { channels, height, width, centre });
    this.ground = Math.round(255 * ground);
    const [least, most] = SKETCH_FINENESS;
    this.fine = Math.min(Math.max(Math.floor(256 / Math.max(height, width)), least), most);
    const hidden = Object.assign(document.createElement("canvas"), { width: width * this.fine, height: height * this.fine });
    this.hidden = hidden.getContext("2d", { alpha: false, willReadFrequently: true });
    this.contexts = [this.hidden];
    this.load(null);
  }

  /** Draw on a visible canvas, too, however large it has become. */
  show(canvas) {
    const context = canvas.getContext("2d", { alpha: false });
    this.contexts = [this.hidden, context];
    this.redraw(context);
  }

  /** Begin anew, on a picture (Float32Array in [0, 1]) or on nothing. */
  load(image) {
    this.picture = image && this.draft(image);
    this.strokes = []; // null stands for: all was cleared
    this.redrawAll();
  }

  begin(point, colour, width) {
    this.strokes.push({ colour, width, points: [point] });
    this.drawPiece();
  }

  extend(point) {
    const [x, y] = point;
    const [lastX, lastY] = this.strokes.at(-1).points.at(-1);
    if (x === lastX && y === lastY) return;
    this.strokes.at(-1).points.push(point);
    this.drawPiece();
  }

  /** A stroke is drawn up to the middle between its last two points; the same point again brings it to its end. */
  end() {
    const { points } = this.strokes.at(-1);
    points.push(points.at(-1));
    this.drawPiece();
  }

  get canUndo() {
    return this.strokes.length > 0;
  }

  undo() {
    this.strokes.pop();
    this.redrawAll();
  }

  clear() {
    this.strokes.push(null);
    this.redrawAll();
  }

  /** Whether a picture lies under the strokes. */
  get onPicture() {
    return Boolean(this.picture) && !this.strokes.includes(null);
  }

  set centred(centre) {
    this.centre = centre;
    this.reading = null;
  }

  /** A picture is where it belongs already: it is never moved. */
  get centred() {
    return this.centre && !this.onPicture;
  }

  get isEmpty() {
    return this.image.every((value) => Math.abs(value - this.ground / 255) < SKETCH_VISIBLE);
  }

  /** What the model is given: Float32Array (C, H, W) in [0, 1], read once after each change. */
  get image() {
    return (this.reading ??= this.read());
  }

  // -- Canvases --

  drawPiece() {
    for (const context of this.contexts) this.place(context).draw(context, this.strokes.at(-1), this.strokes.at(-1).points.length - 1);
    this.reading = null;
  }

  redrawAll() {
    for (const context of this.contexts) this.redraw(context);
    this.reading = null;
  }

  redraw(context) {
    this.place(context);
    context.fillStyle = `rgb(${this.ground} ${this.ground} ${this.ground})`;
    context.fillRect(0, 0, this.width, this.height);
    context.imageSmoothingEnabled = false;
    if (this.onPicture) context.drawImage(this.picture, 0, 0, this.width, this.height);
    for (const stroke of this.strokes.slice(this.strokes.lastIndexOf(null) + 1)) stroke.points.forEach((_, i) => this.draw(context, stroke, i));
  }

  /** Let one unit of the context be one pixel of the model. */
  place(context) {
    context.setTransform(context.canvas.width / this.width, 0, 0, context.canvas.height / this.height, 0, 0);
    return this;
  }

  /** The piece of a stroke that came with its point i: a dot first, then curves from middle to middle. */
  draw(context, { colour, width, points }, i) {
    context.strokeStyle = context.fillStyle = colour;
    [context.lineWidth, context.lineCap] = [width, "round"];
    context.beginPath();
    if (i === 0) {
      context.arc(...points[0], width / 2, 0, 2 * Math.PI);
      return context.fill();
    }
    const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
    context.moveTo(...(i === 1 ? points[0] : middle(points[i - 2], points[i - 1])));
    context.quadraticCurveTo(...points[i - 1], ...middle(points[i - 1], points[i]));
    context.stroke();
  }

  /** A model-size image as a canvas. */
  draft(image) {
    const canvas = Object.assign(document.createElement("canvas"), { width: this.width, height: this.height });
    const pixels = new ImageData(this.width, this.height);
    const area = this.width * this.height;
    for (let i = 0; i < area; i++) {
      for (let c = 0; c < 3; c++) pixels.data[4 * i + c] = Math.round(255 * image[i + (this.channels === 3 ? c * area : 0)]);
      pixels.data[4 * i + 3] = 255;
    }
    canvas.getContext("2d").putImageData(pixels, 0, 0);
    return canvas;
  }

  // -- The model's image --

  read() {
    const { width, height } = this.hidden.canvas;
    const pixels = this.hidden.getImageData(0, 0, width, height).data;
    const frame = (this.centred && this.frameOfInk(pixels, width, height)) || { left: 0, top: 0, cell: this.fine };
    const columns = this.shares(this.width, frame.left, frame.cell, width);
    const rows = this.shares(this.height, frame.top, frame.cell, height);
    const image = new Float32Array(this.channels * this.height * this.width);
    for (let channel = 0; channel < this.channels; channel++) this.average(pixels, channel, columns, rows, image);
    return image;
  }

  /** The part of the hidden canvas that the model sees when the ink is scaled and moved as MNIST's is; null without ink. */
  frameOfInk(pixels, width, height) {
    let [left, top, right, bottom, mass, x, y] = [width, height, 0, 0, 0, 0, 0];
    for (let row = 0, at = 0; row < height; row++) {
      for (let column = 0; column < width; column++, at += 4) {
        const ink = Math.max(Math.abs(pixels[at] - this.ground), Math.abs(pixels[at + 1] - this.ground), Math.abs(pixels[at + 2] - this.ground));
        if (ink < SKETCH_FAINT) continue;
        [left, top, right, bottom] = [Math.min(left, column), Math.min(top, row), Math.max(right, column + 1), Math.max(bottom, row + 1)];
        mass += ink;
        x += ink * (column + 0.5);
        y += ink * (row + 0.5);
      }
    }
    if (!mass) return null;
    const box = SKETCH_BOX * Math.min(this.width, this.height);
    const cell = Math.max(Math.max(right - left, bottom - top) / box, this.fine / SKETCH_ENLARGED);
    const edge = (centre, count, low, high) => Math.min(Math.max(centre - (count / 2 + SKETCH_SHIFT) * cell, high - count * cell), low); // nothing is cut off
    return { left: edge(x / mass, this.width, left, right), top: edge(y / mass, this.height, top, bottom), cell };
  }

  /** For each of `count` cells along a line, where it begins among `length` hidden pixels and how much of each it covers. */
  shares(count, origin, cell, length) {
    return Array.from({ length: count }, (_, i) => {
      const [from, to] = [Math.max(origin + i * cell, 0), Math.min(origin + (i + 1) * cell, length)];
      const first = Math.floor(from);
      const covered = (_, k) => (Math.min(first + k + 1, to) - Math.max(first + k, from)) / cell;
      return { first, weights: Float64Array.from({ length: Math.max(Math.ceil(to) - first, 0) }, covered) };
    });
  }

  /** Mean ink of each cell, over the ground: first along the rows, then down the columns. */
  average(pixels, channel, columns, rows, image) {
    const { width, height } = this.hidden.canvas;
    const lines = new Float64Array(height * this.width);
    for (let y = 0; y < height; y++) {
      columns.forEach(({ first, weights }, x) => {
        let sum = 0;
        for (let k = 0, at = 4 * (y * width + first) + channel; k < weights.length; k++, at += 4) sum += weights[k] * (pixels[at] - this.ground);
        lines[y * this.width + x] = sum;
      });
    }
    rows.forEach(({ first, weights }, y) => {
      for (let x = 0; x < this.width; x++) {
        let sum = this.ground;
        for (let k = 0; k < weights.length; k++) sum += weights[k] * lines[(first + k) * this.width + x];
        image[(channel * this.height + y) * this.width + x] = sum / 255;
      }
    });
  }
}

// ---- The pad -------------------------------------------------------------------------------------------------------

class SketchPad {
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
    this.colour = SKETCH_COLOURS[this.inkName];
    this.ink = new SketchInk(shape, ground, centre);
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
    return Math.max(SKETCH_PEN * this.side, SKETCH_NARROWEST) * SKETCH_SIZES[this.size] * (tool === "eraser" ? SKETCH_ERASER : 1);
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
    const step = this.side * SKETCH_STEP * (slowly ? 0.25 : 1);
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
    for (const size of Object.keys(SKETCH_SIZES)) pressed(size, size === this.size);
    for (const [name, colour] of this.channels === 3 ? Object.entries(SKETCH_COLOURS) : []) pressed(name, colour === this.colour);
    this.find(".sketch-other").dataset.chosen = !Object.values(SKETCH_COLOURS).includes(this.colour);
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
    this.root.innerHTML = SKETCH_LAYOUT;
    this.find = (selector) => this.root.querySelector(selector);
    [this.surface, this.ring] = [this.find("canvas"), this.find(".sketch-ring")];
    this.surface.setAttribute("aria-label", `${label}. ${SKETCH_KEYS}; P takes the pen, E the eraser, Z undoes, Delete clears.`);
    this.root.style.setProperty("--aspect", this.width / this.height);
    this.root.style.setProperty("--paper", this.paper);
    this.root.style.setProperty("--ink", SKETCH_COLOURS[this.inkName]);
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
    for (const size of Object.keys(SKETCH_SIZES)) actions[size] = () => this.resize(size);
    for (const [name, colour] of Object.entries(SKETCH_COLOURS)) actions[name] = () => this.pick(colour);
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

const sketchIcon = (path) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
const SKETCH_ICONS = {
  pen: sketchIcon("M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM13.5 7l3.5 3.5"),
  eraser: sketchIcon("M8.5 20H20M8.5 20l-4-4a1.5 1.5 0 0 1 0-2.2l8.8-8.8a1.5 1.5 0 0 1 2.2 0l4 4a1.5 1.5 0 0 1 0 2.2L10.7 20M9 9.5l6 6"),
  undo: sketchIcon("M8.5 5L4 9.5 8.5 14M4 9.5h10a5 5 0 0 1 0 10h-3"),
  clear: sketchIcon("M4.5 7h15M10 7V4h4v3M6.5 7l1 13h9l1-13M10.5 11v5M13.5 11v5"),
  centre: sketchIcon("M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M12 9v6M9 12h6"),
};
const sketchButton = (name, label, inside, title = label) =>
  `<button type="button" class="command" data-name="${name}" aria-label="${label}" title="${title}">${inside}</button>`;

const SKETCH_KEYS = "Arrow keys move, hold Space to draw";
const SKETCH_LAYOUT = `
<div class="sketch-frame">
  <canvas tabindex="0" role="application"></canvas>
  <p class="sketch-hint" aria-hidden="true"><span>Draw here</span><span>${SKETCH_KEYS}</span></p>
  <i class="sketch-ring" hidden></i>
</div>
<div class="sketch-tools">
  <div role="group" aria-label="Tool">
    ${sketchButton("pen", "Pen", SKETCH_ICONS.pen, "Pen (P)")}${sketchButton("eraser", "Eraser", SKETCH_ICONS.eraser, "Eraser (E)")}
  </div>
  <div role="group" aria-label="Width">
    ${Object.keys(SKETCH_SIZES).map((size) => sketchButton(size, size, `<i class="sketch-dot"></i>`, `${size} line`)).join("")}
  </div>
  <div role="group" aria-label="Changes">
    ${sketchButton("undo", "Undo", SKETCH_ICONS.undo, "Undo (Ctrl+Z)")}${sketchButton("clear", "Clear", SKETCH_ICONS.clear, "Clear (Delete)")}
  </div>
  <div class="sketch-colours" role="group" aria-label="Colour">
    ${Object.entries(SKETCH_COLOURS).map(([name, colour]) => sketchButton(name, name, `<i style="background: ${colour}"></i>`)).join("")}
    <label class="sketch-other" title="Another colour"><input type="color" value="#d355bd" aria-label="Another colour"></label>
  </div>
  <button type="button" class="command" data-name="centre" title="Scale and move the drawing as the digits that the model learned from are">${SKETCH_ICONS.centre}Centre it</button>
</div>
`;
