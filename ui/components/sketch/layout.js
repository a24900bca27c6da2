// @ts-nocheck
// What a sketch pad consists of, as HTML: its paper and its tools.

import { icon } from "../view/elements.js";

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

const ICONS = {
  pen: icon("M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM13.5 7l3.5 3.5"),
  eraser: icon("M8.5 20H20M8.5 20l-4-4a1.5 1.5 0 0 1 0-2.2l8.8-8.8a1.5 1.5 0 0 1 2.2 0l4 4a1.5 1.5 0 0 1 0 2.2L10.7 20M9 9.5l6 6"),
  undo: icon("M8.5 5L4 9.5 8.5 14M4 9.5h10a5 5 0 0 1 0 10h-3"),
  clear: icon("M4.5 7h15M10 7V4h4v3M6.5 7l1 13h9l1-13M10.5 11v5M13.5 11v5"),
  centre: icon("M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M12 9v6M9 12h6"),
};

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
    ${button("undo", "Undo", ICONS.undo, "Undo (Ctrl+Z)")}${button("clear", "Clear", ICONS.clear, "Clear (Delete)")}
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
