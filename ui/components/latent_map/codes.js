// The codes of a data set on a map: dots, the classes that are hidden, the card of the one under the pointer.

import { contextOf, fresh, makeDot } from "../view/canvas.js";
import { find } from "../view/elements.js";

const PICK_RADIUS = 9; // CSS pixels
const THUMBNAIL_SCALE = 3;

/**
 * @import { Model } from "../model/model.js"
 * @typedef {import("../view/gestures.js").Pixel} Pixel
 * @typedef {import("../view/viewport.js").Viewport} Viewport
 */

export class Codes {
  isShown = false;
  #model;
  #canvas;
  #view;
  /** @type {Set<number>} */
  #hiddenClasses = new Set();
  #places = new Float32Array(0); // (N, 2), on the plane
  #isStrip = false;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Model} model
   * @param {Viewport} view
   */
  constructor(canvas, model, view) {
    this.#canvas = canvas;
    this.#model = model;
    this.#view = view;
  }

  /** The plane has other axes. @param {import("./slice.js").Slice} slice */
  place(slice) {
    this.#places = slice.project();
    this.#isStrip = !slice.up.name;
  }

  /** Where a code lies. @param {number} index @returns {Pixel} */
  pixel(index) {
    const [a, b] = [this.#places[2 * index], this.#places[2 * index + 1]];
    const [px, py] = this.#view.toPixels(a, b);
    return [px, this.#isStrip ? this.#view.height * (0.5 + 0.8 * b) : py];
  }

  /** The visible code nearest to a pixel, or -1. @param {Pixel} pixel */
  pick([px, py]) {
    if (!this.isShown) return -1;
    let [best, nearest] = [-1, PICK_RADIUS ** 2];
    for (let i = 0; i < this.#model.count; i++) {
      if (this.#isHidden(i)) continue;
      const [x, y] = this.pixel(i);
      const squared = (x - px) ** 2 + (y - py) ** 2;
      if (squared < nearest) [best, nearest] = [i, squared];
    }
    return best;
  }

  /** @param {number} index */
  #isHidden(index) {
    return this.#hiddenClasses.size > 0 && this.#model.labels !== undefined && this.#hiddenClasses.has(this.#model.labels[index]);
  }

  /**
   * @param {string} outline a colour
   * @param {string} alike the colour of codes without a class
   */
  draw(outline, alike) {
    const { width, height } = this.#view;
    const context = fresh(this.#canvas, width, height);
    if (!this.isShown) return;
    const scale = this.#canvas.width / width;
    const radius = (this.#model.isSmall ? 4 : 2.6) * scale;
    /** @type {Map<string, HTMLCanvasElement>} */
    const dots = new Map();
    for (let i = 0; i < this.#model.count; i++) {
      if (this.#isHidden(i)) continue;
      const [px, py] = this.pixel(i);
      if (px < -5 || py < -5 || px > width + 5 || py > height + 5) continue;
      const label = this.#model.labels?.[i];
      const colour = label === undefined ? alike : this.#model.classColour(label);
      const isRinged = this.#model.isSmall && i < this.#model.heldOut;
      const kind = `${label} ${isRinged}`;
      const dot = dots.get(kind) ?? (isRinged ? ringed(colour, radius, scale) : makeDot(colour, outline, radius, scale * 0.75));
      dots.set(kind, dot);
      context.drawImage(dot, px * scale - dot.width / 2, py * scale - dot.height / 2);
    }
  }

  /**
   * A button for each class, which hides or shows it.
   * @param {HTMLElement} legend
   * @param {() => void} changed
   */
  buildLegend(legend, changed) {
    for (const label of [...new Set(this.#model.labels ?? [])].sort((a, b) => a - b)) {
      const button = document.createElement("button");
      button.innerHTML = `<i style="background:${this.#model.classColour(label)}"></i>`;
      button.append(this.#model.about.class_names[label] ?? `Class ${label}`);
      button.title = "Show or hide this class";
      button.setAttribute("aria-pressed", "true");
      button.onclick = () => {
        if (!this.#hiddenClasses.delete(label)) this.#hiddenClasses.add(label);
        button.setAttribute("aria-pressed", String(!this.#hiddenClasses.has(label)));
        changed();
      };
      legend.append(button);
    }
  }

  /**
   * Fill the card of a code with its original image, and put it beside the code.
   * @param {HTMLElement} card
   * @param {number} index
   */
  fillCard(card, index) {
    const picture = find(card, "canvas", HTMLCanvasElement);
    picture.hidden = !this.#model.drawOriginal(index, picture);
    picture.style.width = `${Math.min(this.#model.width * THUMBNAIL_SCALE, 128)}px`;
    find(card, "b").textContent = this.#model.className(index);
    const [px, py] = this.pixel(index);
    card.dataset.side = (px > this.#view.width / 2 ? "left" : "right") + (py > this.#view.height / 2 ? " above" : " below");
    card.style.transform = `translate(${px}px, ${py}px)`;
  }
}

/**
 * A dot in a white ring with a dark edge, which stands out on everything: an image that was held out.
 * @param {string} colour
 * @param {number} radius
 * @param {number} scale
 */
function ringed(colour, radius, scale) {
  const dot = makeDot("#000", "#000", radius + 3 * scale, 0);
  const context = contextOf(dot);
  for (const [fill, size] of /** @type {[string, number][]} */ ([
    ["#fff", radius + 2.2 * scale],
    [colour, radius],
  ])) {
    context.fillStyle = fill;
    context.beginPath();
    context.arc(dot.width / 2, dot.height / 2, size, 0, 2 * Math.PI);
    context.fill();
  }
  return dot;
}
