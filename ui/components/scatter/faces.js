// @ts-nocheck
// A picture for every point of a scatter: originals from the model's sheet, decoded ones from a worker. Knows no plot.

import { DecodingWorker } from "../view/decoding_worker.js";

const FACES_KEPT = 3000;

/** A picture for every point: the original where there is one, else what the decoder makes of its code, made in a worker. */
export class Faces {
  constructor(model, host, workerText) {
    Object.assign(this, { model, host, kept: new Map(), wanted: new Set(), underway: new Set() });
    this.worker = new DecodingWorker(workerText, model.bytes, (answer) => this.receive(answer));
  }

  /** Where the picture of a point is: {image, x, y, width, height}, or null, and then it will be made at the next `fetch`. */
  of(index) {
    const { width, height, sheet, about } = this.model;
    const mine = this.host.ownAt(index);
    if (mine) return { image: mine.picture, x: 0, y: 0, width, height };
    if (index < this.host.originals()) {
      return { image: sheet, x: (index % about.columns) * width, y: Math.floor(index / about.columns) * height, width, height };
    }
    if (this.kept.has(index)) return { image: this.kept.get(index), x: 0, y: 0, width, height };
    this.wanted.add(index);
    return null;
  }

  hasOriginal(index) {
    return Boolean(this.host.ownAt(index)) || index < this.host.originals();
  }

  /** Have made what was wanted since the last time. */
  fetch() {
    const names = [...this.wanted];
    this.wanted.clear();
    if (names.every((name) => this.underway.has(name))) return;
    this.underway = new Set(names);
    this.worker.request({ names, codes: names.map((index) => this.host.code(index).slice()) });
  }

  receive({ name, pixels }) {
    const picture = document.createElement("canvas");
    [picture.width, picture.height] = [this.model.width, this.model.height];
    picture.getContext("2d").putImageData(new ImageData(pixels, picture.width, picture.height), 0, 0);
    this.underway.delete(name);
    this.kept.set(name, picture);
    if (this.kept.size > FACES_KEPT) this.kept.delete(this.kept.keys().next().value);
    this.host.pictured();
  }

  /** Other points: what was made of the old ones is worth nothing. */
  forget() {
    this.worker.close();
    for (const names of [this.kept, this.wanted, this.underway]) names.clear();
  }
}
