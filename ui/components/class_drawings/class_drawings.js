// Drawings beside each other, each with what it is; one's own can be removed. Knows only the drawings that it is given.

import { fromBase64 } from "../runtime/base64.js";
import { fillPixels } from "../runtime/pixels.js";
import { contextOf, newCanvas } from "../view/canvas.js";
import { element } from "../view/elements.js";
import { mount } from "../view/mount.js";

/** @import { Component, Shape } from "../types.js" */
/** @typedef {{id: string, label: string, mine: boolean, shape: Shape, image: string}} Drawing `image` is base64 of its bytes */

class ClassDrawings {
  /** In the page, by the drawing's id. @type {Map<string, HTMLElement>} */
  items = new Map();
  /** @type {Component<unknown> | null} */
  component = null;

  /** @param {Element | ShadowRoot} parentElement */
  constructor(parentElement) {
    this.list = element("ul", "class-drawings");
    this.list.setAttribute("aria-label", "Drawings, the latest first");
    parentElement.append(this.list);
  }

  /**
   * Drawings that stay keep their place in the page, and so the focus.
   * @param {Component<{drawings: Drawing[]}>} component
   */
  update(component) {
    this.component = component;
    const items = component.data.drawings.map((drawing) => this.items.get(drawing.id) ?? this.build(drawing));
    for (const [id, item] of this.items) if (!items.includes(item)) this.take(id, item);
    items.forEach((item, place) => this.list.children[place] !== item && this.list.insertBefore(item, this.list.children[place] ?? null));
  }

  close() {
    this.list.remove();
  }

  /** @param {Drawing} drawing */
  build({ id, label, mine, shape, image }) {
    const item = document.createElement("li");
    const name = label || "without a name";
    item.append(paint(shape, image, `Drawing: ${name}`), Object.assign(document.createElement("span"), { textContent: name, title: name }));
    item.classList.toggle("mine", mine);
    if (mine) item.append(this.buildRemove(id, name));
    this.items.set(id, item);
    return item;
  }

  /**
   * @param {string} id
   * @param {string} name
   */
  buildRemove(id, name) {
    const texts = { type: "button", textContent: "×", title: "Remove this drawing of yours" };
    const button = Object.assign(document.createElement("button"), texts);
    button.setAttribute("aria-label", `Remove your drawing: ${name}`);
    button.onclick = () => {
      button.disabled = true;
      this.component?.setTriggerValue("remove", id);
    };
    return button;
  }

  /**
   * @param {string} id
   * @param {HTMLElement} item
   */
  take(id, item) {
    item.remove();
    this.items.delete(id);
  }
}

/**
 * A canvas, one pixel a pixel.
 * @param {Shape} shape
 * @param {string} text its bytes (C, H, W) in base64
 * @param {string} label
 */
function paint([, height, width], text, label) {
  const canvas = newCanvas(width, height);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  contextOf(canvas).putImageData(fillPixels(new ImageData(width, height), fromBase64(text), 1), 0, 0);
  return canvas;
}

export default mount(ClassDrawings);
