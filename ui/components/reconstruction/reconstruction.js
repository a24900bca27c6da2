// One image through a model: its code, what the decoder makes of it, what was lost. Knows no Python.
//
// `frame` does what must follow the hand: disturb, encode, decode, paint, count nats. What takes longer (samples, neighbours) waits
// until the hand rests. Nothing leaves the page but the name of the open tab and a finished drawing, once for every time that the pen is
// lifted.

import { mounted, sayBroken } from "../model/mounted.js";
import { Picture, fitPictures } from "../model/picture.js";
import { SmallMap } from "../model/small_map.js";
import { fromBase64, toBase64 } from "../runtime/base64.js";
import { Random } from "../runtime/random.js";
import { SketchPad } from "../sketch/pad.js";
import { ControlledState } from "../view/controlled.js";
import { element, find, setData, showStyled } from "../view/elements.js";
import { NextFrame, News } from "../view/timing.js";
import { CodeMap } from "./code_map.js";
import { Cover } from "./cover.js";
import { Disturbance } from "./disturbance.js";
import { fileName, saveCode, savePictures } from "./downloads.js";
import { Explanation } from "./explanations.js";
import { LAYOUT } from "./layout.js";
import { Labels } from "./labels.js";
import { Loss } from "./loss.js";
import { Neighbours } from "./neighbours.js";
import { Passage } from "./passage.js";
import { PosteriorBars } from "./posterior_bars.js";
import { Samples } from "./samples.js";
import { Slices } from "./slices.js";
import { Tabs } from "./tabs.js";
import { Walkthrough } from "./walkthrough.js";

/** @import { Model } from "../model/model.js" */
/** @import { Component, Texts, Vector } from "../types.js" */
/**
 * @typedef {object} Data
 * @property {string | null} image base64 of its bytes
 * @property {string} title
 * @property {"image" | "draw"} mode
 * @property {number | null} sample which image of the data set it is, if it is one
 * @property {string} tab the open panel
 */

const REST_MS = 120;
const SEED = 1; // the same noise for everybody who opens the page

class Reconstruction {
  /** @type {Component<Data> | undefined} */
  component;
  /** The image that Python gave last. @type {string | null | undefined} */
  given;
  /** The drawing that Python was told of last. @type {string | null | undefined} */
  committed;
  /** @type {Data["mode"] | undefined} */
  mode;
  title = "";
  /** @type {number | null} */
  sample = null;
  seed = SEED;
  openTab = new ControlledState();
  /** @type {SketchPad | null} */
  pad = null;
  decodes = 0;
  nextFrame = new NextFrame(() => this.frame());
  slices = new Slices(
    () => this.slowly(),
    () => setData(this.root, { settled: true }),
  );

  /**
   * @param {Model} model
   * @param {Component<Data>} component
   * @param {Pick<Texts, "style">} texts
   */
  constructor(model, component, { style }) {
    this.model = model;
    const random = new Random(SEED);
    this.disturbance = new Disturbance(model.shape, model.about.background ?? 0, random);
    this.passage = new Passage(model, this.disturbance);
    const root = (this.root = element("div", "reconstruction", LAYOUT));
    setData(root, { ready: false, settled: false, stochastic: model.isStochastic, discrete: model.isDiscrete });
    this.input = this.buildPicture(".given");
    this.output = this.buildPicture(".made");
    this.difference = this.buildPicture(".lost");
    this.cover = new Cover(root, this.disturbance, () => this.disturbed());
    this.loss = new Loss(root, model);
    const code = find(root, ".code");
    this.bars = model.isDiscrete ? new CodeMap(code, model) : new PosteriorBars(code, model, (z) => this.moveTo(z));
    this.map = new SmallMap(find(root, ".map"), model, { label: "Where the code lies", onPick: (z) => this.moveTo(z) });
    this.samples = model.isStochastic ? new Samples(find(root, ".samples"), model, random, () => this.waitForRest(0)) : null;
    this.neighbours = new Neighbours(find(root, ".neighbours"), model);
    this.labels = new Labels(find(root, ".labels"), model, () => this.relabelled());
    this.walkthrough = new Walkthrough(find(root, ".way"), model);
    this.explanation = new Explanation(root, model);
    this.tabs = this.buildTabs();
    if (model.isStochastic) this.passage.drawNoise(this.seed);
    this.news = new News(find(root, ".news"));
    this.resizes = new ResizeObserver(() => fitPictures(root, model.width));
    this.listen();
    if (model.network.encode) this.appear(component.parentElement, style);
    else sayBroken(component.parentElement, new Error("it has no encoder"));
  }

