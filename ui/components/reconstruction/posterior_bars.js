// @ts-nocheck
// A code as bars: what the encoder says of each dimension, over the prior, and a dot to drag.

import { plain, signed } from "../runtime/format.js";

const ROWS_FIRST = 12;

/** Mean and standard deviation by dimension over the prior; a dot for each coordinate, to be dragged. */
export class PosteriorBars {
  constructor(section, model, onMove) {
    Object.assign(this, { model, onMove, isVae: model.about.family === "vae" });
    const reaches = model.ranked.map((index) => model.reach(index));
    [this.low, this.high] = [Math.min(...reaches.map(([low]) => low)), Math.max(...reaches.map(([, high]) => high))];
    this.rows = model.ranked.map((index) => this.buildRow(index));
    section.querySelector(".rows").append(...this.rows.map(({ row }) => row));
    this.foldAfter(section.querySelector(".more"));
    if (this.isVae) return;
    section.querySelector(".head .value").textContent = "code";
    const sentence = "A plain autoencoder gives one point and no distribution: there is no spread, no prior and no KL to show.";
    section.querySelector(".about").textContent = `${sentence} Drag a ring to change that coordinate.`;
  }

  buildRow(index) {
    const row = document.createElement("label");
    row.className = "dimension";
    const names = ["outer", "inner", "zero", "spread", "centre"];
    const track = `${names.map((name) => `<i class="${name}"></i>`).join("")}<input type="range" step="any" aria-label="z${index + 1}">`;
    row.innerHTML = `<span>z${index + 1}</span><div class="track">${track}</div><span class="value"></span><span class="kl"></span>`;
    const [outer, inner, zero, spread, centre] = row.querySelectorAll("i");
    const input = row.querySelector("input");
    Object.assign(input, { min: this.low, max: this.high });
    this.lay(outer, -2, 2);
    this.lay(inner, -1, 1);
    this.lay(zero, 0, 0);
    const kl = this.isVae ? (this.model.kl.get(index) ?? null) : null;
    row.dataset.unused = kl !== null && kl < 0.01;
    row.title =
      kl === null ? "" : `KL over the data set: ${kl.toFixed(2)} nats${kl < 0.01 ? "; the model does not use this dimension" : ""}`;
    input.oninput = () => {
      this.held = input; // its dot is under the hand
      const z = this.shown.z.slice();
      z[index] = Number(input.value);
      this.onMove(z);
    };
    input.onchange = () => (this.held = null);
    return { index, row, input, spread, centre, value: row.querySelector(".value"), kl: row.querySelector(".kl") };
  }

  foldAfter(more) {
    const fold = () => this.rows.forEach(({ row }, place) => (row.hidden = place >= ROWS_FIRST && more.ariaExpanded !== "true"));
    more.hidden = this.rows.length <= ROWS_FIRST;
    const name = () => (more.textContent = more.ariaExpanded === "true" ? `Show the first ${ROWS_FIRST}` : `Show all ${this.rows.length}`);
    more.onclick = () => {
      more.ariaExpanded = String(more.ariaExpanded !== "true");
      fold();
      name();
      this.show(this.shown);
      this.describe();
    };
    fold();
    name();
  }

  /** Lay a bar over the numbers from `low` to `high`. */
  lay(element, low, high) {
    const place = (value) => (100 * (Math.min(Math.max(value, this.low), this.high) - this.low)) / (this.high - this.low);
    element.style.left = `${place(low)}%`;
    element.style.width = `${place(high) - place(low)}%`;
  }

  show(shown) {
    this.shown = shown;
    const { mean, logVar, kl, z } = shown;
    for (const { index, row, input, spread, centre, value, kl: cost } of this.rows) {
      if (row.hidden) continue;
      const deviation = logVar ? Math.exp(logVar[index] / 2) : 0;
      this.lay(spread, mean[index] - deviation, mean[index] + deviation);
      this.lay(centre, mean[index], mean[index]);
      if (input !== this.held) input.value = z[index];
      value.textContent = logVar ? `${signed(mean[index])} ± ${plain(deviation)}` : signed(mean[index]);
      cost.textContent = kl ? kl[index].toFixed(2) : "";
      row.dataset.moved = z[index] !== mean[index];
    }
  }

  /** What a screen reader says of each row; not while a hand moves. */
  describe() {
    for (const { index, row, input, value } of this.rows) {
      if (!row.hidden) input.setAttribute("aria-valuetext", `${plain(this.shown.z[index])}; the mean is ${value.textContent}`);
    }
  }
}
