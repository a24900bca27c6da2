// Along the way from A to B.

import { shown } from "../runtime/format.js";
import { PATHS, linear } from "../runtime/geometry.js";
import { clamp, range } from "../runtime/math.js";
import { find } from "../view/elements.js";
import { hasModifier } from "../view/gestures.js";
import { PlayButton } from "../view/player.js";
import { prefersReducedMotion } from "../view/timing.js";
import { AnimationExport, STILLS } from "./animation_export.js";
import { Charts } from "./charts.js";
import { BEYOND } from "./layouts.js";
import { KEY_STEP, NAMES, fillStrip, pictureButton, rounded } from "./strip.js";

/** @import { End, Host, Near, Stage, State } from "./types.js" */

const PLAY_MS = 2400; // from A to B
const STILLS_ON_PHONE = 4;
const POINTS = 25; // of the line on the map

/** @implements {Stage} */
export class PathStage {
  /** 0 at A, 1 at B. */
  t = 0.5;
  /** @type {State["rule"] | undefined} */
  rule;
  swapped = false;
  /** The path on the map. @type {Float64Array[]} */
  line = [];
  /** The filmstrip. @type {ReturnType<typeof pictureButton>[]} */
  frames = [];
  /** Pixels of both images mixed, below the filmstrip. @type {HTMLCanvasElement[]} */
  mixed = [];

  /**
   * @param {Host} host
   * @param {End[]} ends
   */
  constructor(host, ends) {
    this.host = host;
    this.ends = ends;
    this.slider = find(host.root, ".t", HTMLInputElement);
    this.playButton = find(host.root, ".play", HTMLButtonElement);
    this.player = new PlayButton(this.playButton, { play: () => this.play(), pause: () => this.rest() });
    /** @type {NodeListOf<HTMLButtonElement>} */
    this.rules = host.root.querySelectorAll(".rule");
    this.charts = new Charts(host);
    this.listen();
    new AnimationExport(host, (t) => this.at(t));
  }

  /** @param {Pick<State, "t" | "rule" | "swapped">} state */
  start({ t, rule, swapped }) {
    this.player.pause();
    const isAlike = swapped === this.swapped && rule === this.rule;
    if (swapped !== this.swapped) this.ends.reverse();
    this.t = clamp(t, ...BEYOND);
    this.rule = rule;
    this.swapped = swapped;
    if (!isAlike) this.otherPath();
  }

  state() {
    return { t: rounded(this.t), rule: this.rule, swapped: this.swapped };
  }

  close() {
    this.player.pause();
  }

  /** @param {number} t */
  at(t) {
    return PATHS[this.rule ?? "linear"](this.ends[0].mean, this.ends[1].mean, t);
  }

  code() {
    return this.at(this.t);
  }

  path() {
    return this.line;
  }

  /**
   * @param {Float64Array} z
   * @param {Near} near
   */
  moved(z, near) {
    if (Number(this.slider.value) !== this.t) this.slider.value = String(this.t);
    this.slider.setAttribute("aria-valuetext", positionInWords(this.t));
    this.charts.move(this.t, z, near);
    const place = Math.round(this.t * (this.frames.length - 1));
    this.frames.forEach(({ button }, i) => (button.ariaCurrent = String(i === place)));
  }

  // -- Hands --

  listen() {
    const { host, slider } = this;
    slider.oninput = () => {
      this.player.pause();
      this.t = Number(slider.value);
      host.changed();
    };
    slider.onchange = () => host.settle();
    slider.onkeydown = (event) => this.type(event);
    find(host.root, ".swap").onclick = () => this.swap();
    for (const button of this.rules) button.onclick = () => this.choose(/** @type {State["rule"]} */ (button.value));
  }

  /** @param {KeyboardEvent} event */
  type(event) {
    if (hasModifier(event)) return;
    const step = event.shiftKey ? KEY_STEP / 10 : KEY_STEP;
    /** @type {Record<string, number>} */
    const steps = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageDown: -0.1, PageUp: 0.1 };
    if (event.key === " ") this.playButton.click();
    else if (event.key === "Home" || event.key === "End") this.goTo(event.key === "Home" ? 0 : 1);
    else if (event.key in steps) this.goTo(this.t + steps[event.key]);
    else return;
    event.preventDefault();
  }

  /** @param {number} t */
  goTo(t) {
    this.player.pause();
    this.t = clamp(t, ...BEYOND);
    this.host.changed();
    this.host.settle();
  }

  /** @param {State["rule"]} rule */
  choose(rule) {
    if (rule === this.rule) return;
    this.rule = rule;
    this.otherPath();
    this.host.settle();
  }

  /** A and B change places; the image stays. */
  swap() {
    this.player.pause();
    this.ends.reverse();
    this.swapped = !this.swapped;
    this.t = 1 - this.t;
    this.otherPath();
    this.host.settle();
  }

  /** There and back again, until it is paused. Someone who asked for less motion sees one step of the filmstrip after the other. */
  play() {
    const began = performance.now() - PLAY_MS * clamp(this.t, 0, 1);
    const inSteps = prefersReducedMotion();
    this.player.play((now) => {
      const phase = (Math.max(now - began, 0) / PLAY_MS) % 2;
      const t = phase > 1 ? 2 - phase : phase;
      this.t = inSteps ? Math.round(t * (STILLS - 1)) / (STILLS - 1) : t;
      this.host.changed();
    });
  }

  rest() {
    this.player.pause();
    this.host.settle();
  }

  // -- What belongs to the whole path --

  otherPath() {
    for (const button of this.rules) button.setAttribute("aria-pressed", String(button.value === this.rule));
    this.line = range(POINTS).map((i) => this.at(i / (POINTS - 1)));
    this.host.showEnds(this.ends);
    this.drawStrips();
    this.learned();
    this.host.changed();
  }

  /** @param {boolean} isPhone */
  measure(isPhone) {
    const count = isPhone ? STILLS_ON_PHONE : STILLS;
    if (count === this.frames.length) return;
    this.frames = range(count).map((i) => this.buildFrame(i / (count - 1)));
    this.mixed = range(count).map(() => document.createElement("canvas"));
    const buttons = this.frames.map(({ button }) => button);
    fillStrip(find(this.host.root, ".decoded"), buttons);
    fillStrip(find(this.host.root, ".mixed"), this.mixed);
    this.drawStrips();
  }

  /** @param {number} t */
  buildFrame(t) {
    const frame = pictureButton(`Go ${positionInWords(t)}`);
    frame.button.onclick = () => this.goTo(t);
    return frame;
  }

  redraw() {
    this.drawStrips();
  }

  drawStrips() {
    const { idle, pictures } = this.host;
    const [a, b] = this.ends.map(({ image }) => image);
    const last = this.frames.length - 1;
    const canvases = this.frames.map(({ canvas }) => canvas);
    const decoded = pictures.stampJobs(canvases, (i) => this.at(i / last));
    idle.set("frames", decoded);
    const mixed = this.mixed.map((canvas, i) => () => pictures.stamp(canvas, pictures.fill(linear(a, b, i / last), 1)));
    idle.set("mixed", mixed);
  }

  /** The charts along the path; again when it is known how far neighbours are apart. */
  learned() {
    this.host.idle.set("charts", [() => this.charts.draw((t) => this.at(t), this.host.usual)]);
  }
}

/** @param {number} t */
export function positionInWords(t) {
  if (t === 0 || t === 1) return `to ${NAMES[t]}`;
  return t < 0 || t > 1 ? `beyond ${t < 0 ? "A" : "B"}, at ${shown(t)}` : `${Math.round(100 * t)} % of the way from A to B`;
}
