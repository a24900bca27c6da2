// When things are done: once in the next frame, once after a rest, eased over some frames. Knows no component.

import { smoothstep } from "../runtime/math.js";

/** Whether a person has asked for less motion; it may change while the page is open. */
export const prefersReducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** An action for the next animation frame, however often it is requested before. */
export class NextFrame {
  /** @type {number | null} */
  #request = null;
  #run;

  /** @param {() => void} action */
  constructor(action) {
    this.#run = () => {
      this.#request = null;
      action();
    };
  }

  request() {
    this.#request ??= requestAnimationFrame(this.#run);
  }

  cancel() {
    if (this.#request !== null) cancelAnimationFrame(this.#request);
    this.#request = null;
  }
}

/** An action for when nothing has asked for it for `ms` milliseconds. */
export class AfterRest {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #ms;
  #action;

  /**
   * @param {number} ms
   * @param {() => void} action
   */
  constructor(ms, action) {
    this.#ms = ms;
    this.#action = action;
  }

  request() {
    this.cancel();
    this.#timer = setTimeout(this.#action, this.#ms);
  }

  cancel() {
    clearTimeout(this.#timer);
  }
}

/** A movement from 0 to 1 over some frames, slow at both ends; at once for those who asked for less motion. */
export class Movement {
  /** @type {number | undefined} */
  #request;
  /** What is under way. @type {((part: number) => void) | null} */
  #step = null;

  /**
   * @param {number} ms
   * @param {(part: number) => void} step is called in each frame, the last time with 1
   */
  start(ms, step) {
    this.stop();
    this.#step = step;
    const began = performance.now();
    const length = prefersReducedMotion() ? 0 : ms;
    const frame = (/** @type {number} */ now) => {
      const part = length ? Math.min((now - began) / length, 1) : 1;
      if (part < 1) this.#request = requestAnimationFrame(frame);
      else this.#step = null;
      step(smoothstep(part));
    };
    this.#request = requestAnimationFrame(frame);
  }

  stop() {
    if (this.#request !== undefined) cancelAnimationFrame(this.#request);
    this.#step = null;
  }

  /** At once to its end, if it is under way. */
  finish() {
    const step = this.#step;
    this.stop();
    step?.(1);
  }
}

/** A sentence that is read aloud and goes after four seconds. */
export class News {
  #element;
  #rest;

  /** @param {Element} element a live region */
  constructor(element) {
    this.#element = element;
    this.#rest = new AfterRest(4000, () => (element.textContent = ""));
  }

  /** @param {string} text */
  say(text) {
    this.#element.textContent = text;
    this.#rest.request();
  }

  close() {
    this.#rest.cancel();
  }
}
