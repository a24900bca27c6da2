// Draws from the prior, decoded: a sheet of images that a seed makes again. A worker decodes them.

import { componentName } from "../runtime/format.js";
import { range } from "../runtime/math.js";
import { Random, newSeed } from "../runtime/random.js";
import { contextOf, enlarged, newCanvas } from "../view/canvas.js";
import { DecodingWorker } from "../view/decoding_worker.js";
import { element, find } from "../view/elements.js";
import { save } from "../view/export.js";
import { arrowOf, hasModifier } from "../view/gestures.js";

const COUNTS = [16, 36, 64, 100];
const SEEDS = 100_000; // few enough to be read aloud
const PNG_SIDE = 1000;

/**
 * @import { Model } from "../model/model.js"
 * @import { Level } from "../types.js"
 * @typedef {[count: number, seed: number, component?: number]} DrawsState
 * @typedef {{pick: (z: Float32Array) => void, changed: () => void, point: () => Float64Array}} Listener
 * a draw was chosen; there are others; where the map's point is
 */

export class Draws {
  isShown = false;
  /** The part of a code that all draws have from the map's point; null: none. @type {Level | null} */
  kept = null;
  #count = 36;
  #seed = 0;
  /** The component to draw from; null for all of them. @type {number | null} */
  #component = null;
  #model;
  #listener;
  #worker;
  #sheet;
  #counts;
  #components;
  #seedField;
  /** @type {HTMLCanvasElement[]} */
  #canvases = [];
  /** What is on the sheet, as its count, seed, component and label. */
  #drawn = "";

  /**
   * @param {HTMLElement} root
   * @param {Model} model
   * @param {string} workerText
   * @param {Listener} listener
   */
  constructor(root, model, workerText, listener) {
    this.#model = model;
    this.#listener = listener;
    this.#worker = new DecodingWorker(workerText, model, ({ name, pixels }) => this.#receive(name, pixels));
    this.#sheet = find(root, ".sheet");
    this.#counts = find(root, ".counts", HTMLSelectElement);
    this.#components = find(root, ".component", HTMLSelectElement);
    this.#seedField = find(root, ".seed", HTMLInputElement);
    this.#counts.innerHTML = COUNTS.map((count) => `<option>${count}</option>`).join("");
    const weights = model.mixture?.weights ?? [];
    this.#components.innerHTML = ["all", ...weights.map((weight, k) => componentName(k, weight))]
      .map((name, number) => `<option value="${number || ""}">${name}</option>`)
      .join("");
    find(root, ".of-components").hidden = !model.mixture;
    this.#counts.onchange = () => this.#take({ count: Number(this.#counts.value) });
    this.#components.onchange = () => this.#take({ component: Number(this.#components.value) });
    this.#seedField.onchange = () => this.#take({ seed: Number(this.#seedField.value) });
    find(root, ".draw-again").onclick = () => this.#take({ seed: newSeed() % SEEDS });
    this.#sheet.onkeydown = (event) => this.#type(event);
  }

  close() {
    this.#worker.close();
  }

  /** How many, their seed, and the number of the one component that they come from. @returns {DrawsState} */
  get state() {
    return this.#component === null ? [this.#count, this.#seed] : [this.#count, this.#seed, this.#component + 1];
  }

  set state([count, seed, component]) {
    const isKnown = component && component <= (this.#model.mixture?.count ?? 0);
    this.#component = isKnown ? component - 1 : null;
    this.#components.value = isKnown ? String(component) : "";
    this.#count = COUNTS.includes(count) ? count : 36;
    this.#seed = Math.min(Math.max(Math.floor(seed) || 0, 0), SEEDS - 1);
    [this.#counts.value, this.#seedField.value] = [String(this.#count), String(this.#seed)];
  }

  /** Decode what is to be seen, unless it is on the sheet already. */
  show() {
    const part = this.kept ? this.#listener.point().slice(this.kept.start, this.kept.stop) : [];
    const wanted = [...this.state, this.#model.network.label, this.kept?.name, ...part].join();
    if (!this.isShown || wanted === this.#drawn) return;
    this.#drawn = wanted;
    const random = new Random(this.#seed);
    const draws = range(this.#count).map(() => this.#model.draw(random, this.#component));
    const codes = draws.map(({ z }) => Float32Array.from(z));
    for (const code of codes) code.set(part, this.kept?.start);
    const components = draws.map(({ component }) => component);
    this.#build(codes, components);
    this.#worker.request({ names: [...codes.keys()], codes });
  }

  /** Save the sheet as a PNG. @param {string} name of the model */
  save(name) {
    const { width, height } = this.#model;
    const side = Math.sqrt(this.#count);
    const sheet = newCanvas(side * (width + 1) + 1, side * (height + 1) + 1);
    const place = (/** @type {number} */ i) =>
      /** @type {const} */ ([1 + (i % side) * (width + 1), 1 + Math.floor(i / side) * (height + 1)]);
    this.#canvases.forEach((canvas, i) => contextOf(sheet).drawImage(canvas, ...place(i)));
    const scale = Math.max(1, Math.floor(PNG_SIDE / sheet.width));
    save(`${name} draws ${this.#count} seed ${this.#seed}.png`, enlarged(sheet, scale).toDataURL("image/png"));
  }

  /** @param {{count?: number, seed?: number, component?: number}} changed */
  #take({ count = this.#count, seed = this.#seed, component = (this.#component ?? -1) + 1 }) {
    this.state = [count, seed, component];
    this.#listener.changed();
  }

  /**
   * @param {Float32Array[]} codes
   * @param {(number | null)[]} components that they come from
   */
  #build(codes, components) {
    const buttons = codes.map((z, i) => {
      const component = components[i] === null ? "" : String(components[i] + 1);
      const label = component && this.#component === null ? `<i>${component}</i>` : "";
      const button = /** @type {HTMLButtonElement} */ (element("button", "draw", `<canvas></canvas>${label}`));
      button.setAttribute("aria-label", `Draw ${i + 1}${component && ` of component ${component}`}: show its code on the map`);
      button.tabIndex = i ? -1 : 0;
      button.onclick = () => this.#listener.pick(z);
      return button;
    });
    this.#canvases = buttons.map((button) => find(button, "canvas", HTMLCanvasElement));
    for (const canvas of this.#canvases) [canvas.width, canvas.height] = [this.#model.width, this.#model.height];
    this.#sheet.style.setProperty("--columns", String(Math.sqrt(codes.length)));
    this.#sheet.dataset.decoded = "0";
    this.#sheet.replaceChildren(...buttons);
  }

  /**
   * @param {number} name
   * @param {Uint8ClampedArray<ArrayBuffer>} pixels
   */
  #receive(name, pixels) {
    const canvas = this.#canvases[name];
    if (!canvas) return; // of an earlier, larger sheet
    contextOf(canvas).putImageData(new ImageData(pixels, canvas.width, canvas.height), 0, 0);
    this.#sheet.dataset.decoded = String(name + 1);
  }

  /** One Tab stop: arrow keys go from draw to draw. @param {KeyboardEvent} event */
  #type(event) {
    const arrow = hasModifier(event) ? null : arrowOf(event, 1);
    const buttons = /** @type {HTMLElement[]} */ ([...this.#sheet.children]);
    const here = buttons.findIndex((button) => button.tabIndex === 0);
    if (!arrow) return;
    event.preventDefault();
    const next = buttons[here + arrow[0] - arrow[1] * Math.sqrt(buttons.length)];
    if (!next) return;
    [buttons[here].tabIndex, next.tabIndex] = [-1, 0];
    next.focus();
  }
}
