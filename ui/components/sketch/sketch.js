// The sketch pad alone on a page. Knows no model: Python is told of the drawing when a stroke ends.

import { fromBase64, toBase64 } from "../runtime/base64.js";
import { mount } from "../view/mount.js";
import { SketchPad } from "./pad.js";

/** @import { Component, Shape } from "../types.js" */
/** @typedef {{name: string, shape: Shape, background: number, start: string | null}} Data `start` is base64 of bytes */

class Sketch {
  /** @type {SketchPad | null} */
  pad = null;
  /** @type {Component<Data> | null} */
  component = null;
  name = "";
  commits = 0;

  /**
   * A new pad whenever Python asks for another size, background, picture to start from or number; else the one that is there stays.
   * @param {Component<Data>} component
   */
  update(component) {
    this.component = component;
    const { name, shape, background, start } = component.data;
    if (name === this.name) return;
    this.name = name;
    this.commits = 0;
    this.pad?.close();
    const onRelease = (/** @type {Float32Array} */ image) => this.commit(image);
    this.pad = new SketchPad(component.parentElement, { shape, background, label: "Drawing", onRelease });
    if (start) this.pad.load(Float32Array.from(fromBase64(start), (byte) => byte / 255));
  }

  /** @param {Float32Array} image */
  commit(image) {
    const drawing = this.pad?.isEmpty ? null : toBase64(image.map((value) => Math.round(255 * value)));
    this.component?.setStateValue("drawing", { name: this.name, image: drawing, count: ++this.commits });
  }

  close() {
    this.pad?.close();
  }
}

export default mount(Sketch);
