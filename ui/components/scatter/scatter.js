// The codes of a data set as one or two clouds of points, and beside them what is pinned, selected or decoded. Knows no
// Python.
//
// Points and the frames of a film come in parts of their own, which parts.js leaves where `gather` finds them. While a hand moves
// nothing leaves the page; Python hears in one small message what is pinned, how many are selected and what colours mean (`commit`).

import { mounted } from "../model/mounted.js";
import { plain, shown } from "../runtime/format.js";
import { ControlledState } from "../view/controlled.js";
import { element, find, showStyled } from "../view/elements.js";
import { storeOfParts } from "../view/parts.js";
import { NextFrame } from "../view/timing.js";
import { Card, factList } from "./card.js";
import { Colouring } from "./colouring.js";
import { LAYOUT, caveatOf, sentenceOf } from "./layout.js";
import { LiveDecoder } from "./live_decoder.js";
import { Pins } from "./pins.js";
import { Plot } from "./plot.js";
import { NO_POINTS, PointSet } from "./point_set.js";
import { ProjectionFilm } from "./projection_film.js";
import { Selection } from "./selection.js";
import { Thumbnails } from "./thumbnails.js";
import { connectTools, offerViews } from "./tools.js";
import { Walk } from "./walk.js";

/**
 * @import { Model } from "../model/model.js"
 * @import { Component as AnyComponent, Texts } from "../types.js"
 * @import { PointsPart } from "./point_set.js"
 *
 * @typedef {{colourBy: string | null, pins: number[] | null, layout: string | null}} Wish
 * @typedef {object} Data
 * @property {string} points the digest of their part
 * @property {string} run
 * @property {boolean} live whether more frames are to come
 * @property {{name: string, image: string}[]} own
 * @property {string | null} colour_by
 * @property {number[] | null} pins
 * @property {string | null} layout "both", or the place of a projection
 * @typedef {AnyComponent<Data>} Component
 */

