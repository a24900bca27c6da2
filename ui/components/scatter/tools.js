// The buttons of a scatter: what a drag does, pictures in place of points, show all, which projection; a link to another page.

import { find } from "../view/elements.js";
import { rove } from "../view/roving.js";

/** @typedef {import("./scatter.js").Scatter} Scatter */

/**
 * @param {HTMLElement} root
 * @param {Scatter} scatter
 */
export function connectTools(root, scatter) {
  /** @type {NodeListOf<HTMLElement>} */
  const tools = root.querySelectorAll(".tools button");
  for (const button of tools) {
    button.onclick = () => {
      scatter.tool = /** @type {"move" | "lasso" | "box"} */ (button.dataset.tool);
      root.dataset.tool = scatter.tool;
      for (const each of tools) each.setAttribute("aria-pressed", String(each === button));
    };
  }
  const pictures = find(root, ".toggle-pictures");
  pictures.onclick = () => {
    scatter.showsPictures = !scatter.showsPictures;
    pictures.setAttribute("aria-pressed", String(scatter.showsPictures));
    scatter.changed("all");
  };
  const whole = find(root, ".whole");
  whole.onclick = () => scatter.showAll();
  rove(find(root, ".bar"), [...tools, pictures, whole]);
}

/**
 * Offer one projection, the other, or both.
 * @param {HTMLElement} row
 * @param {string[]} names
 * @param {string} layout
 * @param {(layout: string) => void} choose
 */
export function offerViews(row, names, layout, choose) {
  const options = names.length > 1 ? [...names.map((name, i) => [String(i), name]), ["both", "Side by side"]] : [];
  row.hidden = !options.length;
  row.replaceChildren(
    ...options.map(([value, text]) => {
      const button = document.createElement("button");
      button.textContent = text;
      button.dataset.layout = value;
      button.setAttribute("aria-pressed", String(value === layout));
      button.onclick = () => choose(value);
      return button;
    }),
  );
  rove(row);
}

/**
 * Lead a link to Interpolate with two images, if the page there has both.
 * @param {HTMLAnchorElement} link
 * @param {Scatter} scatter
 * @param {number[] | null} pair
 */
export function offerInterpolation(link, { points, run }, pair) {
  const isKnown = pair !== null && pair.every((index) => index < points.originals);
  link.hidden = !isKnown;
  if (isKnown) link.href = `interpolate?run=${encodeURIComponent(run)}&samples=${pair.join()}`;
}
