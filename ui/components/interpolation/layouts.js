// What each way from image to image consists of, as HTML.

import { term } from "../view/elements.js";
import { ICONS } from "../view/icons.js";
import { FRAMES } from "./animation_export.js";

/** @type {[number, number]} */
export const BEYOND = [-0.5, 1.5]; // how far a path is followed: half its length beyond both ends

export const CHART_STEPS = 120;

const END = `
<figure class="end">
  <button class="pick" aria-haspopup="dialog"><canvas></canvas><span>Change</span></button>
  <figcaption><b></b> <span></span></figcaption>
</figure>`;

const OPERAND = END.replace("<figcaption>", `<canvas role="img" aria-label="Decoded from its code"></canvas><figcaption>`);

const MEAN = `<figure class="mean"><canvas role="img"></canvas><figcaption></figcaption></figure>`;

const HERO = `<div class="hero-box"><canvas class="hero" role="img" aria-label="The decoded image"></canvas></div>`;

const CHART = `<div class="plot" aria-hidden="true"><svg viewBox="0 0 ${CHART_STEPS} 1" preserveAspectRatio="none"></svg><i class="cursor"></i></div>`;

const RULES = `
<div class="rules" role="group" aria-label="The way from A to B">
  <button class="toggle rule" value="linear" title="The straight line between the two codes">Straight line (linear)</button>
  <button class="toggle rule" value="spherical" title="An arc around the origin that keeps its distance">Arc (spherical)</button>
  ${term("slerp", "Why an arc?")}
</div>`;

const FOLD = `
<details class="fold">
  <summary>How far from the data?</summary>
  <div class="charts">
    <figure class="chart nearness"><figcaption>Distance to the nearest image of the data set <b></b><i></i></figcaption>${CHART}</figure>
    <figure class="chart norm"><figcaption>Distance from the origin <b></b><i></i></figcaption>${CHART}</figure>
  </div>
</details>`;

const DOWNLOADS = `
<section class="downloads">
  <label><span>Save the way from A to B</span> <select><option value="return">and back</option><option value="once">one way</option></select></label>
  <button class="command" value="gif">${ICONS.download}<span>GIF</span></button>
  <button class="command" value="webp">${ICONS.download}<span>WebP</span></button>
  <button class="command" value="png" title="The nine images above as one picture">${ICONS.download}<span>PNG strip</span></button>
  <button class="command" value="csv" title="The codes of ${FRAMES} steps as a table">${ICONS.download}<span>Codes (CSV)</span></button>
  <p class="news" role="status" aria-live="polite"></p>
</section>`;

const LABELS = `
<div class="rules labels" role="group" aria-label="Label that the decoder is told" hidden>
  <button class="toggle" value="" title="Under the label of the image whose code is nearest">Label of the nearest</button>
  <button class="toggle" value="A" title="Under the label of A everywhere: the code alone changes">Label of A</button>
</div>`;

/** @param {string} rules */
const side = (rules) => `
<aside class="side">
  <div class="map"></div>
  ${rules}
  ${LABELS}
  <p class="near"><canvas></canvas><span class="near-text"></span></p>
  <p class="rarity"></p>
</aside>`;

const PATH = `
<section class="stage">
  <div class="trio">${END}${HERO}${END}</div>
  <div class="scrub">
    <button class="command play"></button>
    <div class="track">
      <input class="t" type="range" min="${BEYOND[0]}" max="${BEYOND[1]}" step="any" aria-label="Position between A and B">
      <div class="marks" aria-hidden="true"><b>A</b><b>B</b></div>
    </div>
    <button class="command swap" title="A and B change places">${ICONS.swap}<span>Swap</span></button>
  </div>
  <div class="strips">
    <p class="caption"><b>Latent path</b> codes mixed, then decoded: one image</p>
    <div class="strip decoded"></div>
    <p class="caption"><b>Cross-fade</b> pixels mixed: two ghosts</p>
    <div class="strip mixed" role="img" aria-label="A cross-fade from A to B"></div>
  </div>
</section>`;

const CORNERS = `
<section class="stage">
  <div class="field">
    <div class="pair">${END}${END}</div>
    <div class="grid-box"><div class="grid" tabindex="0" role="slider" aria-roledescription="two-dimensional slider"
      aria-label="Place between the four images. Arrow keys move it." aria-valuemin="0" aria-valuemax="1"><canvas></canvas><i class="ring"></i></div></div>
    <div class="pair">${END}${END}</div>
  </div>
  ${HERO}
</section>`;

const ARITHMETIC = `
<section class="stage">
  <div class="terms">${OPERAND}<b class="sign">−</b>${OPERAND}<b class="sign">+</b>${OPERAND}<b class="sign">=</b>${HERO}</div>
  <label class="choice"><span>How much of C − B is added to A</span>
    <input class="strength" type="range" min="0" max="1.5" step="0.01"><output class="amount"></output></label>
  <p class="caption">Above what was given, below what the decoder makes of its code. Codes are added and subtracted, not pixels.</p>
</section>`;

const DIRECTION = `
<section class="stage">
  <div class="terms">
    ${OPERAND}<b class="sign">+ <output class="amount"></output> × (</b>${MEAN}<b class="sign">−</b>${MEAN}<b class="sign">) =</b>${HERO}
  </div>
  <div class="choice">
    <label><span>Towards</span> <select aria-label="Class"></select></label>
    <div class="track">
      <input class="strength" type="range" min="-3" max="3" step="0.01" aria-label="How far">
      <div class="marks" aria-hidden="true"><b>away</b><b>A</b><b>towards</b></div>
    </div>
  </div>
  <p class="no-classes" role="alert">The data set of this model has no classes, so there is no direction to follow. Choose another model.</p>
  <div class="strips">
    <p class="caption">The difference between two mean codes is added to the code of A, as often as the number says</p>
    <div class="strip decoded"></div>
  </div>
</section>`;

/** @type {Record<import("./types.js").Mode, string>} */
export const LAYOUTS = {
  path: PATH + side(RULES) + FOLD + DOWNLOADS,
  corners: CORNERS + side(""),
  arithmetic: ARITHMETIC + side(""),
  direction: DIRECTION + side(""),
};
