// @ts-nocheck
// Pictures of a film as they stand on a canvas: sharp squares, tiles in a row.

export const decode = (bytes) => createImageBitmap(new Blob([bytes]));

/** Give a canvas as many pixels as the screen has under it. */
export function fit(canvas) {
  const ratio = globalThis.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((length) => Math.max(1, Math.round(length * ratio)));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

/**
 * A picture of `count` tiles in a row as it will stand on the canvas, which has room for `across`. Each pixel is enlarged by a
 * whole factor and the result shrunk a little to fit: sharp squares, all of the same size.
 */
export function prepare(canvas, picture, count, across, gap) {
  const space = (gap * canvas.width) / (canvas.clientWidth || canvas.width);
  const tile = (canvas.width - space * (across - 1)) / across;
  const factor = Math.max(1, Math.ceil((tile * count) / picture.width));
  const enlarged = newCanvas(picture.width * factor, picture.height * factor);
  enlarged.context.imageSmoothingEnabled = false;
  enlarged.context.drawImage(picture, 0, 0, enlarged.canvas.width, enlarged.canvas.height);
  picture.close();
  const placed = newCanvas(canvas.width, canvas.height);
  placed.context.imageSmoothingQuality = "high";
  const source = enlarged.canvas.width / count;
  for (let i = 0; i < count; i++) {
    const from = Math.round(i * (tile + space));
    placed.context.drawImage(enlarged.canvas, i * source, 0, source, enlarged.canvas.height, from, 0, Math.round(tile), canvas.height);
  }
  return placed.canvas;
}

function newCanvas(width, height) {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  return { canvas, context: canvas.getContext("2d") };
}

/** Lay a prepared picture over what the canvas shows; `opacity` 1 replaces it. */
export function draw(canvas, prepared, opacity) {
  const context = canvas.getContext("2d");
  context.globalAlpha = opacity;
  context.drawImage(prepared, 0, 0, canvas.width, canvas.height);
}
