// The film of a training: a picture of every epoch, to play and to scrub. Finds its frames where parts.js leaves them.
//
// Nothing here asks the server. Python mounts parts and this view; a part that arrives says so ("change"), and the view, if it
// follows the newest epoch, goes there. Pictures stay compressed and are decoded when they are shown, so memory does not grow.

import { clamp } from "../runtime/math.js";
import { contextOf, fitToScreen } from "../view/canvas.js";
import { element, find } from "../view/elements.js";
import { mount } from "../view/mount.js";
import { EPOCH_SHOWN, storeOfParts } from "../view/parts.js";
import { FramePlayer } from "../view/player.js";
import { NextFrame, prefersReducedMotion } from "../view/timing.js";
import { CodesChart } from "./chart.js";
import { between, unpackFilm } from "./frames.js";
import { FACES_ACROSS, LAYOUT, legendEntry } from "./layout.js";
import { decode, draw, prepare } from "./pictures.js";
import { scaleOf } from "./scale.js";

const FACE_GAP = 4; // CSS pixels
const WHOLE = { of: 1, first: 0, across: 1, gap: 0 };
const FADE_MS = 140;
const FILM_MS = 6000; // playing all of it takes about so long, if no frame is then shown too briefly or too long
const FRAME_MS = /** @type {const} */ ([100, 400]);

/**
 * @typedef {import("./frames.js").Frame} Frame
 *
 * @typedef {object} Data
 * @property {string} film
 * @property {boolean} live whether more frames are to come
 * @property {import("../types.js").Shape} image_shape
 * @property {string[]} axes
 * @property {boolean} prior
 * @property {number} grid
 * @property {boolean} ringed whether images that the training does not see are marked
 * @property {string[]} class_names
 * @property {string[]} colours
 * @property {Record<string, string>} captions by the class of a figure
 */

class FilmView {
  #root = element("div", "film", LAYOUT);
  #sheet = find(this.#root, ".sheet canvas", HTMLCanvasElement);
  #originals = canvases(this.#root, ".originals");
  #reconstructions = canvases(this.#root, ".reconstructions");
  #chart = new CodesChart(find(this.#root, ".codes canvas", HTMLCanvasElement));
  #notice = find(this.#root, ".notice");
  #epoch = find(this.#root, ".epoch");
  #live = find(this.#root, ".toggle");
  #button = find(this.#root, ".play", HTMLButtonElement);
  #range = find(this.#root, "input", HTMLInputElement);
  #player = new FramePlayer({ button: this.#button, range: this.#range }, (how) => this.#played(how), msOfEach);
  #store = storeOfParts();
  #arrivals = new NextFrame(() => this.#gather());
  #arrived = () => this.#arrivals.request();
  #sizes = new NextFrame(() => this.#repaint());
  #resizes = new ResizeObserver(() => this.#sizes.request());
  /** @type {Data | undefined} */
  #data;
  /** @type {Frame[]} */
  #frames = [];
  /** @type {import("./frames.js").Images | undefined} */
  #images;
  /** @type {import("./scale.js").Scale | null} */
  #scale = null;
  #digests = "";
  /** @type {{frame: Frame, fade: boolean} | null} */
  #wish = null;
  #isBusy = false;
  #isClosed = false;
  #broken = "";
  #fading = 0;

