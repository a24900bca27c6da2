// What the film of a training consists of, as HTML.

import { ICONS } from "../view/icons.js";

export const LAYOUT = `
  <div class="stage">
    <figure class="sheet"><div class="frame"><canvas role="img"></canvas><p class="notice" role="status"></p></div><figcaption></figcaption></figure>
    <figure class="codes"><div class="frame"><canvas role="img"></canvas></div><figcaption></figcaption><ul class="legend"></ul></figure>
    <figure class="faces">
      <div class="frame"><canvas role="img" class="originals" aria-label="Images the model is shown"></canvas></div>
      <div class="frame"><canvas role="img" class="reconstructions"></canvas></div>
      <figcaption></figcaption>
    </figure>
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
