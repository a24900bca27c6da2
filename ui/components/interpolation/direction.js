// In the direction of a class.

import { shown } from "../runtime/format.js";
import { along } from "../runtime/geometry.js";
import { find, setText } from "../view/elements.js";
import { classDirection, tellingLabels } from "./code_paths.js";
import { Strength } from "./strength.js";
import { fillStrip, pictureButton, rounded } from "./strip.js";

/** @import { End, Host, Stage, State } from "./types.js" */

const MAX_STRENGTH = 3;
const STEPS = [-3, -2, -1, 0, 1, 2, 3];

/** @implements {Stage} */
export class DirectionStage {
  /** Of the class; null where there are no classes. @type {number | null} */
  label = null;

  /**
   * @param {Host} host
   * @param {End[]} ends
   */
  constructor(host, ends) {
    const { root, model } = host;
    this.host = host;
    this.ends = ends;
    this.direction = new Float64Array(model.latentDim);
    this.strength = new Strength(host, -MAX_STRENGTH, MAX_STRENGTH);
    this.amount = find(root, ".amount");
    this.labels = tellingLabels(model);
    this.select = this.fillSelect(find(root, "select", HTMLSelectElement));
    this.steps = STEPS.map((strength) => this.buildStep(strength));
    fillStrip(
      find(root, ".decoded"),
      this.steps.map(({ button }) => button),
    );
    for (const selector of [".choice", ".strips"]) find(root, selector).hidden = !this.labels.length;
    find(root, ".no-classes").hidden = this.labels.length > 0;
    host.showEnds(ends);
  }

  /** @param {HTMLSelectElement} select */
  fillSelect(select) {
    const nameOf = (/** @type {number} */ label) => this.host.model.about.class_names[label] ?? `Class ${label}`;
    select.replaceChildren(...this.labels.map((label) => new Option(nameOf(label), String(label))));
    select.onchange = () => {
      this.choose(Number(select.value));
      this.host.settle();
    };
    return select;
  }

  /** @param {number} strength */
  buildStep(strength) {
    const step = pictureButton(`Go to ${shown(strength)}`);
    step.button.append(shown(strength).replace(".00", ""));
    step.button.onclick = () => {
      this.strength.value = strength;
      this.host.changed();
      this.host.settle();
    };
    return { ...step, strength };
  }

  /** @param {Pick<State, "label" | "strength">} state */
  start({ label, strength }) {
    this.strength.value = this.labels.length ? strength : 0;
    this.choose(label !== null && this.labels.includes(label) ? label : (this.labels[0] ?? null));
  }

  state() {
    return { label: this.label, strength: rounded(this.strength.value) };
  }

  /** @param {number | null} label */
  choose(label) {
    const { model, idle, pictures } = this.host;
    this.label = label;
    this.select.value = String(label);
    this.direction = label === null ? new Float64Array(model.latentDim) : classDirection(model, label);
    const canvases = this.steps.map(({ canvas }) => canvas);
    idle.set(
      "frames",
      pictures.stampJobs(canvases, (place) => this.at(STEPS[place])),
    );
    this.host.changed();
  }

  /** @param {number} strength */
  at(strength) {
    return along(this.ends[0].mean, this.direction, strength);
  }

  code() {
    return this.at(this.strength.value);
  }

  path() {
    return [this.at(-MAX_STRENGTH), this.at(MAX_STRENGTH)];
  }

  moved() {
    setText(this.amount, shown(this.strength.value));
    for (const { button, strength } of this.steps) button.ariaCurrent = String(strength === Math.round(this.strength.value));
  }
}
