// The card beside a point that a pointer is on.

import { find } from "../view/elements.js";

/**
 * @typedef {import("./plot.js").Plot} Plot
 * @typedef {import("./scatter.js").Scatter} Scatter
 */

export class Card {
  #card;
  #news;
  #frame;
  #scatter;

  /**
   * @param {Element} root
   * @param {Scatter} scatter
   */
  constructor(root, scatter) {
    this.#card = find(root, ".card");
    this.#news = find(root, ".news");
    this.#frame = find(root, ".left");
    this.#scatter = scatter;
  }

  hide() {
    this.#card.hidden = true;
  }

  /** Say what a point is. @param {number} index */
  fill(index) {
    const { points, thumbnails, decoder } = this.#scatter;
    const made = thumbnails.drawPair(this.#card, index);
    decoder.later("card", () => decoder.draw(made, points.code(index), points.labelOf(index)));
    find(this.#card, "b").textContent = points.nameOf(index);
    find(this.#card, "dl").replaceChildren(...factList(points.factsOf(index)));
    this.#news.textContent = [points.nameOf(index), ...points.factsOf(index).map((fact) => fact.join(" "))].join(", ");
  }

  /**
   * Put it beside a point of a plot.
   * @param {Plot} plot
   * @param {number} index
   */
  place(plot, index) {
    this.#card.hidden = false;
    const [px, py] = plot.spot(index);
    const [inner, outer] = [plot.plane.getBoundingClientRect(), this.#frame.getBoundingClientRect()];
    const [x, y] = [px + inner.left - outer.left, py + inner.top - outer.top];
    this.#card.dataset.side = (x > this.#frame.clientWidth / 2 ? "left" : "right") + (py > plot.view.height / 2 ? " above" : " below");
    this.#card.style.transform = `translate(${x}px, ${y}px)`;
  }
}

/** Names and texts as the entries of a list. @param {[name: string, text: string][]} facts */
export function factList(facts) {
  const entry = (/** @type {string} */ tag, /** @type {string} */ textContent) =>
    Object.assign(document.createElement(tag), { textContent });
  return facts.flatMap(([name, text]) => [entry("dt", name), entry("dd", text)]);
}
