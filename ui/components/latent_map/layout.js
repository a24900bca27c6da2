// What a latent map consists of, as HTML.

import { find, term } from "../view/elements.js";
import { ICONS } from "../view/icons.js";

/** @import { Model } from "../model/model.js" */

const command = (/** @type {string} */ name, /** @type {string} */ icon, /** @type {string} */ text, /** @type {string} */ title) =>
  `<button class="command command-${name}" title="${title}">${icon}<span>${text}</span></button>`;

const toggle = (/** @type {string} */ name, /** @type {string} */ icon, /** @type {string} */ text, /** @type {string} */ title) =>
  `<button class="toggle toggle-${name}" title="${title}">${icon}<span>${text}</span></button>`;

const mode = (/** @type {string} */ name, /** @type {string} */ text) =>
  `<button class="mode" role="radio" data-mode="${name}">${text}</button>`;

export const LAYOUT = `
<div class="bar">
  <div class="modes" role="radiogroup" aria-label="View">${mode("", "Map")}${mode("draws", "Draws from the prior")}</div>
  <div class="toggles of-map">
    ${toggle("tiles", ICONS.tiles, "Decoded map", "Show what the decoder makes of every spot")}
    ${toggle("codes", ICONS.codes, "Codes", "Show where the encoder puts the images of the data set")}
  </div>
  <div class="axes of-map">
    <label>Across <select aria-label="Axis across"></select></label><label>Up <select aria-label="Axis up"></select></label>
  </div>
  <div class="drawing of-draws">
    <label>Draws <select class="counts" aria-label="Number of draws"></select></label>
    <label class="of-components">Component <select class="component" aria-label="Component of the prior"></select></label>
    <label>Seed <input class="seed" type="number" min="0" max="99999" step="1"></label>
    <button class="toggle draw-again">${ICONS.dice}<span>Draw again</span></button>
  </div>
  <p class="sentence"></p>
  <div class="dial" role="group" aria-label="Label that the decoder is told"></div>
</div>
<div class="body">
  <section class="left">
    <div class="chart of-map">
      <div class="plane" tabindex="0" role="slider" aria-roledescription="two-dimensional slider">
        <canvas class="tiles"></canvas>
        <canvas class="dots"></canvas>
        <svg class="overlay" aria-hidden="true"></svg>
        <canvas class="trail"></canvas>
        <i class="hair"></i><i class="hair"></i><i class="ring"></i>
      </div>
      <div class="across" aria-hidden="true"></div>
      <div class="up" aria-hidden="true"></div>
      <div class="card" hidden><div><canvas></canvas><p><b></b><span>Click to go there</span></p></div></div>
    </div>
    <div class="under of-map">
      <div class="kinds"><i class="held-out"></i>held out <i></i>trained on</div>
      <div class="legend" role="group" aria-label="Classes"></div>
    </div>
    <div class="sheet of-draws"></div>
  </section>
  <section class="decoded">
    <div class="image-box"><canvas class="image" role="img" aria-label="The image that the decoder makes of the point"></canvas></div>
    <div class="facts">
      <p class="what"><canvas></canvas><span></span></p>
      <p class="coordinates"><span></span> <b></b> <span></span> <b></b></p>
      <p class="rarity"></p>
      <p class="news" role="status" aria-live="polite"></p>
    </div>
  </section>
  <section class="controls">
    <div class="commands">
      ${command("surprise", ICONS.dice, "Surprise me", "Go to a random place")}
      ${command("hole", ICONS.live, "Take me to a hole", "Go to a place among the codes that is far from all of them")}
      ${command("reset", ICONS.again, "Reset", "Back to the whole map and the first image")}
      ${command("origin", ICONS.centre, "Origin", "Go to where all coordinates are zero")}
      ${command("link", ICONS.link, "Copy link", "Copy a link to what is shown here")}
      ${command("download", ICONS.download, "Download PNG", "Save the decoded image, or the sheet of draws")}
      <span class="saving of-map">
        ${command("map", ICONS.tiles, "Save map", "Save the decoded map as a PNG with so many images side by side")}
        <label><input class="images-across" type="number" min="1" max="100" value="20" aria-label="Images across in the saved map"> across</label>
      </span>
    </div>
    <div class="sliders">
      <div class="rows"></div>
      <button class="command more" aria-expanded="false"></button>
    </div>
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
    card: find(root, ".card"),
    imageBox: find(root, ".image-box"),
    image: canvas(".image"),
    legend: find(root, ".legend"),
  };
}

/** What is to be known of a map, in words. @param {import("../model/model.js").Model} model */
export function sentenceOf({ hasPrior, mixture, latentDim, network }) {
  const slice = latentDim > 2 ? `A slice through ${latentDim} dimensions. ` : "";
  if (!hasPrior)
    return `${slice}An ${term("autoencoder", "autoencoder")}: nothing holds its codes together, so there are holes between them.`;
  const component = term("mixture", "component");
  if (mixture) return slice + (latentDim > 1 ? `Ellipses: 1 and 2 σ of each ${component} of the prior, with its number and weight.` : "");
  const circles = latentDim > 1 ? `Circles: 1, 2 and 3 σ of the ${term("prior", "prior")}.` : "";
  return slice + (network.classes ? "The label says what is drawn, the code how: choose another one, and the code stays. " : "") + circles;
}

/** The levels of a code but one, in words. @param {Model} model @param {string} kept the one */
const othersThan = ({ levels }, kept) =>
  levels
    .map(({ name }) => name)
    .filter((name) => name !== kept)
    .join(" and the ");

/** The button that keeps one level and redraws the others. @param {Model} model @param {string} kept the one */
export const keepButton = (model, kept) => mode(`keep-${kept}`, `Keep the ${kept}, redraw the ${othersThan(model, kept)}`);

/**
 * What a sheet of draws shows, in words.
 * @param {Model} model
 * @param {import("../types.js").Level | null} kept the level that all draws share
 */
export function sentenceOfDraws(model, kept) {
  if (kept)
    return `The ${kept.name} ${term("level", "level")} is the point's in every image; the ${othersThan(model, kept.name)} level is drawn from the prior.`;
  const { hasPrior, mixture } = model;
  if (mixture) return `Codes drawn from the ${term("mixture", "mixture")} that is the prior, decoded. Numbers: the component of each draw.`;
  if (hasPrior) return `Codes drawn from the ${term("prior", "prior")} N(0, I), decoded: images that the model makes up by itself.`;
  return `An ${term("autoencoder", "autoencoder")} has no prior: these are drawn from N(0, I) all the same. Some fall into ${term("hole", "holes")}.`;
}
