// @ts-nocheck
// A - B + C.

import { shown } from "../runtime/format.js";
import { along } from "../runtime/geometry.js";
import { clamp } from "../runtime/math.js";
import { setText } from "../view/elements.js";
import { rounded } from "./strip.js";

export class ArithmeticStage {
  constructor(view, ends) {
    Object.assign(this, { view, ends, input: view.bindStrength(this) });
    const [a, b, c] = ends.map(({ mean }) => mean);
    this.direction = c.map((value, i) => value - b[i]);
    this.origin = a;
    view.showEnds(ends);
  }

  start({ strength }) {
    this.strength = clamp(strength, 0, 1.5);
    this.input.value = this.strength;
  }

  state() {
    return { strength: rounded(this.strength) };
  }

  code() {
    return along(this.origin, this.direction, this.strength);
  }

  path() {
    return [this.origin, along(this.origin, this.direction, 1.5)];
  }

  moved() {
    setText(this.view.find(".amount"), shown(this.strength));
  }
}
