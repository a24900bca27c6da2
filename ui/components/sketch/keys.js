// What keys do on a sketch pad: arrows walk, Space draws, letters choose and undo.

import { KeyCursor } from "./key_cursor.js";

/** @import { SketchPad } from "./pad.js" */

/** @param {SketchPad} pad */
export function listenToKeys(pad) {
  const { root, surface } = pad;
  const pen = new KeyPen(pad);
  surface.onfocus = () => surface.matches(":focus-visible") && pad.showRing(pen.cursor.point);
  surface.onblur = () => pen.lose();
  root.onkeydown = (event) => pen.press(event);
  root.onkeyup = (event) => pen.release(event);
}

class KeyPen {
  /** @param {SketchPad} pad */
  constructor(pad) {
    this.pad = pad;
    this.cursor = new KeyCursor(pad.width, pad.height);
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const key = event.key.toLowerCase();
    if (event.altKey || ((event.ctrlKey || event.metaKey) && key !== "z")) return;
    const action = (event.target === this.pad.surface && this.drawing(key, event.shiftKey)) || this.command(key);
    if (!action) return;
    action();
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {KeyboardEvent} event */
  release(event) {
    this.cursor.release(event.key.toLowerCase());
    if (event.key === " ") this.lift();
  }

  lose() {
    this.cursor.releaseAll();
    this.pad.showRing(null);
    this.lift();
  }

  /**
   * @param {string} key
   * @param {boolean} slowly
   */
  drawing(key, slowly) {
    if (key.startsWith("arrow")) return () => this.walk(key, slowly);
    return key === " " ? () => this.lower() : null;
  }

  /** @param {string} key */
  command(key) {
    const { pad } = this;
    if (key === "p") return () => pad.tools.choose("pen");
    if (key === "e") return () => pad.tools.choose("eraser");
    if (key === "z") return () => pad.undo();
    return key === "delete" || key === "backspace" ? () => pad.clear() : null;
  }

  /**
   * @param {string} key
   * @param {boolean} slowly
   */
  walk(key, slowly) {
    const point = this.cursor.walk(key, slowly);
    this.pad.showRing(point);
    if (this.pad.active === "keys") this.pad.go(point);
  }

  lower() {
    this.pad.showRing(this.cursor.point);
    if (this.pad.active === null) this.pad.start("keys", this.cursor.point);
  }

  lift() {
    if (this.pad.active === "keys") this.pad.finish();
  }
}
