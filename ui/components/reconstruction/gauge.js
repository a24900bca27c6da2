// @ts-nocheck
// Where a cost lies among those of the data set's held-out images.

import { svg } from "../view/elements.js";
import { nats } from "./costs.js";

const BARS = 40;
const GAUGE_TAIL = 0.005; // of the costs at either end, beyond the gauge's ends

/** Where a cost lies among those of the data set's held-out images. */
export class Gauge {
  constructor(section, costs, dataset) {
    this.costs = Float64Array.from(costs).sort();
    const least = Math.floor(GAUGE_TAIL * this.costs.length);
    [this.low, this.high] = [this.costs[least], this.costs[this.costs.length - 1 - least]];
    this.who = `${this.costs.length.toLocaleString("en")} held-out images${dataset ? ` (${dataset})` : ""}`;
    section.hidden = false;
    [this.marker, this.sentence] = [section.querySelector(".marker"), section.querySelector(".rank")];
    section.querySelector(".bars").append(this.histogram());
    const ends = section.querySelectorAll(".ends span");
    [ends[0].textContent, ends[1].textContent] = [`${nats(this.low)} nats`, `${nats(this.high)} nats`];
    this.root = section;
  }

  histogram() {
    const counts = new Array(BARS).fill(0);
    for (const cost of this.costs) counts[Math.min(Math.floor(BARS * this.place(cost)), BARS - 1)]++;
    const most = Math.max(...counts);
    const bars = counts.map((count, i) => svg("rect", { x: i, y: 1 - count / most, width: 0.86, height: count / most }));
    const picture = svg("svg", { viewBox: `0 0 ${BARS} 1`, preserveAspectRatio: "none", "aria-hidden": "true" });
    picture.append(...bars);
    return picture;
  }

  /** From 0 at the left end to 1 at the right. */
  place(cost) {
    return Math.min(Math.max((cost - this.low) / (this.high - this.low || 1), 0), 1);
  }

  show(cost) {
    const harder = this.costs.filter((other) => other < cost).length / this.costs.length;
    this.marker.style.left = `${100 * this.place(cost)}%`;
    this.sentence.textContent = sayRank(harder, this.who);
    this.root.dataset.harder = harder;
  }
}

function sayRank(harder, who) {
  if (harder === 0) return `Easier than all ${who}`;
  if (harder === 1) return `Harder than all ${who}`;
  const percent = 100 * harder;
  return `Harder than ${percent.toFixed(percent < 1 || percent > 99 ? 1 : 0)} % of ${who}`;
}
