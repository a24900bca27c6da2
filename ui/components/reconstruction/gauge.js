// Where a cost lies among those of the data set's held-out images.

import { clamp } from "../runtime/math.js";
import { find, svg } from "../view/elements.js";
import { nats } from "../model/costs.js";

const BARS = 40;
const GAUGE_TAIL = 0.005; // of the costs at either end, beyond the gauge's ends

/** A histogram of costs with a mark, and a sentence about it. */
export class Gauge {
  /**
   * @param {HTMLElement} section
   * @param {Float32Array} costs of held-out images, in nats
   * @param {string | undefined} dataset its title
   */
  constructor(section, costs, dataset) {
    this.root = section;
    this.costs = Float64Array.from(costs).sort();
    const outside = Math.floor(GAUGE_TAIL * this.costs.length);
    this.low = this.costs[outside];
    this.high = this.costs[this.costs.length - 1 - outside];
    this.population = `${this.costs.length.toLocaleString("en")} held-out images${dataset ? ` (${dataset})` : ""}`;
    this.marker = find(section, ".marker");
    this.sentence = find(section, ".rank");
    section.hidden = false;
    find(section, ".bars").append(this.histogram());
    const [left, right] = section.querySelectorAll(".ends span");
    left.textContent = `${nats(this.low)} nats`;
    right.textContent = `${nats(this.high)} nats`;
  }

  histogram() {
    const counts = new Uint32Array(BARS);
    for (const cost of this.costs) counts[Math.min(Math.floor(BARS * this.place(cost)), BARS - 1)]++;
    const most = Math.max(...counts);
    const bars = Array.from(counts, (count, i) => svg("rect", { x: i, y: 1 - count / most, width: 0.86, height: count / most }));
    const picture = svg("svg", { viewBox: `0 0 ${BARS} 1`, preserveAspectRatio: "none", "aria-hidden": "true" });
    picture.append(...bars);
    return picture;
  }

  /**
   * From 0 at the left end to 1 at the right.
   * @param {number} cost
   */
  place(cost) {
    return clamp((cost - this.low) / (this.high - this.low || 1), 0, 1);
  }

  /** @param {number} cost */
  show(cost) {
    const harder = this.costs.filter((other) => other < cost).length / this.costs.length;
    this.marker.style.left = `${100 * this.place(cost)}%`;
    this.sentence.textContent = rankInWords(harder, this.population);
    this.root.dataset.harder = String(harder);
  }
}

/**
 * @param {number} harder than this part of the population
 * @param {string} population
 */
export function rankInWords(harder, population) {
  if (harder === 0) return `Easier than all ${population}`;
  if (harder === 1) return `Harder than all ${population}`;
  const percent = 100 * harder;
  if (percent < 0.1) return `Easier than 99.9 % of ${population}`;
  const floored = Math.floor(10 * percent) / 10; // "100.0 %" would say: than all
  return `Harder than ${percent < 1 || percent > 99 ? floored.toFixed(1) : percent.toFixed(0)} % of ${population}`;
}
