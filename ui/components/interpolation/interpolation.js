// @ts-nocheck
// From image to image through the latent space: along a path, between four corners, by arithmetic, or in a direction. Knows
// no Python.
//
// While a hand moves nothing leaves the page: the next animation frame decodes the code that the stage (one class a mode) names.
// Python hears of it once, when the hand rests (`settle`). Strips and charts are made when the browser has nothing else to do.

import { mounted } from "../model/mounted.js";
import { SmallMap } from "../model/small_map.js";
import { fromBase64 } from "../runtime/base64.js";
import { shown } from "../runtime/format.js";
import { nearestCode } from "../runtime/geometry.js";
import { fillPixels } from "../runtime/pixels.js";
import { setText } from "../view/elements.js";
import { Idle } from "../view/idle.js";
import { ArithmeticStage } from "./arithmetic.js";
import { usualJobs } from "./code_paths.js";
import { CornersStage } from "./corners.js";
import { DirectionStage } from "./direction.js";
import { LAYOUTS, SIDE } from "./layouts.js";
import { PathStage } from "./path.js";
import { NAMES, fitWhole } from "./strip.js";

const SETTLE_MS = 250;
const PHONE = 560; // CSS pixels; narrower is a phone
const ENLARGED = 256; // pixels at least, of small pictures and of files

class Interpolation {
  constructor(model, component, { style }) {
    Object.assign(this, { model, style, decodes: 0, idle: new Idle(), here: component.parentElement });
    this.input = new Float32Array(model.latentDim);
    this.factor = Math.max(1, Math.ceil(ENLARGED / Math.min(model.width, model.height)));
    this.resizes = new ResizeObserver(() => this.measure());
  }

  /** Called at every change of data or theme. Moves only when Python names a place that it has not named before. */
  update(component) {
    this.component = component;
    const { of, start } = component.data;
    const given = JSON.stringify(start);
    if (of !== this.of) this.begin(component.data);
    else if (given !== this.given && given !== this.committed) {
      this.stage?.start(start);
      this.committed = given;
    }
    this.given = given;
    this.changed();
  }

  close() {
    this.clear();
    this.root?.remove();
  }

  clear() {
    this.idle.close();
    clearTimeout(this.settling);
    cancelAnimationFrame(this.frameRequest);
    this.frameRequest = null;
    this.resizes.disconnect();
    this.stage?.close?.();
    this.map?.close();
    [this.stage, this.map] = [null, null];
  }

  /** Other images or another mode: everything anew. */
  begin({ of, mode, images, titles, start }) {
    this.clear();
    const [bytes, { channels, height, width }] = [images.map(fromBase64), this.model];
    this.of = of;
    if (!this.model.network.encode)
      return this.refuse("This model has no encoder, so an image has no code to begin from. Choose another model.");
    if (bytes.some(({ length }) => length !== channels * height * width))
      return this.refuse(`The images do not fit this model, which takes ${channels} × ${height} × ${width} values. Choose them again.`);
    const ends = bytes.map((image, i) => ({ image, title: titles[i], mean: this.encode(image) }));
    this.build(mode);
    this.stage = new STAGES[mode](this, ends);
    this.stage.start(start);
    this.committed = JSON.stringify(this.stage.state());
    for (const element of [this.root, ...this.root.querySelectorAll(".hero-box, .grid-box")]) this.resizes.observe(element);
    this.measure();
    this.model.sheetReady.then(() => this.changed()); // then the nearest original can be drawn
    if (this.usual === undefined)
      this.idle.set(
        "usual",
        usualJobs(this.model, (usual) => this.learn(usual)),
      );
  }

  /** How far from each other neighbours among the codes usually are. */
  learn(usual) {
    this.usual = usual;
    this.stage.learned?.();
    this.changed();
  }

  refuse(text) {
    const sentence = document.createElement("p");
    sentence.setAttribute("role", "alert");
    sentence.textContent = text;
    this.here.replaceChildren(sentence);
  }

