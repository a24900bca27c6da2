// The sketch pad alone on a page. Knows no model: Python is told of the drawing when a stroke ends.

import { fromBase64, toBase64 } from "../runtime/base64.js";
import { mount } from "../view/mount.js";
import { SketchPad } from "./pad.js";

/** @import { Component, Shape } from "../types.js" */
/** @typedef {{name: string, shape: Shape, background: number, start: string | null, taken: number}} Data `start` is base64 of bytes */

class Sketch {
  /** @type {SketchPad | null} */
  pad = null;
  /** @type {Component<Data> | null} */
  component = null;
  name = "";
  /** The commit whose drawing Python took last. */
  taken = 0;
  commits = 0;
  /** How many strokes were on the pad at a commit. @type {Map<number, number>} */
  strokes = new Map();

  /**
   * A new pad whenever Python asks for another size, background or picture to start from; else the one that is there stays.
   * @param {Component<Data>} component
   */
  update(component) {
    this.component = component;
    const { name, taken } = component.data;
    if (name !== this.name) this.begin(component);
    else if (taken !== this.taken) this.letGo(taken);
  }

  /** @param {Component<Data>} component */
  begin({ data: { name, shape, background, start, taken }, parentElement }) {
    this.name = name;
    this.taken = this.commits = taken;
    this.strokes.clear();
    this.pad?.close();
    const onRelease = (/** @type {Float32Array} */ image) => this.commit(image);
    this.pad = new SketchPad(parentElement, { shape, background, label: "Drawing", onRelease });
    if (start) this.pad.load(Float32Array.from(fromBase64(start), (byte) => byte / 255));
  }

  /**
   * What Python has taken leaves the pad; what a fast hand has drawn since is the next drawing.
   * @param {number} taken
   */
  letGo(taken) {
    this.taken = taken;
    this.pad?.drop(this.strokes.get(taken) ?? 0);
    this.strokes.clear();
    if (this.pad && !this.pad.isEmpty && this.pad.active === null) this.commit(this.pad.image);
  }

  /** @param {Float32Array} image */
  commit(image) {
    const drawing = this.pad?.isEmpty ? null : toBase64(image.map((value) => Math.round(255 * value)));
    this.strokes.set(++this.commits, this.pad?.ink.strokes.length ?? 0);
    this.component?.setStateValue("drawing", { name: this.name, taken: this.taken, count: this.commits, image: drawing });
  }

  close() {
    this.pad?.close();
  }
}

export default mount(Sketch);
