// @ts-nocheck
// The film of a training: a picture of every epoch, to play and to scrub. Finds its frames where parts.js leaves them.
//
// Nothing here asks the server. Python mounts parts and this view; a part that arrives says so ("change"), and the view, if it
// follows the newest epoch, goes there. Pictures stay compressed and are decoded when they are shown, so memory does not grow.

import { icon } from "../view/elements.js";
import { storeOfParts } from "../view/parts.js";
import { decode, draw, fit, prepare } from "./pictures.js";
import { CIRCLES, scaleOf } from "./scale.js";

const FACES_ACROSS = 10;
const FACE_GAP = 4; // CSS pixels
const FADE_MS = 140;
const FILM_MS = 6000; // playing all of it takes about so long, if no frame is then shown too briefly or too long
const FRAME_MS = [100, 400];
const DOT = 2.2; // CSS pixels
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

const ICONS = {
  play: icon("M8 5.5v13l10.5-6.5z"),
  pause: icon("M7 5.5h3.5v13H7zM13.5 5.5H17v13h-3.5z"),
  live: icon("M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16z"),
};

const TEMPLATE = `
  <div class="stage">
    <figure class="sheet"><div class="frame"><canvas role="img"></canvas><p class="notice" role="status"></p></div><figcaption></figcaption></figure>
    <figure class="codes"><div class="frame"><canvas role="img"></canvas></div><figcaption></figcaption><ul class="legend"></ul></figure>
    <figure class="faces">
      <div class="frame"><canvas role="img" class="originals" aria-label="Images the model is shown"></canvas></div>
      <div class="frame"><canvas role="img" class="reconstructions"></canvas></div>
      <figcaption></figcaption>
    </figure>
  </div>
  <div class="controls">
    <button type="button" class="command play"></button>
    <input type="range" min="0" step="1" aria-label="Epoch">
    <span class="position"><span class="epoch"></span><span class="far"> so far</span></span>
    <button type="button" class="toggle" aria-label="Live: follow the newest epoch" title="Follow the newest epoch">${ICONS.live}Live</button>
  </div>`;

const views = new WeakMap();

/** Called at every change of data or theme; the cleanup of the last call runs when the mount goes. */
export default function ({ data, parentElement }) {
  if (!views.has(parentElement)) views.set(parentElement, new FilmView(parentElement));
  const view = views.get(parentElement);
  view.update(data);
  return () => {
    view.close();
    views.delete(parentElement);
  };
}

class FilmView {
  constructor(parentElement) {
    this.frames = [];
    this.index = 0;
    this.following = true;
    this.store = storeOfParts();
    this.build(parentElement);
    this.collect = coalesced(() => this.gather());
    this.store.addEventListener("change", this.collect);
    this.resizes = new ResizeObserver(coalesced(() => this.repaint()));
    this.resizes.observe(this.root);
  }

  build(parentElement) {
    this.root = document.createElement("div");
    this.root.className = "film";
    this.root.innerHTML = TEMPLATE;
    parentElement.querySelector(".film")?.remove();
    parentElement.append(this.root);
    const find = (selector) => this.root.querySelector(selector);
    [this.sheet, this.codes, this.notice] = [find(".sheet canvas"), find(".codes canvas"), find(".notice")];
    [this.originals, this.reconstructions, this.legend] = [find(".originals"), find(".reconstructions"), find(".legend")];
    [this.play, this.range, this.toggle] = [find(".play"), find("input"), find(".toggle")];
    [this.epoch, this.far] = [find(".epoch"), find(".far")];
    this.captions = Object.fromEntries(["sheet", "codes", "faces"].map((name) => [name, find(`.${name} figcaption`)]));
    this.play.onclick = () => (this.timer ? this.pause() : this.start());
    this.range.oninput = () => this.scrub(Number(this.range.value));
    this.toggle.onclick = () => this.follow(!this.following);
  }

  close() {
    this.pause();
    this.closed = true;
    this.resizes.disconnect();
    this.store.removeEventListener("change", this.collect);
    this.root.remove();
  }

  // ---- What Python says --------------------------------------------------------------------------------------------

  update(data) {
    this.data = data;
    const [, height, width] = data.image_shape;
    this.root.style.setProperty("--image-aspect", width / height);
    this.root.style.setProperty("--gaps", `${FACE_GAP * (FACES_ACROSS - 1)}px`);
    this.root.style.setProperty("--faces-aspect", (FACES_ACROSS * width) / height);
    this.toggle.hidden = this.far.hidden = !data.live;
    for (const [name, text] of Object.entries(data.captions)) this.captions[name].textContent = text;
    this.legend.replaceChildren(...data.class_names.map((name, label) => legendEntry(name, this.colour(label))));
    this.gather();
    this.repaint();
  }

