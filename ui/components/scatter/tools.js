// The buttons of a scatter: what a drag does, pictures in place of points, show all; a link to another page.

import { find } from "../view/elements.js";

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
  find(root, ".whole").onclick = () => scatter.showAll();
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
