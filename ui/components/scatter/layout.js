// What a scatter consists of, as HTML: its tools, its plots, and the panels beside them.

import { ICONS } from "../view/icons.js";

const button = (/** @type {string} */ attributes, /** @type {string} */ icon, /** @type {string} */ text, /** @type {string} */ title) =>
  `<button ${attributes} title="${title}" aria-label="${text}">${icon}<span>${text}</span></button>`;
const tool = (/** @type {string} */ name, /** @type {string} */ icon, /** @type {string} */ text, /** @type {string} */ title) =>
  button(`data-tool="${name}" aria-pressed="${name === "move"}"`, icon, text, title);
const action = (/** @type {string} */ name, /** @type {string} */ icon, /** @type {string} */ text) =>
  `<button class="command ${name}">${icon}<span>${text}</span></button>`;
const toInterpolate = `<a class="command interpolate" target="_self" hidden>${ICONS.go}<span>Send to Interpolate</span></a>`;
const picture = (/** @type {string} */ text) =>
  `<figure><canvas role="img" aria-label="${text}"></canvas><figcaption>${text}</figcaption></figure>`;

export const PLOT_LAYOUT = `
<figcaption class="title"></figcaption>
<div class="chart">
  <div class="plane" tabindex="0" role="application" aria-roledescription="scatter plot">
    <canvas class="dots"></canvas>
    <canvas class="faces"></canvas>
    <svg class="marks" aria-hidden="true"></svg>
  </div>
  <div class="across" aria-hidden="true"></div>
  <div class="up" aria-hidden="true"></div>
</div>
`;

export const LAYOUT = `
<div class="body">
  <section class="left">
    <div class="bar">
      <div class="views" role="group" aria-label="Which projection"></div>
      <div class="tools" role="group" aria-label="What a drag does">
        ${tool("move", ICONS.move, "Move", "Drag to move the view")}
        ${tool("lasso", ICONS.lasso, "Lasso", "Drag around points to select them (or Shift and drag)")}
        ${tool("box", ICONS.box, "Box", "Drag a box to select points (or Alt and drag)")}
      </div>
      <div class="toggles" role="group" aria-label="What is shown">
        ${button('class="toggle-pictures" aria-pressed="true"', ICONS.picture, "Pictures", "Close up, show pictures in place of points")}
        ${button('class="whole"', ICONS.whole, "Show all", "Show all points (or double click)")}
      </div>
    </div>
    <p class="notice" role="status">Reading the points…</p>
    <div class="plots"></div>
    <div class="film" hidden>
      <button type="button" class="play"></button><input type="range" min="0" step="1" aria-label="Step"><span></span>
      <p class="caveat"></p>
    </div>
    <div class="card" hidden><div><div class="pair">${picture("Image")}${picture("Reconstruction")}</div><b></b><dl></dl></div></div>
  </section>
  <section class="side">
    <div class="panel key">
      <label>Colour <select class="colour"></select></label>
      <div class="scale" hidden><span></span><i></i><span></span><span></span></div>
      <div class="legend" role="group" aria-label="What the colours mean"></div>
      <p class="ringed" hidden></p>
    </div>
    <div class="panel aimed" hidden>
      <canvas role="img" aria-label="What the decoder makes of the spot at the pointer"></canvas>
      <div><h4>Decoded at the pointer</h4><dl></dl></div>
    </div>
    <div class="panel pins" hidden>
      <header><h4>Pinned</h4>${action("unpin-all", ICONS.clear, "Unpin all")}</header>
      <div class="pin-row" role="group" aria-label="Pinned points"></div>
      <div class="active">
        <div class="pair">${picture("Image")}${picture("Reconstruction")}</div>
        <div class="about"><b></b><dl></dl>${action("unpin", ICONS.clear, "Unpin")}</div>
      </div>
      <div class="near-block"><p>Nearest in the latent space</p><div class="near" role="group" aria-label="Nearest images"></div></div>
    </div>
    <div class="panel walk-panel" hidden>
      <h4></h4>
      <div class="walk">
        <canvas role="img" aria-label="What the decoder makes of this spot of the line"></canvas>
        <div><input type="range" min="0" max="1" step="0.01" aria-label="Along the line">${toInterpolate}</div>
      </div>
    </div>
    <div class="panel selection">
      <header><h4></h4>${action("clear", ICONS.clear, "Clear")}</header>
      <p class="decoded" hidden>No image lies behind a random code: these are what the decoder makes of some.</p>
      <div class="summary">
        <figure class="mean">
          <canvas role="img" aria-label="What the decoder makes of the mean code"></canvas><figcaption></figcaption>
        </figure>
        <ul class="histogram"></ul>
      </div>
      <div class="gallery" role="group" aria-label="Some of these images"></div>
      <div class="commands">${action("csv", ICONS.download, "Download CSV")}${toInterpolate}</div>
    </div>
    <p class="hint">Point at one to see its image, click to pin it. Shift and drag, or the lasso, selects many. <span class="sentence"></span></p>
    <p class="news" role="status" aria-live="polite"></p>
  </section>
</div>
`;

/** @typedef {import("./point_set.js").Projection} Projection */

/** What plots show, in words. @param {Projection[]} projections */
export function sentenceOf(projections) {
  const decodes = projections.some(({ decodable }) => decodable);
  const picked = decodes ? "Where there is no point, the picture beside shows what the decoder makes of that spot." : "";
  return [picked, caveatOf(projections)].filter(Boolean).join(" ");
}

/** What is not to be read from plots. @param {Projection[]} projections */
export function caveatOf(projections) {
  const free = projections.filter(({ axes, is_noise: isNoise }) => !axes.length && !isNoise).map(({ name }) => name);
  const little = "directions, sizes and distances between groups mean little; who is near whom means more.";
  return free.length ? `In ${free.join(" and ")}, ${little}` : "";
}
