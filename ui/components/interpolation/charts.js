// Charts along the way from A to B: distances to the data set and to the origin.

import { shown } from "../runtime/format.js";
import { nearestCode } from "../runtime/geometry.js";
import { dot, range } from "../runtime/math.js";
import { priorRadius } from "../runtime/statistics.js";
import { find, setText, svg } from "../view/elements.js";
import { BEYOND, CHART_STEPS } from "./layouts.js";

/** @import { Vector } from "../types.js" */
/** @import { Host, Near } from "./types.js" */

export class Charts {
  /** @param {Pick<Host, "root" | "model">} host */
  constructor({ root, model }) {
    this.model = model;
    this.nearness = find(root, ".nearness");
    this.norm = find(root, ".norm");
    this.distance = find(this.nearness, "b");
    this.length = find(this.norm, "b");
    /** @type {NodeListOf<HTMLElement>} */
    this.cursors = root.querySelectorAll(".cursor");
    this.nearness.hidden = !model.count;
  }

  /**
   * @param {number} t
   * @param {Float64Array} z
   * @param {Near} near
   */
  move(t, z, { index, distance }) {
    const across = `translateX(${(100 * (t - BEYOND[0])) / (BEYOND[1] - BEYOND[0])}%)`;
    for (const cursor of this.cursors) cursor.style.transform = across;
    setText(this.distance, index < 0 ? "" : shown(distance));
    setText(this.length, shown(Math.sqrt(dot(z, z))));
  }

  /**
   * @param {(t: number) => Vector} at
   * @param {number | undefined} usual distance between neighbours
   */
  draw(at, usual) {
    const codes = range(CHART_STEPS + 1).map((i) => at(BEYOND[0] + ((BEYOND[1] - BEYOND[0]) * i) / CHART_STEPS));
    this.drawNorm(codes);
    if (this.model.count) this.drawNearness(codes, usual);
  }

  /** @param {Vector[]} codes */
  drawNorm(codes) {
    const { isNormal, latentDim } = this.model;
    /** @type {[number, number] | null} */
    const typical = isNormal ? [priorRadius(latentDim, 0.95), priorRadius(latentDim, 0.05)] : null;
    const norms = codes.map((z) => Math.sqrt(dot(z, z)));
    drawChart(this.norm, norms, typical);
    if (typical) setText(find(this.norm, "figcaption i"), `Shaded: 9 of 10 draws from the prior, ${typical.map(shown).join(" to ")}`);
  }

  /**
   * @param {Vector[]} codes
   * @param {number | undefined} usual
   */
  drawNearness(codes, usual) {
    const distances = codes.map((z) => nearestCode(this.model, z).distance);
    drawChart(this.nearness, distances, usual === undefined ? null : [0, usual]);
    if (usual === undefined) return;
    setText(find(this.nearness, "figcaption i"), `Shaded: usual between neighbours, up to ${shown(usual)}`);
  }
}

/**
 * A line of values along the path over a shaded band.
 * @param {HTMLElement} figure
 * @param {number[]} values
 * @param {[low: number, high: number] | null} band
 */
function drawChart(figure, values, band) {
  const top = 1.1 * Math.max(...values, ...(band ?? []), 1e-9);
  const height = (/** @type {number} */ value) => 1 - value / top;
  const shade = band ? [svg("rect", { x: 0, y: height(band[1]), width: CHART_STEPS, height: height(band[0]) - height(band[1]) })] : [];
  const ends = [0, 1].map((t) => ((t - BEYOND[0]) / (BEYOND[1] - BEYOND[0])) * CHART_STEPS);
  const lines = ends.map((x) => svg("line", { x1: x, x2: x, y1: 0, y2: 1 }));
  const curve = svg("polyline", { points: values.map((value, i) => `${i},${height(value).toFixed(4)}`).join(" ") });
  find(figure, "svg", SVGElement).replaceChildren(...shade, ...lines, curve);
}
