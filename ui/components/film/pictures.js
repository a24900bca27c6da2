// Pictures of a film as they stand on a canvas: sharp squares, tiles in a row.

import { contextOf, newCanvas } from "../view/canvas.js";

/** @param {Uint8Array<ArrayBuffer>} bytes a picture file */
export const decode = (bytes) => createImageBitmap(new Blob([bytes]));

/**
 * A picture of `count` tiles in a row as it will stand on the canvas, which has room for `across`. Each pixel is enlarged by a
 * whole factor and the result shrunk a little to fit: sharp squares, all of the same size.
 * @param {HTMLCanvasElement} canvas
 * @param {ImageBitmap} picture is closed
 * @param {number} count
 * @param {number} across
 * @param {number} gap between tiles, in CSS pixels
 */
export function prepare(canvas, picture, count, across, gap) {
  const space = (gap * canvas.width) / (canvas.clientWidth || canvas.width);
  const tile = (canvas.width - space * (across - 1)) / across;
  const factor = Math.max(1, Math.ceil((tile * count) / picture.width));
  const enlarged = newCanvas(picture.width * factor, picture.height * factor);
  const large = contextOf(enlarged);
  large.imageSmoothingEnabled = false;
  large.drawImage(picture, 0, 0, enlarged.width, enlarged.height);
  picture.close();
  const placed = newCanvas(canvas.width, canvas.height);
  const context = contextOf(placed);
  context.imageSmoothingQuality = "high";
  const source = enlarged.width / count;
  for (let i = 0; i < count; i++) {
    const from = Math.round(i * (tile + space));
    context.drawImage(enlarged, i * source, 0, source, enlarged.height, from, 0, Math.round(tile), canvas.height);
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