export class Scatter {
  model;
  /** What a drag does. @type {"move" | "lasso" | "box"} */
  tool = "move";
  showsPictures = true;
  points = NO_POINTS;
  hovered = -1;
  #component;
  #root = element("div", "scatter", LAYOUT);
  decoder;
  thumbnails;
  colouring = new Colouring(this.#root, { chosen: () => this.commit(), changed: () => this.changed("all") });
  pins = new Pins(this.#root, this);
  walk = new Walk(this.#root, this);
  #selection = new Selection(this.#root, this);
  #card = new Card(this.#root, this);
  #film = new ProjectionFilm(this.#root, () => this.#showFrame(false));
  /** @type {Plot[]} */
  #plots = [];
  /** @type {number[]} the projections that they show */
  #shown = [];
  #layout = "0";
  /** @type {Wish | null} what Python asked for, until there are points */
  #wish = null;
  #ownGiven = "";
  #hasAimed = false;
  #wasLive = false;
  #named = new ControlledState();
  #reported = new ControlledState();
  #store = storeOfParts();
  #arrivals = new NextFrame(() => this.#gather());
  #arrived = () => this.#arrivals.request();

  /**
   * @param {Model} model
   * @param {Component} component
   * @param {Texts} texts
   */
  constructor(model, component, { style, worker }) {
    this.model = model;
    this.#component = component;
    this.decoder = new LiveDecoder(model, this.#root);
    this.thumbnails = new Thumbnails(model, this.#root, worker, () => this.#pictureCame());
    Object.assign(this.#root.dataset, { ready: "false", hovered: -1, pinned: "", selected: 0 });
    this.#root.style.setProperty("--face", String(model.width / model.height));
    connectTools(this.#root, this);
    showStyled(component.parentElement, this.#root, style);
    this.#store.addEventListener("change", this.#arrived);
    model.sheetReady.then(() => this.#root.isConnected && this.#originalsCame());
  }

  /** Called at every change of data or theme. What Python names takes effect only when it has not named it before. @param {Component} component */
  update(component) {
    this.#component = component;
    const { colour_by: colourBy, pins, layout } = component.data;
    if (this.#named.isNew([colourBy, pins, layout])) this.#wish = { colourBy, pins, layout };
    this.colouring.readTheme();
    this.#gather();
    this.colouring.paint();
  }

  close() {
    this.#film.close();
    this.#arrivals.cancel();
    this.decoder.close();
    this.#store.removeEventListener("change", this.#arrived);
    for (const plot of this.#plots) plot.close();
    this.thumbnails.close();
    this.#root.remove();
  }

  /** The model's name. */
  get run() {
    return this.#component.data.run;
  }

  /** What the panel tells of where nothing is selected. */
  get all() {
    return this.points.allOf(this.#shown);
  }

  get #state() {
    return [this.colouring.by, this.pins.indices, this.#layout];
  }

  /** Tell Python, once for each new state. */
  commit() {
    const [colourBy, pins, layout] = this.#state;
    const selected = this.#selection.indices.length;
    const state = { points: this.points.digest, colour_by: colourBy, pins, selected, layout };
    if (!this.#reported.commit(state)) return;
    this.#named.keep(this.#state);
    this.#component.setStateValue("view", state);
  }

  // -- What has arrived --

  /** Take stock of the parts: the points of this view, and the frames that belong to them. */
  #gather() {
    const { data } = this.#component;
    const parts = [...this.#store.parts.values()];
    const part = /** @type {PointsPart | undefined} */ (parts.find(({ digest }) => digest === data.points));
    find(this.#root, ".notice").hidden = part !== undefined || this.points !== NO_POINTS;
    if (!part) return;
    const own = JSON.stringify(data.own);
    const isOther = part.digest !== this.points.digest;
    if (isOther || own !== this.#ownGiven) this.#takePoints(new PointSet(this.model, part, data.own));
    this.#ownGiven = own;
    const films = new Set(this.points.projections.map(({ film }) => film).filter(Boolean));
    const frames = this.#film.take(parts, films);
    if (isOther || frames.isOther || data.live !== this.#wasLive) {
      this.#wasLive = data.live;
      this.#runFilm();
      this.#showFrame(frames.isMore && this.#film.isFollowing && data.live);
    }
    this.#takeWish();
  }

  /** @param {PointSet} points */
  #takePoints(points) {
    const hasSameCodes = points.hasCodesOf(this.points);
    const lasts = (/** @type {number} */ index) => index < points.count;
    this.points = points;
    this.pins.set(this.pins.indices);
    this.#selection.indices = hasSameCodes ? this.#selection.indices.filter(lasts) : [];
    this.hovered = -1;
    this.thumbnails.take(points);
    this.colouring.take(points, this.#selection.indices);
    this.#arrange(this.#layout, hasSameCodes);
    this.colouring.paint();
    this.#showPanels();
    Object.assign(this.#root.dataset, { points: points.own, ready: "true" });
  }

  #takeWish() {
    if (!this.#wish) return;
    const { colourBy, pins, layout } = this.#wish;
    this.#wish = null;
    if (pins) this.pins.set(pins);
    if (colourBy) this.colouring.choose(colourBy);
    this.#arrange(layout ?? this.#layout, false);
    this.colouring.paint();
    this.#showPanels();
    this.#named.keep(this.#state);
  }

  #showPanels() {
    this.pins.show();
    this.#selection.show();
  }

  /** The sheet of originals has come: they go first in a gallery. */
  #originalsCame() {
    if (this.points !== NO_POINTS) this.#showPanels();
    this.#pictureCame();
  }

  #pictureCame() {
    this.changed("all");
    this.thumbnails.drawWaiting();
  }

  // -- Plots: one, or two side by side --

  /**
   * @param {string} layout "both", or the place of a projection; anything else is the first
   * @param {boolean} moving
   */
  #arrange(layout, moving) {
    const { projections } = this.points;
    const isKnown = layout === "both" ? projections.length > 1 : projections.some((_, i) => String(i) === layout);
    this.#layout = isKnown ? layout : "0";
    this.#shown = this.#layout === "both" ? [0, 1] : [Number(this.#layout)];
    while (this.#plots.length > this.#shown.length) this.#plots.pop()?.close();
    while (this.#plots.length < this.#shown.length) this.#plots.push(new Plot(find(this.#root, ".plots"), this));
    Object.assign(this.#root.dataset, { layout: this.#layout, views: projections.length > 1 });
    this.#runFilm();
    this.#showViews();
    this.#shown.forEach((place, i) => this.#plots[i].show(this.#seen(place), moving));
    this.#film.show();
    const seen = this.#shown.map((place) => projections[place]);
    find(this.#root, ".sentence").textContent = sentenceOf(seen);
    find(this.#root, ".caveat").textContent = caveatOf(seen);
    this.#offerAim(this.#shown.find((place) => projections[place].decodable));
  }

  /** @param {number} place of a projection */
  #seen(place) {
    return this.points.seen(place, this.points.projections[place].film ? this.#film.frame : null);
  }

  #showViews() {
    const names = this.points.projections.map(({ name }) => name);
    offerViews(find(this.#root, ".views"), names, this.#layout, (layout) => {
      this.#arrange(layout, layout !== "both");
      this.#selection.show();
      this.commit();
    });
  }

  /** The film is that of the first filmed projection on the screen. */
  #runFilm() {
    const film = this.#shown.map((place) => this.points.projections[place].film).find(Boolean);
    this.#film.run(film, this.#component.data.live);
  }

  /** @param {boolean} moving */
  #showFrame(moving) {
    this.#shown.forEach((place, i) => this.points.projections[place].film && this.#plots[i].show(this.#seen(place), moving));
    this.#film.show();
  }

  showAll() {
    for (const plot of this.#plots) plot.showAll();
  }

  /** Have all plots draw. @param {"marks" | "all"} what */
  changed(what) {
    for (const plot of this.#plots) plot.changed(what);
  }

  /** A plot has drawn. @param {Plot} plot */
  drew(plot) {
    if (plot !== this.#plots[0]) return;
    const facts = { zoom: plot.zoomed.toFixed(3), pictures: plot.plane.dataset.pictures, morphing: plot.cloud.isMorphing };
    Object.assign(this.#root.dataset, facts);
  }

  // -- What hands do on a plot --

  /**
   * The card of a point beside it; -1 takes it away. All plots mark the point.
   * @param {Plot} plot
   * @param {number} index
   */
  hover(plot, index) {
    if (index !== this.hovered) {
      this.hovered = index;
      this.#root.dataset.hovered = String(index);
      this.changed("marks");
      if (index >= 0) this.#card.fill(index);
    }
    for (const each of this.#plots) each.plane.dataset.over = String(index >= 0);
    if (index >= 0) this.#card.place(plot, index);
    else this.#card.hide();
  }

  /** A click on a point pins it, or takes its pin away; beside all of them it clears the selection. @param {number} index -1 for none */
  click(index) {
    if (index >= 0) this.pins.toggle(index);
    else if (this.#selection.indices.length) this.select([]);
  }

  /** To a neighbour: pinned too, and brought onto the screen. @param {number} index */
  visit(index) {
    this.pins.add(index);
    for (const plot of this.#plots) plot.reveal(index);
  }

  /** @param {number[]} indices */
  select(indices) {
    this.#selection.indices = indices;
    this.colouring.select(indices);
    this.#selection.show();
    this.commit();
  }

  /** Before a hand has aimed, at where both axes are zero. @param {number | undefined} place of a projection that decodes */
  #offerAim(place) {
    find(this.#root, ".aimed").hidden = place === undefined;
    if (place === undefined || this.#hasAimed) return;
    const { axes } = this.points.projections[place];
    this.aim(
      this.points.plane(place).origin,
      axes.map((name) => [name, shown(0)]),
    );
  }

  /**
   * Show what the decoder makes of a spot of a plane.
   * @param {Float32Array} z
   * @param {[axis: string, coordinate: string][]} where
   */
  aim(z, where) {
    this.#hasAimed = true;
    this.decoder.later("aim", () => {
      const panel = find(this.#root, ".aimed");
      const near = this.points.nearest(z, 1)[0]?.[0] ?? -1;
      this.decoder.draw(find(panel, "canvas", HTMLCanvasElement), z, this.points.labelOf(near));
      const told = this.points.toldOf(near);
      find(panel, "dl").replaceChildren(...factList(told ? [...where, ["label", told]] : where));
      this.#root.dataset.aimed = Array.from(z, plain).join(",");
    });
  }
}

export default (/** @type {Texts} */ texts) => mounted(Scatter, texts);
