// The latent map: a plane to drag on and the image that the decoder makes of the point.
// Knows no Python.
//
// While a hand moves nothing leaves the page: `go` changes the point, the next animation frame decodes it. Python hears of
// the point once, when the hand lets go (`commit`).

import { mounted } from "../model/mounted.js";
import { plain, shown } from "../runtime/format.js";
import { clamp } from "../runtime/math.js";
import { ControlledState } from "../view/controlled.js";
import { element, find, showStyled } from "../view/elements.js";
import { AfterRest, Movement, NextFrame } from "../view/timing.js";
import { Viewport } from "../view/viewport.js";
import { buildAxisChoice } from "./axis_choice.js";
import { Codes } from "./codes.js";
import { Commands } from "./commands.js";
import { DecodedImage } from "./decoded_image.js";
import { DecodedMap } from "./decoded_map.js";
import { Drift } from "./drift.js";
import { listenTo } from "./hands.js";
import { LAYOUT, partsOf, sentenceOf } from "./layout.js";
import { Slice } from "./slice.js";
import { Sliders } from "./sliders.js";

const CLOSEST = 60; // a window this much narrower than the one that shows everything
const FARTHEST = 6; // and this much wider
const FLIGHT_MS = 360;
const KEY_PAUSE_MS = 300;

/**
 * @import { Model } from "../model/model.js"
 * @typedef {{run: string, point: number[], axes: [string, string], compact: boolean, tour: number[][]}} Data
 * @typedef {import("../types.js").Component<Data>} Component
 * @typedef {import("../view/gestures.js").Pixel} Pixel
 */

