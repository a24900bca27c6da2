// @ts-nocheck
// The codes of a data set as one or two clouds of points, and beside them what is pinned, selected or decoded. Knows no
// Python.
//
// Points and the frames of a film come in parts of their own, which parts.js leaves where `gather` finds them. While a hand moves
// nothing leaves the page; Python hears in one small message what is pinned, how many are selected and what colours mean (`commit`).

import { mounted } from "../model/mounted.js";
import { fromBase64 } from "../runtime/base64.js";
import { PALETTE, PALETTE_STEPS, inkOf } from "../runtime/colours.js";
import { csv, exactly } from "../runtime/files/csv.js";
import { plain, shown } from "../runtime/format.js";
import { nearestCodes } from "../runtime/geometry.js";
import { squaredDistance } from "../runtime/math.js";
import { fillPixels } from "../runtime/pixels.js";
import { tailless } from "../runtime/statistics.js";
import { canvasColour } from "../view/canvas.js";
import { save } from "../view/export.js";
import { storeOfParts } from "../view/parts.js";
import { Faces } from "./faces.js";
import { ICONS, LAYOUT } from "./layout.js";
import { DIM, HIDDEN, PLAIN, Plot } from "./plot.js";
import { amid, countsOf, framesOfPart, galleryOf, joined, onPlane } from "./points.js";

const MOST_PINS = 6;
const NEIGHBOURS = 8;
const PLACED_BY = 5; // nearest codes that say where an own image belongs, as in vae_core.projections.transform
const FRAME_MS = 70;
const NO_CLASS = "#8A8F9C";

class Scatter {
  constructor(model, component, { style, worker }) {
    Object.assign(this, {
      model,
      faces: new Faces(model, this, worker),
      jobs: new Map(),
      plots: [],
      layout: null,
      colourBy: "class",
      tool: "move",
    });
    Object.assign(this, {
      count: 0,
      own: 0,
      mine: [],
      codes: new Float32Array(0),
      ink: new Uint32Array(0),
      layers: new Uint8Array(0),
      version: 0,
    });
    Object.assign(this, { pins: [], selected: [], hidden: new Set(), hovered: -1, nearest: -1, pictures: true });
    Object.assign(this, { frames: [], frame: 0, following: true, input: new Float32Array(model.latentDim) });
    this.build(component.parentElement, style);
    this.store = storeOfParts();
    this.collect = () => (this.gathering ??= requestAnimationFrame(() => this.gather()));
    this.store.addEventListener("change", this.collect);
    model.sheetReady.then(() => this.root.isConnected && this.originalsCame());
  }

  /** Called at every change of data or theme. What Python names takes effect only when it has not named it before. */
  update(component) {
    this.component = component;
    const { colour_by: colourBy, pins, layout } = component.data;
    const given = JSON.stringify([colourBy, pins, layout]);
    if (given !== this.given && given !== this.committed) this.wish = { colourBy, pins, layout };
    this.given = given;
    this.readTheme();
    this.gather();
    this.recolour();
  }

  close() {
    this.pause();
    cancelAnimationFrame(this.gathering);
    cancelAnimationFrame(this.decoding);
    this.store.removeEventListener("change", this.collect);
    for (const plot of this.plots) plot.close();
    this.faces.forget();
    this.root.remove();
  }

  /** Tell Python, once for each new state. */
  commit() {
    const { pins, layout, selected, colourBy } = this;
    const state = { points: this.part.digest, colour_by: colourBy, pins, selected: selected.length, layout };
    const said = JSON.stringify(state);
    if (said === this.said) return;
    this.said = said;
    this.committed = JSON.stringify([colourBy, pins, layout]);
    this.component.setStateValue("view", state);
  }

  // -- What has arrived --

  /** Take stock of the parts: the points of this view, and the frames that belong to them. */
  gather() {
    this.gathering = null;
    if (!this.component) return;
    const parts = [...this.store.parts.values()];
    const part = parts.find(({ digest }) => digest === this.component.data.points);
    this.notice.hidden = Boolean(part ?? this.part);
    if (!part) return;
    const own = JSON.stringify(this.component.data.own);
    const other = part.digest !== this.part?.digest;
    if (other || own !== this.ownGiven) this.takePoints(part, this.component.data.own);
    this.ownGiven = own;
    this.takeFrames(parts, other);
    this.takeWish();
  }

