// Strips of pictures, and sizes and places that the ways from image to image share.

import { pixelRatio } from "../view/canvas.js";
import { rove } from "../view/roving.js";

export const NAMES = "ABCD";

export const KEY_STEP = 0.02;

/** @param {number} value */
export const rounded = (value) => Number(value.toFixed(4));

/**
 * A canvas as wide as a whole number of device pixels for each of its own allows within its box; with less than two, as wide as that.
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} box
 */
export function fitWhole(canvas, box) {
  const ratio = pixelRatio();
  const whole = Math.floor((box.clientWidth * ratio) / canvas.width);
  canvas.style.width = `${whole > 1 ? (whole * canvas.width) / ratio : box.clientWidth}px`;
}

/**
 * Its buttons are one Tab stop.
 * @param {HTMLElement} strip
 * @param {Element[]} children
 */
export function fillStrip(strip, children) {
  strip.replaceChildren(...children);
  strip.style.setProperty("--count", String(children.length));
  rove(strip);
}

/**
 * A button that shows a picture.
 * @param {string} title
 */
export function pictureButton(title) {
  const [button, canvas] = [document.createElement("button"), document.createElement("canvas")];
  button.title = button.ariaLabel = title;
  button.append(canvas);
  return { button, canvas };
}
