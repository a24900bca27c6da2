// What hands do on an element: drag, pinch, wheel, pass over, keys. Knows no component.
//
// `new Gestures(element, hands)` listens; a component says in `hands` what follows, and leaves out what it does not want. A drag
// holds its pointer: it goes on outside of the element. Pixels are CSS pixels from the upper left corner inside the element's border.

import { clamp, distance } from "../runtime/math.js";

const CLICK_SLACK = 4; // CSS pixels that a click may wander
const KEY_ZOOM = 0.8;

/**
 * @typedef {[number, number]} Pixel
 *
 * @typedef {object} Drag
 * @property {Pixel} from where it began
 * @property {Pixel} last where the pointer was before its latest move
 * @property {Pixel} at where it is
 * @property {boolean} moved whether it is more than a click
 *
 * @typedef {object} Pinch what two fingers do: the window changes by `factor` around a pixel, after it moved by (dx, dy) pixels
 * @property {number} factor
 * @property {Pixel} around
 * @property {number} dx
 * @property {number} dy
 *
 * @typedef {object} Hands
 * @property {(event: PointerEvent, held: PointerEvent | null) => boolean} [accepts] whether a pointer may hold; by default one with its
 * first button, and with `pinch` any number of them, else the first one alone. One that is accepted while another is `held` takes over.
 * @property {(drag: Drag, event: PointerEvent) => void} [press] a drag begins
 * @property {(drag: Drag, event: PointerEvent) => void} [drag] its pointer has moved
 * @property {(drag: Drag) => void} [abandon] a second finger has come: it was no drag
 * @property {(drag: Drag | null, event: PointerEvent) => void} [release] the last pointer let go; null after a pinch
 * @property {(drag: Drag | null) => void} [cancel] as `release`, but the browser took the pointer away. By default as `release`.
 * @property {(pinch: Pinch) => void} [pinch]
 * @property {(pixel: Pixel, event: PointerEvent) => void} [hover] a pointer passes over that holds nothing
 * @property {() => void} [leave] it has left
 * @property {(factor: number, pixel: Pixel) => void} [wheel] the window changes by `factor` around a pixel
 * @property {(event: KeyboardEvent) => boolean | void} [key] true for a key that it takes: the browser then does nothing with it
 */

export class Gestures {
  #element;
  #hands;
  /** @type {Map<number, Pixel>} where pointers that are down are, by their id */
  #held = new Map();
  /** @type {PointerEvent | null} */
  #first = null;
  /** @type {Drag | null} */
  #drag = null;
  #box = { left: 0, top: 0 };

