// A - B + C.

import { shown } from "../runtime/format.js";
import { along } from "../runtime/geometry.js";
import { find, setText } from "../view/elements.js";
import { Strength } from "./strength.js";
import { rounded } from "./strip.js";

/** @import { End, Host, Stage, State } from "./types.js" */

const MAX_STRENGTH = 1.5;

/** @implements {Stage} */
export class ArithmeticStage {
  /**
   * @param {Host} host
   * @param {End[]} ends
   */
  constructor(host, ends) {
    this.host = host;
    this.ends = ends;
    this.strength = new Strength(host, 0, MAX_STRENGTH);
    this.amount = find(host.root, ".amount");
    const [a, b, c] = ends.map(({ mean }) => mean);
    this.direction = c.map((value, i) => value - b[i]);
    this.origin = a;
    host.showEnds(ends);
  }

  /** @param {Pick<State, "strength">} state */
  start({ strength }) {
    this.strength.value = strength;
  }

  state() {
    return { strength: rounded(this.strength.value) };
  }

  code() {
    return along(this.origin, this.direction, this.strength.value);
  }

  path() {
    return [this.origin, along(this.origin, this.direction, MAX_STRENGTH)];
  }

  redraw() {
    this.host.showEnds(this.ends);
  }

  moved() {
    setText(this.amount, shown(this.strength.value));
  }
}
