// Canvases at the screen's resolution, dots and enlarged pictures.

/**
 * Where to draw on a canvas. Browsers give null for a canvas that has been used in another way, which no canvas here is.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export const contextOf = (canvas, settings) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", settings));

/**
 * A canvas sized to device pixels, emptied.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width in CSS pixels
 * @param {number} height in CSS pixels
 */
export function fresh(canvas, width, height) {
  const scale = globalThis.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  return contextOf(canvas);
}

/**
 * A disc on a canvas just large enough for it.
 * @param {string} colour
 * @param {string} outline
 * @param {number} radius in pixels
 * @param {number} line width of the outline
 */
export function makeDot(colour, outline, radius, line) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 2 * Math.ceil(radius + line) + 1;
  const context = contextOf(canvas);
  context.arc(canvas.width / 2, canvas.width / 2, radius, 0, 2 * Math.PI);
  [context.fillStyle, context.strokeStyle, context.lineWidth] = [colour, outline, line];
  context.fill();
  context.stroke();
  return canvas;
}

/**
 * A canvas copied, every pixel a square of `scale` pixels.
 * @param {HTMLCanvasElement} canvas
 * @param {number} scale
 */
export function enlarged(canvas, scale) {
  const large = document.createElement("canvas");
  [large.width, large.height] = [canvas.width * scale, canvas.height * scale];
  const context = contextOf(large);
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  return large;
}

/**
 * Any colour of a style sheet as #RRGGBB.
 * @param {string} text
 *  */
export function canvasColour(text) {
  const context = contextOf(document.createElement("canvas"));
  context.fillStyle = text;
  return /** @type {string} */ (context.fillStyle);
}
