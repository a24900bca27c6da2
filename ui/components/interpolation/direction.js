// @ts-nocheck
// In the direction of a class.

import { shown } from "../runtime/format.js";
import { along } from "../runtime/geometry.js";
import { clamp } from "../runtime/math.js";
import { setText } from "../view/elements.js";
import { classDirection, tellingLabels } from "./code_paths.js";
import { fillStrip, rounded } from "./strip.js";

const DIRECTION_STEPS = [-3, -2, -1, 0, 1, 2, 3];

export class DirectionStage {
  constructor(view, ends) {
    Object.assign(this, { view, ends, input: view.bindStrength(this), select: view.find("select") });
    this.labels = tellingLabels(view.model);
    this.select.replaceChildren(...this.labels.map((label) => new Option(view.model.about.class_names[label] ?? `Class ${label}`, label)));
    this.select.onchange = () => {
      this.choose(Number(this.select.value));
      view.settle();
    };
    this.buttons = DIRECTION_STEPS.map((strength) => this.button(strength));
    fillStrip(view.find(".decoded"), this.buttons);
    for (const selector of [".choice", ".strips"]) view.find(selector).hidden = !this.labels.length;
    view.find(".no-classes").hidden = this.labels.length > 0;
    view.showEnds(ends);
  }

  button(strength) {
    const button = document.createElement("button");
    button.title = button.ariaLabel = `Go to ${shown(strength)}`;
    button.append(document.createElement("canvas"), shown(strength).replace(".00", ""));
    button.onclick = () => {
      this.strength = strength;
      this.input.value = strength;
      this.view.changed();
      this.view.settle();
    };
    return button;
  }

  start({ label, strength }) {
    this.strength = this.labels.length ? clamp(strength, -3, 3) : 0;
    this.input.value = this.strength;
    this.choose(this.labels.includes(label) ? label : this.labels[0]);
  }

  state() {
    return { label: this.label ?? null, strength: rounded(this.strength) };
  }

  choose(label) {
    const { view, ends } = this;
    this.label = label;
    this.select.value = label;
    this.direction = label === undefined ? new Float64Array(view.model.latentDim) : classDirection(view.model, label);
    view.stampLater(
      "frames",
      this.buttons.map((button) => button.firstChild),
      (i) => along(ends[0].mean, this.direction, DIRECTION_STEPS[i]),
    );
    view.changed();
  }

  code() {
    return along(this.ends[0].mean, this.direction, this.strength);
  }

  path() {
    return [-3, 3].map((strength) => along(this.ends[0].mean, this.direction, strength));
  }

  moved() {
    setText(this.view.find(".amount"), shown(this.strength));
    this.buttons.forEach((button, i) => button.setAttribute("aria-current", DIRECTION_STEPS[i] === Math.round(this.strength)));
  }
}
