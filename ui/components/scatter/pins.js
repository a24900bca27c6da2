// The points that are pinned: a button for each, and one of them beside its reconstruction and its nearest images.

import { find } from "../view/elements.js";
import { rove } from "../view/roving.js";
import { factList } from "./card.js";

const MAX_PINS = 6;
const NEIGHBOURS = 8;

export class Pins {
  /** @type {number[]} the newest last */
  indices = [];
  #panel;
  #root;
  #scatter;
  #active = -1;

  /**
   * @param {HTMLElement} root
   * @param {import("./scatter.js").Scatter} scatter
   */
  constructor(root, scatter) {
    this.#root = root;
    this.#panel = find(root, ".pins");
    this.#scatter = scatter;
    find(root, ".unpin-all").onclick = () => this.#change([]);
  }

  /** Pins that Python names, or that other points leave. @param {number[]} indices */
  set(indices) {
    this.indices = indices.filter((index) => index < this.#scatter.points.count).slice(-MAX_PINS);
  }

  /** The two that were set last, or null. */
  get ends() {
    return this.indices.length > 1 ? this.indices.slice(-2) : null;
  }

  /** Pin a point, or take its pin away. @param {number} index */
  toggle(index) {
    if (this.indices.includes(index)) this.#unpin(index);
    else this.add(index);
  }

  /** @param {number} index */
  add(index) {
    this.#active = index;
    this.#change([...this.indices.filter((pin) => pin !== index), index].slice(-MAX_PINS));
  }

  /** @param {number} index */
  #unpin(index) {
    this.#change(this.indices.filter((pin) => pin !== index));
  }

  /** @param {number[]} indices */
  #change(indices) {
    this.indices = indices;
    this.show();
    this.#scatter.changed("marks");
    this.#scatter.commit();
  }

  show() {
    if (!this.indices.includes(this.#active)) this.#active = this.indices.at(-1) ?? -1;
    this.#root.dataset.pinned = this.indices.join();
    this.#panel.hidden = !this.indices.length;
    const row = find(this.#panel, ".pin-row");
    row.replaceChildren(...this.indices.map((index, place) => this.#button(index, place)));
    rove(row);
    if (this.indices.length) this.#showActive(this.#active);
    this.#scatter.walk.show();
  }

  /**
   * @param {number} index
   * @param {number} place
   */
  #button(index, place) {
    const button = this.#scatter.thumbnails.button(index, () => {
      this.#active = index;
      this.show();
    });
    button.setAttribute("aria-pressed", String(index === this.#active));
    button.append(Object.assign(document.createElement("small"), { textContent: place + 1 }));
    return button;
  }

  /** @param {number} index */
  #showActive(index) {
    const { points, thumbnails, decoder } = this.#scatter;
    const active = find(this.#panel, ".active");
    decoder.draw(thumbnails.drawPair(active, index), points.code(index), points.labelOf(index));
    find(active, "b").textContent = points.nameOf(index);
    find(active, "dl").replaceChildren(...factList(points.factsOf(index)));
    find(active, ".unpin").onclick = () => this.#unpin(index);
    const near = points.nearest(points.code(index), NEIGHBOURS, index).map(([other]) => other);
    const row = find(this.#panel, ".near");
    row.replaceChildren(...near.map((other) => thumbnails.button(other, () => this.#scatter.visit(other))));
    rove(row);
    find(this.#panel, ".near-block").hidden = !near.length;
    this.#root.dataset.neighbours = near.join();
    thumbnails.fetch();
  }
}