  takePoints(part, own) {
    const sameCodes = part.codes === this.part?.codes;
    this.part = part;
    this.own = part.count;
    this.count = part.count + own.length;
    this.codes = part.tensors.codes;
    this.mine = own.map(({ name, image }) => this.encoded(name, fromBase64(image)));
    this.places = part.projections.map((_, i) => joined(part.tensors[`points${i}`], this.placesOf(i)));
    this.codes = joined(
      this.codes,
      this.mine.map(({ code }) => code),
    );
    this.kinds = { class: part.tensors.labels, cluster: part.tensors.clusters };
    if (!sameCodes) this.faces.forget();
    const lasts = (index) => index < this.count;
    [this.pins, this.selected, this.hovered] = [this.pins.filter(lasts), sameCodes ? this.selected.filter(lasts) : [], -1];
    this.ink = new Uint32Array(this.count);
    this.layers = new Uint8Array(this.count);
    this.offerColours();
    this.arrange(this.layout, sameCodes);
    this.recolour();
    this.showPanel();
    Object.assign(this.root.dataset, { points: part.count, ready: "true" });
  }

  takeWish() {
    if (!this.wish) return;
    const { colourBy, pins, layout } = this.wish;
    this.wish = null;
    if (pins) this.pins = pins.filter((index) => index < this.count).slice(-MOST_PINS);
    if (colourBy) this.colourBy = this.colours.includes(colourBy) ? colourBy : this.colours[0];
    this.arrange(layout ?? this.layout, false);
    this.recolour();
    this.showPanel();
    this.committed = JSON.stringify([this.colourBy, this.pins, this.layout]);
  }

  /** The frames of the plots' projections, oldest first. While they come, the newest is shown. */
  takeFrames(parts, anew) {
    const films = new Set(this.part.projections.map(({ film }) => film).filter(Boolean));
    const found = parts
      .filter(({ film }) => films.has(film))
      .flatMap(framesOfPart)
      .sort((a, b) => a.step - b.step);
    const known = found.map(({ film, step }) => film + step).join() + this.component.data.live;
    if (known === this.known && !anew) return;
    const more = found.length > this.frames.length;
    Object.assign(this, { known, frames: found });
    if (this.following || this.frame > this.last()) this.frame = this.last();
    this.showFrame(more && this.following && this.component.data.live);
  }

  /** A person's own image, bytes (C, H, W): its code and its picture. */
  encoded(name, bytes) {
    const image = Float32Array.from(bytes, (value) => value / 255);
    const picture = document.createElement("canvas");
    [picture.width, picture.height] = [this.model.width, this.model.height];
    this.paint(picture, image);
    const code = Float32Array.from(this.model.network.encode(image).mean);
    return { name, picture, code, near: this.neighbours(code, PLACED_BY) };
  }

  /** Where own images belong in a projection: on a decodable plane exactly, else amid their nearest codes. */
  placesOf(place) {
    const { dims, decodable } = this.part.projections[place];
    const { [`points${place}`]: points, [`origin${place}`]: origin, [`basis${place}`]: basis } = this.part.tensors;
    return this.mine.map(({ code, near }) => (decodable ? onPlane(code, origin, basis) : amid(near, points, dims)));
  }

  // -- What a point is --

  ownAt(index) {
    return this.mine[index - this.own];
  }

  /** How many points, from the first, have their image on the sheet. */
  originals() {
    return this.part.known && this.model.sheet ? Math.min(this.model.count, this.own) : 0;
  }

  code(index) {
    return this.codes.subarray(index * this.model.latentDim, (index + 1) * this.model.latentDim);
  }

  kindName(kind, value) {
    if (kind === "cluster") return value < 0 ? "No cluster" : `Cluster ${value + 1}`;
    return value < 0 ? "No class" : (this.part.class_names[value] ?? `Class ${value}`);
  }

  kindColour(value) {
    return value < 0 ? NO_CLASS : this.model.classColour(value);
  }

  nameOf(index) {
    const mine = this.ownAt(index);
    if (mine) return mine.name;
    return this.kinds.class ? this.kindName("class", this.kinds.class[index]) : `Image ${this.numberOf(index)}`;
  }

  /** Its place in the data set. */
  numberOf(index) {
    return this.part.tensors.index?.[index] ?? index;
  }

