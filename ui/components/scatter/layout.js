// @ts-nocheck
// What a scatter consists of, as HTML: its tools, its plots, and the panels beside them.

import { icon } from "../view/elements.js";

export const ICONS = {
  move: icon("M12 3v18M3 12h18M9 6l3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3"),
  lasso: icon("M12 5c5 0 8.5 2 8.5 5s-3.5 5-8.5 5-8.5-2-8.5-5 3.5-5 8.5-5zM7 14.5c-1.5 1.5-1 3 .5 3s2 2 .5 3.5"),
  box: icon("M4 4h4M11 4h2M16 4h4v4M20 11v2M20 16v4h-4M13 20h-2M8 20H4v-4M4 13v-2M4 8V4"),
  pictures: icon("M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4"),
  whole: icon("M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"),
  download: icon("M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14"),
  go: icon("M5 12h13M13 6.5l5.5 5.5-5.5 5.5"),
  clear: icon("M6 6l12 12M18 6L6 18"),
  play: icon("M8 5.5v13l10.5-6.5z"),
  pause: icon("M8 5v14M16 5v14"),
};

const tool = (name, text, title) =>
  `<button data-tool="${name}" title="${title}" aria-label="${text}" aria-pressed="${name === "move"}">${ICONS[name]}</button>`;
const action = (name, glyph, text) => `<button class="command ${name}">${ICONS[glyph]}<span>${text}</span></button>`;
const toInterpolate = `<a class="command interpolate" target="_self" hidden>${ICONS.go}<span>Send to Interpolate</span></a>`;
const face = (text) => `<figure><canvas role="img" aria-label="${text}"></canvas><figcaption>${text}</figcaption></figure>`;

export const LAYOUT = `
<div class="body">
  <section class="left">
    <div class="bar">
      <label>Colour <select class="colour"></select></label>
      <div class="views" role="group" aria-label="Which projection"></div>
      <div class="tools" role="group" aria-label="What a drag does">
        ${tool("move", "Move", "Drag to move the view")}
        ${tool("lasso", "Lasso", "Drag around points to select them (or Shift and drag)")}
        ${tool("box", "Box", "Drag a box to select points (or Alt and drag)")}
      </div>
      <div class="toggles">
        <button class="toggle-pictures" aria-pressed="true" aria-label="Pictures" title="Close up, show pictures in place of points">
          ${ICONS.pictures}
        </button>
        <button class="whole" aria-label="Show all" title="Show all points (or double click)">${ICONS.whole}</button>
      </div>
    </div>
    <p class="notice" role="status">Reading the points…</p>
    <div class="plots"></div>
    <div class="film" hidden>
      <button type="button" class="play"></button><input type="range" min="0" step="1" aria-label="Step"><span></span>
    </div>
    <div class="scale" hidden><span></span><i></i><span></span><span></span></div>
    <div class="legend" role="group" aria-label="What the colours mean"></div>
    <p class="sentence"></p>
    <div class="card" hidden><div><div class="pair">${face("Image")}${face("Reconstruction")}</div><b></b><dl></dl></div></div>
  </section>
  <section class="side">
    <div class="panel aimed" hidden>
      <canvas role="img" aria-label="What the decoder makes of the spot at the pointer"></canvas>
      <div><h4>Decoded at the pointer</h4><dl></dl></div>
    </div>
    <div class="panel pins" hidden>
      <header><h4>Pinned</h4>${action("unpin-all", "clear", "Unpin all")}</header>
      <div class="pin-row" role="group" aria-label="Pinned points"></div>
      <div class="active">
        <div class="pair">${face("Image")}${face("Reconstruction")}</div>
        <div class="about"><b></b><dl></dl>${action("unpin", "clear", "Unpin")}</div>
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
      <header><h4></h4>${action("clear", "clear", "Clear")}</header>
      <div class="summary">
        <figure class="mean">
          <canvas role="img" aria-label="What the decoder makes of the mean code"></canvas><figcaption>Their mean code, decoded</figcaption>
        </figure>
        <ul class="histogram"></ul>
      </div>
      <div class="gallery" role="group" aria-label="Some of these images"></div>
      <div class="commands">${action("csv", "download", "Download CSV")}${toInterpolate}</div>
    </div>
    <p class="hint">Point at one to see its image, click to pin it. Shift and drag, or the lasso, selects many.</p>
    <p class="news" role="status" aria-live="polite"></p>
  </section>
</div>
`;