  colour(label) {
    return label < 0 ? null : this.data.colours[label % this.data.colours.length];
  }

  // ---- What has arrived --------------------------------------------------------------------------------------------

  /** Take stock of the parts. The same parts mounted again change nothing. */
  gather() {
    if (this.closed) return;
    const parts = [...this.store.parts.values()].filter(({ film }) => film === this.data.film);
    const digests = parts
      .map(({ digest }) => digest)
      .sort()
      .join();
    if (digests === this.digests) return this.say();
    this.digests = digests;
    const images = parts.find(({ name }) => name === "images")?.tensors;
    if (images) this.images = images;
    this.frames = parts.flatMap(framesOf).sort((a, b) => a.epoch - b.epoch);
    this.scale = this.frames.length ? scaleOf(this.frames, this.data.prior) : null;
    this.showOriginals();
    this.range.max = Math.max(1, this.last);
    this.index = this.following ? this.last : Math.min(this.index, this.last);
    this.show({ fade: this.data.live && this.following });
  }

  get last() {
    return Math.max(0, this.frames.length - 1);
  }

  // ---- What the person does ----------------------------------------------------------------------------------------

  scrub(index) {
    this.pause();
    this.index = index;
    this.following = index === this.last;
    this.show();
  }

  follow(following) {
    this.pause();
    this.following = following;
    if (following) this.index = this.last;
    this.show({ fade: true });
  }

  start() {
    if (this.index === this.last) this.index = 0;
    this.following = false;
    const [shortest, longest] = FRAME_MS;
    const pause = Math.min(longest, Math.max(shortest, FILM_MS / this.frames.length));
    this.timer = setInterval(() => this.advance(), pause);
    this.show({ fade: true });
  }

  advance() {
    this.index = Math.min(this.index + 1, this.last);
    if (this.index === this.last) {
      this.pause();
      this.following = true;
    }
    this.show({ fade: true });
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.say();
  }

  // ---- What is seen ------------------------------------------------------------------------------------------------

  /** Words and controls for the present state; pictures follow when they are decoded. */
  say() {
    const { length } = this.frames;
    const live = this.data?.live;
    const text = length ? `Epoch ${this.frames[this.index].epoch} of ${this.frames[this.last].epoch}` : "";
    this.epoch.textContent = text;
    this.range.value = this.index;
    this.range.setAttribute("aria-valuetext", text);
    this.range.style.setProperty("--fill", `${(100 * this.index) / this.range.max}%`);
    this.range.disabled = this.play.disabled = length < 2;
    const playing = Boolean(this.timer);
    if (this.play.title !== (playing ? "Pause" : "Play")) {
      this.play.title = playing ? "Pause" : "Play";
      this.play.setAttribute("aria-label", this.play.title);
      this.play.innerHTML = playing ? ICONS.pause : ICONS.play;
    }
    this.toggle.setAttribute("aria-pressed", this.following);
    const none = live ? "The first frame comes with the first epoch" : "No epoch was filmed";
    this.notice.textContent = length ? (this.broken ?? "") : none;
    this.root.dataset.frames = length;
  }

  /** Show the frame at `index`. While one is decoded later wishes wait, and only the last of them is granted. */
  async show({ fade = false } = {}) {
    this.say();
    if (!this.frames.length) return this.blank(null);
    this.wish = { frame: this.frames[this.index], fade: fade && !STILL.matches };
    if (this.busy) return;
    this.busy = true;
    while (this.wish && !this.closed) {
      const { frame, fade } = this.wish;
      this.wish = null;
      await this.present(frame, fade);
    }
    this.busy = false;
  }

  async present(frame, fade) {
    const pictures = await Promise.all([decode(frame.sheet), decode(frame.reconstructions)]).catch(() => null);
    if (this.closed) return;
    this.broken = pictures ? null : `The picture of epoch ${frame.epoch} cannot be read`;
    this.notice.textContent = this.broken ?? "";
    cancelAnimationFrame(this.fading);
    if (!pictures) return this.blank(frame.codes);
    const sheet = prepare(this.sheet, pictures[0], 1, 1, 0);
    const faces = prepare(this.reconstructions, pictures[1], pictures[1].width / this.data.image_shape[2], FACES_ACROSS, FACE_GAP);
    this.sheet.setAttribute("aria-label", `Decoded images at epoch ${frame.epoch}`);
    this.codes.setAttribute("aria-label", `Codes of the images at epoch ${frame.epoch}`);
    this.reconstructions.setAttribute("aria-label", `Their reconstructions at epoch ${frame.epoch}`);
    const before = fade && this.points?.length === frame.codes.length ? this.points : frame.codes;
    const started = performance.now();
    const step = (now) => {
      const done = fade ? Math.min(1, Math.max(0, now - started) / FADE_MS) : 1;
      draw(this.sheet, sheet, done);
      draw(this.reconstructions, faces, done);
      this.drawCodes(between(before, frame.codes, done * (2 - done)));
      if (done < 1) this.fading = requestAnimationFrame(step);
      else this.root.dataset.epoch = frame.epoch;
    };
    step(started);
  }