  /**
   * @param {HTMLElement} element
   * @param {Hands} hands
   */
  constructor(element, hands) {
    this.#element = element;
    this.#hands = hands;
    element.onpointerdown = (event) => this.#press(event);
    element.onpointermove = (event) => this.#move(event);
    element.onpointerup = (event) => this.#release(event, true);
    element.onpointercancel = element.onlostpointercapture = (event) => this.#release(event, false);
    element.onpointerleave = () => this.#held.size || hands.leave?.();
    if (hands.key) element.onkeydown = (event) => this.#type(event);
    if (hands.wheel) element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  /** The drag that goes on, or null. */
  get drag() {
    return this.#drag;
  }

  /** Where a pointer is on the element. @param {MouseEvent} event @returns {Pixel} */
  pixel(event) {
    if (!this.#held.size) this.#box = this.#element.getBoundingClientRect(); // nothing moves while a pointer is down: no layout then
    return [event.clientX - this.#box.left - this.#element.clientLeft, event.clientY - this.#box.top - this.#element.clientTop];
  }

  /** @param {PointerEvent} event */
  #press(event) {
    if (!this.#accepts(event)) return;
    if (!this.#hands.pinch) this.#held.clear();
    const from = this.pixel(event);
    this.#element.setPointerCapture(event.pointerId);
    this.#held.set(event.pointerId, from);
    this.#first = event;
    if (this.#held.size === 1) {
      this.#drag = { from, last: from, at: from, moved: false };
      this.#hands.press?.(this.#drag, event);
    } else if (this.#drag) {
      this.#hands.abandon?.(this.#drag);
      this.#drag = null;
    }
  }

  /** @param {PointerEvent} event */
  #accepts(event) {
    const held = this.#held.size ? this.#first : null;
    if (this.#hands.accepts) return this.#hands.accepts(event, held);
    return event.button === 0 && (!held || Boolean(this.#hands.pinch));
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const pixel = this.pixel(event);
    if (!this.#held.has(event.pointerId)) return this.#hands.hover?.(pixel, event);
    const before = this.#held.size === 2 ? [...this.#held.values()] : null;
    this.#held.set(event.pointerId, pixel);
    if (before) this.#hands.pinch?.(pinched(before, [...this.#held.values()]));
    const drag = this.#drag;
    if (!drag) return;
    [drag.last, drag.at] = [drag.at, pixel];
    drag.moved ||= distance(drag.from, pixel) > CLICK_SLACK;
    this.#hands.drag?.(drag, event);
  }

  /**
   * @param {PointerEvent} event
   * @param {boolean} intended
   */
  #release(event, intended) {
    if (!this.#held.delete(event.pointerId) || this.#held.size) return;
    const drag = this.#drag;
    this.#drag = null;
    if (intended || !this.#hands.cancel) this.#hands.release?.(drag, event);
    else this.#hands.cancel(drag);
  }

  /** Returns nothing: a handler that returns false prevents what the browser does, such as leaving by Tab. @param {KeyboardEvent} event */
  #type(event) {
    if (this.#hands.key?.(event)) event.preventDefault();
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    event.preventDefault();
    this.#hands.wheel?.(wheelZoom(event), this.pixel(event));
  }
}

/** @param {KeyboardEvent | PointerEvent} event */
export const hasModifier = (event) => event.ctrlKey || event.metaKey || event.altKey;

/**
 * An arrow key as [right, up], with Shift times `shifted`; null for any other key.
 * @param {KeyboardEvent} event
 * @returns {[right: number, up: number] | null}
 */
export function arrowOf(event, shifted = 0.1) {
  const step = event.shiftKey ? shifted : 1;
  if (event.key === "ArrowLeft") return [-step, 0];
  if (event.key === "ArrowRight") return [step, 0];
  if (event.key === "ArrowDown") return [0, -step];
  return event.key === "ArrowUp" ? [0, step] : null;
}

/** 1 for plus, -1 for minus, with Shift or without; 0 for any other key. @param {KeyboardEvent} event */
export const signOf = ({ key }) => Number(key === "+" || key === "=") - Number(key === "-" || key === "_");

/** By how much plus or minus changes the window; 1 for any other key. @param {KeyboardEvent} event */
export const keyZoom = (event) => KEY_ZOOM ** signOf(event);

/**
 * By how much a turn of the wheel changes the window; a pinch on a touchpad comes with the control key and small steps.
 * @param {{deltaY: number, deltaMode: number, ctrlKey: boolean}} event
 */
export function wheelZoom({ deltaY, deltaMode, ctrlKey }) {
  const pixels = clamp(deltaY * (deltaMode === 1 ? 16 : 1), -200, 200);
  return Math.exp(pixels * (ctrlKey ? 0.01 : 0.0015));
}

/**
 * Two fingers that were at the pixels `before` and are at `after`.
 * @param {Pixel[]} before
 * @param {Pixel[]} after
 * @returns {Pinch}
 */
export function pinched(before, after) {
  const [was, is] = [middle(before), middle(after)];
  const factor = distance(before[0], before[1]) / Math.max(distance(after[0], after[1]), 1);
  return { factor, around: is, dx: is[0] - was[0], dy: is[1] - was[1] };
}

/** @param {Pixel[]} ends @returns {Pixel} */
const middle = ([[x0, y0], [x1, y1]]) => [(x0 + x1) / 2, (y0 + y1) / 2];
