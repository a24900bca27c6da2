// @ts-nocheck
// What a latent map consists of, as HTML.

import { icon } from "../view/elements.js";

const ICONS = {
  tiles: icon("M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z"),
  codes: icon("M6 8h.01M17 6h.01M11 12h.01M7 17h.01M17 15h.01M13 19h.01"),
  surprise: icon("M4 4h16v16H4zM8.5 8.5h.01M15.5 8.5h.01M12 12h.01M8.5 15.5h.01M15.5 15.5h.01"),
  reset: icon("M4.5 12.5a7.5 7.5 0 1 0 2.4-5.6L4.5 9M4.5 4.5V9H9"),
  link: icon("M10 13.5a4 4 0 0 0 5.7.3l3-3a4 4 0 0 0-5.7-5.6l-1.2 1.1M14 10.5a4 4 0 0 0-5.7-.3l-3 3a4 4 0 0 0 5.7 5.6l1.2-1.1"),
  download: icon("M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14"),
};

const command = (name, text, title) =>
  `<button class="command command-${name}" title="${title}">${ICONS[name]}<span>${text}</span></button>`;

const toggle = (name, text, title) => `<button class="toggle toggle-${name}" title="${title}">${ICONS[name]}<span>${text}</span></button>`;

export const LAYOUT = `
<div class="body">
  <section class="left">
    <div class="bar">
      <div class="axes"><label>→ <select aria-label="Axis across"></select></label><label>↑ <select aria-label="Axis up"></select></label></div>
      <div class="toggles">
        ${toggle("tiles", "Decoded map", "Show what the decoder makes of every spot")}
        ${toggle("codes", "Codes", "Show where the encoder puts the images of the data set")}
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
      <div class="commands">
        ${command("surprise", "Surprise me", "Go to a random place")}
        ${command("reset", "Reset", "Back to the whole map and its centre")}
        ${command("link", "Copy link", "Copy a link to this model and this point")}
        ${command("download", "Download PNG", "Save the decoded image")}
      </div>
      <p class="news" role="status" aria-live="polite"></p>
    </div>
  </section>
  <section class="sliders">
    <div class="rows"></div>
    <button class="command more" aria-expanded="false"></button>
  </section>
</div>
`;