  /** What is known of a point, as [name, text]. */
  factsOf(index) {
    if (this.ownAt(index)) return [];
    const number = this.kinds.class ? [["Image", String(this.numberOf(index))]] : [];
    const clusters = this.kinds.cluster ? [["Cluster", this.kindName("cluster", this.kinds.cluster[index]).replace("Cluster ", "")]] : [];
    return [...number, ...clusters, ...this.part.scalars.map((name, i) => [name, readable(this.part.tensors[`scalar${i}`][index])])];
  }

  // -- Colours --

  readTheme() {
    const style = getComputedStyle(this.root);
    const colour = (name) => canvasColour(style.getPropertyValue(name).trim() || "gray");
    this.accent = colour("--st-primary-color");
    this.ground = inkOf(colour("--st-secondary-background-color"));
  }

  offerColours() {
    const { scalars } = this.part;
    const kinds = Object.entries({ class: "Class", cluster: "Cluster" }).filter(([kind]) => this.kinds[kind]);
    const dims = this.model.ranked.map((index) => [`z${index + 1}`, `z${index + 1}`]);
    const groups = [
      ["", kinds],
      ["Measures", scalars.map((name) => [name, name])],
      ["Dimensions", dims],
    ];
    this.colours = groups.flatMap(([, options]) => options.map(([value]) => value));
    if (!this.colours.includes(this.colourBy)) this.colourBy = this.colours[0];
    this.colourSelect.replaceChildren(
      ...groups.flatMap(([label, options]) => {
        const made = options.map(([value, text]) => new Option(text, value));
        if (!label || !made.length) return made;
        const group = Object.assign(document.createElement("optgroup"), { label });
        group.append(...made);
        return [group];
      }),
    );
  }

  chooseColour(name) {
    this.colourBy = name;
    this.hidden.clear();
    this.recolour();
    this.commit();
  }

  /** The numbers that colours stand for, or null where they stand for classes or clusters. */
  measure() {
    if (this.kinds[this.colourBy]) return null;
    const place = this.part.scalars.indexOf(this.colourBy);
    if (place >= 0) return this.part.tensors[`scalar${place}`];
    const dim = Number(this.colourBy.slice(1)) - 1;
    return Float32Array.from({ length: this.own }, (_, i) => this.codes[i * this.model.latentDim + dim]);
  }

  recolour() {
    if (!this.part) return;
    this.colourSelect.value = this.colourBy;
    this.root.dataset.colour = this.colourBy;
    const values = this.measure();
    this.range = values ? tailless(values) : null;
    if (values) this.inkByNumber(values);
    else this.inkByKind(this.kinds[this.colourBy]);
    this.showKey();
    this.relayer();
  }

  inkByNumber(values) {
    const [low, high] = this.range;
    const steps = PALETTE_STEPS.map(inkOf);
    for (let i = 0; i < this.own; i++) {
      const t = high > low ? Math.min(Math.max((values[i] - low) / (high - low), 0), 1) : 0.5;
      this.ink[i] = steps[Math.round(t * (steps.length - 1))];
    }
  }

  inkByKind(kinds) {
    const inks = new Map();
    for (let i = 0; i < this.own; i++) {
      if (!inks.has(kinds[i])) inks.set(kinds[i], inkOf(this.kindColour(kinds[i])));
      this.ink[i] = inks.get(kinds[i]);
    }
  }

  /** The colour of a point as it is drawn, for the frame of its picture. */
  colourOf(index) {
    const ink = this.ink[index];
    return `rgb(${ink & 255} ${(ink >> 8) & 255} ${(ink >> 16) & 255})`;
  }

  /** Which points are hidden, dim or plain. */
  relayer() {
    const kinds = this.kinds[this.colourBy];
    this.layers.fill(this.selected.length ? DIM : PLAIN);
    for (const index of this.selected) this.layers[index] = PLAIN;
    if (kinds && this.hidden.size) for (let i = 0; i < this.own; i++) if (this.hidden.has(kinds[i])) this.layers[i] = HIDDEN;
    for (let i = this.own; i < this.count; i++) this.layers[i] = PLAIN;
    this.version++;
    this.root.dataset.hidden = [...this.hidden].join();
    this.changed("all");
  }

  showKey() {
    const kinds = this.kinds[this.colourBy];
    this.legend.hidden = !kinds;
    this.bar.hidden = Boolean(kinds);
    if (!kinds) return this.showBar();
    const counts = countsOf(kinds);
    const key = this.colourBy + [...counts].join();
    if (key !== this.legendOf) {
      this.legend.replaceChildren(...[...counts].map(([value, count]) => this.legendButton(value, count)));
    }
    this.legendOf = key;
    for (const button of this.legend.children) button.setAttribute("aria-pressed", !this.hidden.has(Number(button.dataset.value)));
  }

