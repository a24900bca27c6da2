// The latent map: a plane to drag on and the image that the decoder makes of the point; or a sheet of draws from the prior.
// Knows no Python.
//
// While a hand moves nothing leaves the page: `go` changes the point, the next animation frame decodes it. Python hears of
// the point once, when the hand lets go (`commit`).

import { mounted } from "../model/mounted.js";
import { clamp } from "../runtime/math.js";
import { ControlledState } from "../view/controlled.js";
import { element, find, showStyled } from "../view/elements.js";
import { AfterRest, Movement, NextFrame } from "../view/timing.js";
import { Viewport } from "../view/viewport.js";
import { buildAxisChoice } from "./axis_choice.js";
import { Codes } from "./codes.js";
import { Commands } from "./commands.js";
import { Cross } from "./cross.js";
import { DecodedImage } from "./decoded_image.js";
import { DecodedMap } from "./decoded_map.js";
import { Drift } from "./drift.js";
import { Facts } from "./facts.js";
import { listenTo } from "./hands.js";
import { LabelDial } from "./label_dial.js";
import { Layers } from "./layers.js";
import { LAYOUT, partsOf } from "./layout.js";
import { Modes } from "./modes.js";
import { Overlay } from "./overlay.js";
import { Slice } from "./slice.js";
import { Sliders } from "./sliders.js";
import { linkOf, stateOf } from "./state.js";

const CLOSEST = 60; // a window this much narrower than the one that shows everything
const FARTHEST = 6; // and this much wider
const FLIGHT_MS = 360;
const KEY_PAUSE_MS = 300;

/**
 * @import { Model } from "../model/model.js"
 * @typedef {import("./state.js").State & {run: string, compact: boolean, tour: number[][]}} Data
 * @typedef {import("../types.js").Component<Data>} Component
 * @typedef {import("../view/gestures.js").Pixel} Pixel
 */

export class LatentMap {
  view = new Viewport();
  slice;
  codes;
  modes;
  /** After the last arrow key: tell Python. */
  keysRest = new AfterRest(KEY_PAUSE_MS, () => this.commit());
  #model;
  #component;
  #root = element("div", "latent-map", LAYOUT);
  #parts = partsOf(this.#root);
  #tiles;
  #layers;
  #dial;
  #overlay;
  #cross;
  #facts;
  #sliders;
  #showAxes;
  #commands;
  #image;
  #drift;
  #controlled = new ControlledState();
  #flight = new Movement();
  #frame = new NextFrame(() => this.#draw());
  #resizes = new ResizeObserver(() => this.#measure());
  #home = this.view.window;
  #isPlaced = false;
  #windowChanged = false;
  #hovered = -1;
  /** The middle of the hole that is marked. @type {Float64Array | null} */
  #hole = null;

