// A point that arrow keys walk over a drawing. Knows no page.

import { clamp } from "../runtime/math.js";

/** @import { Point } from "../types.js" */

const STEP = 1 / 28; // of the longer side
const SLOW = 0.25;

export class KeyCursor {
  /** Arrows that are held down, in lower case. @type {Set<string>} */
  #held = new Set();

  /**
   * @param {number} width
   * @param {number} height
   */
  constructor(width, height) {
    this.width = width;
    this.height = height;
    /** @type {Point} */
    this.point = [width / 2, height / 2];
  }

  /**
   * One step along all arrows that are held, so that two of them make a diagonal.
   * @param {string} key
   * @param {boolean} slowly
   */
  walk(key, slowly) {
    this.#held.add(key);
    const step = Math.max(this.width, this.height) * STEP * (slowly ? SLOW : 1);
    const [x, y] = this.point;
    const [dx, dy] = [this.#along("arrowright", "arrowleft"), this.#along("arrowdown", "arrowup")];
    this.point = [clamp(x + step * dx, 0, this.width), clamp(y + step * dy, 0, this.height)];
    return this.point;
  }

  /** @param {string} key */
  release(key) {
    this.#held.delete(key);
  }

  releaseAll() {
    this.#held.clear();
  }

  /**
   * @param {string} plus
   * @param {string} minus
   */
  #along(plus, minus) {
    return Number(this.#held.has(plus)) - Number(this.#held.has(minus));
  }
}
