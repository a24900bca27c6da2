// A code as bars: what the encoder says of each dimension, over the prior, and the sample z as a dot to drag.

import { plain, signed } from "../runtime/format.js";
import { clamp } from "../runtime/math.js";
import { find } from "../view/elements.js";

/** @import { Model } from "../model/model.js" */
/** @import { Passage } from "./passage.js" */

const UNUSED = 0.01; // nats

/** Mean and standard deviation by dimension over the prior; noise and sample; a dot for each coordinate, to be dragged. */
export class PosteriorBars {
  /** What is shown. @type {Pick<Passage, "mean" | "logVar" | "z"> | null} */
  shown = null;
  /** The slider whose dot is under the hand. @type {HTMLInputElement | null} */
  held = null;

  /**
   * @param {HTMLElement} section
   * @param {Model} model
   * @param {(z: Float64Array) => void} onMove
   */
  constructor(section, model, onMove) {
    this.model = model;
    this.onMove = onMove;
    const reaches = model.ranked.map((index) => model.reach(index));
    this.low = Math.min(...reaches.map(([low]) => low));
    this.high = Math.max(...reaches.map(([, high]) => high));
    this.rows = model.ranked.map((index) => this.buildRow(index));
    find(section, ".rows").append(...this.rows.map(({ row }) => row));
    section.style.setProperty("--dimensions", String(model.latentDim));
    find(section, ".about").hidden = model.isStochastic;
    if (!model.isStochastic) find(section, ".head .value").textContent = "";
  }

  /** @param {number} index */
  buildRow(index) {
    const row = document.createElement("label");
    row.className = "dimension";
    const bars = ["outer", "inner", "zero", "spread", "centre"].map((name) => `<i class="${name}"></i>`).join("");
    const track = `${bars}<input type="range" step="any" aria-label="z${index + 1}">`;
    const numbers = `<span class="value"></span><span class="epsilon" data-explains="sample"></span><span class="sample" data-explains="sample"></span>`;
    row.innerHTML = `<span>z${index + 1}</span><div class="track">${track}</div>${numbers}`;
    const [mean, deviation] = this.model.priorAlong(index) ?? [0, 1];
    this.lay(find(row, ".outer"), mean - 2 * deviation, mean + 2 * deviation);
    this.lay(find(row, ".inner"), mean - deviation, mean + deviation);
    this.lay(find(row, ".zero"), 0, 0);
    this.describeUse(row, this.model.isStochastic ? (this.model.kl.get(index) ?? null) : null);
    const input = this.listen(find(row, "input", HTMLInputElement), index);
    const [spread, centre, value, epsilon, sample] = [".spread", ".centre", ".value", ".epsilon", ".sample"].map((name) => find(row, name));
    return { index, row, input, spread, centre, value, epsilon, sample };
  }

  /**
   * @param {HTMLElement} row
   * @param {number | null} kl of its dimension over the data set
   */
  describeUse(row, kl) {
    const unused = kl !== null && kl < UNUSED;
    row.dataset.unused = String(unused);
    row.title = kl === null ? "" : `KL over the data set: ${kl.toFixed(2)} nats${unused ? "; the model does not use this dimension" : ""}`;
  }

  /**
   * @param {HTMLInputElement} input
   * @param {number} index
   */
  listen(input, index) {
    [input.min, input.max] = [String(this.low), String(this.high)];
    input.oninput = () => {
      if (!this.shown) return;
      this.held = input;
      const z = this.shown.z.slice();
      z[index] = Number(input.value);
      this.onMove(z);
    };
    input.onchange = () => (this.held = null);
    return input;
  }

  /**
   * Lay a bar over the numbers from `low` to `high`.
   * @param {HTMLElement} bar
   * @param {number} low
   * @param {number} high
   */
  lay(bar, low, high) {
    const place = (/** @type {number} */ value) => (100 * (clamp(value, this.low, this.high) - this.low)) / (this.high - this.low);
    bar.style.left = `${place(low)}%`;
    bar.style.width = `${place(high) - place(low)}%`;
  }

  /** @param {NonNullable<PosteriorBars["shown"]>} shown */
  show(shown) {
    this.shown = shown;
    const { mean, logVar, z } = shown;
    for (const { index, input, spread, centre, value, epsilon, sample } of this.rows) {
      const deviation = logVar ? Math.exp(logVar[index] / 2) : 0;
      this.lay(spread, mean[index] - deviation, mean[index] + deviation);
      this.lay(centre, mean[index], mean[index]);
      if (input !== this.held) input.value = String(z[index]);
      sample.textContent = signed(z[index]);
      if (!logVar) continue;
      value.textContent = `${signed(mean[index])} ± ${plain(deviation)}`;
      epsilon.textContent = signed((z[index] - mean[index]) / deviation);
    }
  }

  /** What a screen reader says of each row; not while a hand moves. */
  describe() {
    const { shown } = this;
    if (!shown) return;
    for (const { index, input } of this.rows)
      input.setAttribute("aria-valuetext", `${plain(shown.z[index])}; the mean is ${plain(shown.mean[index])}`);
  }
}
