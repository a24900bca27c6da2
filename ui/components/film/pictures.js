// Pictures of a film as they stand on a canvas: sharp squares, tiles in a row.

import { contextOf, newCanvas } from "../view/canvas.js";

/** @typedef {{of: number, first: number, across: number, gap: number}} Row which tiles of a picture stand on a canvas, and how far apart */

/** @param {Uint8Array<ArrayBuffer>} bytes a picture file */
export const decode = (bytes) => createImageBitmap(new Blob([bytes]));

/**
 * A picture of `of` tiles as some of them will stand on the canvas, in a row with room for `across`, `gap` CSS pixels apart. Each pixel is
 * enlarged by a whole factor and the result shrunk a little to fit: sharp squares, all of the same size.
 * @param {HTMLCanvasElement} canvas
 * @param {ImageBitmap} picture
 * @param {Row} row
 */
export function prepare(canvas, picture, { of, first, across, gap }) {
  const space = (gap * canvas.width) / (canvas.clientWidth || canvas.width);
  const tile = (canvas.width - space * (across - 1)) / across;
  const factor = Math.max(1, Math.ceil((tile * of) / picture.width));
  const enlarged = newCanvas(picture.width * factor, picture.height * factor);
  const large = contextOf(enlarged);
  large.imageSmoothingEnabled = false;
  large.drawImage(picture, 0, 0, enlarged.width, enlarged.height);
  const placed = newCanvas(canvas.width, canvas.height);
  const context = contextOf(placed);
  context.imageSmoothingQuality = "high";
  const source = enlarged.width / of;
  for (let i = 0; i < Math.min(across, of - first); i++) {
    const from = Math.round(i * (tile + space));
    context.drawImage(enlarged, (first + i) * source, 0, source, enlarged.height, from, 0, Math.round(tile), canvas.height);
  }
  return placed;
}

/**
 * Lay a prepared picture over what the canvas shows; `opacity` 1 replaces it.
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLCanvasElement} prepared
 * @param {number} opacity
 */
export function draw(canvas, prepared, opacity) {
  const context = contextOf(canvas);
  context.globalAlpha = opacity;
  context.drawImage(prepared, 0, 0, canvas.width, canvas.height);
}
