// A point that moves by itself, slowly past given codes, until somebody takes over. Python never hears of it.

import { smoothstep } from "../runtime/math.js";
import { element } from "../view/elements.js";
import { prefersReducedMotion } from "../view/timing.js";

const MS_BETWEEN_STOPS = 3500;
const LONGEST_FRAME_MS = 50; // a page that was hidden does not jump
const CAPTURE = { capture: true, passive: true };
const TAKING_OVER = ["pointerdown", "keydown", "focusin", "wheel"];

/** @typedef {[number, number]} Spot */

/**
 * A closed way past spots: in the order in which they lie around their middle, so that it hardly crosses itself, from the first of them.
 * @param {Spot[]} spots
 */
export function wayAround(spots) {
  const middle = [0, 1].map((axis) => spots.reduce((sum, spot) => sum + spot[axis], 0) / spots.length);
  const angle = (/** @type {Spot} */ [a, b]) => Math.atan2(b - middle[1], a - middle[0]);
  const ordered = [...spots].sort((one, other) => angle(one) - angle(other));
  const first = ordered.indexOf(spots[0]);
  return [...ordered.slice(first), ...ordered.slice(0, first)];
}

/**
 * Where one is on a closed smooth way (Catmull and Rom's spline), slowest at its stops.
 * @param {Spot[]} way
 * @param {number} time in stops
 * @returns {Spot}
 */
export function spotAt(way, time) {
  const stop = Math.floor(time);
  const t = smoothstep(time - stop);
  const [before, from, to, after] = [-1, 0, 1, 2].map((step) => way[(stop + step + way.length) % way.length]);
  const along = (/** @type {0 | 1} */ axis) => {
    const [p, q, r, s] = [before[axis], from[axis], to[axis], after[axis]];
    return q + 0.5 * t * (r - p + t * (2 * p - 5 * q + 4 * r - s + t * (3 * (q - r) + s - p)));
  };
  return [along(0), along(1)];
}

/** The point of a map on its way; "data-drifting" of the root says whether it moves. */
export class Drift {
  #map;
  #root;
  #stops;
  #hint = element("p", "hint", "Drag anywhere");
  /** @type {Spot[] | null} */
  #way = null;
  #time = 0; // in stops
  #before = 0;
  /** @type {number | undefined} */
  #request;
  #sight = new IntersectionObserver((changes) => this.#go(changes[changes.length - 1].isIntersecting));
  #takeOver = () => this.stop();

  /**
   * @param {HTMLElement} root of the map: whoever touches it, or comes there by keys, takes over
   * @param {HTMLElement} plane
   * @param {import("./latent_map.js").LatentMap} map
   * @param {number[][]} stops codes
   */
  constructor(root, plane, map, stops) {
    this.#root = root;
    this.#map = map;
    this.#stops = stops;
    if (!stops.length) return;
    plane.append(this.#hint);
    for (const name of TAKING_OVER) root.addEventListener(name, this.#takeOver, CAPTURE);
    this.#sight.observe(root);
  }

  /** For good. */
  stop() {
    this.#sight.disconnect();
    this.#go(false);
    this.#hint.remove();
    for (const name of TAKING_OVER) this.#root.removeEventListener(name, this.#takeOver, CAPTURE);
  }

  /** @param {boolean} isSeen in a hidden tab the browser itself holds animation frames back */
  #go(isSeen) {
    const moves = isSeen && !prefersReducedMotion();
    if (this.#request !== undefined) cancelAnimationFrame(this.#request);
    this.#request = moves ? requestAnimationFrame((now) => this.#step(now)) : undefined;
    this.#root.dataset.drifting = String(moves);
  }

  /** @param {number} now */
  #step(now) {
    this.#time += Math.min(now - this.#before, LONGEST_FRAME_MS) / MS_BETWEEN_STOPS;
    this.#before = now;
    this.#way ??= wayAround(this.#stops.map((code) => this.#map.slice.spotOf(code)));
    this.#map.goOnPlane(spotAt(this.#way, this.#time));
    this.#request = requestAnimationFrame((later) => this.#step(later));
  }
}
