// @ts-nocheck
// A plane seen through a window: which place of it lies at which pixel, zooming and moving, the numbers along its edges.
// Knows no model and no Python.
//
// A window is its middle {x, y} and `half` its width, in the plane's own units. Pixels are CSS pixels from the upper left corner of
// the element, down; the plane's second axis goes up.

import { clamp, distance } from "../runtime/math.js";

const TICK_ROOM = 56; // pixels between two numbers, at least
const MOST_TICKS = 8;
const ACROSS_NAME = 32; // pixels at the end of an axis that its name takes
const UP_NAME = 28;
export const ZOOM_KEYS = { "+": 0.8, "=": 0.8, "-": 1.25, _: 1.25 };

export class Viewport {
  width = 0;
  height = 0;
  window = { x: 0, y: 0, half: 1 };

  measure(element) {
    [this.width, this.height] = [element.clientWidth, element.clientHeight];
  }

  /** Height by width. */
  get aspect() {
    return this.height / this.width || 1; // nothing is laid out yet in a hidden tab
  }

  /** How many pixels a unit of the plane takes. */
  get scale() {
    return this.width / (2 * this.window.half);
  }

  toPlane([px, py]) {
    const { x, y } = this.window;
    return [x + (px - this.width / 2) / this.scale, y - (py - this.height / 2) / this.scale];
  }

  toPixels(a, b) {
    const { x, y } = this.window;
    return [this.width / 2 + (a - x) * this.scale, this.height / 2 - (b - y) * this.scale];
  }

  /** The pixel, or the nearest one inside. */
  inside([px, py]) {
    return [clamp(px, 0, this.width), clamp(py, 0, this.height)];
  }

  /** Show more or less; what lies at a pixel stays there. `least` and `most` limit half the width. */
  zoom(factor, pixel, least, most) {
    const [a, b] = this.toPlane(pixel);
    const { x, y, half } = this.window;
    const ratio = clamp(half * factor, least, most) / half;
    this.window = { x: a + (x - a) * ratio, y: b + (y - b) * ratio, half: half * ratio };
  }

  /** Move what is seen by so many pixels. */
  pan(dx, dy) {
    const { x, y, half } = this.window;
    this.window = { x: x - dx / this.scale, y: y + dy / this.scale, half };
  }

  /** The numbers along the lower and the left edge, each as HTML with the axis' name; none where the name is. */
  ticks([across, up]) {
    const { x, y, half } = this.window;
    const tall = half * this.aspect;
    const step = niceStep((2 * half) / Math.min(this.width / TICK_ROOM, MOST_TICKS));
    const edge = (name, low, high, place, fits) => {
      const spots = multiples(low, high, step)
        .map((value) => [axisNumber(value, step), place(value)])
        .filter(([, spot]) => fits(spot));
      return spots.map(([text, spot]) => `<span style="--at: ${spot}px">${text}</span>`).join("") + `<b>${name}</b>`;
    };
    return [
      edge(
        across,
        x - half,
        x + half,
        (value) => this.toPixels(value, 0)[0],
        (spot) => spot < this.width - ACROSS_NAME,
      ),
      edge(
        up,
        y - tall,
        y + tall,
        (value) => this.toPixels(0, value)[1],
        (spot) => spot > UP_NAME,
      ),
    ];
  }
}

/** The square window that shows all of one or two spans [low, high], across and up. */
export function windowAround(spans) {
  const half = Math.max(...spans.map(([low, high]) => (high - low) / 2)) * 1.06 || 1;
  const [x, y = 0] = spans.map(([low, high]) => (low + high) / 2);
  return { x, y, half };
}

/** By how much a turn of the wheel changes the window; a pinch on a touchpad comes with the control key and small steps. */
export function wheelZoom({ deltaY, deltaMode, ctrlKey }) {
  const pixels = clamp(deltaY * (deltaMode === 1 ? 16 : 1), -200, 200);
  return Math.exp(pixels * (ctrlKey ? 0.01 : 0.0015));
}

/** Two fingers that were at the pixels `before` and are at `after`: by how much the window changes, around where, and how far it moves. */
export function pinched(before, after) {
  const middle = ([[x0, y0], [x1, y1]]) => [(x0 + x1) / 2, (y0 + y1) / 2];
  const [was, is] = [middle(before), middle(after)];
  return { factor: distance(...before) / Math.max(distance(...after), 1), around: is, dx: is[0] - was[0], dy: is[1] - was[1] };
}

/** The smallest of 1, 2 and 5 times a power of ten that is at least `least`. */
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least * 0.999);
}

function multiples(low, high, step) {
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(Math.floor(high / step) - first + 1, 0) }, (_, i) => (first + i) * step);
}

function axisNumber(value, step) {
  return value
    .toFixed(Math.max(0, -Math.floor(Math.log10(step))))
    .replace(/^-(?=0\.?0*$)/, "")
    .replace("-", "\u2212");
}