  legendButton(value, count) {
    const button = document.createElement("button");
    button.innerHTML = `<i style="background:${this.kindColour(value)}"></i><span></span><small>${count.toLocaleString("en")}</small>`;
    button.querySelector("span").textContent = this.kindName(this.colourBy, value);
    button.dataset.value = value;
    button.title = "Show or hide; double click shows only this one";
    button.onclick = (event) => (event.altKey ? this.only(value) : this.toggle(value));
    button.ondblclick = () => this.only(value);
    return button;
  }

  toggle(value) {
    if (!this.hidden.delete(value)) this.hidden.add(value);
    this.showKey();
    this.relayer();
  }

  /** Hide all others; if they are hidden already, show all. */
  only(value) {
    const others = [...countsOf(this.kinds[this.colourBy]).keys()].filter((other) => other !== value);
    const alone = others.every((other) => this.hidden.has(other)) && !this.hidden.has(value);
    this.hidden = new Set(alone ? [] : others);
    this.showKey();
    this.relayer();
  }

  showBar() {
    const [low, high] = this.range;
    const values = this.measure();
    const below = values.some((value) => value < low) ? "≤ " : "";
    const above = values.some((value) => value > high) ? "≥ " : "";
    const texts = [below + readable(low), this.colourBy, above + readable(high)];
    this.bar.querySelectorAll("span").forEach((span, i) => (span.textContent = texts[i]));
  }

  // -- Plots: one, or two side by side --

  /** `layout` is "both" or the place of a projection as text; anything else is the first. */
  arrange(layout, moving) {
    const { projections } = this.part;
    const places = projections.map((_, i) => String(i));
    this.layout = layout === "both" && projections.length > 1 ? layout : places.includes(layout) ? layout : "0";
    const shown = this.layout === "both" ? [0, 1] : [Number(this.layout)];
    while (this.plots.length > shown.length) this.plots.pop().close();
    while (this.plots.length < shown.length) this.plots.push(new Plot(this.plotsBox, this));
    this.shown = shown;
    if (this.following) this.frame = this.last();
    this.root.dataset.layout = this.layout;
    this.showViews();
    shown.forEach((place, i) => this.plots[i].show(this.seen(place), moving));
    this.showFilm();
    const decodes = shown.some((place) => projections[place].decodable);
    this.aimed.hidden = !decodes;
    this.sentence.textContent = this.sentenceOf(shown.map((place) => projections[place]));
    if (decodes && !this.aimedAt) this.aim(...this.originOf(shown.find((place) => projections[place].decodable)));
  }

  /** A projection as a plot takes it: its points, or a frame of its film. */
  seen(place) {
    const { name, dims, axes, film, decodable } = this.part.projections[place];
    const frame = film && this.timeline()[this.frame];
    const { [`origin${place}`]: origin, [`basis${place}`]: basis } = this.part.tensors;
    const positions = frame ? this.framePlaces(frame) : this.places[place];
    return { name, dims: frame ? 2 : dims, axes, positions, decodable: decodable ? { origin, basis } : null };
  }

  framePlaces({ points, scale }) {
    const places = Float32Array.from(points, (value) => value * scale);
    return joined(
      places,
      this.mine.map(({ near }) => amid(near, places, 2)),
    );
  }

  /** The code where both axes of a projection are zero, and its coordinates. */
  originOf(place) {
    return [this.part.tensors[`origin${place}`], this.part.projections[place].axes.map((name) => [name, shown(0)])];
  }

  sentenceOf(projections) {
    const decodes = projections.some(({ decodable }) => decodable);
    const picked = decodes ? " Where there is no point, the picture beside shows what the decoder makes of that spot." : "";
    const free = projections.filter(({ axes }) => !axes.length).map(({ name }) => name);
    const little = "directions, sizes and distances between groups mean little; who is near whom means more.";
    const meaningless = free.length ? ` In ${free.join(" and ")}, ${little}` : "";
    return `Each point is the code of an image; close up, pictures stand in their place.${picked}${meaningless}`;
  }

