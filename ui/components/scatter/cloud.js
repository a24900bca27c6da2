// Where points lie on the plane of the screen: projected as they are or turned in space, and moving from one place to another.
// Knows no page.

import { clamp, smoothstep } from "../runtime/math.js";
import { Cells } from "./cells.js";
import { OPAQUE } from "./raster.js";

const FAINTEST = 36; // of the point farthest from the viewer, in three dimensions
const MORPH_MS = 600;

/**
 * @typedef {import("../view/viewport.js").Window} Window
 * @typedef {{from: Float32Array, to: Float32Array, flat: Float32Array, began: number}} Morph
 */

export class Cloud {
  dims = 2;
  /** Where they are drawn, (N, 2). @type {Float32Array} */
  flat = new Float32Array(0);
  /** @type {Uint32Array | null} from back to front; null on a plane */
  order = null;
  /** @type {Uint8Array | null} what is farther away is fainter; null on a plane */
  strength = null;
  /** @type {Float32Array} (N, dims) */
  #positions = new Float32Array(0);
  #middle = [0, 0];
  #reach = [1, 1];
  #yaw = 0.5;
  #pitch = 0.3;
  /** @type {Morph | null} */
  #morph = null;
  /** @type {Cells | null} */
  #cells = null;

  /**
   * Take other points.
   * @param {Float32Array} positions
   * @param {number} dims
   */
  take(positions, dims) {
    [this.#positions, this.dims, this.#morph] = [positions, dims, null];
    this.#findBounds();
    this.#flatten();
  }

  get isMorphing() {
    return this.#morph !== null;
  }

  /**
   * Begin where points were and move to where they are.
   * @param {Float32Array} flat where they were
   * @param {Window} from the window that showed all of them
   * @param {Window} to the one that does now
   */
  morph(flat, from, to) {
    const ratio = to.half / from.half;
    const start = Float32Array.from(flat, (value, k) => (k % 2 ? to.y + (value - from.y) * ratio : to.x + (value - from.x) * ratio));
    this.#morph = { from: start, to: this.flat, flat: start.slice(), began: performance.now() };
  }

  /** The next frame of a movement; whether there is another one. */
  advance() {
    if (!this.#morph) return false;
    const { from, to, flat, began } = this.#morph;
    const t = (performance.now() - began) / MORPH_MS;
    const eased = smoothstep(t);
    for (let k = 0; k < flat.length; k++) flat[k] = from[k] + eased * (to[k] - from[k]);
    this.#place(t < 1 ? flat : to);
    if (t >= 1) this.#morph = null;
    return this.isMorphing;
  }

  /** The window that shows everything. @param {number} aspect height by width @returns {Window} */
  home(aspect) {
    const [x, y] = this.dims === 3 ? [0, 0] : this.#middle;
    const half = Math.max(this.#reach[0], this.#reach[1] / aspect) * 1.08;
    return { x, y, half: half || 1 };
  }

  /**
   * Turn about the vertical by `dx` and tilt by `dy`, in radians.
   * @param {number} dx
   * @param {number} dy
   */
  turn(dx, dy) {
    this.#yaw += dx;
    this.#pitch = clamp(this.#pitch + dy, -Math.PI / 2, Math.PI / 2);
    this.#morph = null;
    this.#flatten();
  }

  /** Right, up and towards the viewer as rows, after the turn and the tilt. */
  get rotation() {
    const [c, s, p, q] = [Math.cos(this.#yaw), Math.sin(this.#yaw), Math.cos(this.#pitch), Math.sin(this.#pitch)];
    return [
      [c, 0, s],
      [s * q, p, -c * q],
      [-s * p, q, c * p],
    ];
  }

  /**
   * The point nearest to (x, y) within `radius` among those that `allows` lets through, or -1.
   * @param {number} x
   * @param {number} y
   * @param {number} radius
   * @param {(index: number) => boolean} allows
   */
  nearest(x, y, radius, allows) {
    this.#cells ??= new Cells(this.flat);
    return this.#cells.nearest(x, y, radius, allows);
  }

  /** The middle of all points and how far they reach; in three dimensions as far in every direction, since they turn. */
  #findBounds() {
    const [positions, dims] = [this.#positions, this.dims];
    const spans = Array.from({ length: dims }, () => [Infinity, -Infinity]);
    for (let k = 0; k < positions.length; k++) {
      const span = spans[k % dims];
      if (positions[k] < span[0]) span[0] = positions[k];
      if (positions[k] > span[1]) span[1] = positions[k];
    }
    this.#middle = spans.map(([low, high]) => (low <= high ? (low + high) / 2 : 0));
    this.#reach = spans.map(([low, high]) => (low <= high ? (high - low) / 2 : 1));
    if (dims === 3) this.#reach.fill(Math.hypot(...this.#reach) * 0.8);
  }

  #flatten() {
    if (this.dims === 2) {
      [this.order, this.strength] = [null, null];
      return this.#place(this.#positions);
    }
    const positions = this.#positions;
    const count = positions.length / 3;
    const [flat, depth] = [new Float32Array(2 * count), new Float32Array(count)];
    const [a, b, c] = this.rotation;
    const [mx, my, mz] = this.#middle;
    for (let i = 0; i < count; i++) {
      const [x, y, z] = [positions[3 * i] - mx, positions[3 * i + 1] - my, positions[3 * i + 2] - mz];
      flat[2 * i] = a[0] * x + a[1] * y + a[2] * z;
      flat[2 * i + 1] = b[0] * x + b[1] * y + b[2] * z;
      depth[i] = c[0] * x + c[1] * y + c[2] * z;
    }
    this.#shade(depth);
    this.#place(flat);
  }

  /** Draw from back to front, and what is farther away fainter. @param {Float32Array} depth */
  #shade(depth) {
    const reach = this.#reach[0] || 1;
    const levels = Uint8Array.from(depth, (value) => clamp((value / reach + 1) * 127.5, 0, 255));
    this.strength = levels.map((level) => FAINTEST + ((OPAQUE - FAINTEST) * level) / 255);
    const starts = new Uint32Array(257);
    for (const level of levels) starts[level + 1]++;
    for (let level = 1; level < 257; level++) starts[level] += starts[level - 1];
    const order = new Uint32Array(levels.length);
    levels.forEach((level, i) => (order[starts[level]++] = i));
    this.order = order;
  }

  /** @param {Float32Array} flat */
  #place(flat) {
    this.flat = flat;
    this.#cells = null;
  }
}

/**
 * A window moved along when everything moves from one home to another.
 * @param {Window} window
 * @param {Window} from
 * @param {Window} to
 * @returns {Window}
 */
export function carried({ x, y, half }, from, to) {
  const ratio = to.half / from.half;
  return { x: to.x + (x - from.x) * ratio, y: to.y + (y - from.y) * ratio, half: half * ratio };
}
