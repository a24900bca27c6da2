// A slider for each dimension of a code, the most used ones first.

import { shown } from "../runtime/format.js";
import { element, find } from "../view/elements.js";

const SLIDERS_FIRST = 8;

/**
 * @import { Model } from "../model/model.js"
 * @typedef {{index: number, row: HTMLElement, input: HTMLInputElement, output: HTMLElement}} Slider
 * @typedef {{slide: (index: number, value: number) => void, rest: () => void, unfold: () => void}} Listener
 * a thumb is at a value, it was let go, more sliders are seen
 */

export class Sliders {
  /** @type {Slider[]} */
  #sliders;
  /** @type {HTMLInputElement | null} whose thumb is under the hand: rounding must not move it */
  #held = null;
  #listener;

  /**
   * @param {HTMLElement} section
   * @param {Model} model
   * @param {Listener} listener
   */
  constructor(section, model, listener) {
    this.#listener = listener;
    this.#sliders = model.ranked.map((index) => this.#build(model, index));
    this.#fold(false);
    find(section, ".rows").append(...this.#inLevels(model));
    this.#buildMore(find(section, ".more"));
  }

  /** @param {ArrayLike<number>} z */
  show(z) {
    for (const { index, row, input, output } of this.#sliders) {
      if (row.hidden) continue;
      if (input !== this.#held) input.value = String(z[index]);
      output.textContent = shown(z[index]);
    }
  }

  /** Rows as they stand below each other; those of a level under its name. @param {Model} model */
  #inLevels({ levels }) {
    if (!levels.length) return this.#sliders.map(({ row }) => row);
    return levels.map(({ name, start, stop }) => {
      const group = element("div", "level", `<p>The ${name} level</p>`);
      group.role = "group";
      group.ariaLabel = `The ${name} level`;
      group.append(...this.#sliders.filter(({ index }) => index >= start && index < stop).map(({ row }) => row));
      return group;
    });
  }

  /**
   * @param {Model} model
   * @param {number} index
   * @returns {Slider}
   */
  #build(model, index) {
    const name = `z${index + 1}`;
    const row = element("label", "row", `<span>${name}</span><input type="range" step="0.01" aria-label="${name}"><i></i>`);
    const kl = model.kl.get(index) ?? null;
    const isUnused = kl !== null && kl < 0.01;
    row.title = kl === null ? "" : `KL ${kl.toFixed(2)} nats${isUnused ? ": the model does not use this dimension" : ""}`;
    row.dataset.unused = String(isUnused);
    const input = find(row, "input", HTMLInputElement);
    [input.min, input.max] = model.reach(index).map((value) => value.toFixed(2));
    input.oninput = () => {
      this.#held = input;
      this.#listener.slide(index, Number(input.value));
    };
    input.onchange = () => {
      this.#held = null;
      this.#listener.rest();
    };
    return { index, row, input, output: find(row, "i") };
  }

  /** @param {HTMLElement} more */
  #buildMore(more) {
    const name = (/** @type {boolean} */ all) => (all ? `Show the first ${SLIDERS_FIRST}` : `Show all ${this.#sliders.length}`);
    more.hidden = this.#sliders.length <= SLIDERS_FIRST;
    more.textContent = name(false);
    more.onclick = () => {
      const all = more.ariaExpanded !== "true";
      more.ariaExpanded = String(all);
      more.textContent = name(all);
      this.#fold(all);
      this.#listener.unfold();
    };
  }

  /** @param {boolean} all */
  #fold(all) {
    this.#sliders.forEach(({ row }, place) => (row.hidden = !all && place >= SLIDERS_FIRST));
  }
}