  /** @param {HTMLElement | ShadowRoot} parentElement */
  constructor(parentElement) {
    parentElement.querySelector(".film")?.remove();
    parentElement.append(this.#root);
    this.#live.onclick = () => this.#player.follow(!this.#player.isFollowing);
    this.#store.addEventListener("change", this.#arrived);
    this.#resizes.observe(this.#root);
  }

  close() {
    this.#isClosed = true;
    this.#player.close();
    this.#arrivals.cancel();
    this.#sizes.cancel();
    this.#resizes.disconnect();
    this.#store.removeEventListener("change", this.#arrived);
    this.#root.remove();
  }

  /** Called at every change of data or theme. @param {import("../types.js").Component<Data>} component */
  update({ data }) {
    this.#data = data;
    const [, height, width] = data.image_shape;
    this.#root.style.setProperty("--image-aspect", String(width / height));
    this.#root.style.setProperty("--gaps", `${FACE_GAP * (FACES_ACROSS - 1)}px`);
    this.#root.style.setProperty("--faces-aspect", String((FACES_ACROSS * width) / height));
    this.#live.hidden = find(this.#root, ".far").hidden = !data.live;
    for (const [name, html] of Object.entries(data.captions)) find(this.#root, `.${name} figcaption`).innerHTML = html;
    const entries = data.class_names.map((name, label) => legendEntry(name, this.#colour(label) ?? ""));
    find(this.#root, ".legend").replaceChildren(...entries);
    this.#gather();
    this.#repaint();
  }

  /** @param {number} label */
  #colour(label) {
    return label < 0 || !this.#data ? null : this.#data.colours[label % this.#data.colours.length];
  }

  /** Take stock of the parts. The same parts mounted again change nothing. */
  #gather() {
    const data = this.#data;
    if (this.#isClosed || !data) return;
    const parts = [...this.#store.parts.values()].filter(({ film }) => film === data.film);
    const digests = parts.map(({ digest }) => digest);
    const all = digests.sort().join();
    if (all === this.#digests) return this.#say();
    this.#digests = all;
    const { images, frames } = unpackFilm(/** @type {import("./frames.js").FilmPart[]} */ (parts));
    this.#images = images ?? this.#images;
    this.#frames = frames;
    this.#scale = frames.length ? scaleOf(frames, data.prior) : null;
    this.#showOriginals();
    this.#player.resize(frames.length);
    this.#show({ fade: data.live && this.#player.isFollowing });
  }

  // ---- What is seen ------------------------------------------------------------------------------------------------

  /** @param {"play" | "scrub" | "pause"} how */
  #played(how) {
    if (how === "pause") this.#say();
    else this.#show({ fade: how === "play" });
  }

  /** Words and controls for the present state; pictures follow when they are decoded. */
  #say() {
    const { length } = this.#frames;
    const { index, last } = this.#player;
    const text = length ? `Epoch ${this.#frames[index].epoch} of ${this.#frames[last].epoch}` : "";
    this.#epoch.textContent = text;
    this.#player.describe(text);
    this.#range.style.setProperty("--fill", `${(100 * index) / Number(this.#range.max)}%`);
    this.#range.disabled = this.#button.disabled = length < 2;
    this.#live.setAttribute("aria-pressed", String(this.#player.isFollowing));
    const none = this.#data?.live ? "The first frame comes with the first epoch" : "No epoch was filmed";
    this.#notice.textContent = length ? this.#broken : none;
    this.#root.dataset.frames = String(length);
    document.dispatchEvent(new CustomEvent(EPOCH_SHOWN, { detail: index < last ? this.#frames[index].epoch : Infinity }));
  }

  /** Show the frame of the player. While one is decoded later wishes wait, and only the last of them is granted. */
  async #show({ fade = false } = {}) {
    this.#say();
    if (!this.#frames.length) return this.#blank(null);
    this.#wish = { frame: this.#frames[this.#player.index], fade: fade && !prefersReducedMotion() };
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#wish && !this.#isClosed) {
      const { frame, fade } = this.#wish;
      this.#wish = null;
      await this.#present(frame, fade);
    }
    this.#isBusy = false;
  }

  /**
   * @param {Frame} frame
   * @param {boolean} fade
   */
  async #present(frame, fade) {
    const pictures = await Promise.all([decode(frame.sheet), decode(frame.reconstructions)]).catch(() => null);
    if (this.#isClosed) return;
    this.#broken = pictures ? "" : `The picture of epoch ${frame.epoch} cannot be read`;
    this.#notice.textContent = this.#broken;
    cancelAnimationFrame(this.#fading);
    if (!pictures) return this.#blank(frame.codes);
    const prepared = [prepare(this.#sheet, pictures[0], WHOLE), ...this.#inRows(this.#reconstructions, pictures[1])];
    pictures.forEach((picture) => picture.close());
    this.#sheet.setAttribute("aria-label", `Decoded images at epoch ${frame.epoch}`);
    this.#chart.describe(`Codes of the images at epoch ${frame.epoch}`);
    for (const row of this.#reconstructions) row.setAttribute("aria-label", `Their reconstructions at epoch ${frame.epoch}`);
    const shown = this.#chart.points;
    const before = fade && shown?.length === frame.codes.length ? shown : frame.codes;
    const started = performance.now();
    const step = (/** @type {number} */ now) => {
      const done = fade ? clamp((now - started) / FADE_MS, 0, 1) : 1;
      [this.#sheet, ...this.#reconstructions].forEach((canvas, i) => draw(canvas, prepared[i], done));
      this.#drawCodes(between(before, frame.codes, done * (2 - done)));
      if (done < 1) this.#fading = requestAnimationFrame(step);
      else this.#root.dataset.epoch = String(frame.epoch);
    };
    step(started);
  }

  /** No pictures; codes, if there are any. @param {Float32Array | null} codes */
  #blank(codes) {
    for (const canvas of [this.#sheet, ...this.#reconstructions]) contextOf(canvas).clearRect(0, 0, canvas.width, canvas.height);
    this.#drawCodes(codes);
  }

  async #showOriginals() {
    const picture = this.#images && (await decode(this.#images.originals).catch(() => null));
    if (!picture || this.#isClosed) return;
    this.#inRows(this.#originals, picture).forEach((row, i) => draw(this.#originals[i], row, 1));
    picture.close();
  }

  /**
   * @param {HTMLCanvasElement[]} rows
   * @param {ImageBitmap} picture of images in a row
   */
  #inRows(rows, picture) {
    const of = picture.width / (this.#data?.image_shape[2] ?? picture.width);
    return rows.map((canvas, i) => prepare(canvas, picture, { of, first: i * FACES_ACROSS, across: FACES_ACROSS, gap: FACE_GAP }));
  }

  #repaint() {
    if (this.#isClosed || !this.#data) return;
    for (const canvas of [this.#sheet, ...this.#originals, ...this.#reconstructions]) fitToScreen(canvas);
    this.#chart.fit();
    this.#showOriginals();
    this.#show();
  }

  /** @param {Float32Array | null} points */
  #drawCodes(points) {
    const data = this.#data;
    if (!data) return;
    const { labels = [], held_out: heldOut = [] } = this.#images ?? {};
    const looks = {
      colourOf: (/** @type {number} */ index) => this.#colour(labels[index] ?? -1),
      isRinged: (/** @type {number} */ index) => data.ringed && heldOut[index] === 1,
    };
    this.#chart.draw(points, this.#scale, data, looks);
  }
}

/**
 * @param {ParentNode} root
 * @param {string} selector
 */
const canvases = (root, selector) => /** @type {HTMLCanvasElement[]} */ ([...root.querySelectorAll(selector)]);

/** How long each of so many frames is shown. @param {number} count */
function msOfEach(count) {
  return clamp(FILM_MS / count, ...FRAME_MS);
}

export default mount(FilmView);
