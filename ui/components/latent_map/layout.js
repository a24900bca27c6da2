// What a latent map consists of, as HTML.

import { find } from "../view/elements.js";
import { ICONS } from "../view/icons.js";

const command = (/** @type {string} */ name, /** @type {string} */ icon, /** @type {string} */ text, /** @type {string} */ title) =>
  `<button class="command command-${name}" title="${title}">${icon}<span>${text}</span></button>`;

const toggle = (/** @type {string} */ name, /** @type {string} */ icon, /** @type {string} */ text, /** @type {string} */ title) =>
  `<button class="toggle toggle-${name}" title="${title}">${icon}<span>${text}</span></button>`;

export const LAYOUT = `
<div class="body">
  <section class="left">
    <div class="bar">
      <div class="axes"><label>→ <select aria-label="Axis across"></select></label><label>↑ <select aria-label="Axis up"></select></label></div>
      <div class="toggles">
        ${toggle("tiles", ICONS.tiles, "Decoded map", "Show what the decoder makes of every spot")}
        ${toggle("codes", ICONS.codes, "Codes", "Show where the encoder puts the images of the data set")}
      </div>
    </div>
    <div class="chart">
      <div class="plane" tabindex="0" role="slider" aria-roledescription="two-dimensional slider">
        <canvas class="tiles"></canvas>
        <canvas class="dots"></canvas>
        <svg class="circles" aria-hidden="true"></svg>
        <i class="hair"></i><i class="hair"></i><i class="ring"></i>
      </div>
      <div class="across" aria-hidden="true"></div>
      <div class="up" aria-hidden="true"></div>
      <div class="card" hidden><div><canvas></canvas><p><b></b><span>Click to go there</span></p></div></div>
    </div>
    <div class="legend" role="group" aria-label="Classes"></div>
    <p class="sentence"></p>
  </section>
  <section class="decoded">
    <div class="image-box"><canvas class="image" role="img" aria-label="The image that the decoder makes of the point"></canvas></div>
    <div class="facts">
      <p class="coordinates"><span></span> <b></b> <span></span> <b></b></p>
      <p class="rarity"></p>
      <p class="news" role="status" aria-live="polite"></p>
      <div class="commands">
        ${command("surprise", ICONS.dice, "Surprise me", "Go to a random place")}
        ${command("reset", ICONS.again, "Reset", "Back to the whole map and its centre")}
        ${command("link", ICONS.link, "Copy link", "Copy a link to this model and this point")}
        ${command("download", ICONS.download, "Download PNG", "Save the decoded image")}
      </div>
    </div>
  </section>
  <section class="sliders">
    <div class="rows"></div>
    <button class="command more" aria-expanded="false"></button>
  </section>
</div>
`;

/** The elements that change. @param {Element} root */
export function partsOf(root) {
  const canvas = (/** @type {string} */ selector) => find(root, selector, HTMLCanvasElement);
  return {
    plane: find(root, ".plane"),
    tiles: canvas(".tiles"),
    dots: canvas(".dots"),
    circles: find(root, ".circles", SVGElement),
    hairs: /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".hair")),
    ring: find(root, ".ring"),
    card: find(root, ".card"),
    acrossTicks: find(root, ".across"),
    upTicks: find(root, ".up"),
    imageBox: find(root, ".image-box"),
    image: canvas(".image"),
    coordinates: root.querySelectorAll(".coordinates :is(span, b)"),
    rarity: find(root, ".rarity"),
  };
}

/** What a map shows, in words. @param {import("../model/model.js").Model} model */
export function sentenceOf({ isVae, latentDim, count, about }) {
  const what = latentDim === 1 ? "Every spot of this strip is a code" : "Every spot of this square is a code";
  const projected = count ? ", and the points are projected onto it" : "";
  const slice = latentDim > 2 ? ` The square is a slice through ${latentDim} dimensions${projected}.` : "";
  const circles = isVae && latentDim > 1 ? " The circles mark one, two and three standard deviations of the prior." : "";
  return `${what}; the picture there is what the decoder makes of it.${slice}${circles} ${about.unit ?? ""}`.trim();
}
