// @ts-nocheck
// A path through the latent space as a file to keep: a film, a strip of pictures or a table of codes.

import { csv } from "../runtime/files/csv.js";
import { encodeGif, inColours, inGreys } from "../runtime/files/gif.js";
import { encodeWebp } from "../runtime/files/webp.js";
import { range } from "../runtime/math.js";
import { setText } from "../view/elements.js";
import { save } from "../view/export.js";

export const FRAMES = 16; // of a film, from A to B
const FRAME_MS = 80;
export const STILLS = 9; // of a strip

/** The buttons that save a path, `at`(t) -> z, as a film, a strip or a table. */
export class Films {
  constructor(view, at) {
    Object.assign(this, { view, at, section: view.find(".downloads") });
    this.news = this.section.querySelector(".news");
    const makers = { gif: this.gif, webp: this.webp, png: this.strip, csv: this.table };
    for (const button of this.section.querySelectorAll("button")) button.onclick = () => this.save(button.value, makers[button.value]);
    this.section.querySelector("[value=webp]").hidden = !canMakeWebp();
  }

  async save(kind, make) {
    this.busy(true);
    setText(this.news, `Making the ${kind.toUpperCase()} file…`);
    await pause();
    try {
      const blob = await make.call(this);
      const address = URL.createObjectURL(blob);
      save(`${this.view.model.about.run ?? "model"} A to B.${kind}`, address);
      setTimeout(() => URL.revokeObjectURL(address), 60_000);
      setText(this.news, `${kind.toUpperCase()} saved, ${Math.ceil(blob.size / 1024)} kB`);
    } catch (error) {
      setText(this.news, `The ${kind.toUpperCase()} file could not be made (${error.message}). Try another kind.`);
    }
    this.busy(false);
  }

  busy(busy) {
    for (const control of this.section.querySelectorAll("button, select")) control.disabled = busy;
  }

  /** The pictures from A to B as RGBA in the model's own size. */
  pictures(count) {
    return range(count).map((i) => this.view.picture(this.at(i / (count - 1))).data.slice());
  }

  /** The places in the pictures of what is shown one after the other: one way, or there and back. */
  order() {
    const there = range(FRAMES);
    return this.section.querySelector("select").value === "once" ? there : [...there, ...there.slice(0, -1).reverse()];
  }

  async gif() {
    const { model, factor } = this.view;
    const large = [];
    for (const rgba of this.pictures(FRAMES)) {
      const { palette, places } = model.channels === 3 ? inColours(rgba) : inGreys(rgba);
      large.push({ palette, places: enlargedPlaces(places, model.width, factor) });
      await pause();
    }
    const [width, height] = [model.width * factor, model.height * factor];
    return new Blob([encodeGif({ width, height, delay: FRAME_MS, frames: this.order().map((i) => large[i]) })], { type: "image/gif" });
  }

  async webp() {
    const [width, height] = [this.view.model.width, this.view.model.height].map((side) => side * this.view.factor);
    const stills = [];
    for (const canvas of this.canvases(FRAMES)) stills.push(new Uint8Array(await (await toBlob(canvas, "image/webp", 1)).arrayBuffer()));
    return new Blob([encodeWebp({ width, height, delay: FRAME_MS, stills: this.order().map((i) => stills[i]) })], { type: "image/webp" });
  }

  async strip() {
    const tiles = this.canvases(STILLS);
    const whole = document.createElement("canvas");
    [whole.width, whole.height] = [tiles.length * tiles[0].width, tiles[0].height];
    tiles.forEach((tile, i) => whole.getContext("2d").drawImage(tile, i * tile.width, 0));
    return toBlob(whole, "image/png");
  }

  async table() {
    const { latentDim } = this.view.model;
    const head = ["t", ...range(latentDim).map((i) => `z${i + 1}`)];
    const rows = range(FRAMES).map((i) => [i / (FRAMES - 1), ...this.at(i / (FRAMES - 1))].map((value) => Number(value.toPrecision(6))));
    return new Blob([csv([head, ...rows])], { type: "text/csv" });
  }

  canvases(count) {
    return range(count).map((i) => {
      const canvas = document.createElement("canvas");
      this.view.stamp(canvas, this.view.picture(this.at(i / (count - 1))));
      return canvas;
    });
  }
}

const toBlob = (canvas, type, quality) => new Promise((resolve) => canvas.toBlob(resolve, type, quality));
const pause = () => new Promise((resolve) => setTimeout(resolve));

/** A frame of places in a palette, every pixel a square of `factor` pixels. */
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