  showViews() {
    const names = this.part.projections.map(({ name }) => name);
    const options = names.length > 1 ? [...names.map((name, i) => [String(i), name]), ["both", "Side by side"]] : [];
    this.views.hidden = !options.length;
    this.views.replaceChildren(
      ...options.map(([layout, text]) => {
        const button = document.createElement("button");
        button.textContent = text;
        button.dataset.layout = layout;
        button.setAttribute("aria-pressed", layout === this.layout);
        button.onclick = () => {
          this.arrange(layout, layout !== "both");
          this.commit();
        };
        return button;
      }),
    );
  }

  changed(what) {
    for (const plot of this.plots) plot.changed(what);
  }

  drew(plot) {
    if (plot !== this.plots[0]) return;
    const { morph, plane } = plot;
    Object.assign(this.root.dataset, { zoom: plot.zoomed().toFixed(3), pictures: plane.dataset.pictures, morphing: Boolean(morph) });
  }

  /** The sheet of originals has come: they go first in a gallery. */
  originalsCame() {
    if (this.part) this.showPanel();
    this.pictured();
  }

  /** A picture has come: those that wait for it are drawn. */
  pictured() {
    this.changed("all");
    for (const canvas of this.root.querySelectorAll("canvas[data-waiting]")) this.drawFace(canvas, Number(canvas.dataset.waiting));
  }

  // -- Film --

  /** What the bar runs over: the frames of the first filmed projection on the screen, and the points themselves when it is finished. */
  timeline() {
    const filmed = this.shown.map((place) => this.part.projections[place].film).find(Boolean);
    const frames = filmed ? this.frames.filter(({ film }) => film === filmed) : [];
    return frames.length && !this.component.data.live ? [...frames, null] : frames;
  }

  last() {
    return this.shown ? Math.max(this.timeline().length - 1, 0) : 0;
  }

  scrub(frame) {
    this.pause();
    this.goToFrame(frame);
  }

  goToFrame(frame) {
    [this.frame, this.following] = [frame, frame === this.last()];
    this.showFrame(false);
  }

  play() {
    if (this.frame === this.last()) this.frame = 0;
    this.timer = setInterval(() => {
      this.goToFrame(Math.min(this.frame + 1, this.last()));
      if (this.frame === this.last()) this.pause();
    }, FRAME_MS);
    this.showFilm();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    if (this.part) this.showFilm();
  }

  showFrame(moving) {
    this.shown.forEach((place, i) => this.part.projections[place].film && this.plots[i].show(this.seen(place), moving));
    this.showFilm();
  }

  showFilm() {
    const timeline = this.timeline();
    this.film.hidden = timeline.length < 2;
    if (this.frame >= timeline.length) this.frame = this.last();
    const step = timeline[this.frame]?.step;
    const [button, range, text] = this.film.children;
    Object.assign(range, { max: Math.max(timeline.length - 1, 1), value: this.frame });
    text.textContent = step === undefined ? "Finished" : `Step ${step}`;
    range.setAttribute("aria-valuetext", text.textContent);
    button.innerHTML = this.timer ? ICONS.pause : ICONS.play;
    button.title = button.ariaLabel = this.timer ? "Pause" : "Play how it came about";
    Object.assign(this.root.dataset, { frame: this.frame, frames: timeline.length });
  }

  // -- What hands do on a plot --

  /** The card of a point beside it; -1 takes it away. All plots mark the point. */
  hover(plot, index) {
    if (index !== this.hovered) {
      this.hovered = index;
      this.root.dataset.hovered = index;
      this.changed("marks");
      if (index >= 0) this.fillCard(index);
    }
    this.card.hidden = index < 0;
    for (const each of this.plots) each.plane.dataset.over = index >= 0;
    if (index >= 0) this.placeCard(plot, index);
  }

  fillCard(index) {
    const made = this.fillPair(this.card, index);
    this.later("card", () => this.decodeInto(made, this.code(index)));
    this.card.querySelector("b").textContent = this.nameOf(index);
    this.card.querySelector("dl").replaceChildren(...facts(this.factsOf(index)));
    this.news.textContent = [this.nameOf(index), ...this.factsOf(index).map((fact) => fact.join(" "))].join(", ");
  }

  placeCard(plot, index) {
    const [px, py] = plot.spot(index);
    const [box, frame] = [plot.plane, this.leftBox];
    const [x, y] = [px + offsetWithin(box, frame)[0], py + offsetWithin(box, frame)[1]];
    this.card.dataset.side = (x > frame.clientWidth / 2 ? "left" : "right") + (py > plot.view.height / 2 ? " above" : " below");
    this.card.style.transform = `translate(${x}px, ${y}px)`;
  }

