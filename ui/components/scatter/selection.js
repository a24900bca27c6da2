// The points that are selected, or all: their mean code decoded, their classes, some of their images, a table to save.

import { element, find } from "../view/elements.js";
import { save } from "../view/export.js";
import { rove } from "../view/roving.js";
import { countsOf, galleryOf } from "./points.js";
import { offerInterpolation } from "./tools.js";

const MAX_BARS = 12;

export class Selection {
  /** @type {number[]} none selected: all are shown */
  indices = [];
  #panel;
  #root;
  #scatter;

  /**
   * @param {HTMLElement} root
   * @param {import("./scatter.js").Scatter} scatter
   */
  constructor(root, scatter) {
    this.#root = root;
    this.#panel = find(root, ".selection");
    this.#scatter = scatter;
    find(this.#panel, ".clear").onclick = () => scatter.select([]);
    find(this.#panel, ".csv").onclick = () => this.#download();
  }

  get #chosen() {
    return this.indices.length ? this.indices : this.#scatter.all;
  }

  show() {
    const { points, thumbnails, decoder } = this.#scatter;
    const chosen = this.#chosen;
    const isSelection = this.indices.length > 0;
    const isNoise = points.isNoise(chosen[0]);
    const kind = (isNoise ? "random code" : "image") + (chosen.length === 1 ? "" : "s");
    const text = `${chosen.length.toLocaleString("en")} ${kind}`;
    this.#root.dataset.selected = String(this.indices.length);
    find(this.#panel, "h4").textContent = isSelection ? `${text} selected` : chosen.length === 1 || isNoise ? text : `All ${text}`;
    find(this.#panel, ".decoded").hidden = !isNoise;
    find(this.#panel, ".clear").hidden = !isSelection;
    const told = points.toldOf(chosen[0]);
    find(this.#panel, ".mean figcaption").textContent = `Their mean code, decoded${told && ` as ${told}`}`;
    decoder.draw(find(this.#panel, ".mean canvas", HTMLCanvasElement), points.mean(chosen), points.labelOf(chosen[0]));
    this.#showHistogram(this.indices);
    const gallery = galleryOf(chosen, points.originals);
    const buttons = gallery.map((index) => thumbnails.button(index, () => this.#scatter.visit(index)));
    const row = find(this.#panel, ".gallery");
    row.replaceChildren(...buttons);
    rove(row);
    offerInterpolation(find(this.#panel, ".interpolate", HTMLAnchorElement), this.#scatter, isSelection ? points.farthest(gallery) : null);
    thumbnails.fetch();
  }

  /** @param {number[]} chosen */
  #showHistogram(chosen) {
    const { points } = this.#scatter;
    const kinds = points.kinds.class;
    const values = kinds ? chosen.filter((index) => index < points.own).map((index) => kinds[index]) : [];
    const counts = [...countsOf(values)].sort(([, a], [, b]) => b - a);
    const bars = counts.slice(0, MAX_BARS).map(([value, count]) => {
      const style = `width:${(100 * count) / counts[0][1]}%;background:${points.kindColour(value)}`;
      const row = element("li", "", `<span></span><i style="${style}"></i><small>${count.toLocaleString("en")}</small>`);
      find(row, "span").textContent = points.kindName("class", value);
      return row;
    });
    find(this.#panel, ".histogram").replaceChildren(...bars);
  }

  #download() {
    const text = this.#scatter.points.csv(this.#chosen);
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    save(`${this.#scatter.run || "codes"}.csv`, url);
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }
}
