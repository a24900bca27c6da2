// A model's codes as a palette, and an image as a map of them to paint on; or maps drawn from a prior. Knows no Python.
//
// What a hand paints is decoded in the next animation frame; Python hears of the map once, when the hand lets go (`#commit`).

import { mounted } from "../model/mounted.js";
import { Palette } from "../model/palette.js";
import { Picture } from "../model/picture.js";
import { asText, drawMap, fromText, mapNats } from "../runtime/code_maps.js";
import { Random, newSeed } from "../runtime/random.js";
import { enlarged } from "../view/canvas.js";
import { ControlledState } from "../view/controlled.js";
import { element, find, setText, showStyled } from "../view/elements.js";
import { copyText, save } from "../view/export.js";
import { Gestures } from "../view/gestures.js";
import { Idle } from "../view/idle.js";
import { rove } from "../view/roving.js";
import { AfterRest, News, NextFrame, prefersReducedMotion } from "../view/timing.js";
import { LAYOUT, costsInWords, partsOf, sentenceOf } from "./layout.js";

/**
 * @import { Component, Texts } from "../types.js"
 * @import { Model } from "../model/model.js"
 * @typedef {{codes: string, prior: "learned" | "uniform", seed: number}} State codes: a map as text; empty for that of the first image
 * @typedef {State & {run: string}} Data
 */

const REST_MS = 120;
const SEEDS = 100_000; // few enough to be read aloud
const PNG_SIDE = 560;

class Codebook {
  #model;
  #palette;
  #component;
  #root = element("div", "codebook", LAYOUT);
  #parts = partsOf(this.#root);
  #picture;
  #indices;
  #chosen = 0;
  /** @type {State["prior"]} */
  #prior = "learned";
  #seed = 0;
  #random = new Random(newSeed());
  /** The draw that is under way. @type {Generator<number> | null} */
  #drawing = null;
  #controlled = new ControlledState();
  #frame = new NextFrame(() => this.#show());
  #rest = new AfterRest(REST_MS, () => this.#settle());
  #idle = new Idle();
  #news = new News(this.#parts.news);

  /**
   * @param {Model} model
   * @param {Component<Data>} component
   * @param {Pick<Texts, "style">} texts
   */
  constructor(model, component, { style }) {
    this.#model = model;
    this.#component = component;
    this.#palette = new Palette(model);
    this.#indices = this.#palette.indicesOf(model.start);
    this.#picture = new Picture(this.#parts.image, model.shape);
    this.#build();
    this.#listen();
    this.#idle.set(
      "patches",
      this.#palette.patches.map((_, code) => () => this.#paintPatch(code)),
    );
    showStyled(component.parentElement, this.#root, style);
  }