  /** What the decoder makes of a spot of the plane. */
  aim(z, where) {
    this.aimedAt = z;
    this.later("aim", () => {
      this.decodeInto(this.aimed.querySelector("canvas"), z);
      this.aimed.querySelector("dl").replaceChildren(...facts(where));
      this.root.dataset.aimed = Array.from(z, plain).join(",");
    });
  }

  /** Do something in the next frame; of several wishes of one name the last is granted. */
  later(name, job) {
    this.jobs.set(name, job);
    this.decoding ??= requestAnimationFrame(() => {
      const jobs = [...this.jobs.values()];
      this.jobs.clear();
      this.decoding = null;
      for (const one of jobs) one();
    });
  }

  /** A click on a point pins it, or takes its pin away. */
  click(index) {
    if (index < 0) return this.selected.length && this.select([]);
    this.pinned(index) ? this.unpin(index) : this.pin(index);
  }

  pinned(index) {
    return this.pins.includes(index);
  }

  pin(index) {
    this.pins = [...this.pins.filter((pin) => pin !== index), index].slice(-MOST_PINS);
    this.active = index;
    this.pinsChanged();
  }

  unpin(index) {
    this.pins = this.pins.filter((pin) => pin !== index);
    this.pinsChanged();
  }

  /** To a neighbour: pinned too, and brought onto the screen. */
  visit(index) {
    this.pin(index);
    for (const plot of this.plots) plot.reveal(index);
  }

  pinsChanged() {
    this.showPins();
    this.changed("marks");
    this.commit();
  }

  select(indices) {
    this.selected = indices;
    this.relayer();
    this.showSelection();
    this.commit();
  }

  // -- The panel --

  showPanel() {
    this.showPins();
    this.showSelection();
  }

  showPins() {
    if (!this.pinned(this.active)) this.active = this.pins.at(-1);
    this.root.dataset.pinned = this.pins.join();
    this.pinsPanel.hidden = !this.pins.length;
    this.find(".pin-row").replaceChildren(...this.pins.map((index, place) => this.pinButton(index, place)));
    if (this.pins.length) this.showActive(this.active);
    this.showWalk();
  }

  pinButton(index, place) {
    const button = this.faceButton(index, () => {
      this.active = index;
      this.showPins();
    });
    button.setAttribute("aria-pressed", index === this.active);
    button.append(Object.assign(document.createElement("small"), { textContent: place + 1 }));
    return button;
  }

  showActive(index) {
    this.decodeInto(this.fillPair(this.find(".active"), index), this.code(index));
    this.find(".active b").textContent = this.nameOf(index);
    this.find(".active dl").replaceChildren(...facts(this.factsOf(index)));
    this.find(".unpin").onclick = () => this.unpin(index);
    const near = this.neighbours(this.code(index), NEIGHBOURS, index);
    this.find(".near").replaceChildren(...near.map(([other]) => this.faceButton(other, () => this.visit(other))));
    this.find(".near-block").hidden = !near.length;
    this.root.dataset.neighbours = near.map(([other]) => other).join();
    this.faces.fetch();
  }

  /** The codes nearest to z in all dimensions, as [index, squared distance], nearest first. */
  neighbours(z, most, except = -1) {
    return nearestCodes({ codes: this.codes, count: this.own, latentDim: this.model.latentDim }, z, most, except);
  }

  /** The two pins that were set last. */
  walking() {
    return this.pins.length > 1 ? this.pins.slice(-2) : null;
  }

  showWalk() {
    const ends = this.walking();
    this.walkPanel.hidden = !ends;
    if (!ends) this.nearest = -1;
    if (!ends || ends.join() === this.walked) return;
    this.walked = ends.join();
    const numbers = ends.map((index) => this.pins.indexOf(index) + 1);
    this.find(".walk-panel h4").textContent = `Walk the line from ${numbers[0]} to ${numbers[1]}`;
    this.offer(this.find(".walk-panel .interpolate"), ends);
    this.walkTo(0.5);
  }

  walkTo(t) {
    const range = this.find(".walk-panel input");
    range.value = t;
    range.setAttribute("aria-valuetext", `${Math.round(100 * t)} % of the way`);
    const [from, to] = this.walking().map((index) => this.code(index));
    const z = Float64Array.from(from, (value, i) => value + t * (to[i] - value));
    this.later("walk", () => {
      if (!this.walking()) return;
      this.decodeInto(this.find(".walk-panel canvas"), z);
      this.nearest = this.neighbours(z, 1)[0]?.[0] ?? -1;
      Object.assign(this.root.dataset, { walk: t, nearest: this.nearest });
      this.changed("marks");
    });
  }

