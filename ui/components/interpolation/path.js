// @ts-nocheck
// Along the way from A to B.

import { shown } from "../runtime/format.js";
import { PATHS, linear, nearestCode } from "../runtime/geometry.js";
import { clamp, dot, range } from "../runtime/math.js";
import { priorRadius } from "../runtime/statistics.js";
import { setText, svg } from "../view/elements.js";
import { Films, STILLS } from "./films.js";
import { BEYOND, CHART_STEPS, ICONS } from "./layouts.js";
import { KEY_STEP, NAMES, fillStrip, rounded } from "./strip.js";

const PLAY_MS = 2400; // from A to B
const STRIP = [STILLS, 4]; // images of a filmstrip, on a phone

const STILL = matchMedia("(prefers-reduced-motion: reduce)");

export class PathStage {
  constructor(view, ends) {
    Object.assign(this, { view, ends, swapped: false, count: 0 });
    [this.slider, this.playButton] = [".t", ".play"].map((name) => view.find(name));
    this.cursors = [...view.root.querySelectorAll(".cursor")];
    [this.nearness, this.norm] = [".nearness", ".norm"].map((name) => view.find(name));
    this.rules = [...view.root.querySelectorAll(".rule")];
    this.nearness.hidden = !view.model.count;
    this.listen();
    this.films = new Films(view, (t) => this.at(t));
  }

  start({ t, rule, swapped }) {
    this.pause();
    const alike = swapped === this.swapped && rule === this.rule;
    if (swapped !== this.swapped) this.ends.reverse();
    Object.assign(this, { t: clamp(t, ...BEYOND), rule, swapped });
    if (!alike) this.otherPath();
  }

  state() {
    return { t: rounded(this.t), rule: this.rule, swapped: this.swapped };
  }

  close() {
    cancelAnimationFrame(this.playing);
  }

  at(t) {
    return PATHS[this.rule](this.ends[0].mean, this.ends[1].mean, t);
  }

  code() {
    return this.at(this.t);
  }

  path() {
    return this.line;
  }

  moved(z, { index, distance }) {
    if (Number(this.slider.value) !== this.t) this.slider.value = this.t;
    this.slider.setAttribute("aria-valuetext", sayPosition(this.t));
    const across = `translateX(${(100 * (this.t - BEYOND[0])) / (BEYOND[1] - BEYOND[0])}%)`;
    for (const cursor of this.cursors) cursor.style.transform = across;
    setText(this.nearness.querySelector("b"), index < 0 ? "" : shown(distance));
    setText(this.norm.querySelector("b"), shown(Math.sqrt(dot(z, z))));
    const here = Math.round(this.t * (this.count - 1));
    this.frames.forEach((button, i) => button.setAttribute("aria-current", i === here));
  }

  // -- Hands --

  listen() {
    const { view, slider } = this;
    slider.oninput = () => {
      this.pause();
      this.t = Number(slider.value);
      view.changed();
    };
    slider.onchange = () => view.settle();
    slider.onkeydown = (event) => this.type(event);
    this.playButton.onclick = () => (this.playing ? this.rest() : this.play());
    view.find(".swap").onclick = () => this.swap();
    for (const button of this.rules) button.onclick = () => this.choose(button.value);
  }

