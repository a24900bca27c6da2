// @ts-nocheck
// Drawings beside each other, each with what it is; one's own can be removed. Knows only the drawings that it is given.

import { fromBase64 } from "../runtime/base64.js";

const walls = new WeakMap();

/** Called at every change of data or theme: drawings that stay keep their place in the page, and so the focus. */
export default function (component) {
  const here = component.parentElement;
  if (!walls.has(here)) walls.set(here, new Wall(here));
  walls.get(here).update(component);
  return () => walls.delete(here);
}

class Wall {
  constructor(here) {
    this.list = document.createElement("ul");
    this.list.className = "wall";
    this.list.setAttribute("aria-label", "Drawings, the latest first");
    here.append(this.list);
    this.items = new Map();
  }

  update({ data, setTriggerValue }) {
    this.remove = (id) => setTriggerValue("remove", id);
    const items = data.drawings.map((drawing) => this.items.get(drawing.id) ?? this.build(drawing));
    for (const [id, item] of this.items) if (!items.includes(item)) this.take(id, item);
    items.forEach((item, place) => this.list.children[place] !== item && this.list.insertBefore(item, this.list.children[place] ?? null));
  }

  build({ id, label, mine, shape, image }) {
    const item = document.createElement("li");
    const name = label || "without a name";
    item.append(paint(shape, image, `Drawing: ${name}`), Object.assign(document.createElement("span"), { textContent: name, title: name }));
    item.classList.toggle("mine", mine);
    if (mine) item.append(this.buildRemove(id, name));
    this.items.set(id, item);
    return item;
  }

  buildRemove(id, name) {
    const button = Object.assign(document.createElement("button"), {
      type: "button",
      textContent: "×",
      title: "Remove this drawing of yours",
    });
    button.setAttribute("aria-label", `Remove your drawing: ${name}`);
    button.onclick = () => {
      button.disabled = true;
      this.remove(id);
    };
    return button;
  }

  take(id, item) {
    item.remove();
    this.items.delete(id);
  }
}

/** A canvas of uint8 (C, H, W) in base64, one pixel a pixel. */
function paint([channels, height, width], text, label) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  const bytes = fromBase64(text);
  const picture = new ImageData(width, height);
  const area = width * height;
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) picture.data[4 * i + c] = bytes[(channels === 1 ? 0 : c * area) + i];
    picture.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(picture, 0, 0);
  return canvas;
}
