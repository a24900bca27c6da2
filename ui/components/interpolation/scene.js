// Images in one mode on the page: while a hand moves, the next animation frame decodes the code that the stage (one class a mode) names.
// Strips and charts are made when the browser has nothing else to do.

import { SmallMap } from "../model/small_map.js";
import { shown } from "../runtime/format.js";
import { nearestCode } from "../runtime/geometry.js";
import { contextOf } from "../view/canvas.js";
import { element, find, setData, setText } from "../view/elements.js";
import { Idle } from "../view/idle.js";
import { NextFrame } from "../view/timing.js";
import { ArithmeticStage } from "./arithmetic.js";
import { usualJobs } from "./code_paths.js";
import { CornersStage } from "./corners.js";
import { DirectionStage } from "./direction.js";
import { LAYOUTS } from "./layouts.js";
import { PathStage } from "./path.js";
import { Pictures } from "./pictures.js";
import { NAMES, fitWhole } from "./strip.js";

/** @import { Model } from "../model/model.js" */
/** @import { End, Host, Mode, Near, Stage, State } from "./types.js" */

const PHONE = 560; // CSS pixels; narrower is a phone

/** @type {Record<Mode, new (host: Host, ends: End[]) => Stage>} */
const STAGES = { path: PathStage, corners: CornersStage, arithmetic: ArithmeticStage, direction: DirectionStage };

/** @implements {Host} */
export class Scene {
  idle = new Idle();
  decodes = 0;
  /** The label under which the code is decoded; -1 where there is none. */
  told = -1;
  /** The original that is shown as the nearest. */
  nearest = -1;
  /** @type {number | undefined} */
  usual;
  /** The buttons of the images that were given. @type {HTMLElement[]} */
  picks = [];
  /** Which of them is being chosen anew. @type {number | null} */
  choosing = null;
  nextFrame = new NextFrame(() => this.frame());
  resizes = new ResizeObserver(() => this.measure());

  /**
   * @param {Model} model
   * @param {Mode} mode
   * @param {End[]} ends
   * @param {object} told
   * @param {() => void} told.settle a hand has let go, or rests between key presses
   * @param {(slot: number) => void} told.choose another image is wanted in that place
   */
  constructor(model, mode, ends, { settle, choose }) {
    this.model = model;
    this.settle = settle;
    this.choose = choose;
    this.pictures = new Pictures(model, ends);
    this.input = new Float32Array(model.latentDim);
    this.root = element("div", "interpolation", `<div class="body">${LAYOUTS[mode]}</div>`);
    setData(this.root, { mode, ready: false });
    this.root.style.setProperty("--aspect", String(model.width / model.height));
    this.hero = find(this.root, ".hero", HTMLCanvasElement);
    this.heroBox = find(this.root, ".hero-box");
    this.near = find(this.root, ".near canvas", HTMLCanvasElement);
    this.nearText = find(this.root, ".near-text");
    this.rarity = find(this.root, ".rarity");
    [this.hero.width, this.hero.height] = [model.width, model.height];
    find(this.root, ".near").hidden = !model.count;
    this.map = new SmallMap(find(this.root, ".map"), model, { label: "Where the image lies among the codes of the data set" });
    this.stage = new STAGES[mode](this, ends);
    this.labels = find(this.root, ".labels");
    this.labels.hidden = !model.network.classes || ends.length === 1;
    for (const button of this.labels.querySelectorAll("button")) button.onclick = () => this.keepLabel(button.value === "A");
  }

  /** @param {State} state */
  start(state) {
    this.tellLabelOfA(state.keeps_label);
    this.stage.start(state);
  }

  /** @returns {Partial<State>} */
  state() {
    return { ...this.stage.state(), keeps_label: this.pictures.keepsLabel };
  }

  /** @param {boolean} keeps whether the label of A is told everywhere */
  keepLabel(keeps) {
    if (keeps === this.pictures.keepsLabel) return;
    this.tellLabelOfA(keeps);
    this.settle();
  }

  /** @param {boolean} keeps */
  tellLabelOfA(keeps) {
    const isOther = keeps !== this.pictures.keepsLabel;
    this.pictures.keepsLabel = keeps;
    for (const button of this.labels.querySelectorAll("button")) button.ariaPressed = String((button.value === "A") === keeps);
    if (!isOther) return;
    this.stage.redraw?.();
    this.changed();
  }