  /** Called at every change of data or theme. Takes an image only when Python gives one that it has not given before. @param {Component<Data>} component */
  update(component) {
    if (!this.model.network.encode) return;
    this.component = component;
    const { image, title, mode, sample, tab } = component.data;
    if (mode !== this.mode) this.setMode(mode);
    if (this.openTab.isNew(tab)) this.tabs.show(tab);
    this.openTab.keep(this.tabs.open);
    this.title = find(this.root, ".title").textContent = title;
    this.sample = sample;
    if (image !== this.given && image !== this.committed) this.take(image);
    this.given = image;
    if (this.passage.original) this.changed();
  }

  close() {
    this.slices.stop();
    this.nextFrame.cancel();
    this.news.close();
    this.resizes.disconnect();
    this.map.close();
    if (this.bars instanceof CodeMap) this.bars.close();
    this.pad?.close();
    this.root.remove();
  }

  // -- The image: given, drawn --

  /** @param {Data["mode"]} mode */
  setMode(mode) {
    this.mode = mode;
    this.given = this.committed = undefined;
    setData(this.root, { mode });
    this.pad?.close();
    this.pad = mode === "draw" ? this.makePad() : null;
  }

  makePad() {
    return new SketchPad(find(this.root, ".pad"), {
      shape: this.model.shape,
      background: this.model.about.background ?? 0,
      label: "Drawing that the model reads",
      memory: "drawing",
      onInput: (image) => {
        this.setOriginal(image);
        this.frame(); // at once: the pad calls this in a frame of its own
      },
      onRelease: (image) => this.commit(image),
    });
  }

  /** An image from Python: base64 of its bytes, or null. @param {string | null} text */
  take(text) {
    const bytes = text === null ? null : fromBase64(text);
    const fits = !bytes || bytes.length === this.model.size;
    const image = bytes && fits ? Float32Array.from(bytes, (value) => value / 255) : null;
    const hint = image || this.pad ? "" : "Choose an image to see what the model makes of it.";
    find(this.root, ".notice").textContent = fits ? hint : misfit(bytes.length, this.model.size);
    setData(this.root, { empty: !image && !this.pad });
    this.passage.begin(null);
    this.pad?.load(image);
    const original = image ?? this.pad?.image;
    if (original) this.setOriginal(original);
  }

  /** @param {Float32Array} image */
  setOriginal(image) {
    this.passage.label = this.labels.chosen = null;
    this.passage.begin(image);
    this.changed();
  }

  /** Tell Python what has been drawn. @param {Float32Array} image */
  commit(image) {
    this.setOriginal(image);
    const pixels = this.pad?.isEmpty ? null : toBase64(image.map((value) => Math.round(255 * value)));
    if (pixels === this.committed) return;
    this.committed = pixels;
    this.component?.setStateValue("drawing", pixels && { shape: this.model.shape, pixels });
  }

  /** Decode at z, which the encoder did not choose. @param {Vector} z */
  moveTo(z) {
    this.passage.moveTo(z);
    this.changed();
  }

  moveToMean() {
    this.passage.moveToMean();
    this.changed();
  }

  drawNoise() {
    this.passage.drawNoise(++this.seed);
    this.changed();
  }

  /** The input is disturbed in another way. */
  disturbed() {
    this.passage.isStale = true;
    this.changed();
  }

  /** The image is to be seen under another label. */
  relabelled() {
    this.passage.label = this.labels.chosen;
    this.disturbed();
  }

  // -- Frames: what follows the hand --

  /** Ask for a frame. */
  changed() {
    setData(this.root, { settled: false });
    this.nextFrame.request();
  }

  frame() {
    this.nextFrame.cancel();
    const { original } = this.passage;
    if (!original) return;
    const began = performance.now();
    this.passage.run(original);
    const ms = performance.now() - began;
    this.draw();
    setData(this.root, { ready: true, decodes: ++this.decodes });
    this.root.dispatchEvent(new CustomEvent("vae:decoded", { bubbles: true, composed: true, detail: { ms } }));
    this.waitForRest(REST_MS);
  }

