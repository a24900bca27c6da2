// A cover over the input, to be dragged and typed, and its buttons.

import { find, setData } from "../view/elements.js";
import { Gestures, arrowOf, hasModifier, signOf } from "../view/gestures.js";

/** @import { Disturbance } from "./disturbance.js" */

export class Cover {
  /**
   * @param {HTMLElement} root
   * @param {Disturbance} disturbance
   * @param {() => void} onChange
   */
  constructor(root, disturbance, onChange) {
    this.root = root;
    this.disturbance = disturbance;
    this.onChange = onChange;
    this.frame = find(root, ".given .frame");
    this.canvas = find(root, ".given canvas");
    this.cover = find(root, ".cover");
    this.toggleButton = find(root, ".command-cover");
    this.sizeButtons = [find(root, ".command-smaller"), find(root, ".command-larger")];
    this.listen();
  }

  listen() {
    new Gestures(this.frame, {
      accepts: ({ button }, held) => button === 0 && !held && this.disturbance.box !== null,
      press: (_, event) => this.follow(event),
      drag: (_, event) => this.follow(event),
      key: (event) => this.type(event),
    });
    this.toggleButton.onclick = () => this.toggle();
    this.sizeButtons.forEach((button, larger) => {
      button.onclick = () => {
        this.disturbance.growCover(larger ? 1 : -1);
        this.onChange();
      };
    });
  }

  toggle() {
    this.disturbance.setCover(!this.disturbance.box);
    this.changed();
    if (this.disturbance.box) this.frame.focus({ preventScroll: true });
  }

  /** @param {PointerEvent} event */
  follow(event) {
    const box = this.canvas.getBoundingClientRect();
    const { width, height } = this.disturbance;
    this.disturbance.centreCover(((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height);
    this.onChange();
  }

  /** @param {KeyboardEvent} event */
  type(event) {
    if (!this.disturbance.box || hasModifier(event)) return false;
    const [arrow, sign] = [arrowOf(event, 1), signOf(event)];
    if (arrow) this.disturbance.moveCover(arrow[0], -arrow[1]);
    else if (sign) this.disturbance.growCover(sign);
    else if (event.key === "Delete" || event.key === "Backspace") this.disturbance.setCover(false);
    else return false;
    this.changed();
    return true;
  }

  changed() {
    const on = this.disturbance.box !== null;
    this.toggleButton.setAttribute("aria-pressed", String(on));
    for (const button of this.sizeButtons) button.hidden = !on;
    setData(this.frame, { covered: on });
    const keys = on ? ". Arrow keys move the cover, plus and minus change its size, Delete removes it" : "";
    this.frame.setAttribute("aria-label", `The input as the model sees it${keys}`);
    this.onChange();
  }

  draw() {
    const { box } = this.disturbance;
    this.cover.hidden = !box;
    if (!box) return;
    const { style } = this.cover;
    style.left = `calc(${box.x} * var(--pixel))`;
    style.top = `calc(${box.y} * var(--pixel))`;
    style.width = style.height = `calc(${box.side} * var(--pixel))`;
    setData(this.root, { cover: [box.x, box.y, box.side].join() });
  }
}