  /**
   * The scene is on the page.
   * @param {number | undefined} usual distance between neighbours, if it is known
   */
  open(usual) {
    for (const box of [this.root, ...this.root.querySelectorAll(".hero-box, .grid-box")]) this.resizes.observe(box);
    this.measure();
    this.model.sheetReady.then(() => this.root.isConnected && this.changed()); // then the nearest original can be drawn
    if (usual === undefined) {
      const jobs = usualJobs(this.model, (found) => this.learn(found));
      this.idle.set("usual", jobs);
    } else this.learn(usual);
  }

  close() {
    this.idle.close();
    this.nextFrame.cancel();
    this.resizes.disconnect();
    this.stage.close?.();
    this.map.close();
    this.root.remove();
  }

  /**
   * How far from each other neighbours among the codes usually are.
   * @param {number} usual
   */
  learn(usual) {
    this.usual = usual;
    this.stage.learned?.();
    this.changed();
  }

  /** Ask for a frame. */
  changed() {
    this.nextFrame.request();
  }

  frame() {
    const z = this.stage.code();
    const label = this.pictures.labelOf(z);
    if (!this.decodes || label !== this.told || this.input.some((value, i) => value !== Math.fround(z[i]))) this.decode(z, label);
    const ends = this.stage.ends.map(({ mean }, i) => ({ z: mean, name: NAMES[i] }));
    this.map.show({ points: [{ z, colour: "var(--st-primary-color)" }, ...ends], path: this.stage.path?.() ?? null });
    const near = nearestCode(this.model, z);
    this.showPlace(z, near);
    this.stage.moved(z, near);
  }

  /**
   * @param {Float64Array} z
   * @param {number} label
   */
  decode(z, label) {
    this.input.set(z);
    this.model.network.label = this.told = label;
    const began = performance.now();
    const image = this.model.network.decode(this.input);
    const ms = performance.now() - began;
    contextOf(this.hero).putImageData(this.pictures.fill(image, 255), 0, 0);
    const point = Array.from(this.input, (value) => value.toPrecision(7)).join();
    setData(this.root, { ready: true, decodes: ++this.decodes, point });
    this.root.dispatchEvent(new CustomEvent("vae:decoded", { bubbles: true, composed: true, detail: { ms } }));
  }

  /**
   * @param {Float64Array} z
   * @param {Near} near
   */
  showPlace(z, { index, distance }) {
    const whose = this.pictures.keepsLabel ? "A" : "the nearest end";
    setText(this.rarity, this.model.sayDistance(z) + (this.told < 0 ? "" : ` · label ${this.model.nameOfClass(this.told)}, of ${whose}`));
    if (index < 0) return;
    const name = this.model.className(index);
    const isFar = this.usual !== undefined && distance > this.usual;
    const sentence = `The nearest image of the data set${name ? ` (${name})` : ""} is ${shown(distance)} away`;
    setText(this.nearText, `${sentence}${isFar ? ", farther than usual between neighbours" : ""}`);
    if (index === this.nearest) return;
    const isDrawn = this.model.drawOriginal(index, this.near);
    this.near.hidden = !isDrawn;
    if (isDrawn) this.nearest = index;
  }

  /**
   * The figures of the images that were given: original, name, title and, where the layout has a place for it, the decoded code.
   * @param {End[]} ends
   */
  showEnds(ends) {
    this.root.querySelectorAll(".end").forEach((figure, i) => {
      const { image, title, slot, mean } = ends[i];
      const [original, decoded] = figure.querySelectorAll("canvas");
      this.pictures.stamp(original, this.pictures.fill(image, 1));
      const pick = (this.picks[slot] = find(figure, ".pick"));
      pick.ariaLabel = pick.title = `Change ${NAMES[i]}: ${title}`;
      pick.onclick = () => this.choose(slot);
      if (decoded) this.pictures.stamp(decoded, this.pictures.decode(mean));
      find(figure, "figcaption b").textContent = NAMES[i];
      find(figure, "figcaption span").textContent = title;
    });
    this.mark(this.choosing);
  }

  /**
   * Show which image is being chosen anew.
   * @param {number | null} slot
   */
  mark(slot) {
    this.choosing = slot;
    this.picks.forEach((pick, i) => (pick.ariaExpanded = String(i === slot)));
  }

  measure() {
    fitWhole(this.hero, this.heroBox);
    this.stage.measure?.(this.root.clientWidth < PHONE);
    this.changed();
  }
}