  /** Called at every change of data or theme. Moves only when Python names a state that it has not named before. @param {Component<Data>} component */
  update(component) {
    this.#component = component;
    const { codes, prior, seed } = component.data;
    if (!this.#controlled.isNew({ codes, prior, seed })) return;
    this.#drawing = null;
    [this.#prior, this.#seed] = [prior, seed];
    this.#indices = fromText(codes, this.#palette.places, this.#palette.count) ?? this.#palette.indicesOf(this.#model.start);
    this.#controlled.keep(this.#state);
    this.#sayPrior();
    this.#frame.request();
  }

  close() {
    this.#drawing = null;
    this.#frame.cancel();
    this.#rest.cancel();
    this.#idle.close();
    this.#news.close();
    this.#root.remove();
  }

  /** @returns {State} */
  get #state() {
    return { codes: asText(this.#indices, this.#palette.count), prior: this.#prior, seed: this.#seed };
  }

  // -- What is built once --

  #build() {
    const { rows, columns, count } = this.#palette;
    const { cells, palette } = this.#parts;
    setText(find(this.#root, ".of-map"), `Its map of ${rows} × ${columns} codes: paint`);
    this.#root.style.setProperty("--columns", String(columns));
    this.#root.style.setProperty("--across", String(Math.ceil(Math.sqrt(count))));
    cells.append(...Array.from(this.#indices, (_, place) => this.#buildCell(place)));
    palette.append(...this.#palette.patches.map((patch, code) => this.#buildCode(patch, code)));
    for (const grid of [cells, palette]) rove(grid);
    this.#choose(0);
  }

  /** @param {number} place */
  #buildCell(place) {
    const cell = document.createElement("button");
    cell.onclick = ({ detail }) => {
      if (detail) return; // a pointer, of which Gestures tells
      this.#paint(place);
      this.#commit();
    };
    return cell;
  }

  /**
   * @param {HTMLCanvasElement} patch
   * @param {number} code
   */
  #buildCode(patch, code) {
    const button = document.createElement("button");
    button.setAttribute("role", "radio");
    button.setAttribute("aria-label", `Code ${code + 1}`);
    button.title = `Code ${code + 1}`;
    button.onclick = () => this.#choose(code);
    button.append(patch);
    return button;
  }

  #listen() {
    const { draw, seed, cells, priors } = this.#parts;
    draw.onclick = () => this.#draw(newSeed() % SEEDS);
    seed.onchange = () => this.#draw(Math.min(Math.max(Math.floor(Number(seed.value)) || 0, 0), SEEDS - 1));
    for (const button of priors) {
      button.onclick = () => {
        this.#prior = button.dataset.prior === "uniform" ? "uniform" : "learned";
        this.#draw(this.#seed);
      };
    }
    find(this.#root, ".real").onclick = () => this.#begin();
    find(this.#root, ".real", HTMLButtonElement).disabled = !this.#model.count;
    find(this.#root, ".link").onclick = () => this.#copyLink();
    find(this.#root, ".download").onclick = () => this.#download();
    new Gestures(cells, {
      press: ({ at }) => this.#paintAt(at),
      drag: ({ at }) => this.#paintAt(at),
      release: () => this.#commit(),
    });
  }

  // -- The map: painted, drawn, of a real image --

  /** @param {number} code */
  #choose(code) {
    this.#chosen = code;
    [...this.#parts.palette.children].forEach((button, i) => button.setAttribute("aria-checked", String(i === code)));
  }

  /** @param {[x: number, y: number]} at */
  #paintAt([x, y]) {
    const { rows, columns } = this.#palette;
    const { clientWidth, clientHeight } = this.#parts.cells;
    const [column, row] = [Math.floor((x / clientWidth) * columns), Math.floor((y / clientHeight) * rows)];
    if (column >= 0 && column < columns && row >= 0 && row < rows) this.#paint(row * columns + column);
  }

  /** @param {number} place */
  #paint(place) {
    this.#leaveDraw();
    this.#indices[place] = this.#chosen;
    this.#frame.request();
  }

  #begin() {
    this.#leaveDraw();
    this.#indices = this.#palette.indicesOf(this.#model.code(this.#random.below(this.#model.heldOut)));
    this.#frame.request();
    this.#commit();
  }

  /** What is shown now is no draw that a seed would give again. */
  #leaveDraw() {
    this.#drawing = null;
    this.#parts.seed.value = "";
  }

  /** Draw a map from the chosen prior: a place in each frame. @param {number} seed */
  #draw(seed) {
    this.#seed = seed;
    const next = this.#prior === "learned" ? this.#model.network.next : null;
    const drawing = drawMap(this.#indices, this.#palette.count, new Random(seed), next);
    this.#drawing = drawing;
    this.#sayPrior();
    if (prefersReducedMotion()) while (!drawing.next().done);
    this.#frame.request();
  }

  #commit() {
    const state = this.#state;
    if (this.#controlled.commit(state)) this.#component.setStateValue("view", { run: this.#component.data.run, ...state });
  }

  // -- Frames --

  #show() {
    const began = performance.now();
    const ended = this.#drawing?.next().done;
    const image = this.#model.network.decode(this.#palette.lookup(this.#indices));
    const ms = performance.now() - began;
    this.#picture.draw(image);
    this.#palette.draw(this.#parts.map, this.#indices);
    this.#root.dispatchEvent(new CustomEvent("vae:decoded", { bubbles: true, composed: true, detail: { ms } }));
    this.#rest.request();
    if (ended) {
      this.#drawing = null;
      this.#commit();
    } else if (this.#drawing) this.#frame.request();
  }

  /** What waits until the hand rests: nats, and names for those who do not see. */
  #settle() {
    const { next } = this.#model.network;
    if (next) this.#parts.costs.innerHTML = costsInWords(this.#palette, mapNats(this.#indices, next).toFixed(1));
    [...this.#parts.cells.children].forEach((cell, place) => {
      const [row, column] = [Math.floor(place / this.#palette.columns), place % this.#palette.columns];
      cell.setAttribute("aria-label", `Row ${row + 1}, column ${column + 1}: code ${this.#indices[place] + 1}`);
    });
    this.#root.dataset.codes = this.#state.codes;
  }

  /** @param {number} code */
  #paintPatch(code) {
    this.#palette.paint(code);
    this.#root.dataset.patches = String(code + 1);
    if (code === this.#palette.count - 1) this.#frame.request();
  }

  #sayPrior() {
    const isLearned = this.#prior === "learned";
    for (const button of this.#parts.priors) button.setAttribute("aria-checked", String(button.dataset.prior === this.#prior));
    setText(find(this.#parts.draw, "span"), `Draw from the ${this.#prior} prior`);
    this.#parts.sentence.innerHTML = sentenceOf(isLearned);
    this.#parts.seed.value = String(this.#seed);
  }

  // -- What leaves the page --

  async #copyLink() {
    const url = new URL(location.href);
    const { codes, prior, seed } = this.#state;
    for (const [name, value] of Object.entries({ run: this.#component.data.run, codes, prior, seed: String(seed) }))
      url.searchParams.set(name, value);
    this.#news.say((await copyText(url.href)) ? "Link copied" : "The browser did not let the page copy; the link is in the address bar");
  }

  #download() {
    const scale = Math.max(10, Math.ceil(PNG_SIDE / this.#model.width));
    save(`${this.#component.data.run} codes.png`, enlarged(this.#parts.image, scale).toDataURL("image/png"));
    this.#news.say("Image saved");
  }
}

/** @param {Texts} texts */
export default (texts) => mounted(Codebook, texts);