  build(mode) {
    const style = document.createElement("style");
    style.textContent = this.style;
    this.root = document.createElement("div");
    this.root.className = "interpolation";
    this.root.innerHTML = `<div class="body">${LAYOUTS[mode]}${SIDE}</div>`;
    Object.assign(this.root.dataset, { mode, ready: "false" });
    this.here.replaceChildren(style, this.root);
    [this.hero, this.near, this.nearText, this.rarity] = [".hero", ".near canvas", ".near-text", ".rarity"].map((name) => this.find(name));
    [this.hero.width, this.hero.height] = [this.model.width, this.model.height];
    this.pixels = new ImageData(this.model.width, this.model.height);
    this.find(".near").hidden = !this.model.count;
    this.map = new SmallMap(this.find(".map"), this.model, { label: "Where the image lies among the codes of the data set" });
    this.nearest = -1;
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  // -- Frames --

  /** Ask for a frame. */
  changed() {
    if (this.stage) this.frameRequest ??= requestAnimationFrame(() => this.frame());
  }

  frame() {
    this.frameRequest = null;
    const z = this.stage.code();
    if (this.root.dataset.ready !== "true" || this.input.some((value, i) => value !== Math.fround(z[i]))) this.decode(z);
    const ends = this.stage.ends.map(({ mean }, i) => ({ z: mean, name: NAMES[i] }));
    this.map.show({ points: [{ z, colour: "var(--st-primary-color)" }, ...ends], path: this.stage.path?.() ?? null });
    const near = nearestCode(this.model, z);
    this.showPlace(z, near);
    this.stage.moved(z, near);
  }

  decode(z) {
    this.input.set(z);
    const began = performance.now();
    const image = this.model.network.decode(this.input);
    const ms = performance.now() - began;
    this.hero.getContext("2d").putImageData(this.fill(image, 255), 0, 0);
    const point = Array.from(this.input, (value) => value.toPrecision(7)).join();
    Object.assign(this.root.dataset, { ready: "true", decodes: ++this.decodes, point });
    this.root.dispatchEvent(new CustomEvent("vae:decoded", { bubbles: true, composed: true, detail: { ms } }));
  }

  showPlace(z, { index, distance }) {
    setText(this.rarity, this.model.sayDistance(z));
    if (index < 0) return;
    const name = this.model.className(index);
    const far = distance > this.usual ? ", farther than usual between neighbours" : "";
    setText(this.nearText, `The nearest image of the data set${name ? ` (${name})` : ""} is ${shown(distance)} away${far}`);
    if (index === this.nearest) return;
    const drawn = this.model.drawOriginal(index, this.near);
    this.near.hidden = !drawn;
    if (drawn) this.nearest = index;
  }

  // -- Python --

  /** A hand has let go, or rests between key presses: tell Python soon. */
  settle() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.commit(), SETTLE_MS);
  }

  /** Once for each new place. */
  commit() {
    const state = this.stage.state();
    if (JSON.stringify(state) === this.committed) return;
    this.committed = JSON.stringify(state);
    const { of, mode } = this.component.data;
    this.component.setStateValue("view", { run: this.model.about.run, of, mode, ...state });
  }

  // -- Codes and pictures --

  /** The posterior mean of an image's bytes. */
  encode(image) {
    return Float64Array.from(this.model.network.encode(Float32Array.from(image, (value) => value / 255)).mean);
  }

  /** The decoded picture of a code, in a buffer that the next call overwrites. */
  picture(z) {
    return this.fill(this.model.network.decode(Float32Array.from(z)), 255);
  }

  /** Values (C, H, W) times `gain` as the shared ImageData. */
  fill(values, gain) {
    return fillPixels(this.pixels, values, gain);
  }

  /** As many small pictures of codes as there are canvases, when there is time. */
  stampLater(name, canvases, code) {
    this.idle.set(
      name,
      canvases.map((canvas, i) => () => this.stamp(canvas, this.picture(code(i)))),
    );
  }

  /** Draw a picture so large that the page only ever shrinks it: squares of one size. */
  stamp(canvas, pixels, factor = this.factor) {
    this.small ??= document.createElement("canvas");
    [this.small.width, this.small.height] = [pixels.width, pixels.height];
    this.small.getContext("2d").putImageData(pixels, 0, 0);
    [canvas.width, canvas.height] = [pixels.width * factor, pixels.height * factor];
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(this.small, 0, 0, canvas.width, canvas.height);
  }

  /** The figures of the images that were given: original, name, title and, where the layout has a place for it, the decoded code. */
  showEnds(ends) {
    this.root.querySelectorAll(".end").forEach((figure, i) => {
      const { image, title, mean } = ends[i];
      const [original, decoded] = figure.querySelectorAll("canvas");
      this.stamp(original, this.fill(image, 1));
      original.setAttribute("aria-label", `${NAMES[i]}: ${title}`);
      if (decoded) this.stamp(decoded, this.picture(mean));
      [figure.querySelector("b").textContent, figure.querySelector("span").textContent] = [NAMES[i], title];
    });
  }

  measure() {
    if (!this.stage) return;
    fitWhole(this.hero);
    this.stage.measure?.(this.root.clientWidth < PHONE ? 1 : 0);
    this.changed();
  }

  /** The range input that is the stage's strength. */
  bindStrength(stage) {
    const input = this.find(".strength");
    input.oninput = () => {
      stage.strength = Number(input.value);
      this.changed();
    };
    input.onchange = () => this.settle();
    return input;
  }
}

const STAGES = { path: PathStage, corners: CornersStage, arithmetic: ArithmeticStage, direction: DirectionStage };

export default (texts) => mounted(Interpolation, texts);