  type(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? KEY_STEP / 10 : KEY_STEP;
    const steps = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageDown: -0.1, PageUp: 0.1 };
    if (event.key === " ") this.playButton.click();
    else if (event.key === "Home" || event.key === "End") this.goTo(event.key === "Home" ? 0 : 1);
    else if (event.key in steps) this.goTo(this.t + steps[event.key]);
    else return;
    event.preventDefault();
  }

  goTo(t) {
    this.pause();
    this.t = clamp(t, ...BEYOND);
    this.view.changed();
    this.view.settle();
  }

  choose(rule) {
    if (rule === this.rule) return;
    this.rule = rule;
    this.otherPath();
    this.view.settle();
  }

  /** A and B change places; the image stays. */
  swap() {
    this.pause();
    this.ends.reverse();
    [this.swapped, this.t] = [!this.swapped, 1 - this.t];
    this.otherPath();
    this.view.settle();
  }

  /** There and back again, until it is paused. Someone who asked for less motion sees one step of the filmstrip after the other. */
  play() {
    const began = performance.now() - PLAY_MS * clamp(this.t, 0, 1);
    const step = (now) => {
      const phase = (Math.max(now - began, 0) / PLAY_MS) % 2;
      const t = phase > 1 ? 2 - phase : phase;
      this.t = STILL.matches ? Math.round(t * (STRIP[0] - 1)) / (STRIP[0] - 1) : t;
      this.view.changed();
      this.playing = requestAnimationFrame(step);
    };
    this.playing = requestAnimationFrame(step);
    this.showPlaying();
  }

  pause() {
    cancelAnimationFrame(this.playing);
    this.playing = null;
    this.showPlaying();
  }

  rest() {
    this.pause();
    this.view.settle();
  }

  showPlaying() {
    const name = this.playing ? "Pause" : "Play";
    if (this.playButton.title === name) return;
    this.playButton.title = this.playButton.ariaLabel = name;
    this.playButton.innerHTML = this.playing ? ICONS.pause : ICONS.play;
  }

  // -- What belongs to the whole path --

  otherPath() {
    for (const button of this.rules) button.setAttribute("aria-pressed", button.value === this.rule);
    this.line = range(25).map((i) => this.at(i / 24));
    this.view.showEnds(this.ends);
    this.fillStrips();
    this.learned();
    this.view.changed();
  }

  measure(phone) {
    if (STRIP[phone] === this.count) return;
    this.count = STRIP[phone];
    this.frames = this.spots().map((t) => {
      const button = document.createElement("button");
      button.title = button.ariaLabel = `Go ${sayPosition(t)}`;
      button.append(document.createElement("canvas"));
      button.onclick = () => this.goTo(t);
      return button;
    });
    this.mixed = this.spots().map(() => document.createElement("canvas"));
    fillStrip(this.view.find(".decoded"), this.frames);
    fillStrip(this.view.find(".mixed"), this.mixed);
    this.fillStrips();
  }

  spots() {
    return range(this.count).map((i) => i / (this.count - 1));
  }

  fillStrips() {
    if (!this.count) return;
    const { view } = this;
    const [spots, [a, b]] = [this.spots(), this.ends.map(({ image }) => image)];
    view.stampLater(
      "frames",
      this.frames.map((button) => button.firstChild),
      (i) => this.at(spots[i]),
    );
    view.idle.set(
      "mixed",
      spots.map((t, i) => () => view.stamp(this.mixed[i], view.fill(linear(a, b, t), 1))),
    );
  }

  /** The charts along the path; again when it is known how far neighbours are apart. */
  learned() {
    this.view.idle.set("charts", [() => this.drawCharts()]);
  }

  drawCharts() {
    const { model, usual } = this.view;
    const codes = range(CHART_STEPS + 1).map((i) => this.at(BEYOND[0] + ((BEYOND[1] - BEYOND[0]) * i) / CHART_STEPS));
    const typical = model.about.family === "vae" ? [0.95, 0.05].map((farther) => priorRadius(model.latentDim, farther)) : null;
    drawChart(
      this.norm,
      codes.map((z) => Math.sqrt(dot(z, z))),
      typical,
    );
    if (typical)
      setText(this.norm.querySelector("figcaption i"), `Shaded: 9 of 10 draws from the prior, ${typical.map(shown).join(" to ")}`);
    if (!model.count) return;
    drawChart(
      this.nearness,
      codes.map((z) => nearestCode(model, z).distance),
      usual === undefined ? null : [0, usual],
    );
    if (usual !== undefined)
      setText(this.nearness.querySelector("figcaption i"), `Shaded: usual between neighbours, up to ${shown(usual)}`);
  }
}

function sayPosition(t) {
  if (t === 0 || t === 1) return `to ${NAMES[t]}`;
  return t < 0 || t > 1 ? `beyond ${t < 0 ? "A" : "B"}, at ${shown(t)}` : `${Math.round(100 * t)} % of the way from A to B`;
}

/** A line of values along the path over a shaded band [low, high] or null. */
function drawChart(figure, values, band) {
  const top = 1.1 * Math.max(...values, ...(band ?? []), 1e-9);
  const height = (value) => 1 - value / top;
  const shade = band ? [svg("rect", { x: 0, y: height(band[1]), width: CHART_STEPS, height: height(band[0]) - height(band[1]) })] : [];
  const ends = [0, 1].map((t) => ((t - BEYOND[0]) / (BEYOND[1] - BEYOND[0])) * CHART_STEPS);
  const lines = ends.map((x) => svg("line", { x1: x, x2: x, y1: 0, y2: 1 }));
  const curve = svg("polyline", { points: values.map((value, i) => `${i},${height(value).toFixed(4)}`).join(" ") });
  figure.querySelector("svg").replaceChildren(...shade, ...lines, curve);
}
