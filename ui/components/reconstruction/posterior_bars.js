// A code as bars: what the encoder says of each dimension, over the prior, and a dot to drag.

import { plain, signed } from "../runtime/format.js";
import { clamp } from "../runtime/math.js";
import { find } from "../view/elements.js";

/** @import { Model } from "../model/model.js" */
/** @import { Passage } from "./passage.js" */

const ROWS_FIRST = 12;
const UNUSED = 0.01; // nats

/** Mean and standard deviation by dimension over the prior; a dot for each coordinate, to be dragged. */
export class PosteriorBars {
  /** What is shown. @type {Pick<Passage, "mean" | "logVar" | "kl" | "z"> | null} */
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
    this.foldAfter(find(section, ".more"));
    if (model.isVae) return;
    find(section, ".head .value").textContent = "code";
    const sentence = "A plain autoencoder gives one point and no distribution: there is no spread, no prior and no KL to show.";
    find(section, ".about").textContent = `${sentence} Drag a ring to change that coordinate.`;
  }

  /** @param {number} index */
  buildRow(index) {
    const row = document.createElement("label");
    row.className = "dimension";
    const bars = ["outer", "inner", "zero", "spread", "centre"].map((name) => `<i class="${name}"></i>`).join("");
    const track = `${bars}<input type="range" step="any" aria-label="z${index + 1}">`;
    row.innerHTML = `<span>z${index + 1}</span><div class="track">${track}</div><span class="value"></span><span class="kl"></span>`;
    this.lay(find(row, ".outer"), -2, 2);
    this.lay(find(row, ".inner"), -1, 1);
    this.lay(find(row, ".zero"), 0, 0);
    this.describeUse(row, this.model.isVae ? (this.model.kl.get(index) ?? null) : null);
    const input = this.listen(find(row, "input", HTMLInputElement), index);
    const [spread, centre, value, kl] = [".spread", ".centre", ".value", ".kl"].map((name) => find(row, name));
    return { index, row, input, spread, centre, value, kl };
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

  /** @param {HTMLElement} more the button that shows all rows, or the first ones */
  foldAfter(more) {
    const fold = () => {
      const all = more.ariaExpanded === "true";
      this.rows.forEach(({ row }, place) => (row.hidden = place >= ROWS_FIRST && !all));
      more.textContent = all ? `Show the first ${ROWS_FIRST}` : `Show all ${this.rows.length}`;
    };
    more.hidden = this.rows.length <= ROWS_FIRST;
    more.onclick = () => {
      more.ariaExpanded = String(more.ariaExpanded !== "true");
      fold();
      if (this.shown) this.show(this.shown);
      this.describe();
    };
    fold();
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
    const { mean, logVar, kl, z } = shown;
    for (const { index, row, input, spread, centre, value, kl: cost } of this.rows) {
      if (row.hidden) continue;
      const deviation = logVar ? Math.exp(logVar[index] / 2) : 0;
      this.lay(spread, mean[index] - deviation, mean[index] + deviation);
      this.lay(centre, mean[index], mean[index]);
      if (input !== this.held) input.value = String(z[index]);
      value.textContent = logVar ? `${signed(mean[index])} ± ${plain(deviation)}` : signed(mean[index]);
      cost.textContent = kl ? kl[index].toFixed(2) : "";
      row.dataset.moved = String(z[index] !== mean[index]);
    }
  }

  /** What a screen reader says of each row; not while a hand moves. */
  describe() {
    for (const { index, row, input, value } of this.rows) {
      if (row.hidden || !this.shown) continue;
      input.setAttribute("aria-valuetext", `${plain(this.shown.z[index])}; the mean is ${value.textContent}`);
    }
  }
}