  /** A link to Interpolate with two images, if the page there has both. */
  offer(link, pair) {
    const known = pair && pair.every((index) => index < this.originals());
    link.hidden = !known;
    if (known) link.href = `interpolate?run=${encodeURIComponent(this.component.data.run)}&samples=${pair.join()}`;
  }

  showSelection() {
    const chosen = this.selected.length ? this.selected : Array.from({ length: this.own }, (_, i) => i);
    const text = chosen.length === 1 ? "1 image" : `${chosen.length.toLocaleString("en")} images`;
    this.root.dataset.selected = this.selected.length;
    this.find(".selection h4").textContent = this.selected.length ? `${text} selected` : this.own === 1 ? text : `All ${text}`;
    this.find(".clear").hidden = !this.selected.length;
    this.decodeInto(this.find(".mean canvas"), this.meanOf(chosen));
    this.showHistogram(this.selected.length ? chosen : []);
    const gallery = galleryOf(chosen, this.originals());
    this.find(".gallery").replaceChildren(...gallery.map((index) => this.faceButton(index, () => this.visit(index))));
    this.offer(this.find(".selection .interpolate"), this.selected.length ? this.farthest(gallery) : null);
    this.faces.fetch();
  }

  meanOf(chosen) {
    const mean = new Float64Array(this.model.latentDim);
    for (const index of chosen) for (let d = 0; d < mean.length; d++) mean[d] += this.codes[index * mean.length + d] / chosen.length;
    return mean;
  }

  showHistogram(chosen) {
    const kinds = this.kinds.class;
    const counts = kinds ? [...countsOf(chosen.filter((index) => index < this.own).map((index) => kinds[index]))] : [];
    const most = Math.max(...counts.map(([, count]) => count));
    this.find(".histogram").replaceChildren(
      ...counts
        .sort(([, a], [, b]) => b - a)
        .slice(0, 12)
        .map(([value, count]) => {
          const row = document.createElement("li");
          const style = `width:${(100 * count) / most}%;background:${this.kindColour(value)}`;
          row.innerHTML = `<span></span><i style="${style}"></i><small>${count.toLocaleString("en")}</small>`;
          row.querySelector("span").textContent = this.kindName("class", value);
          return row;
        }),
    );
  }

  /** The two originals of a gallery that lie farthest apart. */
  farthest(gallery) {
    let [pair, most] = [null, 0];
    const known = gallery.filter((index) => index < this.originals());
    for (const a of known) {
      for (const b of known) {
        const squared = squaredDistance(this.code(a), this.code(b));
        if (a < b && squared > most) [pair, most] = [[a, b], squared];
      }
    }
    return pair;
  }

  /** index, class, codes and places of what is selected, or of all. Numbers are written so that reading them gives the same float32. */
  csv() {
    const chosen = this.selected.length ? this.selected : Array.from({ length: this.own }, (_, i) => i);
    const { projections } = this.part;
    const axes = projections.flatMap(({ dims }, place) => ["x", "y", "z"].slice(0, dims).map((axis) => axis + (place ? place + 1 : "")));
    const names = Array.from({ length: this.model.latentDim }, (_, d) => `z${d + 1}`);
    const lines = chosen.map((index) => {
      const places = projections.flatMap(({ dims }, place) => [...this.places[place].subarray(index * dims, (index + 1) * dims)]);
      const [number, name] =
        index < this.own ? [this.numberOf(index), this.kinds.class ? this.nameOf(index) : ""] : ["", this.nameOf(index)];
      return [number, name, ...[...this.code(index), ...places].map(exactly)];
    });
    return csv([["index", "class", ...names, ...axes], ...lines]);
  }

