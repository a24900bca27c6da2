// A picture for every point of a scatter: originals from the model's sheet, decoded ones from a worker. Knows no plot.

import { contextOf, newCanvas } from "../view/canvas.js";
import { DecodingWorker } from "../view/decoding_worker.js";
import { NO_POINTS } from "./point_set.js";

const MAX_KEPT = 3000;

/**
 * @import { Model } from "../model/model.js"
 * @typedef {{image: CanvasImageSource, x: number, y: number, width: number, height: number}} Thumbnail where a picture is
 */

export class Thumbnails {
  #model;
  #root;
  #arrived;
  #worker;
  #points = NO_POINTS;
  /** @type {Map<number, HTMLCanvasElement>} decoded ones, the oldest first */
  #kept = new Map();
  /** @type {Set<number>} */
  #wanted = new Set();
  /** @type {Set<number>} */
  #underway = new Set();

  /**
   * @param {Model} model
   * @param {Element} root whose canvases wait for their pictures
   * @param {string} workerText
   * @param {() => void} arrived hears of each picture that has come
   */
  constructor(model, root, workerText, arrived) {
    this.#model = model;
    this.#root = root;
    this.#arrived = arrived;
    this.#worker = new DecodingWorker(workerText, model, (answer) => this.#receive(answer));
  }

  /** Take other points. @param {import("./point_set.js").PointSet} points */
  take(points) {
    if (!points.hasCodesOf(this.#points)) this.#forget();
    this.#points = points;
  }

  close() {
    this.#forget();
  }

  /** Where the picture of a point is, or null, and then it will be made at the next `fetch`. @param {number} index @returns {Thumbnail | null} */
  of(index) {
    const { width, height, sheet, about } = this.#model;
    const mine = this.#points.ownAt(index)?.picture ?? this.#kept.get(index);
    if (sheet && index < this.#points.originals) {
      return { image: sheet, x: (index % about.columns) * width, y: Math.floor(index / about.columns) * height, width, height };
    }
    if (mine) return { image: mine, x: 0, y: 0, width, height };
    this.#wanted.add(index);
    return null;
  }

  /** Have made what was wanted since the last time. */
  fetch() {
    const names = [...this.#wanted];
    this.#wanted.clear();
    if (names.every((name) => this.#underway.has(name))) return;
    this.#underway = new Set(names);
    const labels = names.map((index) => this.#points.labelOf(index));
    this.#worker.request({ names, codes: names.map((index) => this.#points.code(index).slice()), labels });
  }

  /**
   * A picture one pixel a pixel, as soon as it is there.
   * @param {HTMLCanvasElement} canvas
   * @param {number} index
   */
  draw(canvas, index) {
    const thumbnail = this.of(index);
    const { width, height } = this.#model;
    [canvas.width, canvas.height] = [width, height];
    if (!thumbnail) {
      canvas.dataset.waiting = String(index);
      return;
    }
    delete canvas.dataset.waiting;
    contextOf(canvas).drawImage(thumbnail.image, thumbnail.x, thumbnail.y, width, height, 0, 0, width, height);
  }

  /** Draw those that waited. */
  drawWaiting() {
    for (const canvas of this.#root.querySelectorAll("canvas"))
      if (canvas.dataset.waiting !== undefined) this.draw(canvas, Number(canvas.dataset.waiting));
  }

  /**
   * A button that shows a point.
   * @param {number} index
   * @param {() => void} onClick
   */
  button(index, onClick) {
    const button = document.createElement("button");
    button.className = "face";
    button.dataset.index = String(index);
    const [fact] = this.#points.factsOf(index).map((pair) => pair.join(" ").toLowerCase());
    const made = this.#points.hasOriginal(index) ? "" : "decoded from its code";
    button.title = button.ariaLabel = [this.#points.nameOf(index), fact, made].filter(Boolean).join(", ");
    const canvas = document.createElement("canvas");
    button.append(canvas);
    button.onclick = onClick;
    this.draw(canvas, index);
    return button;
  }

  /**
   * The original, if there is one, in the first canvas of a box; the second is for what the decoder makes of the code, and returned.
   * @param {Element} box
   * @param {number} index
   */
  drawPair(box, index) {
    const [original, made] = box.querySelectorAll("canvas");
    const figure = /** @type {HTMLElement} */ (original.parentElement);
    figure.hidden = !this.#points.hasOriginal(index);
    if (!figure.hidden) this.draw(original, index);
    return made;
  }

  /** @param {import("../runtime/decoding.js").DecodedCode} answer */
  #receive({ name, pixels }) {
    const picture = newCanvas(this.#model.width, this.#model.height);
    contextOf(picture).putImageData(new ImageData(pixels, picture.width, picture.height), 0, 0);
    this.#underway.delete(name);
    this.#kept.set(name, picture);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT) this.#kept.delete(oldest);
    this.#arrived();
  }

  #forget() {
    this.#worker.close();
    for (const names of [this.#kept, this.#wanted, this.#underway]) names.clear();
  }
}
