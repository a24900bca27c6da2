// Points in square cells: which is near a spot, which are inside a polygon.

import { clamp } from "../runtime/math.js";

/** Points (x, y) sorted into square cells, so that the nearest one is found without asking all. */
export class Cells {
  #flat;
  #left = 0;
  #bottom = 0;
  #side = 1;
  #columns = 0;
  #rows = 0;
  #starts; // of each cell among the members
  #members;

  /** @param {Float32Array} flat (N, 2); one that is not a number lies nowhere */
  constructor(flat) {
    this.#flat = flat;
    const count = flat.length / 2;
    const [left, right, bottom, top] = boundsOf(flat);
    const side = Math.sqrt(((right - left) * (top - bottom) * 2) / count) || Math.max(right - left, top - bottom) / count || 1;
    this.#side = Math.max(side, (right - left) / 2000, (top - bottom) / 2000); // points on a line: not a million cells
    [this.#left, this.#bottom] = [left, bottom];
    [this.#columns, this.#rows] = [this.#cell(right, left) + 1, this.#cell(top, bottom) + 1];
    this.#starts = new Uint32Array(this.#columns * this.#rows + 1);
    this.#members = new Uint32Array(count);
    this.#sort(Int32Array.from({ length: count }, (_, i) => this.#of(flat[2 * i], flat[2 * i + 1])));
  }

  /** @param {Int32Array} cells of the points, -1 for none */
  #sort(cells) {
    for (const cell of cells) if (cell >= 0) this.#starts[cell + 1]++;
    for (let cell = 1; cell < this.#starts.length; cell++) this.#starts[cell] += this.#starts[cell - 1];
    const next = this.#starts.slice();
    cells.forEach((cell, i) => {
      if (cell >= 0) this.#members[next[cell]++] = i;
    });
  }

  /**
   * @param {number} value
   * @param {number} start
   */
  #cell(value, start) {
    return Math.floor((value - start) / this.#side);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  #of(x, y) {
    return x === x ? this.#cell(y, this.#bottom) * this.#columns + this.#cell(x, this.#left) : -1;
  }

  /**
   * The point nearest to (x, y) within `radius` among those that `allows` lets through, or -1.
   * @param {number} x
   * @param {number} y
   * @param {number} radius
   * @param {(index: number) => boolean} allows
   */
  nearest(x, y, radius, allows) {
    let [best, least] = [-1, radius ** 2];
    const [west, east] = [this.#cell(x - radius, this.#left), this.#cell(x + radius, this.#left)];
    const [south, north] = [this.#cell(y - radius, this.#bottom), this.#cell(y + radius, this.#bottom)];
    for (let row = Math.max(south, 0); row <= Math.min(north, this.#rows - 1); row++) {
      const from = this.#starts[row * this.#columns + clamp(west, 0, this.#columns)];
      const to = this.#starts[row * this.#columns + clamp(east + 1, 0, this.#columns)];
      for (let n = from; n < to; n++) {
        const i = this.#members[n];
        const squared = (this.#flat[2 * i] - x) ** 2 + (this.#flat[2 * i + 1] - y) ** 2;
        if (squared <= least && allows(i)) [best, least] = [i, squared];
      }
    }
    return best;
  }
}

/** Left, right, bottom, top of all points that have a place. @param {ArrayLike<number>} flat (N, 2) */
export function boundsOf(flat) {
  let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] < left) left = flat[i];
    if (flat[i] > right) right = flat[i];
    if (flat[i + 1] < bottom) bottom = flat[i + 1];
    if (flat[i + 1] > top) top = flat[i + 1];
  }
  return left <= right ? [left, right, bottom, top] : [-1, 1, -1, 1];
}

/**
 * Whether (x, y) lies inside a closed polygon, by the even-odd rule.
 * @param {[number, number][]} polygon
 * @param {number} x
 * @param {number} y
 */
export function insidePolygon(polygon, x, y) {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i];
    const [xj, yj] = polygon[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
