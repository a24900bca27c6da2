// What the film of a training consists of, as HTML.

import { ICONS } from "../view/icons.js";

export const FACES_ACROSS = 5;

const PAIRS = `
  <div class="pairs">
    <div class="frame"><canvas role="img" class="originals" aria-label="Images the model is shown"></canvas></div>
    <div class="frame"><canvas role="img" class="reconstructions"></canvas></div>
  </div>`;

export const LAYOUT = `
  <div class="stage">
    <figure class="sheet"><figcaption></figcaption><div class="frame"><canvas role="img"></canvas><p class="notice" role="status"></p></div></figure>
    <figure class="codes"><figcaption></figcaption><div class="frame"><canvas role="img"></canvas></div></figure>
    <figure class="faces"><figcaption></figcaption><div class="rows">${PAIRS}${PAIRS}</div><ul class="legend"></ul></figure>
  </div>
  <div class="controls">
    <button type="button" class="command play"></button>
    <input type="range" min="0" step="1" aria-label="Epoch">
    <span class="position"><span class="epoch"></span><span class="far"> so far</span></span>
    <button type="button" class="toggle" aria-label="Live: follow the newest epoch" title="Follow the newest epoch">${ICONS.live}Live</button>
  </div>`;

/**
 * @param {string} name
 * @param {string} colour
 */
export function legendEntry(name, colour) {
  const entry = document.createElement("li");
  const dot = document.createElement("i");
  dot.style.background = colour;
  entry.append(dot, name);
  return entry;
}
