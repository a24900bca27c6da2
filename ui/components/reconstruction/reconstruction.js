// @ts-nocheck
// One image through a model: its code, what the decoder makes of it, what was lost. Knows no Python.
//
// `frame` does what must follow the hand: disturb, encode, decode, paint, count nats. What takes longer (samples, neighbours) waits until the
// hand rests and is done in slices of a few milliseconds, so that a new movement never waits for it. Nothing leaves the page but a
// finished drawing, once for every time that the pen is lifted.

import { mounted, sayBroken } from "../model/mounted.js";
import { Picture } from "../model/picture.js";
import { SmallMap } from "../model/small_map.js";
import { fromBase64, toBase64 } from "../runtime/base64.js";
import { csv } from "../runtime/files/csv.js";
import { SketchPad } from "../sketch/pad.js";
import { enlarged } from "../view/canvas.js";
import { save } from "../view/export.js";
import { klByDimension, nats, reconstructionNats, squaredError } from "./costs.js";
import { Disturbance } from "./disturbance.js";
import { Gauge } from "./gauge.js";
import { LAYOUT } from "./layout.js";
import { Neighbours } from "./neighbours.js";
import { PosteriorBars } from "./posterior_bars.js";
import { Samples } from "./samples.js";
import { Way } from "./walkthrough.js";

const REST_MS = 120;
const SLICE_MS = 6;
const EXPORT_SIDE = 280;

class Reconstruction {
  constructor(model, component, { style }) {
    this.model = model;
    this.isVae = model.about.family === "vae";
    this.shape = [model.channels, model.height, model.width];
    this.size = model.channels * model.height * model.width;
    this.disturbance = new Disturbance(this.shape, model.about.ground ?? 0);
    this.image = new Float32Array(this.size);
    this.decodes = 0;
    this.here = component.parentElement;
    if (model.network.encode) this.build(style);
    else sayBroken(this.here, new Error("it has no encoder"));
  }

  /** Called at every change of data or theme. Takes an image only when Python gives one that it has not given before. */
  update(component) {
    if (!this.root) return;
    this.component = component;
    const { image, title, mode } = component.data;
    if (mode !== this.mode) this.setMode(mode);
    this.title = title;
    this.root.querySelector(".title").textContent = title;
    if (image !== this.given && image !== this.committed) this.take(image);
    this.given = image;
    if (this.original) this.changed("point");
  }

  close() {
    this.turn = null;
    cancelAnimationFrame(this.frameRequest);
    clearTimeout(this.restTimer);
    clearTimeout(this.newsTimer);
    this.resizes?.disconnect();
    this.map?.close();
    this.pad?.close();
    this.root?.remove();
  }

  // -- The image: given, drawn, disturbed --

  setMode(mode) {
    this.mode = mode;
    [this.given, this.committed] = [undefined, undefined];
    this.root.dataset.mode = mode;
    this.pad?.close();
    this.pad = null;
    if (mode !== "draw") return;
    const follow = (image) => {
      this.setOriginal(image);
      this.frame(); // at once: the pad calls this in a frame of its own
    };
    const looks = { shape: this.shape, ground: this.model.about.ground ?? 0, label: "Drawing that the model reads" };
    this.pad = new SketchPad(this.find(".pad"), { ...looks, onInput: follow, onRelease: (image) => this.commit(image) });
  }

  /** An image from Python: base64 of its bytes, or null. */
  take(text) {
    const bytes = text === null ? null : fromBase64(text);
    const fits = !bytes || bytes.length === this.size;
    const image = bytes && fits ? Float32Array.from(bytes, (value) => value / 255) : null;
    this.notice.textContent = !fits
      ? `This image has ${bytes.length} numbers, the model reads ${this.size}. Prepare it for this model, or choose another model.`
      : image || this.pad
        ? ""
        : "Choose an image to see what the model makes of it.";
    this.root.dataset.empty = !image && !this.pad;
    this.original = null;
    this.pad?.load(image);
    if (this.pad || image) this.setOriginal(image ?? this.pad.image);
  }

  setOriginal(image) {
    this.original = Float32Array.from(image);
    this.changed("input");
  }

