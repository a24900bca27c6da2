// A network: its layers as blocks in the order in which images go through them, and as a table. Knows no Python.

import { element } from "../view/elements.js";
import { mount } from "../view/mount.js";
import { kindsText, partsOf, shapeText, sizeOf } from "./blocks.js";

/**
 * @import { Component } from "../types.js"
 * @import { Block, Layer, Part } from "./blocks.js"
 */

/** @param {string} tag @param {string} text */
function withText(tag, text, className = "") {
  const made = element(tag, className);
  made.textContent = text;
  return made;
}

const count = (/** @type {number} */ parameters) => `${parameters.toLocaleString("en")} parameter${parameters === 1 ? "" : "s"}`;

/** @param {Block} block @param {number} tallest */
function drawn({ shape, kinds, parameters }, tallest) {
  const item = element("li", "block");
  const box = element("div", "box", "<i></i>");
  const [width, height] = sizeOf(shape, tallest);
  box.style.setProperty("--width", `${width}rem`);
  box.style.setProperty("--height", `${height}rem`);
  item.append(box, withText("b", shapeText(shape) || "no image"), withText("span", kinds.length ? kindsText(kinds) : "given"));
  if (parameters) item.append(withText("span", count(parameters)));
  return item;
}

/** @param {Part} part @param {number} tallest */
function drawnPart({ name, blocks }, tallest) {
  const section = element("section", "part");
  const list = element("ol", "blocks");
  list.append(...blocks.map((block) => drawn(block, tallest)));
  section.append(withText("h3", name), list);
  return section;
}

/** @param {Layer[]} layers */
function table(layers) {
  const made = element("table", "", `<thead><tr><th>Layer</th><th>Kind</th><th>Output</th><th>Parameters</th></tr></thead>`);
  const rows = layers.map(({ name, kind, gives, parameters }) => row(name, kind, shapeText(gives), parameters.toLocaleString("en")));
  const all = layers.reduce((sum, { parameters }) => sum + parameters, 0);
  made.append(...rows, row("All", "", "", all.toLocaleString("en")));
  return made;
}

/** @param {string} name @param {string[]} cells */
function row(name, ...cells) {
  const made = element("tr", "");
  const heading = withText("th", name);
  heading.setAttribute("scope", "row");
  made.append(heading, ...cells.map((text) => withText("td", text)));
  return made;
}

class NetworkLayers {
  /** @param {Element | ShadowRoot} parentElement */
  constructor(parentElement) {
    this.root = element("div", "network-layers");
    parentElement.append(this.root);
  }

  /** @param {Component<{layers: Layer[]}>} component */
  update({ data: { layers } }) {
    const maps = layers.flatMap(({ takes, gives }) => [takes, gives]).filter((shape) => shape.length === 3);
    const tallest = Math.max(1, ...maps.map(([, height]) => height));
    const scrolled = element("div", "table");
    scrolled.tabIndex = 0;
    scrolled.setAttribute("role", "region");
    scrolled.setAttribute("aria-label", "Layers");
    scrolled.append(table(layers));
    this.root.replaceChildren(...partsOf(layers).map((part) => drawnPart(part, tallest)), scrolled);
  }

  close() {
    this.root.remove();
  }
}

export default mount(NetworkLayers);