  /**
   * @param {Model} model
   * @param {Component} component
   * @param {import("../types.js").Texts} texts
   */
  constructor(model, component, { style, worker }) {
    const { compact, tour } = component.data;
    this.#model = model;
    this.#component = component;
    this.slice = new Slice(model);
    this.codes = new Codes(this.#parts.dots, model, this.view);
    this.#tiles = new DecodedMap(this.#parts.tiles, model, worker, (sheet) => this.#tilesCame(sheet));
    this.#layers = this.#buildLayers(compact);
    this.#dial = new LabelDial(find(this.#root, ".dial"), model, () => this.commit());
    this.#overlay = new Overlay(this.#root, model, this.view);
    this.#cross = new Cross(this.#parts.plane, this.view);
    this.modes = new Modes(this.#root, model, worker, this);
    this.#facts = new Facts(this.#root, model);
    this.#sliders = compact ? null : this.#buildSliders();
    this.#showAxes = buildAxisChoice(find(this.#root, ".axes"), this.slice, (place, name) => this.#changeAxis(place, name));
    this.#image = new DecodedImage(this.#parts.image, this.#root, model);
    this.#commands = new Commands(this.#root, this, model, worker);
    this.codes.buildLegend(this.#parts.legend, () => this.changed("window"));
    Object.assign(this.#root.dataset, { compact, dims: Math.min(model.latentDim, 3), small: model.isSmall, ready: "false" });
    listenTo(this.#parts.plane, this, compact);
    this.#drift = new Drift(this.#root, this.#parts.plane, this, tour);
    showStyled(component.parentElement, this.#root, style);
    this.#measure();
    for (const box of [this.#parts.plane, this.#parts.imageBox]) this.#resizes.observe(box);
  }

  /** Called at every change of data or theme. Moves only when Python names a state that it has not named before. @param {Component} component */
  update(component) {
    this.#component = component;
    if (this.#controlled.isNew(stateOf(component.data))) {
      this.stopFlight();
      this.#take(component.data);
      this.#controlled.keep(this.#state);
    }
    this.changed("window");
  }

  /** @param {Data} data */
  #take({ point, axes, layers, mode, draws, hole, label }) {
    const z = point ?? this.#model.start;
    if (z.length === this.slice.z.length) this.slice.z.set(z);
    this.#hole = hole && hole.length === this.slice.z.length ? Float64Array.from(hole) : null;
    this.#layers.text = layers;
    this.#dial.label = label;
    this.modes.draws.state = draws;
    this.modes.mode = mode;
    if (this.#isPlaced && axes.join() === this.slice.place[1].join()) this.#reveal();
    else this.#chooseAxes(() => this.slice.choose(axes));
    this.#facts.recognise(this.slice.z, this.#hole);
  }

  /** The model's name. */
  get run() {
    return this.#component.data.run;
  }

  /** What is shown, as the parameters of a link. */
  get link() {
    return { run: this.run, ...linkOf(this.#state) };
  }

  get #state() {
    const [point, axes] = this.slice.place;
    const hole = this.#hole && Array.from(this.#hole, (value) => Number(value.toFixed(4)));
    const { mode, draws } = this.modes;
    return stateOf({ point, axes, layers: this.#layers.text, mode, draws: draws.state, hole, label: this.#dial.label });
  }

  close() {
    this.stopFlight();
    this.#drift.stop();
    this.#frame.cancel();
    this.keysRest.cancel();
    this.#resizes.disconnect();
    for (const part of [this.#commands, this.#tiles, this.modes, this.#cross]) part.close();
    this.#root.remove();
  }

  // -- Where the point is, and the window of the plane that is visible --

  /** Tell Python, once for each new state. */
  commit() {
    this.keysRest.cancel();
    this.#facts.recognise(this.slice.z, this.#hole);
    this.modes.draws.show();
    this.changed("point");
    const state = this.#state;
    if (this.#controlled.commit(state)) this.#component.setStateValue("view", { run: this.run, ...state });
  }

  /** @param {ArrayLike<number>} z */
  go(z) {
    this.slice.z.set(z);
    this.changed("point");
  }

  /** To a spot of the plane; what is at right angles to it stays. */
  goOnPlane(/** @type {[a: number, b: number]} */ [a, b]) {
    this.slice.move(a, b);
    this.changed("point");
  }

  /** A short eased flight, then `commit`. @param {ArrayLike<number>} target */
  fly(target) {
    const [from, to] = [this.slice.z.slice(), Float64Array.from(target)];
    this.#flight.start(FLIGHT_MS, (part) => {
      this.go(part < 1 ? from.map((value, i) => value + part * (to[i] - value)) : to);
      if (part < 1) return;
      this.showPoint();
      this.commit();
    });
  }

  stopFlight() {
    this.#flight.stop();
  }

  /** At once to where a flight goes, and show it. */
  land() {
    this.#flight.finish();
    this.#draw();
  }

  /** Shift the window so that the point is inside. */
  showPoint() {
    if (this.#reveal()) this.changed("window");
  }

  #reveal() {
    const [a, b] = this.slice.spot;
    const before = this.view.window;
    const across = 0.94 * before.half;
    const up = across * this.view.aspect;
    const [x, y] = [clamp(before.x, a - across, a + across), clamp(before.y, b - up, b + up)];
    this.view.window = { x, y, half: before.half };
    return x !== before.x || y !== before.y;
  }

  /**
   * @param {number} factor
   * @param {Pixel} pixel
   */
  zoom(factor, pixel = this.view.toPixels(...this.slice.spot)) {
    this.view.zoom(factor, pixel, this.#home.half / CLOSEST, this.#home.half * FARTHEST);
    this.changed("window");
  }

  showAll() {
    this.view.window = this.#home;
    this.changed("window");
  }

  /** The card with the original image of a code; -1 takes it away. @param {number} index */
  hover(index) {
    if (index === this.#hovered) return;
    const { card, plane } = this.#parts;
    this.#hovered = index;
    card.hidden = index < 0;
    plane.dataset.over = String(index >= 0);
    if (index >= 0) this.codes.fillCard(card, index);
  }

  /** To a code of the data set. @param {number} index */
  visit(index) {
    this.hover(index);
    this.fly(this.#model.code(index));
  }

  /** The middle of the hole that is marked on the plane. @param {Float64Array | null} z null: none */
  set hole(z) {
    this.#hole = z;
    this.changed("window");
  }

  // -- Axes --

  /** One axis, across (0) or up (1), was chosen. */
  #changeAxis(/** @type {number} */ place, /** @type {string} */ name) {
    this.#chooseAxes(() => this.slice.change(place, name));
    this.commit();
  }

  /** @param {() => void} choose */
  #chooseAxes(choose) {
    choose();
    this.#isPlaced = true;
    this.#tiles.forget();
    this.codes.place(this.slice);
    this.view.window = this.#home = this.slice.home;
    this.#reveal();
    this.#showAxes();
    this.#cross.name(this.slice);
    this.changed("window");
  }

  // -- Frames --

  /** Ask for a frame. "point": only the point moved; "window": everything on the plane may have. @param {"point" | "window"} what */
  changed(what) {
    this.#windowChanged ||= what === "window";
    this.#frame.request();
  }

  #draw() {
    if (!this.view.width || !this.#isPlaced) return;
    if (this.#windowChanged) this.#drawPlane();
    this.#windowChanged = false;
    this.#image.show(this.slice.z);
    this.#cross.show(this.slice);
    this.#facts.show(this.slice);
    this.#sliders?.show(this.slice.z);
    this.modes.draws.show();
    this.#tiles.request(this.slice, this.view);
  }

  #drawPlane() {
    const { plane } = this.#parts;
    const [hasTiles, hasCodes] = [this.#tiles.isShown, this.codes.isShown];
    Object.assign(plane.dataset, { pictures: hasTiles, dark: hasTiles && hasCodes });
    Object.assign(this.#root.dataset, { codes: hasCodes });
    this.#tiles.draw(this.view, hasCodes);
    const colour = (/** @type {string} */ name) => getComputedStyle(this.#root).getPropertyValue(name).trim() || "gray";
    this.codes.draw(hasTiles ? "rgba(0, 0, 0, 0.6)" : colour("--st-background-color"), colour("--st-primary-color"));
    this.#overlay.draw(this.slice, this.#hole);
    this.#cross.bound();
  }

  /** @param {string} sheet */
  #tilesCame(sheet) {
    this.#tiles.draw(this.view, this.codes.isShown);
    this.#root.dataset.tiles = sheet;
  }

  // -- The page --

  /** @param {boolean} compact */
  #buildLayers(compact) {
    find(this.#root, ".toggle-codes").hidden = !this.#model.count;
    const layers = { tiles: this.#tiles, codes: this.codes };
    return new Layers(this.#root, layers, this.#model.isSmall && !compact ? ["tiles", "codes"] : ["tiles"], () => {
      this.changed("window");
      this.commit();
    });
  }

  #buildSliders() {
    return new Sliders(find(this.#root, ".sliders"), this.#model, {
      slide: (index, value) => {
        this.stopFlight();
        this.slice.z[index] = value;
        this.changed("point");
      },
      rest: () => {
        this.showPoint();
        this.commit();
      },
      unfold: () => this.changed("point"),
    });
  }

  #measure() {
    this.view.measure(this.#parts.plane);
    this.#image.fit(this.#parts.imageBox.clientWidth);
    this.changed("window");
  }
}

export default (/** @type {import("../types.js").Texts} */ texts) => mounted(LatentMap, texts);
