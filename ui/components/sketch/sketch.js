// @ts-nocheck
// The sketch pad alone on a page. Knows no model: Python is told of the drawing when a stroke ends.

import { fromBase64, toBase64 } from "../runtime/base64.js";
import { SketchPad } from "./pad.js";

const sketches = new WeakMap();

/** Called at every change of data or theme; the cleanup of the last call runs when the mount goes. */
export default function (component) {
  const here = component.parentElement;
  if (!sketches.has(here)) sketches.set(here, new Sketch());
  sketches.get(here).update(component);
  return () => {
    sketches.get(here)?.pad.close();
    sketches.delete(here);
  };
}

class Sketch {
  /** A new pad whenever Python asks for another size, ground, picture to start from or number; else the one that is there stays. */
  update(component) {
    this.component = component;
    const { name, shape, ground, start } = component.data;
    if (name === this.name) return;
    this.name = name;
    this.commits = 0;
    this.pad?.close();
    this.pad = new SketchPad(component.parentElement, { shape, ground, label: "Drawing", onRelease: (image) => this.commit(image) });
    if (start) this.pad.load(Float32Array.from(fromBase64(start), (byte) => byte / 255));
  }

  commit(image) {
    const drawing = this.pad.isEmpty ? null : toBase64(image.map((value) => Math.round(255 * value)));
    this.component.setStateValue("drawing", { name: this.name, image: drawing, count: ++this.commits });
  }
}