  /** No pictures; codes, if there are any. */
  blank(codes) {
    for (const canvas of [this.sheet, this.reconstructions]) canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    this.drawCodes(codes);
  }

  async showOriginals() {
    const picture = this.images && (await decode(this.images.originals).catch(() => null));
    if (!picture || this.closed) return;
    draw(this.originals, prepare(this.originals, picture, picture.width / this.data.image_shape[2], FACES_ACROSS, FACE_GAP), 1);
  }

  repaint() {
    if (this.closed || !this.data) return;
    for (const canvas of [this.sheet, this.codes, this.originals, this.reconstructions]) fit(canvas);
    this.showOriginals();
    this.show();
  }

  /** Points (x, y, x, y, ...) in latent units, over the axes; null draws an empty field. */
  drawCodes(points) {
    this.points = points;
    const context = this.codes.getContext("2d");
    const ratio = this.codes.width / (this.codes.clientWidth || 1);
    const side = this.codes.width / ratio;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, side, side);
    if (!points || !this.scale) return;
    const { centre, half } = this.scale;
    const place = (value, axis) => side / 2 + ((axis ? -1 : 1) * (value - centre[axis]) * side) / (2 * half);
    const ink = getComputedStyle(this.codes).color;
    this.drawAxes(context, side, place, ink);
    context.globalAlpha = 0.8;
    for (let i = 0; i < points.length; i += 2) {
      context.fillStyle = this.colour(this.images?.labels[i / 2] ?? -1) ?? ink;
      context.beginPath();
      context.arc(place(points[i], 0), place(points[i + 1], 1), DOT, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  drawAxes(context, side, place, ink) {
    const { ticks, half } = this.scale;
    const { axes, prior } = this.data;
    const flat = axes.length === 1; // a single dimension: nothing to read on the upright axis
    context.strokeStyle = context.fillStyle = ink;
    context.lineWidth = 1;
    context.font = `12px ${getComputedStyle(this.codes).fontFamily}`;
    for (const tick of ticks[0]) drawTick(context, tick, place(tick, 0), side, false);
    for (const tick of flat ? [] : ticks[1]) drawTick(context, tick, place(tick, 1), side, true);
    context.globalAlpha = 0.3;
    for (const radius of prior && !flat ? CIRCLES : []) {
      context.beginPath();
      context.arc(place(0, 0), place(0, 1), (radius * side) / (2 * half), 0, 2 * Math.PI);
      context.stroke();
    }
    context.globalAlpha = 1;
    write(context, axes[0] ?? "", side - 8, side - 5, "right", "bottom");
    write(context, axes[1] ?? "", 6, 8, "left", "top");
  }
}

function drawTick(context, tick, where, side, upright) {
  const at = Math.round(where) + 0.5;
  context.globalAlpha = tick === 0 ? 0.25 : 0.08;
  context.beginPath();
  context.moveTo(upright ? 0 : at, upright ? at : 0);
  context.lineTo(upright ? side : at, upright ? at : side);
  context.stroke();
  context.globalAlpha = 0.6;
  const text = `${tick}`.replace("-", "−");
  if (upright) write(context, text, 6, at, "left", "middle");
  else write(context, text, at, side - 5, "center", "bottom");
}

function write(context, text, x, y, textAlign, textBaseline) {
  Object.assign(context, { textAlign, textBaseline });
  context.fillText(text, x, y);
}

function framesOf({ epochs, tensors }) {
  return epochs.map((epoch) => ({
    epoch,
    codes: tensors[`${epoch}-codes`],
    sheet: tensors[`${epoch}-sheet`],
    reconstructions: tensors[`${epoch}-reconstructions`],
  }));
}

function between(from, to, part) {
  return part === 1 ? to : to.map((value, i) => from[i] + (value - from[i]) * part);
}

function legendEntry(name, colour) {
  const entry = document.createElement("li");
  const dot = document.createElement("i");
  dot.style.background = colour;
  entry.append(dot, name);
  return entry;
}

/** `action` once in the next animation frame, however often it is asked for. */
function coalesced(action) {
  let asked = 0;
  return () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      action();
    });
  };
}
