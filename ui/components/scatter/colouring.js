// The colours of points, what they mean, and which points are hidden or dimmed: a menu, a legend or a scale, an ink and a layer for each.

import { PALETTE, PALETTE_STEPS, inkOf } from "../runtime/colours.js";
import { clamp } from "../runtime/math.js";
import { tailless } from "../runtime/statistics.js";
import { canvasColour } from "../view/canvas.js";
import { find, term } from "../view/elements.js";
import { rove } from "../view/roving.js";
import { NO_POINTS, readable } from "./point_set.js";
import { countsOf } from "./points.js";

// Layers of points.
export const HIDDEN = 0;
export const DIM = 1;
export const PLAIN = 2;
const OWN = 3; // drawn as pictures

const STEPS = PALETTE_STEPS.map(inkOf);

/** @import { PointSet } from "./point_set.js" */

export class Colouring {
  by = "class";
  ink = new Uint32Array(0); // 0xAABBGGRR
  layers = new Uint8Array(0);
  version = 0; // of the layers
  accent = "gray";
  text = "gray";
  background = 0; // 0xAABBGGRR
  #root;
  #menu;
  #legend;
  #scale;
  #changed;
  /** @type {PointSet} */
  #points = NO_POINTS;
  /** @type {string[]} */
  #choices = [];
  /** @type {number[]} */
  #selected = [];
  /** @type {Set<number>} classes or clusters */
  #hidden = new Set();
  #legendOf = "";

  /**
   * @param {HTMLElement} root
   * @param {{chosen: () => void, changed: () => void}} listener a person chose what colours mean; points are to be drawn anew
   */
  constructor(root, { chosen, changed }) {
    this.#root = root;
    this.#menu = find(root, ".colour", HTMLSelectElement);
    this.#legend = find(root, ".legend");
    this.#scale = find(root, ".scale");
    this.#changed = changed;
    find(this.#scale, "i").style.background = `linear-gradient(to right, ${PALETTE.join()})`;
    this.#menu.onchange = () => {
      this.by = this.#menu.value;
      this.#hidden.clear();
      this.paint();
      chosen();
    };
  }

