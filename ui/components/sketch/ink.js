// @ts-nocheck
// What is drawn: strokes, the canvases they are drawn on, and the model's image of them. Knows no page, no model and no Python.
//
// A stroke is a list of points in pixels of the model's image. Every piece of it is drawn twice as the hand moves: on the surface at the
// screen's resolution, and on a hidden canvas at a few times the model's, from which `image` is averaged. Undo draws the rest anew.

const FINENESS = [4, 8]; // hidden pixels along one of the model's, at least and at most
const BOX = 20 / 28; // MNIST's digits fill twenty of twenty-eight pixels,
const SHIFT = 0.5; // and their centre of mass is the middle of pixel 14, counted from 0
const ENLARGED = 3; // a dot is not made a disc of twenty pixels
const FAINT = 128; // of 255: a stroke ends where half of a hidden pixel is ink
const VISIBLE = 0.02; // an eraser may leave traces that nobody sees

/** Strokes, the canvases they are drawn on, and the model's image of them. Points are [x, y] in pixels of the model's image. */
export class Ink {
  constructor([channels, height, width], ground, centre) {
    Object.assign(this, { channels, height, width, centre });
    this.ground = Math.round(255 * ground);
    const [least, most] = FINENESS;
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
    return this.image.every((value) => Math.abs(value - this.ground / 255) < VISIBLE);
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
    for (const stroke of this.strokes.slice(this.strokes.lastIndexOf(null) + 1))
      stroke.points.forEach((_, i) => this.draw(context, stroke, i));
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
        const ink = Math.max(
          Math.abs(pixels[at] - this.ground),
          Math.abs(pixels[at + 1] - this.ground),
          Math.abs(pixels[at + 2] - this.ground),
        );
        if (ink < FAINT) continue;
        [left, top, right, bottom] = [Math.min(left, column), Math.min(top, row), Math.max(right, column + 1), Math.max(bottom, row + 1)];
        mass += ink;
        x += ink * (column + 0.5);
        y += ink * (row + 0.5);
      }
    }
    if (!mass) return null;
    const box = BOX * Math.min(this.width, this.height);
    const cell = Math.max(Math.max(right - left, bottom - top) / box, this.fine / ENLARGED);
    const edge = (centre, count, low, high) => Math.min(Math.max(centre - (count / 2 + SHIFT) * cell, high - count * cell), low); // nothing is cut off
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
        for (let k = 0, at = 4 * (y * width + first) + channel; k < weights.length; k++, at += 4)
          sum += weights[k] * (pixels[at] - this.ground);
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