  /** Tell Python what has been drawn. */
  commit(image) {
    this.setOriginal(image);
    const pixels = this.pad.isEmpty ? null : toBase64(image.map((value) => Math.round(255 * value)));
    if (pixels === this.committed) return;
    this.committed = pixels;
    this.component.setStateValue("drawing", pixels && { shape: this.shape, pixels });
  }

  /** Decode at z, which the encoder did not choose. */
  go(z) {
    this.z = Float64Array.from(z);
    this.moved = true;
    this.changed("point");
  }

  goToMean() {
    this.z = this.mean.slice();
    this.moved = false;
    this.changed("point");
  }

  // -- Frames: what follows the hand --

  /** Ask for a frame. "input": the image is another one; "point": only the point moved. */
  changed(what) {
    this.inputChanged ||= what === "input";
    this.root.dataset.settled = "false";
    this.frameRequest ??= requestAnimationFrame(() => this.frame());
  }

  frame() {
    cancelAnimationFrame(this.frameRequest);
    this.frameRequest = null;
    if (!this.original) return;
    const began = performance.now();
    if (this.inputChanged) this.encode();
    this.image.set(this.model.network.decode(Float32Array.from(this.z)));
    const ms = performance.now() - began;
    this.inputChanged = false;
    this.draw();
    this.decodes++;
    Object.assign(this.root.dataset, { ready: "true", decodes: this.decodes });
    this.root.dispatchEvent(new CustomEvent("vae:decoded", { bubbles: true, composed: true, detail: { ms } }));
    this.waitForRest();
  }

  encode() {
    this.input = this.disturbance.apply(this.original);
    const { mean, log_var: logVar } = this.model.network.encode(this.input);
    this.mean = Float64Array.from(mean);
    this.logVar = logVar ? Float64Array.from(logVar) : null;
    this.kl = logVar ? klByDimension(this.mean, this.logVar) : null;
    this.z = this.mean.slice();
    this.moved = false;
  }

  draw() {
    const { input, image, mean, logVar, kl, z, moved } = this;
    this.pictures.given.draw(input);
    this.pictures.made.draw(image);
    this.pictures.lost.drawDifference(input, image);
    this.drawCover();
    this.bars.show({ mean, logVar, kl, z });
    const posterior = { z: mean, logVar };
    this.map.show({ points: moved ? [{ z, name: "here" }, posterior] : [posterior] });
    for (const button of this.root.querySelectorAll(".command-mean")) button.hidden = !moved;
    this.drawCosts();
  }

  drawCosts() {
    const { about } = this.model;
    const reconstruction = reconstructionNats(about, this.input, this.image);
    const kl = this.kl ? this.kl.reduce((a, b) => a + b) : 0;
    const [whole, first, second] = [reconstruction + kl, reconstruction, kl].map(nats);
    this.costs.querySelector("b").textContent = `${whole} nats`;
    this.costs.querySelector("span").textContent = this.kl ? `= ${first} reconstruction + ${second} KL` : "for the reconstruction alone";
    if (!this.moved) this.gauge?.show(reconstruction + kl);
    const disturbed = this.disturbance.isActive;
    const [own, left] = [squaredError(this.original, this.input), squaredError(this.original, this.image)];
    this.repair.hidden = !disturbed;
    if (disturbed) this.repair.textContent = sayRepair(own, left);
    const facts = { loss: reconstruction + kl, reconstruction, kl, moved: this.moved, inputError: own, imageError: left };
    Object.assign(this.root.dataset, facts);
  }

  drawCover() {
    const { box } = this.disturbance;
    this.cover.hidden = !box;
    if (!box) return;
    const place = { left: box.x, top: box.y, width: box.side, height: box.side };
    for (const [name, pixels] of Object.entries(place)) this.cover.style[name] = `calc(${pixels} * var(--pixel))`;
    this.root.dataset.cover = [box.x, box.y, box.side].join();
  }

  // -- Slices: what waits until the hand rests --