  draw() {
    const { input, image, mean, logVar, z, isMoved } = this.passage;
    this.input.draw(input);
    this.output.draw(image);
    this.difference.drawDifference(input, image);
    this.cover.draw();
    this.bars.show(this.passage);
    const posterior = { z: mean, logVar };
    this.map.show({ points: isMoved ? [{ z, name: "here" }, posterior] : [posterior] });
    find(this.root, ".command-mean").setAttribute("aria-pressed", String(this.passage.isAtMean));
    this.loss.show(this.passage);
    setData(this.root, { label: this.model.network.label });
  }

  // -- Slices: what waits until the hand rests --

  /** @param {number} ms */
  waitForRest(ms) {
    setData(this.root, { settled: false });
    this.slices.start(ms);
  }

  *slowly() {
    const { input, mean, logVar, kl, z, epsilon } = this.passage;
    this.bars.describe();
    const { open } = this.tabs;
    if (open === "way") this.walkthrough.show(this.passage);
    if (open === "labels") yield* this.labels.show(z);
    if (open === "price") this.loss.rank(this.passage);
    yield;
    if (open === "samples" && this.samples && logVar) yield* this.samples.show(mean, logVar);
    if (open === "neighbours") yield* this.neighbours.show(input, mean, this.sample);
    const digits = (/** @type {Float64Array | null} */ values) => Array.from(values ?? [], (value) => value.toPrecision(7)).join();
    setData(this.root, { mean: digits(mean), logVar: digits(logVar), klBy: digits(kl), z: digits(z), epsilon: digits(epsilon) });
  }

  // -- The page --

  /** @param {string} selector */
  buildPicture(selector) {
    return new Picture(find(this.root, `${selector} canvas`, HTMLCanvasElement), this.model.shape);
  }

  buildTabs() {
    const { model, root } = this;
    const tabs = new Tabs(root, (name) => {
      fitPictures(root, model.width);
      this.waitForRest(0);
      if (this.openTab.commit(name)) this.component?.setStateValue("tab", name);
    });
    if (!model.isStochastic) tabs.remove("samples");
    if (!model.network.classes) tabs.remove("labels");
    if (model.isDiscrete) for (const name of ["way", "place"]) tabs.remove(name);
    if (!model.costs.length) tabs.remove("price");
    if (!model.count) tabs.remove("neighbours");
    tabs.show("way");
    return tabs;
  }

  /**
   * @param {Component<Data>["parentElement"]} parentElement
   * @param {string} style
   */
  appear(parentElement, style) {
    const colours = this.model.channels === 3 ? "Of the three colours, the one that differs most." : "";
    find(this.root, ".colours").textContent = colours;
    showStyled(parentElement, this.root, style);
    this.resizes.observe(this.root);
  }

  listen() {
    const { root } = this;
    find(root, ".command-picture").onclick = () => this.savePictures();
    find(root, ".command-code").onclick = () => this.saveCode();
    find(root, ".command-noise").onclick = () => {
      this.disturbance.redraw();
      this.disturbed();
    };
    find(root, ".command-mean").onclick = () => this.moveToMean();
    for (const name of ["sample", "epsilon"]) find(root, `.command-${name}`).onclick = () => this.drawNoise();
    const [slider, output] = [find(root, ".noise input", HTMLInputElement), find(root, ".noise output")];
    slider.oninput = () => {
      this.disturbance.deviation = Number(slider.value);
      output.textContent = this.disturbance.deviation.toFixed(2);
      this.disturbed();
    };
  }

  savePictures() {
    const background = getComputedStyle(this.root).getPropertyValue("--st-secondary-background-color").trim() || "white";
    savePictures(
      this.fileName(),
      [this.input, this.output, this.difference].map(({ canvas }) => canvas),
      background,
    );
    this.news.say("Pictures saved");
  }

  saveCode() {
    saveCode(this.fileName(), this.passage);
    this.news.say("Code saved");
  }

  fileName() {
    return fileName(this.model.about.run ?? "model", this.title);
  }
}

/**
 * @param {number} found
 * @param {number} expected
 */
const misfit = (found, expected) =>
  `This image has ${found} numbers, the model reads ${expected}. Prepare it for this model, or choose another model.`;

/** @param {Texts} texts */
export default (texts) => mounted(Reconstruction, texts);
