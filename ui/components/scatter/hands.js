// What hands do on a plot: move, turn, zoom, enclose points, point at one, keys.

import { Gestures, arrowOf, hasModifier, keyZoom } from "../view/gestures.js";

const KEY_PAN = 0.1; // of the window's half
const KEY_TURN = 0.12; // radians
const TURN = 1 / 120; // radians for a pixel

/**
 * @import { Drag, Hands, Pixel } from "../view/gestures.js"
 * @typedef {"pan" | "turn" | "lasso" | "box"} Kind what a drag does
 */

export class PlotHands {
  #plot;
  #host;
  /** @type {Kind} */
  #kind = "pan";
  #isSpaceDown = false;
  /** @type {Pixel[] | null} around what is being enclosed */
  path = null;

  /**
   * @param {HTMLElement} plane
   * @param {import("./plot.js").Plot} plot
   * @param {import("./scatter.js").Scatter} host
   */
  constructor(plane, plot, host) {
    this.#plot = plot;
    this.#host = host;
    const gestures = new Gestures(plane, this.#hands());
    plane.onkeyup = (event) => event.key === " " && (this.#isSpaceDown = false);
    plane.onblur = () => (this.#isSpaceDown = false);
    plane.ondblclick = (event) => plot.pick(gestures.pixel(event)) < 0 && plot.showAll();
  }

  /** @returns {Hands} */
  #hands() {
    const [plot, host] = [this.#plot, this.#host];
    return {
      press: (drag, event) => this.#press(drag, event),
      drag: (drag) => drag.moved && this.#drag(drag),
      abandon: () => (this.path = null),
      release: (drag, event) => this.#release(drag, event),
      cancel: () => this.#forgetPath(),
      pinch: ({ factor, around, dx, dy }) => {
        plot.pan(dx, dy);
        plot.zoom(factor, around);
      },
      hover: (pixel, { pointerType }) => pointerType === "mouse" && this.#wander(pixel),
      leave: () => host.hover(plot, -1),
      wheel: (factor, pixel) => {
        plot.zoom(factor, pixel);
        host.hover(plot, -1);
      },
      key: (event) => this.#type(event),
    };
  }

  /**
   * @param {Drag} drag
   * @param {PointerEvent} event
   */
  #press({ from }, event) {
    this.#kind = this.#kindOf(event);
    this.path = this.#kind === "lasso" || this.#kind === "box" ? [from] : null;
    this.#host.hover(this.#plot, -1);
  }

  /** What this drag does: what the keys say, else the tool. @param {PointerEvent} event @returns {Kind} */
  #kindOf(event) {
    if (event.shiftKey) return "lasso";
    if (hasModifier(event)) return "box";
    if (this.#isSpaceDown) return "pan";
    if (this.#host.tool !== "move") return this.#host.tool;
    return this.#plot.cloud.dims === 3 ? "turn" : "pan";
  }

  /** A pointer passes over: what is under it, and what decodes there. @param {Pixel} pixel */
  #wander(pixel) {
    this.#host.hover(this.#plot, this.#plot.pick(pixel));
    this.#plot.aim(pixel);
  }

  /** @param {Drag} drag */
  #drag({ from, last, at }) {
    const [dx, dy] = [at[0] - last[0], at[1] - last[1]];
    if (this.#kind === "pan") return this.#plot.pan(dx, dy);
    if (this.#kind === "turn") return this.#plot.turn(dx * TURN, dy * TURN);
    if (this.#kind === "lasso") this.path?.push(at);
    else this.path = [from, [at[0], from[1]], at, [from[0], at[1]]];
    this.#plot.changed("marks");
  }

  /**
   * @param {Drag | null} drag
   * @param {PointerEvent} event
   */
  #release(drag, { pointerType }) {
    const [plot, host, path] = [this.#plot, this.#host, this.path];
    this.#forgetPath();
    if (!drag) return;
    if (path && drag.moved) return host.select(plot.enclosed(path));
    if (drag.moved) return;
    const index = plot.pick(drag.from);
    plot.aim(drag.from);
    host.click(index);
    if (pointerType === "mouse") host.hover(plot, index);
  }

  #forgetPath() {
    this.path = null;
    this.#plot.changed("marks");
  }

  /** @param {KeyboardEvent} event */
  #type(event) {
    if (hasModifier(event)) return false;
    const [plot, host] = [this.#plot, this.#host];
    const [arrow, zoom, key] = [arrowOf(event, 1), keyZoom(event), event.key.toLowerCase()];
    if (arrow) this.#nudge(arrow);
    else if (zoom !== 1) plot.zoom(zoom, plot.centre);
    else if (key === " ") this.#isSpaceDown = true;
    else if (key === "enter" && host.hovered >= 0) host.click(host.hovered);
    else if (key === "0") plot.showAll();
    else if (key === "n" || key === "p") plot.step(key === "n" ? 1 : -1);
    else if (key === "escape") host.select([]);
    else return false;
    return true;
  }

  /** @param {[right: number, up: number]} arrow */
  #nudge([right, up]) {
    const plot = this.#plot;
    if (plot.cloud.dims === 3) return plot.turn(-right * KEY_TURN, -up * KEY_TURN);
    const step = (KEY_PAN * plot.view.width) / 2;
    plot.pan(-right * step, up * step);
    plot.aim(plot.centre);
  }
}
