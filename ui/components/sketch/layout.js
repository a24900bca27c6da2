// What a sketch pad consists of, as HTML: its paper and its tools.

import { ICONS } from "../view/icons.js";

export const SIZES = { Thin: 0.55, Medium: 1, Thick: 2 };

export const COLOURS = {
  Black: "#000000",
  White: "#ffffff",
  Red: "#e5392f",
  Orange: "#f7931e",
  Yellow: "#ffd33d",
  Green: "#3fa34d",
  Blue: "#2477d4",
  Brown: "#8a5a3b",
};

/**
 * @param {string} name
 * @param {string} label
 * @param {string} inside HTML
 */
const button = (name, label, inside, title = label) =>
  `<button type="button" class="command" data-name="${name}" aria-label="${label}" title="${title}">${inside}</button>`;

export const KEYS = "Arrow keys move, hold Space to draw";

export const LAYOUT = `
<div class="sketch-frame">
  <canvas tabindex="0" role="application"></canvas>
  <p class="sketch-hint" aria-hidden="true"><span>Draw here</span><span>${KEYS}</span></p>
  <i class="sketch-ring" hidden></i>
</div>
<div class="sketch-tools">
  <div role="group" aria-label="Tool">
    ${button("pen", "Pen", ICONS.pen, "Pen (P)")}${button("eraser", "Eraser", ICONS.eraser, "Eraser (E)")}
  </div>
  <div role="group" aria-label="Width">
    ${Object.keys(SIZES)
      .map((size) => button(size, size, `<i class="sketch-dot"></i>`, `${size} line`))
      .join("")}
  </div>
  <div role="group" aria-label="Changes">
    ${button("undo", "Undo", ICONS.undo, "Undo (Ctrl+Z)")}${button("clear", "Clear", ICONS.bin, "Clear (Delete)")}
  </div>
  <div class="sketch-colours" role="group" aria-label="Colour">
    ${Object.entries(COLOURS)
      .map(([name, colour]) => button(name, name, `<i style="background: ${colour}"></i>`))
      .join("")}
    <label class="sketch-other" title="Another colour"><input type="color" value="#d355bd" aria-label="Another colour"></label>
  </div>
  <button type="button" class="command" data-name="centre" title="Scale and move the drawing as the digits that the model learned from are">${ICONS.centre}Centre it</button>
</div>
`;
