// One loss over epochs: training a thin line, validation a strong one with rings. Drawn by percentages, so that no size is asked.

import { element, find, setText } from "../view/elements.js";
import { heightOf, nearest, spelled, ticksBetween, ticksOf, valuesOf } from "./axes.js";

/** @typedef {import("./axes.js").Line} Line */

/**
 * @typedef {object} Loss
 * @property {string} name as HTML
 * @property {string} meaning as HTML
 * @property {string} colour
 * @property {number} digits behind the point
 * @property {Line} training
 * @property {Line} validation
 */

const RINGS = 24; // at most about so many, so that they stay apart
const [ACROSS, UP] = [4, 3]; // numbers along an axis

const LAYOUT = `
  <h3 class="name"></h3><output class="value"></output><p class="meaning"></p>
  <div class="plot">
    <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img">
      <path class="grid"/><path class="knee"/><svg width="100" height="100"><path class="training"/></svg><path class="validation"/><path class="rings"/><path class="holes"/><path class="cursor"/>
    </svg>
    <div class="up"></div><div class="across"></div>
  </div>`;

export class Panel {
  root = element("section", "panel", LAYOUT);
  /** @type {Loss | undefined} */
  #loss;
  #horizon = 1;

  /**
   * @param {Loss} loss
   * @param {number} horizon the epoch at the right end
   */
  update(loss, horizon) {
    [this.#loss, this.#horizon] = [loss, horizon];
    this.root.style.setProperty("--colour", loss.colour);
    setHtml(find(this.root, ".name"), loss.name);
    setHtml(find(this.root, ".meaning"), loss.meaning);
    this.#draw(loss);
  }

  /** Mark an epoch and say what the loss was there. @param {number} epoch infinite for the last one, which is not marked */
  show(epoch) {
    const loss = this.#loss;
    if (!loss) return;
    const line = loss.validation.length ? loss.validation : loss.training;
    const point = nearest(line, Math.min(epoch, this.#horizon));
    const text = point ? spelled(point[1], loss.digits) : "–";
    setText(find(this.root, ".value"), text);
    this.#path("cursor", isFinite(epoch) ? `M${this.#x(epoch)} 0V100` : "");
    const words = point ? `${text} nats per image at epoch ${spelled(point[0])}` : "no record yet";
    find(this.root, "svg", SVGSVGElement).setAttribute("aria-label", `${find(this.root, ".name").textContent}: ${words}`);
  }

  /** The epoch below a pointer. @param {PointerEvent} event */
  epochAt({ clientX }) {
    const { left, width } = find(this.root, "svg", SVGSVGElement).getBoundingClientRect();
    return (this.#horizon * (clientX - left)) / width;
  }

  /** @param {Loss} loss */
  #draw({ training, validation }) {
    const values = valuesOf(training, validation);
    const y = (/** @type {number} */ value) => round(100 * (1 - heightOf(values, value)));
    const path = (/** @type {Line} */ line) => line.map(([epoch, value], i) => `${i ? "L" : "M"}${this.#x(epoch)} ${y(value)}`).join("");
    const every = Math.ceil(validation.length / RINGS);
    const ringed = validation.filter((_, i) => (validation.length - 1 - i) % every === 0);
    const rings = ringed.map(([epoch, value]) => `M${this.#x(epoch)} ${y(value)}h.001`).join("");
    const ticks = ticksOf(values, UP);
    this.#path("grid", ticks.map((tick) => `M0 ${y(tick)}H100`).join(""));
    this.#path("knee", values.high > values.knee ? `M0 ${y(values.knee)}H100` : "");
    this.#path("training", path(training));
    this.#path("validation", path(validation));
    this.#path("rings", rings);
    this.#path("holes", rings);
    const hasRecords = training.length + validation.length > 0;
    this.#label("up", hasRecords ? ticks : [], y);
    this.#label("across", ticksBetween(0, this.#horizon, ACROSS, 1), (epoch) => this.#x(epoch));
  }

  /** @param {number} epoch */
  #x(epoch) {
    return round((100 * epoch) / this.#horizon);
  }

  /**
   * @param {string} name
   * @param {string} d
   */
  #path(name, d) {
    find(this.root, `.${name}`, SVGPathElement).setAttribute("d", d);
  }

  /**
   * @param {string} where
   * @param {number[]} ticks
   * @param {(tick: number) => number} place in percent
   */
  #label(where, ticks, place) {
    const labels = ticks.map((tick) => {
      const label = document.createElement("span");
      label.style.setProperty("--at", `${place(tick)}%`);
      label.textContent = spelled(tick);
      return label;
    });
    find(this.root, `.${where}`).replaceChildren(...labels);
  }
}

/**
 * @param {Element} element
 * @param {string} html
 */
function setHtml(element, html) {
  if (element.innerHTML !== html) element.innerHTML = html;
}

/** @param {number} value */
const round = (value) => Math.round(100 * value) / 100;
