// A path through the latent space as a file to keep: an animation, a strip of pictures or a table of codes.

import { csv } from "../runtime/files/csv.js";
import { encodeGif, inColours, inGreys } from "../runtime/files/gif.js";
import { encodeWebp } from "../runtime/files/webp.js";
import { range } from "../runtime/math.js";
import { contextOf, newCanvas } from "../view/canvas.js";
import { find, setText } from "../view/elements.js";
import { save } from "../view/export.js";

/** @import { Host } from "./types.js" */

export const FRAMES = 16; // of an animation, from A to B
const FRAME_MS = 80;
export const STILLS = 9; // of a strip
const KEPT_MS = 60_000; // a browser may begin to read a file late

/** The buttons that save a path as an animation, a strip or a table. */
export class AnimationExport {
  /**
   * @param {Pick<Host, "root" | "model" | "pictures">} host
   * @param {(t: number) => Float64Array} at the code from A (0) to B (1)
   */
  constructor({ root, model, pictures }, at) {
    this.model = model;
    this.pictures = pictures;
    this.at = at;
    this.section = find(root, ".downloads");
    this.news = find(this.section, ".news");
    this.listen("gif", () => this.gif());
    this.listen("webp", () => this.webp()).hidden = !canMakeWebp();
    this.listen("png", () => this.strip());
    this.listen("csv", () => this.table());
  }

  /**
   * @param {string} kind
   * @param {() => Blob | Promise<Blob>} make
   */
  listen(kind, make) {
    const button = find(this.section, `[value=${kind}]`);
    button.onclick = () => this.save(kind, make);
    return button;
  }

  /**
   * @param {string} kind
   * @param {() => Blob | Promise<Blob>} make
   */
  async save(kind, make) {
    this.disable(true);
    setText(this.news, `Making the ${kind.toUpperCase()} file…`);
    await pause();
    try {
      const blob = await make();
      const address = URL.createObjectURL(blob);
      save(`${this.model.about.run ?? "model"} A to B.${kind}`, address);
      setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
      setText(this.news, `${kind.toUpperCase()} saved, ${Math.ceil(blob.size / 1024)} kB`);
    } catch (error) {
      const reason = error instanceof Error ? error.message : error;
      setText(this.news, `The ${kind.toUpperCase()} file could not be made (${reason}). Try another kind.`);
    }
    this.disable(false);
  }

  /** @param {boolean} disabled */
  disable(disabled) {
    /** @type {NodeListOf<HTMLButtonElement | HTMLSelectElement>} */
    const controls = this.section.querySelectorAll("button, select");
    for (const control of controls) control.disabled = disabled;
  }

  /** Frames as they follow each other: one way, or there and back. @template T @param {T[]} frames */
  ordered(frames) {
    const isOneWay = find(this.section, "select", HTMLSelectElement).value === "once";
    return isOneWay ? frames : [...frames, ...frames.slice(0, -1).reverse()];
  }

  /** @param {number} i of so many pictures from A to B @param {number} count */
  picture(i, count) {
    return this.pictures.decode(this.at(i / (count - 1)));
  }

  get size() {
    const { factor } = this.pictures;
    return { width: this.model.width * factor, height: this.model.height * factor, delay: FRAME_MS };
  }

  async gif() {
    const { width, channels } = this.model;
    const frames = [];
    for (const i of range(FRAMES)) {
      const rgba = this.picture(i, FRAMES).data;
      const { palette, places } = channels === 3 ? inColours(rgba) : inGreys(rgba);
      frames.push({ palette, places: enlargedPlaces(places, width, this.pictures.factor) });
      await pause();
    }
    return new Blob([encodeGif({ ...this.size, frames: this.ordered(frames) })], { type: "image/gif" });
  }

  async webp() {
    const stills = [];
    for (const canvas of this.canvases(FRAMES)) stills.push(new Uint8Array(await (await toBlob(canvas, "image/webp", 1)).arrayBuffer()));
    return new Blob([encodeWebp({ ...this.size, stills: this.ordered(stills) })], { type: "image/webp" });
  }

  async strip() {
    const tiles = this.canvases(STILLS);
    const whole = newCanvas(tiles.length * tiles[0].width, tiles[0].height);
    tiles.forEach((tile, i) => contextOf(whole).drawImage(tile, i * tile.width, 0));
    return toBlob(whole, "image/png");
  }

  table() {
    const head = ["t", ...range(this.model.latentDim).map((i) => `z${i + 1}`)];
    const rows = range(FRAMES).map((i) => [i / (FRAMES - 1), ...this.at(i / (FRAMES - 1))].map((value) => Number(value.toPrecision(6))));
    return new Blob([csv([head, ...rows])], { type: "text/csv" });
  }

  /** @param {number} count */
  canvases(count) {
    return range(count).map((i) => {
      const canvas = document.createElement("canvas");
      this.pictures.stamp(canvas, this.picture(i, count));
      return canvas;
    });
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {string} type
 * @param {number} [quality]
 * @returns {Promise<Blob>}
 */
const toBlob = (canvas, type, quality) =>
  new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("the picture is too large"))), type, quality),
  );

const pause = () => new Promise((resolve) => setTimeout(resolve));

/**
 * A frame of places in a palette, every pixel a square of `factor` pixels.
 * @param {Uint8Array} places
 * @param {number} width
 * @param {number} factor
 */
function enlargedPlaces(places, width, factor) {
  const large = new Uint8Array(places.length * factor * factor);
  const row = width * factor;
  for (let i = 0; i < places.length; i++) {
    const start = Math.floor(i / width) * factor * row + (i % width) * factor;
    large.fill(places[i], start, start + factor);
  }
  for (let y = 0; y < large.length; y += row * factor) for (let k = 1; k < factor; k++) large.copyWithin(y + k * row, y, y + row);
  return large;
}

/** Whether this browser's canvases can become WebP files. */
function canMakeWebp() {
  return document.createElement("canvas").toDataURL("image/webp").startsWith("data:image/webp");
}
