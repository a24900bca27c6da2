// Play, pause and scrub: a button that plays steps, and a slider over numbered frames. Knows no component.

import { ICONS } from "./icons.js";

/** A button that plays: it shows what it would do next. */
export class PlayButton {
  #button;
  #title;
  /** @type {(() => void) | null} stops what plays */
  #stop = null;

  /**
   * @param {HTMLButtonElement} button
   * @param {{play: () => void, pause: () => void, title?: string}} pressed what a press does: to begin, and while it plays
   */
  constructor(button, { play, pause, title = "Play" }) {
    this.#button = button;
    this.#title = title;
    button.onclick = () => (this.isPlaying ? pause() : play());
    this.#show();
  }

  get isPlaying() {
    return this.#stop !== null;
  }

  /**
   * Call `step` again and again until `pause`.
   * @param {(now: number) => void} step
   * @param {number} ms from step to step; by default each animation frame is one
   */
  play(step, ms = 0) {
    this.pause();
    this.#stop = ms ? everyMs(step, ms) : everyFrame(step);
    this.#show();
  }

  pause() {
    this.#stop?.();
    this.#stop = null;
    this.#show();
  }

  #show() {
    const [title, icon] = this.isPlaying ? ["Pause", ICONS.pause] : [this.#title, ICONS.play];
    if (this.#button.title === title) return;
    this.#button.title = this.#button.ariaLabel = title;
    this.#button.innerHTML = icon;
  }
}

/** Numbered frames: a button plays them, a slider scrubs, and while the last one is shown a newer one takes its place. */
export class FramePlayer {
  index = 0;
  isFollowing = true;
  count = 0;
  #range;
  #button;
  #show;
  #ms;

  /**
   * @param {{button: HTMLButtonElement, range: HTMLInputElement, title?: string}} controls
   * @param {(how: "play" | "scrub" | "pause") => void} show is called whenever `index` has changed, or whether it plays
   * @param {(count: number) => number} ms how long each of `count` frames is shown
   */
  constructor({ button, range, title }, show, ms) {
    this.#range = range;
    this.#show = show;
    this.#ms = ms;
    this.#button = new PlayButton(button, { title, play: () => this.play(), pause: () => this.pause() });
    range.oninput = () => this.scrub(Number(range.value));
  }

  get last() {
    return Math.max(this.count - 1, 0);
  }

  get isPlaying() {
    return this.#button.isPlaying;
  }

  /** There are `count` frames now. @param {number} count */
  resize(count) {
    this.count = count;
    if (this.isFollowing || this.index > this.last) this.index = this.last;
  }

  /** @param {number} index */
  scrub(index) {
    this.#button.pause();
    this.#goTo(index, "scrub");
  }

  /** Show the newest frame, and each that comes; or stay. @param {boolean} isFollowing */
  follow(isFollowing) {
    this.#button.pause();
    this.isFollowing = isFollowing;
    if (isFollowing) this.index = this.last;
    this.#show("play");
  }

  /** From here to the end; from the beginning when it is at the end. */
  play() {
    if (this.index === this.last) this.index = 0;
    this.isFollowing = false;
    this.#button.play(() => this.#advance(), this.#ms(this.count));
    this.#show("play");
  }

  pause() {
    this.#button.pause();
    this.#show("pause");
  }

  close() {
    this.#button.pause();
  }

  /** Bring the slider to where the frames are; `text` says it in words. @param {string} text */
  describe(text) {
    this.#range.max = String(Math.max(this.last, 1));
    this.#range.value = String(this.index);
    this.#range.setAttribute("aria-valuetext", text);
  }

  #advance() {
    if (this.index + 1 >= this.last) this.#button.pause();
    this.#goTo(Math.min(this.index + 1, this.last), "play");
  }

  /**
   * @param {number} index
   * @param {"play" | "scrub"} how
   */
  #goTo(index, how) {
    this.index = index;
    this.isFollowing = index === this.last;
    this.#show(how);
  }
}

/**
 * @param {(now: number) => void} step
 * @param {number} ms
 */
function everyMs(step, ms) {
  const timer = setInterval(() => step(performance.now()), ms);
  return () => clearInterval(timer);
}

/** @param {(now: number) => void} step */
function everyFrame(step) {
  let request = requestAnimationFrame(next);
  return () => cancelAnimationFrame(request);

  function next(/** @type {number} */ now) {
    request = requestAnimationFrame(next);
    step(now);
  }
}