  readTheme() {
    const style = getComputedStyle(this.#root);
    const colour = (/** @type {string} */ name) => canvasColour(style.getPropertyValue(name).trim() || "gray");
    this.accent = colour("--st-primary-color");
    this.text = colour("--st-text-color");
    this.background = inkOf(colour("--st-secondary-background-color"));
  }

  /**
   * Take other points.
   * @param {PointSet} points
   * @param {number[]} selected
   */
  take(points, selected) {
    [this.#points, this.#selected] = [points, selected];
    this.ink = new Uint32Array(points.count);
    this.layers = new Uint8Array(points.count);
    this.#offer();
    const ringed = find(this.#root, ".ringed");
    ringed.hidden = !points.heldOut;
    ringed.innerHTML = `<i></i>Ringed: ${term("held-out", "held out")}, the model never trained on them (${points.heldOut})`;
  }

  /** Have colours mean this, or what comes first. @param {string} by */
  choose(by) {
    this.by = this.#choices.includes(by) ? by : this.#choices[0];
  }

  /** Dim all but these; none of them dims none. @param {number[]} indices */
  select(indices) {
    this.#selected = indices;
    this.#relayer();
  }

  /** The colour of a point as it is drawn, for the frame of its picture. @param {number} index */
  colourOf(index) {
    const ink = this.ink[index];
    return `rgb(${ink & 255} ${(ink >> 8) & 255} ${(ink >> 16) & 255})`;
  }

  paint() {
    if (!this.#points.count) return;
    this.#menu.value = this.#root.dataset.colour = this.by;
    const values = this.#points.measure(this.by);
    if (values) this.#inkByNumber(values);
    else this.#inkByKind(this.#kinds);
    this.ink.fill(inkOf(this.#points.kindColour(-1)), this.#points.own); // noise has no class, nor what is measured on images
    this.#showKey();
    this.#relayer();
  }

  #offer() {
    const groups = this.#points.measures;
    this.#choices = groups.flatMap(([, options]) => options.map(([value]) => value));
    this.choose(this.by);
    this.#menu.replaceChildren(
      ...groups.flatMap(([label, options]) => {
        const made = options.map(([value, text]) => new Option(text, value));
        if (!label || !made.length) return made;
        const group = Object.assign(document.createElement("optgroup"), { label });
        group.append(...made);
        return [group];
      }),
    );
  }

  /** Labels or clusters that colours stand for. */
  get #kinds() {
    return this.#points.kinds[this.by] ?? new Float32Array(0);
  }

  /** @param {Float32Array} values */
  #inkByNumber(values) {
    const [low, high] = tailless(values);
    for (let i = 0; i < this.#points.own; i++) {
      const t = high > low ? clamp((values[i] - low) / (high - low), 0, 1) : 0.5;
      this.ink[i] = STEPS[Math.round(t * (STEPS.length - 1))];
    }
    this.#showScale(values, low, high);
  }

  /** @param {Float32Array} kinds */
  #inkByKind(kinds) {
    const inks = new Map();
    for (let i = 0; i < this.#points.own; i++) {
      if (!inks.has(kinds[i])) inks.set(kinds[i], inkOf(this.#points.kindColour(kinds[i])));
      this.ink[i] = inks.get(kinds[i]);
    }
  }

  /** Which points are hidden, dim or plain. */
  #relayer() {
    const { own, dots } = this.#points;
    const kinds = this.#kinds;
    this.layers.fill(this.#selected.length ? DIM : PLAIN);
    for (const index of this.#selected) this.layers[index] = PLAIN;
    if (kinds.length && this.#hidden.size) for (let i = 0; i < own; i++) if (this.#hidden.has(kinds[i])) this.layers[i] = HIDDEN;
    this.layers.fill(OWN, dots);
    this.version++;
    this.#root.dataset.hidden = [...this.#hidden].join();
    this.#changed();
  }

  #showKey() {
    const kinds = this.#kinds;
    this.#legend.hidden = !kinds.length;
    this.#scale.hidden = kinds.length > 0;
    if (!kinds.length) return;
    const counts = countsOf(kinds);
    const key = this.by + [...counts].join();
    if (key !== this.#legendOf) {
      this.#legend.replaceChildren(...[...counts].map(([value, count]) => this.#legendButton(value, count)));
      rove(this.#legend);
    }
    this.#legendOf = key;
    for (const button of this.#legend.querySelectorAll("button"))
      button.setAttribute("aria-pressed", String(!this.#hidden.has(Number(button.dataset.value))));
  }

  /**
   * @param {number} value
   * @param {number} count
   */
  #legendButton(value, count) {
    const button = document.createElement("button");
    const colour = this.#points.kindColour(value);
    button.innerHTML = `<i style="background:${colour}"></i><span></span><small>${count.toLocaleString("en")}</small>`;
    find(button, "span").textContent = this.#points.kindName(this.by, value);
    button.dataset.value = String(value);
    button.title = "Show or hide; double click shows only this one";
    button.onclick = (event) => (event.altKey ? this.#only(value) : this.#toggle(value));
    button.ondblclick = () => this.#only(value);
    return button;
  }

  /** @param {number} value */
  #toggle(value) {
    if (!this.#hidden.delete(value)) this.#hidden.add(value);
    this.#showKey();
    this.#relayer();
  }

  /** Hide all others; if they are hidden already, show all. @param {number} value */
  #only(value) {
    const others = [...countsOf(this.#kinds).keys()].filter((other) => other !== value);
    const isAlone = others.every((other) => this.#hidden.has(other)) && !this.#hidden.has(value);
    this.#hidden = new Set(isAlone ? [] : others);
    this.#showKey();
    this.#relayer();
  }

  /**
   * @param {Float32Array} values
   * @param {number} low
   * @param {number} high
   */
  #showScale(values, low, high) {
    const below = values.some((value) => value < low) ? "≤ " : "";
    const above = values.some((value) => value > high) ? "≥ " : "";
    const texts = [below + readable(low), this.by, above + readable(high)];
    this.#scale.querySelectorAll("span").forEach((span, i) => (span.textContent = texts[i]));
  }
}
