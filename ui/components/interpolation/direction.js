// In the direction of a class.

import { shown } from "../runtime/format.js";
import { along } from "../runtime/geometry.js";
import { find, setText } from "../view/elements.js";
import { classMeans, tellingLabels } from "./code_paths.js";
import { Strength } from "./strength.js";
import { fillStrip, pictureButton, rounded } from "./strip.js";

/** @import { Vector } from "../types.js" */
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
    /** @type {Vector} */
    this.direction = new Float64Array(model.latentDim);
    this.strength = new Strength(host, -MAX_STRENGTH, MAX_STRENGTH);
    this.amount = find(root, ".amount");
    this.labels = tellingLabels(model);
    /** @type {NodeListOf<HTMLElement>} */
    this.means = root.querySelectorAll(".mean");
    this.select = this.fillSelect(find(root, "select", HTMLSelectElement));
    this.steps = STEPS.map((strength) => this.buildStep(strength));
    fillStrip(
      find(root, ".decoded"),
      this.steps.map(({ button }) => button),
    );
    for (const part of root.querySelectorAll(".choice, .strips, .mean, .sign")) part.toggleAttribute("hidden", !this.labels.length);
    find(root, ".no-classes").hidden = this.labels.length > 0;
    host.showEnds(ends);
  }

  /** @param {number} label */
  nameOf(label) {
    return this.host.model.about.class_names[label] ?? `Class ${label}`;
  }

  /** @param {HTMLSelectElement} select */
  fillSelect(select) {
    select.replaceChildren(...this.labels.map((label) => new Option(this.nameOf(label), String(label))));
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
    this.choose(label !== null && this.labels.includes(label) ? label : this.firstLabel());
  }

  /** A class that the image does not belong to, so that there is a way to go. */
  firstLabel() {
    return this.labels.find((label) => this.nameOf(label) !== this.ends[0].title) ?? null;
  }

  state() {
    return { label: this.label, strength: rounded(this.strength.value) };
  }

  /** @param {number | null} label */
  choose(label) {
    const { model, idle, pictures } = this.host;
    this.label = label;
    this.select.value = String(label);
    if (label !== null) this.aim(classMeans(model, label), this.nameOf(label));
    const canvases = this.steps.map(({ canvas }) => canvas);
    idle.set(
      "frames",
      pictures.stampJobs(canvases, (place) => this.at(STEPS[place])),
    );
    this.host.changed();
  }

  /**
   * @param {Vector[]} means the mean code of the class, and that of all others
   * @param {string} name of the class
   */
  aim([mean, rest], name) {
    this.direction = mean.map((value, k) => value - rest[k]);
    [mean, rest].forEach((code, i) => {
      const words = ["mean of " + name, "mean of the rest"][i];
      const canvas = find(this.means[i], "canvas", HTMLCanvasElement);
      this.host.pictures.stamp(canvas, this.host.pictures.decode(code));
      canvas.ariaLabel = `Decoded from the ${words}`;
      find(this.means[i], "figcaption").textContent = words;
    });
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
