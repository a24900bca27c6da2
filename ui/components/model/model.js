// @ts-nocheck
// A bundle unpacked in the browser: what every view of a model begins with.

import { share } from "../runtime/format.js";
import { dot } from "../runtime/math.js";
import { compile, parseBlob } from "../runtime/network.js";
import { chiSquareTail } from "../runtime/statistics.js";

/** A bundle unpacked: the network, the codes and what is known about them. */
export class Model {
  channels;
  height;
  width;

  constructor(tensors, about) {
    this.about = about;
    this.bytes = tensors.network.data;
    this.network = compile(parseBlob(this.bytes));
    this.latentDim = this.network.latentDim;
    [this.channels, this.height, this.width] = this.network.imageShape;
    this.codes = tensors.codes?.data ?? new Float32Array(0);
    this.labels = tensors.labels?.data;
    this.costs = tensors.costs?.data ?? new Float32Array(0);
    this.count = this.codes.length / this.latentDim;
    const ranked = about.dims.map(([index]) => index);
    this.ranked = this.latentDim <= 2 ? ranked.sort() : ranked; // two axes keep their places
    this.kl = new Map(about.dims);
    this.sheet = null;
    this.sheetReady = tensors.thumbnails ? this.unpackSheet(tensors.thumbnails.data) : Promise.resolve();
  }

  code(index) {
    return this.codes.subarray(index * this.latentDim, (index + 1) * this.latentDim);
  }

  classColour(label) {
    return this.about.colours[label % this.about.colours.length];
  }

  className(index) {
    return this.labels ? (this.about.class_names[this.labels[index]] ?? `Class ${this.labels[index]}`) : "";
  }

  /** Resolved when the sheet of originals is there, or cannot be read. */
  async unpackSheet(bytes) {
    this.sheet = await createImageBitmap(new Blob([bytes])).catch(() => null);
  }

  /** Draw the original image of a code onto a canvas, one pixel a pixel; false where there is no picture. */
  drawOriginal(index, canvas) {
    if (!this.sheet) return false;
    [canvas.width, canvas.height] = [this.width, this.height];
    const { columns } = this.about;
    const [x, y] = [(index % columns) * this.width, Math.floor(index / columns) * this.height];
    canvas.getContext("2d").drawImage(this.sheet, x, y, this.width, this.height, 0, 0, this.width, this.height);
    return true;
  }

  /** Where z lies under the prior, in words. */
  sayDistance(z) {
    const squared = dot(z, z);
    const distance = `Distance from the origin ${Math.sqrt(squared).toFixed(2)}`;
    if (this.about.family !== "vae") return distance;
    const farther = chiSquareTail(squared, this.latentDim);
    const word =
      farther < 0.01 ? "rare" : farther < 0.1 ? "uncommon" : farther > 0.99 && this.latentDim > 2 ? "unusually central" : "common";
    return `${distance} · ${word}: ${share(farther)} draws from the prior lie farther out`;
  }

  /** An axis by name: its unit vector and where its zero lies. Names that do not exist give null. */
  axis(name) {
    const [, kind, number] = /^(z|pc)(\d+)$/.exec(name) ?? [];
    const index = Number(number) - 1;
    if (kind === "z" && index in this.about.mean) {
      const direction = new Float64Array(this.latentDim);
      direction[index] = 1;
      return { name, direction, zero: 0 };
    }
    if (kind === "pc" && index in this.about.directions) {
      const direction = Float64Array.from(this.about.directions[index]);
      return { name, direction, zero: dot(direction, this.about.centre) };
    }
    return null;
  }

  /** A span along an axis, widened to three standard deviations of the prior, if there is one, and centred on its origin. */
  spanWithPrior([low, high], { zero }) {
    if (this.about.family !== "vae") return [low, high];
    const most = Math.max(-low - zero, high + zero, 3);
    return [-zero - most, -zero + most];
  }

  /** Half the width of a slider's range: the codes, and three standard deviations of the prior if there is one. */
  reach(index) {
    const [low, high] = this.about.extent[index];
    const prior = this.about.family === "vae" ? 3 : 0;
    const slack = 0.1 * (high - low);
    return [Math.min(low - slack, -prior), Math.max(high + slack, prior)];
  }
}
