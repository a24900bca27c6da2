// How a projection came about: its frames, to play and to scrub.

import { find } from "../view/elements.js";
import { FramePlayer } from "../view/player.js";
import { framesOfPart } from "./points.js";

const FRAME_MS = 70;

/**
 * @import { Part } from "../view/parts.js"
 * @import { Frame } from "./points.js"
 */

export class ProjectionFilm {
  #root;
  #box;
  #player;
  /** @type {Frame[]} of all projections, oldest first */
  #frames = [];
  /** @type {(Frame | null)[]} what the slider runs over; null: the points themselves */
  #timeline = [];
  #known = "";

  /**
   * @param {HTMLElement} root
   * @param {() => void} moved another frame is to be shown
   */
  constructor(root, moved) {
    this.#root = root;
    this.#box = find(root, ".film");
    const controls = { button: find(this.#box, "button", HTMLButtonElement), range: find(this.#box, "input", HTMLInputElement) };
    const played = (/** @type {string} */ how) => (how === "pause" ? this.show() : moved());
    this.#player = new FramePlayer({ ...controls, title: "Play how it came about" }, played, () => FRAME_MS);
  }

  close() {
    this.#player.close();
  }

  /** The frame that is shown; null or undefined where the points themselves are. */
  get frame() {
    return this.#timeline[this.#player.index];
  }

  /** Whether the newest frame is shown, and each that comes. */
  get isFollowing() {
    return this.#player.isFollowing;
  }

  /**
   * Take the frames of films from their parts; whether they are others than before, and whether they are more.
   * @param {Part[]} parts
   * @param {Set<string>} films
   */
  take(parts, films) {
    const filmed = parts.filter(({ film }) => films.has(film));
    const frames = filmed.flatMap((part) => framesOfPart(/** @type {any} */ (part))).sort((a, b) => a.step - b.step);
    const known = frames.map(({ film, step }) => film + step).join();
    const [isOther, isMore] = [known !== this.#known, frames.length > this.#frames.length];
    [this.#known, this.#frames] = [known, frames];
    return { isOther, isMore };
  }

  /**
   * Run over the frames of one film, and when it is finished over the points themselves.
   * @param {string | undefined} film
   * @param {boolean} live
   */
  run(film, live) {
    const frames = film ? this.#frames.filter((frame) => frame.film === film) : [];
    this.#timeline = frames.length && !live ? [...frames, null] : frames;
    this.#player.resize(this.#timeline.length);
  }

  show() {
    const text = this.frame ? `Step ${this.frame.step}` : "Finished";
    this.#box.hidden = this.#timeline.length < 2;
    this.#box.dataset.moving = String(Boolean(this.frame));
    this.#player.describe(text);
    find(this.#box, "span").textContent = text;
    Object.assign(this.#root.dataset, { frame: this.#player.index, frames: this.#timeline.length });
  }
}
