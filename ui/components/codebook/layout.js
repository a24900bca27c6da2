// What the page of a codebook consists of, as HTML.

import { find, term } from "../view/elements.js";
import { ICONS } from "../view/icons.js";

/** @import { Palette } from "../model/palette.js" */

const prior = (/** @type {string} */ name, /** @type {string} */ text) =>
  `<button class="mode" role="radio" data-prior="${name}">${text}</button>`;

export const LAYOUT = `
<div class="bar">
  <div class="modes" role="radiogroup" aria-label="Prior">${prior("learned", "Learned prior")}${prior("uniform", "Uniform prior")}</div>
  <button class="toggle draw">${ICONS.dice}<span></span></button>
  <label>Seed <input class="seed" type="number" min="0" max="99999" step="1"></label>
  <button class="toggle real">${ICONS.again}<span>A real image</span></button>
  <button class="toggle link" title="Copy a link to this map of codes">${ICONS.link}<span>Copy link</span></button>
  <button class="toggle download" title="Save the decoded image">${ICONS.download}<span>Download PNG</span></button>
</div>
<p class="sentence"></p>
<div class="body">
  <figure class="decoded"><div class="square"><canvas class="image" role="img" aria-label="The image that the decoder makes of the map"></canvas></div>
    <figcaption>Decoded</figcaption></figure>
  <figure class="painted"><div class="square map"><canvas></canvas><div class="cells" role="group" aria-label="Map of codes"></div></div>
    <figcaption class="of-map"></figcaption></figure>
  <figure class="codes"><div class="palette" role="radiogroup" aria-label="Code to paint with"></div>
    <figcaption>Choose a code, then paint it on the map</figcaption></figure>
</div>
<p class="costs"></p>
<p class="news" role="status" aria-live="polite"></p>
`;

/** The elements that change. @param {Element} root */
export function partsOf(root) {
  return {
    draw: find(root, ".draw"),
    seed: find(root, ".seed", HTMLInputElement),
    sentence: find(root, ".sentence"),
    image: find(root, ".image", HTMLCanvasElement),
    map: find(root, ".map canvas", HTMLCanvasElement),
    cells: find(root, ".cells"),
    palette: find(root, ".palette"),
    costs: find(root, ".costs"),
    news: find(root, ".news"),
    priors: /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".mode")),
  };
}

/**
 * What a prior does, in words.
 * @param {boolean} isLearned
 */
export function sentenceOf(isLearned) {
  return isLearned
    ? `The learned ${term("map-prior", "prior")} draws a code for each place, row by row, given those before it.`
    : `A uniform ${term("map-prior", "prior")} takes every code alike, whatever stands beside it: the decoder makes of that what it can.`;
}

/**
 * What a map costs, in words.
 * @param {Palette} palette
 * @param {string} learned in nats
 */
export function costsInWords({ places, count }, learned) {
  const uniform = (places * Math.log(count)).toFixed(1);
  return `This map costs <b>${learned}</b> ${term("nats", "nats")} under the learned prior; under the uniform one every map costs ${places} · ln ${count} = ${uniform}.`;
}
