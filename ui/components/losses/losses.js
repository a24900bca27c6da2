// The losses of a training side by side, a chart each. The epoch that the film of the page shows is marked in them, and so is one at the pointer.

import { element, find, setText } from "../view/elements.js";
import { mount } from "../view/mount.js";
import { EPOCH_SHOWN } from "../view/parts.js";
import { horizonOf, spelled } from "./axes.js";
import { Panel } from "./panel.js";

/**
 * @typedef {object} Data
 * @property {import("./panel.js").Loss[]} losses
 * @property {number} epochs of the whole training
 * @property {string} remark
 */

const LINE = (/** @type {string} */ shapes) => `<svg class="key" viewBox="0 0 32 12" aria-hidden="true">${shapes}</svg>`;
const LAYOUT = `
  <p class="legend">
    <span>Losses in <a class="term" href="#term-nats">nats</a> per image</span>
    <span class="which">${LINE('<path class="training" d="M0 6L6 4L11 8L17 5L22 7L27 4L32 6"/>')}training</span>
    <span class="which">${LINE('<path class="validation" d="M0 6H32"/><path class="rings" d="M16 6h.001"/><path class="holes" d="M16 6h.001"/>')}validation</span>
    <span class="where"></span>
  </p>
  <div class="panels"></div>`;

class LossesView {
  #root = element("div", "losses", LAYOUT);
  /** @type {Panel[]} */
  #panels = [];
  /** @type {number} of the film; infinite for its last frame */
  #shown = Infinity;
  /** @type {number | null} */
  #pointed = null;
  #remark = "";
  #follow = (/** @type {Event} */ event) => {
    this.#shown = /** @type {CustomEvent<number>} */ (event).detail;
    this.#show();
  };

  /** @param {HTMLElement | ShadowRoot} parentElement */
  constructor(parentElement) {
    parentElement.append(this.#root);
    document.addEventListener(EPOCH_SHOWN, this.#follow);
    const panels = find(this.#root, ".panels");
    panels.onpointermove = (event) => this.#point(event);
    panels.onpointerleave = () => this.#point(null);
  }

  close() {
    document.removeEventListener(EPOCH_SHOWN, this.#follow);
    this.#root.remove();
  }

  /** @param {import("../types.js").Component<Data>} component */
  update({ data: { losses, epochs, remark } }) {
    if (this.#panels.length !== losses.length) {
      this.#panels = losses.map(() => new Panel());
      find(this.#root, ".panels").replaceChildren(...this.#panels.map(({ root }) => root));
    }
    const last = Math.max(0, ...losses.flatMap(({ training, validation }) => [training, validation].map((line) => line.at(-1)?.[0] ?? 0)));
    this.#panels.forEach((panel, i) => panel.update(losses[i], horizonOf(last, epochs)));
    this.#remark = remark;
    this.#show();
  }

  /** @param {PointerEvent | null} event */
  #point(event) {
    const panel = this.#panels.find(({ root }) => event && root.contains(/** @type {Node} */ (event.target)));
    this.#pointed = event && panel ? Math.max(0, panel.epochAt(event)) : null;
    this.#show();
  }

  #show() {
    const epoch = this.#pointed ?? this.#shown;
    for (const panel of this.#panels) panel.show(epoch);
    setText(find(this.#root, ".where"), isFinite(epoch) ? `at epoch ${spelled(Math.round(epoch))}` : this.#remark);
  }
}

export default mount(LossesView);
