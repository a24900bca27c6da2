// β as a large slider, 1 in its middle, with marks that say what a value does; a value beyond its end is shown there. Knows no training.

import { element, find, setText } from "../view/elements.js";
import { mount } from "../view/mount.js";

/** @import { Component } from "../types.js" */
/** @typedef {{value: number, disabled: boolean}} Given */

export const STOPS = [0, 0.1, 0.25, 0.5, 1, 2, 4, 6, 8];

const MARKS = [
  [0, "codes may lie anywhere"],
  [1, "the VAE"],
  [8, "the prior wins; details go"],
];

const LAYOUT = `
<output class="beta-value"></output>
<input type="range" min="0" max="${STOPS.length - 1}" step="1" aria-label="β, from 0 to 8">
<div class="beta-marks" role="group" aria-label="Values of β to begin with">
  ${MARKS.map(([value, does]) => `<button type="button" data-value="${value}"><b>${value}</b><span>${does}</span></button>`).join("")}
</div>`;

/**
 * The place of the stop that is nearest to a value.
 * @param {number} value
 */
export function nearestStop(value) {
  const distances = STOPS.map((stop) => Math.abs(stop - value));
  return distances.indexOf(Math.min(...distances));
}

class BetaSlider {
  /** What Python named last. @type {number | undefined} */
  given;
  /** @type {Component<Given> | null} */
  component = null;

  /** @param {Element | ShadowRoot} parentElement */
  constructor(parentElement) {
    this.root = element("div", "beta", LAYOUT);
    this.slider = find(this.root, "input", HTMLInputElement);
    this.buttons = [...this.root.querySelectorAll("button")];
    this.slider.oninput = () => this.show(STOPS[this.slider.valueAsNumber]);
    this.slider.onchange = () => this.send(STOPS[this.slider.valueAsNumber]);
    for (const button of this.buttons) button.onclick = () => this.send(Number(button.dataset.value));
    parentElement.append(this.root);
  }

  /** @param {Component<Given>} component */
  update(component) {
    const { value, disabled } = component.data;
    this.component = component;
    for (const control of [this.slider, ...this.buttons]) control.disabled = disabled;
    if (value === this.given) return;
    this.given = value;
    this.show(value);
  }

  close() {
    this.root.remove();
  }

  /** @param {number} value */
  show(value) {
    this.slider.valueAsNumber = nearestStop(value);
    this.slider.setAttribute("aria-valuetext", `${value}`);
    setText(find(this.root, "output"), `β = ${value}`);
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(Number(button.dataset.value) === value));
  }

  /** @param {number} value */
  send(value) {
    this.show(value);
    this.component?.setTriggerValue("value", value);
  }
}

export default mount(BetaSlider);