  download() {
    const url = URL.createObjectURL(new Blob([this.csv()], { type: "text/csv" }));
    save(`${this.component.data.run || "codes"}.csv`, url);
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  // -- Pictures --

  faceButton(index, onClick) {
    const button = document.createElement("button");
    button.className = "face";
    button.dataset.index = index;
    const [fact] = this.factsOf(index).map((pair) => pair.join(" ").toLowerCase());
    const made = this.faces.hasOriginal(index) ? "" : "decoded from its code";
    button.title = button.ariaLabel = [this.nameOf(index), fact, made].filter(Boolean).join(", ");
    const canvas = document.createElement("canvas");
    button.append(canvas);
    button.onclick = onClick;
    this.drawFace(canvas, index);
    return button;
  }

  /** The original, if there is one, in the first canvas of a box; the second is for what the decoder makes of the code, and returned. */
  fillPair(box, index) {
    const [original, made] = box.querySelectorAll("canvas");
    original.parentElement.hidden = !this.faces.hasOriginal(index);
    if (!original.parentElement.hidden) this.drawFace(original, index);
    return made;
  }

  drawFace(canvas, index) {
    const { width, height } = this.model;
    const face = this.faces.of(index);
    [canvas.width, canvas.height] = [width, height];
    if (!face) return (canvas.dataset.waiting = index);
    delete canvas.dataset.waiting;
    canvas.getContext("2d").drawImage(face.image, face.x, face.y, width, height, 0, 0, width, height);
  }

  decodeInto(canvas, z) {
    this.input.set(z);
    const began = performance.now();
    const image = this.model.network.decode(this.input);
    const ms = performance.now() - began;
    [canvas.width, canvas.height] = [this.model.width, this.model.height];
    this.paint(canvas, image);
    this.root.dispatchEvent(new CustomEvent("vae:decoded", { bubbles: true, composed: true, detail: { ms } }));
  }

  paint(canvas, image) {
    canvas.getContext("2d").putImageData(fillPixels(new ImageData(canvas.width, canvas.height), image, 255), 0, 0);
  }

  // -- The page --

  build(parentElement, looks) {
    const style = document.createElement("style");
    style.textContent = looks;
    this.root = document.createElement("div");
    this.root.className = "scatter";
    this.root.innerHTML = LAYOUT;
    Object.assign(this.root.dataset, { ready: "false", hovered: -1, pinned: "", selected: 0 });
    this.root.style.setProperty("--face", this.model.width / this.model.height);
    const all = (...names) => names.map((name) => this.find(name));
    [this.notice, this.colourSelect, this.views, this.plotsBox, this.leftBox] = all(".notice", ".colour", ".views", ".plots", ".left");
    [this.film, this.legend, this.bar, this.sentence, this.card] = all(".film", ".legend", ".scale", ".sentence", ".card");
    [this.aimed, this.pinsPanel, this.walkPanel, this.news] = all(".aimed", ".pins", ".walk-panel", ".news");
    this.bar.querySelector("i").style.background = `linear-gradient(to right, ${PALETTE.join()})`;
    this.connect();
    parentElement.replaceChildren(style, this.root);
  }

  connect() {
    this.colourSelect.onchange = () => this.chooseColour(this.colourSelect.value);
    for (const button of this.root.querySelectorAll(".tools button")) button.onclick = () => this.choose(button.dataset.tool);
    this.find(".toggle-pictures").onclick = ({ currentTarget }) => {
      this.pictures = !this.pictures;
      currentTarget.setAttribute("aria-pressed", this.pictures);
      this.changed("all");
    };
    const [button, range] = this.film.children;
    button.onclick = () => (this.timer ? this.pause() : this.play());
    range.oninput = () => this.scrub(Number(range.value));
    this.find(".whole").onclick = () => this.plots.forEach((plot) => plot.showAll());
    this.find(".walk-panel input").oninput = ({ target }) => this.walkTo(Number(target.value));
    this.find(".clear").onclick = () => this.select([]);
    this.find(".csv").onclick = () => this.download();
    this.find(".unpin-all").onclick = () => {
      this.pins = [];
      this.pinsChanged();
    };
  }

  choose(tool) {
    this.tool = tool;
    this.root.dataset.tool = tool;
    for (const button of this.root.querySelectorAll(".tools button")) button.setAttribute("aria-pressed", button.dataset.tool === tool);
  }

  find(selector) {
    return this.root.querySelector(selector);
  }
}

const readable = (value) => Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 2 }).replace("-", "\u2212");

function facts(pairs) {
  const made = (tag, textContent) => Object.assign(document.createElement(tag), { textContent });
  return pairs.flatMap(([name, text]) => [made("dt", name), made("dd", text)]);
}

/** Where an element begins inside another one, in CSS pixels. */
function offsetWithin(element, frame) {
  const [inner, outer] = [element.getBoundingClientRect(), frame.getBoundingClientRect()];
  return [inner.left - outer.left, inner.top - outer.top];
}

export default (texts) => mounted(Scatter, texts);