  waitForRest(ms = REST_MS) {
    this.turn = {};
    this.root.dataset.settled = "false";
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.rest(this.turn), ms);
  }

  async rest(turn) {
    let began = performance.now();
    for (const awaited of this.slowly()) {
      if (!awaited && performance.now() - began < SLICE_MS) continue;
      await (awaited ?? new Promise((resolve) => setTimeout(resolve)));
      if (turn !== this.turn) return;
      began = performance.now();
    }
    this.root.dataset.settled = "true";
  }

  /** The slow parts, yielding after every bit of work; a promise where they must wait for it. */
  *slowly() {
    const { mean, logVar, kl, z } = this;
    this.bars.describe();
    this.way.show({ input: this.input, mean, logVar });
    yield;
    if (this.samples) yield* this.samples.show(mean, logVar);
    yield* this.neighbours.show(this.input, mean);
    const facts = { mean, logVar: logVar ?? [], klBy: kl ?? [], z };
    for (const [name, values] of Object.entries(facts))
      this.root.dataset[name] = Array.from(values, (value) => value.toPrecision(7)).join();
  }

  // -- Disturbing the input --

  toggleCover() {
    this.disturbance.setCover(!this.disturbance.box);
    this.coverChanged();
    if (this.disturbance.box) this.frameOf.given.focus({ preventScroll: true });
  }

  coverChanged() {
    const on = Boolean(this.disturbance.box);
    const frame = this.frameOf.given;
    this.find(".command-cover").setAttribute("aria-pressed", on);
    for (const button of this.root.querySelectorAll(".command-smaller, .command-larger")) button.hidden = !on;
    frame.tabIndex = on ? 0 : -1;
    frame.dataset.covered = on;
    const keys = on ? ". Arrow keys move the cover, plus and minus change its size, Delete removes it" : "";
    frame.setAttribute("aria-label", `The input as the model sees it${keys}`);
    this.changed("input");
  }

  listen() {
    const frame = this.frameOf.given;
    let held = null;
    const follow = (event) => {
      const box = this.pictures.given.canvas.getBoundingClientRect();
      const [, height, width] = this.shape;
      this.disturbance.centreCover(((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height);
      this.changed("input");
    };
    frame.onpointerdown = (event) => {
      if (event.button !== 0 || held !== null || !this.disturbance.box) return;
      held = event.pointerId;
      frame.setPointerCapture(held);
      follow(event);
    };
    frame.onpointermove = (event) => event.pointerId === held && follow(event);
    frame.onpointerup = frame.onpointercancel = (event) => {
      if (event.pointerId === held) held = null;
    };
    frame.onkeydown = (event) => this.type(event);
  }

  type(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const sizes = { "+": 1, "=": 1, "-": -1, _: -1 };
    if (!this.disturbance.box || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) this.disturbance.moveCover(...moves[event.key]);
    else if (event.key in sizes) this.disturbance.growCover(sizes[event.key]);
    else if (event.key === "Delete" || event.key === "Backspace") this.disturbance.setCover(false);
    else return;
    event.preventDefault();
    this.coverChanged();
  }

  // -- Files --

  /** Input, reconstruction and difference side by side, every pixel a square. */
  downloadPicture() {
    const [, height, width] = this.shape;
    const sheet = document.createElement("canvas");
    [sheet.width, sheet.height] = [3 * width, height];
    const context = sheet.getContext("2d");
    context.fillStyle = getComputedStyle(this.root).getPropertyValue("--st-secondary-background-color").trim() || "white";
    context.fillRect(0, 0, sheet.width, height);
    Object.values(this.pictures).forEach(({ canvas }, place) => context.drawImage(canvas, place * width, 0));
    save(`${this.fileName()}.png`, enlarged(sheet, Math.max(1, Math.ceil(EXPORT_SIDE / width))).toDataURL("image/png"));
    this.say("Pictures saved");
  }

  downloadCode() {
    const columns = this.logVar ? ["dimension", "mean", "standard deviation", "KL in nats"] : ["dimension", "code"];
    const row = (i) =>
      [this.mean[i], ...(this.logVar ? [Math.exp(this.logVar[i] / 2), this.kl[i]] : [])].map((value) => value.toPrecision(7));
    const lines = [columns, ...Array.from(this.mean, (_, i) => [`z${i + 1}`, ...row(i)])];
    save(`${this.fileName()}.csv`, `data:text/csv;charset=utf-8,${encodeURIComponent(csv(lines))}`);
    this.say("Code saved");
  }

  fileName() {
    return `${this.model.about.run ?? "model"} ${this.title}`
      .replace(/[^\p{L}\p{N} .-]+/gu, "_")
      .slice(0, 80)
      .trim();
  }

  say(text) {
    this.news.textContent = text;
    clearTimeout(this.newsTimer);
    this.newsTimer = setTimeout(() => (this.news.textContent = ""), 4000);
  }

  // -- The page --

  build(looks) {
    const { model } = this;
    const style = document.createElement("style");
    style.textContent = looks;
    this.root = document.createElement("div");
    this.root.className = "reconstruction";
    this.root.innerHTML = LAYOUT;
    Object.assign(this.root.dataset, { ready: "false", settled: "false", family: this.isVae ? "vae" : "autoencoder" });
    this.find = (selector) => this.root.querySelector(selector);
    [this.notice, this.costs, this.repair, this.news, this.cover] = [".notice", ".costs", ".repair", ".news", ".cover"].map(this.find);
    const hero = ["given", "made", "lost"];
    this.frameOf = Object.fromEntries(hero.map((name) => [name, this.find(`.${name} .frame`)]));
    this.pictures = Object.fromEntries(hero.map((name) => [name, new Picture(this.frameOf[name].querySelector("canvas"), this.shape)]));
    this.bars = new PosteriorBars(this.find(".code"), model, (z) => this.go(z));
    this.map = new SmallMap(this.find(".map"), model, { label: "Where the code lies", onPick: (z) => this.go(z) });
    this.samples = this.isVae ? new Samples(this.find(".samples"), model, () => this.waitForRest(0)) : null;
    this.neighbours = new Neighbours(this.find(".neighbours"), model);
    this.way = new Way(this.find(".way"), model);
    const costs = model.costs?.length ? model.costs : null;
    this.gauge = costs ? new Gauge(this.find(".gauge"), costs, model.about.dataset) : null;
    this.find(".colours").textContent = model.channels === 3 ? "Of the three colours, the one that differs most." : "";
    this.buildControls();
    this.listen();
    this.here.replaceChildren(style, this.root);
    this.resizes = new ResizeObserver(() => this.measure());
    this.resizes.observe(this.root);
  }

  buildControls() {
    const disturb = (change) => () => {
      change(this.disturbance);
      this.changed("input");
    };
    const commands = {
      picture: () => this.downloadPicture(),
      code: () => this.downloadCode(),
      noise: disturb((it) => it.redraw()),
      cover: () => this.toggleCover(),
      smaller: disturb((it) => it.growCover(-1)),
      larger: disturb((it) => it.growCover(1)),
      epsilon: () => this.way.redraw(),
    };
    for (const [name, run] of Object.entries(commands)) this.find(`.command-${name}`).onclick = run;
    for (const button of this.root.querySelectorAll(".command-mean")) button.onclick = () => this.goToMean();
    const [slider, output] = [this.find(".noise input"), this.find(".noise output")];
    slider.oninput = () => {
      output.textContent = Number(slider.value).toFixed(2);
      this.disturbance.deviation = Number(slider.value);
      this.changed("input");
    };
  }

  /** Pictures take whole multiples of their own size. */
  measure() {
    for (const canvas of this.root.querySelectorAll("canvas.sharp")) {
      const room = canvas.parentElement.getBoundingClientRect().width; // not rounded up, as clientWidth is
      if (!room) continue;
      const scale = room >= this.model.width ? Math.floor(room / this.model.width) : room / this.model.width;
      canvas.style.width = `${this.model.width * scale}px`;
      canvas.parentElement.style.setProperty("--pixel", `${scale}px`);
      canvas.dataset.reduced = scale < 1;
    }
  }
}

function sayRepair(own, left) {
  const verdict = left < own ? "The model repaired part of it." : "The model did not bring it nearer.";
  const [reconstruction, input] = [left, own].map((error) => error.toFixed(3));
  return `Against the undisturbed image, the mean squared error is ${reconstruction}; that of the disturbed input is ${input}. ${verdict}`;
}

export default (texts) => mounted(Reconstruction, texts);
