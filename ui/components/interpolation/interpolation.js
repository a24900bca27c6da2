// From image to image through the latent space: along a path, between four corners, by arithmetic, or in a direction. Knows
// no Python.
//
// While a hand moves nothing leaves the page. Python hears of a place once, when the hand rests.

import { tellBestLabel } from "../model/best_label.js";
import { mounted } from "../model/mounted.js";
import { fromBase64 } from "../runtime/base64.js";
import { ControlledState } from "../view/controlled.js";
import { element, showStyled } from "../view/elements.js";
import { AfterRest } from "../view/timing.js";
import { Scene } from "./scene.js";

/** @import { Model } from "../model/model.js" */
/** @import { Component, Texts } from "../types.js" */
/** @import { End, Mode, State } from "./types.js" */
/** @typedef {{of: string, mode: Mode, images: string[], titles: string[], choosing: number | null,
 *   start: State}} Data images in base64; `of` changes with all but `start` and `choosing`, the image that is being chosen anew */

const SETTLE_MS = 250;

class Interpolation {
  /** @type {Scene | null} */
  scene = null;
  /** How far neighbours among the codes usually are apart, once it is known. @type {number | undefined} */
  usual;
  /** What is on the screen. @type {string | null} */
  of = null;
  /** @type {Mode | null} */
  mode = null;
  /** The image that is being chosen anew. @type {number | null} */
  choosing = null;
  state = new ControlledState();
  rest = new AfterRest(SETTLE_MS, () => this.commit());

  /**
   * @param {Model} model
   * @param {Component<Data>} component
   * @param {Pick<Texts, "style">} texts
   */
  constructor(model, component, { style }) {
    this.model = model;
    this.component = component;
    this.style = style;
  }

  /**
   * Called at every change of data or theme. Moves only when Python names a place that it has not named before.
   * @param {Component<Data>} component
   */
  update(component) {
    this.component = component;
    const { of, start, choosing } = component.data;
    const isNew = this.state.isNew(start);
    if (of !== this.of) this.begin(component.data, isNew);
    else if (isNew) {
      this.scene?.start(start);
      this.state.keep(start);
    }
    this.scene?.mark(choosing);
    this.scene?.changed();
    this.takeFocus(choosing);
  }

  /**
   * When an image was exchanged, the focus is to be where it was before, unless a hand has gone on here.
   * @param {number | null} choosing
   */
  takeFocus(choosing) {
    const place = /** @type {ShadowRoot} */ (this.component.parentElement);
    if (choosing === null && this.choosing !== null && !place.activeElement)
      this.scene?.picks[this.choosing]?.focus({ preventScroll: true });
    this.choosing = choosing;
  }

  close() {
    this.rest.cancel();
    this.usual = this.scene?.usual ?? this.usual;
    this.scene?.close();
    this.scene = null;
  }

  /**
   * Other images or another mode: everything anew, but other images are seen from the same place.
   * @param {Data} data
   * @param {boolean} isNew whether Python names a place
   */
  begin({ of, mode, images, titles, start }, isNew) {
    const place = !isNew && mode === this.mode ? this.scene?.state() : null;
    this.close();
    [this.of, this.mode] = [of, mode];
    const bytes = images.map(fromBase64);
    const refusal = this.refusal(bytes);
    if (refusal) return this.refuse(refusal);
    const ends = bytes.map((image, slot) => this.end(image, titles[slot], slot));
    const settle = () => this.rest.request();
    const choose = (/** @type {number} */ slot) => this.component.setTriggerValue("choose", slot);
    this.scene = new Scene(this.model, mode, ends, { settle, choose });
    showStyled(this.component.parentElement, this.scene.root, this.style);
    this.scene.start({ ...start, ...place });
    this.state.keep(this.scene.state());
    this.scene.open(this.usual);
  }

  /**
   * Why these images cannot be shown; null if they can.
   * @param {Uint8Array[]} images
   */
  refusal(images) {
    const { network, channels, height, width, size } = this.model;
    if (!network.encode) return "This model has no encoder, so an image has no code to begin from. Choose another model.";
    if (images.every(({ length }) => length === size)) return null;
    return `The images do not fit this model, which takes ${channels} × ${height} × ${width} values. Choose them again.`;
  }

  /** @param {string} text */
  refuse(text) {
    const sentence = element("p", "");
    sentence.setAttribute("role", "alert");
    sentence.textContent = text;
    this.component.parentElement.replaceChildren(sentence);
  }

  /**
   * An image with its posterior's mean.
   * @param {Uint8Array} image
   * @param {string} title
   * @param {number} slot
   * @returns {End}
   */
  end(image, title, slot) {
    const pixels = Float32Array.from(image, (value) => value / 255);
    const label = tellBestLabel(this.model, pixels);
    const encoded = this.model.network.encode?.(pixels);
    return { image, title, slot, mean: Float64Array.from(encoded?.mean ?? []), label };
  }

  /** Tell Python once of each new place. */
  commit() {
    const state = this.scene?.state();
    if (!state || !this.state.commit(state)) return;
    const { of, mode } = this.component.data;
    this.component.setStateValue("view", { run: this.model.about.run, of, mode, ...state });
  }
}

/** @param {Texts} texts */
export default (texts) => mounted(Interpolation, texts);