export class LatentMap {
  view = new Viewport();
  slice;
  codes;
  /** After the last arrow key: tell Python. */
  keysRest = new AfterRest(KEY_PAUSE_MS, () => this.commit());
  #model;
  #component;
  #root = element("div", "latent-map", LAYOUT);
  #parts = partsOf(this.#root);
  #background;
  #sliders;
  #showAxes;
  #controlled = new ControlledState();
  #flight = new Movement();
  #frame = new NextFrame(() => this.#draw());
  #commands;
  #image;
  #drift;
  #resizes = new ResizeObserver(() => this.#measure());
  #home = this.view.window;
  #isPlaced = false;
  #windowChanged = false;
  #hovered = -1;

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
    this.codes = new Codes(this.#parts.dots, model, this.view, model.count > 0 && !compact);
    this.#background = new DecodedMap(this.#parts.tiles, model, worker, (sheet) => this.#backgroundCame(sheet));
    this.#sliders = compact ? null : this.#buildSliders();
    this.#showAxes = buildAxisChoice(find(this.#root, ".axes"), this.slice, (place, name) => this.#changeAxis(place, name));
    this.#image = new DecodedImage(this.#parts.image, this.#root, model);
    this.#commands = new Commands(this.#root, this, model);
    this.#build();
    listenTo(this.#parts.plane, this, compact);
    this.#drift = new Drift(this.#root, this.#parts.plane, this, tour);
    showStyled(component.parentElement, this.#root, style);
    this.#measure();
    for (const box of [this.#parts.plane, this.#parts.imageBox]) this.#resizes.observe(box);
  }

  /** Called at every change of data or theme. Moves only when Python names a place that it has not named before. @param {Component} component */
  update(component) {
    this.#component = component;
    const { point, axes } = component.data;
    if (this.#controlled.isNew([point, axes])) {
      this.stopFlight();
      if (point.length === this.slice.z.length) this.slice.z.set(point);
      if (this.#isPlaced && axes.join() === this.slice.place[1].join()) this.#reveal();
      else this.#chooseAxes(() => this.slice.choose(axes));
      this.#controlled.keep(this.slice.place);
    }
    this.changed("window");
  }

  /** The model's name. */
  get run() {
    return this.#component.data.run;
  }

  close() {
    this.stopFlight();
    this.#drift.stop();
    this.#frame.cancel();
    this.keysRest.cancel();
    this.#commands.close();
    this.#resizes.disconnect();
    this.#background.close();
    this.#root.remove();
  }

  // -- Where the point is, and the window of the plane that is visible --

  /** Tell Python, once for each new place. */
  commit() {
    this.keysRest.cancel();
    const { place } = this.slice;
    if (!this.#controlled.commit(place)) return;
    const [point, axes] = place;
    this.#component.setStateValue("view", { run: this.run, point, axes });
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
    this.#background.forget();
    this.codes.place(this.slice);
    this.view.window = this.#home = this.slice.home;
    this.#reveal();
    this.#showAxes();
    const names = this.slice.axes.map(({ name }) => name);
    const label = `Latent plane, ${names.join(" across and ")}${names.length > 1 ? " up" : ""}. Arrow keys move the point.`;
    this.#parts.plane.setAttribute("aria-label", label);
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
    this.#drawPoint();
    this.#background.request(this.slice, this.view);
  }

  #drawPoint() {
    const { plane, ring, hairs, coordinates, rarity } = this.#parts;
    const { slice } = this;
    const [px, py] = this.view.toPixels(...slice.spot);
    ring.style.transform = `translate(${px}px, ${py}px)`;
    hairs[0].style.transform = `translateX(${px}px)`;
    hairs[1].style.transform = `translateY(${py}px)`;
    const where = slice.axes.map((axis) => [axis.name, shown(slice.at(axis))]);
    plane.setAttribute("aria-valuenow", plain(slice.at(slice.across)));
    plane.setAttribute("aria-valuetext", where.map((pair) => pair.join(" ")).join(", "));
    where.flat().forEach((text, i) => (coordinates[i].textContent = text));
    if (!this.#sliders) return;
    rarity.textContent = this.#model.sayDistance(slice.z);
    this.#sliders.show(slice.z);
  }

  #drawPlane() {
    const { plane, circles, acrossTicks, upTicks } = this.#parts;
    const { across, up } = this.slice;
    const { x, half } = this.view.window;
    plane.setAttribute("aria-valuemin", plain(x - half));
    plane.setAttribute("aria-valuemax", plain(x + half));
    Object.assign(plane.dataset, { pictures: this.#background.isShown, dark: this.#background.isShown && this.codes.isShown });
    this.#background.draw(this.view, this.codes.isShown);
    const outline = this.#background.isShown ? "rgba(0, 0, 0, 0.6)" : this.#themeColour("--st-background-color");
    this.codes.draw(outline, this.#themeColour("--st-primary-color"));
    const radii = this.#model.isVae && up.name ? [1, 2, 3] : []; // standard deviations of the prior
    const [cx, cy] = this.view.toPixels(-across.zero, -up.zero);
    circles.innerHTML = radii.map((r) => `<circle cx="${cx}" cy="${cy}" r="${r * this.view.scale}"/>`.repeat(2)).join("");
    const ticks = this.view.ticks([across.name, up.name]);
    [acrossTicks.innerHTML, upTicks.innerHTML] = [ticks[0], up.name ? ticks[1] : ""];
  }

  /** @param {string} name */
  #themeColour(name) {
    return getComputedStyle(this.#root).getPropertyValue(name).trim() || "gray";
  }

  /** @param {string} sheet */
  #backgroundCame(sheet) {
    this.#background.draw(this.view, this.codes.isShown);
    this.#root.dataset.tiles = sheet;
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

  // -- The page --

  #build() {
    const { latentDim, labels } = this.#model;
    Object.assign(this.#root.dataset, { compact: !this.#sliders, dims: Math.min(latentDim, 3), ready: "false" });
    find(this.#root, ".sentence").textContent = sentenceOf(this.#model);
    const legend = find(this.#root, ".legend");
    this.codes.buildLegend(legend, () => this.changed("window"));
    this.#buildToggle("tiles", this.#background, () => {});
    this.#buildToggle("codes", this.codes, () => (legend.hidden = !this.codes.isShown || !labels));
    find(this.#root, ".toggle-codes").hidden = !this.#model.count;
  }

  /**
   * @param {string} name
   * @param {{isShown: boolean}} layer
   * @param {() => void} follow
   */
  #buildToggle(name, layer, follow) {
    const button = find(this.#root, `.toggle-${name}`);
    button.setAttribute("aria-pressed", String(layer.isShown));
    follow();
    button.onclick = () => {
      layer.isShown = !layer.isShown;
      button.setAttribute("aria-pressed", String(layer.isShown));
      follow();
      this.changed("window");
    };
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
