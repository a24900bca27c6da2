// Canvases at the screen's resolution, dots and enlarged pictures.

/** Pixels of the screen to a CSS pixel. */
export const pixelRatio = () => globalThis.devicePixelRatio || 1;

/**
 * Where to draw on a canvas. Browsers give null for a canvas that has been used in another way, which no canvas here is.
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export const contextOf = (canvas, settings) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", settings));

/**
 * The size of text on a canvas, in CSS pixels: as large as the page's own small text, 14 px, and more with the projector switch.
 * @param {number} [rem] in units of the page's text size
 */
export const textSize = (rem = 0.875) => Math.max(14, rem * parseFloat(getComputedStyle(document.documentElement).fontSize));

/**
 * A canvas of so many pixels.
 * @param {number} width
 * @param {number} height
 */
export function newCanvas(width, height) {
  return Object.assign(document.createElement("canvas"), { width, height });
}

/**
 * The context of a canvas that has as many pixels as the screen has for `width` and `height` CSS pixels, emptied.
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function fresh(canvas, width, height) {
  const scale = pixelRatio();
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  return contextOf(canvas);
}

/**
 * Give a canvas as many pixels as the screen has under it; whether that changed it, and so emptied it.
 * @param {HTMLCanvasElement} canvas
 */
export function fitToScreen(canvas) {
  const scale = pixelRatio();
  const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((length) => Math.max(1, Math.round(length * scale)));
  if (canvas.width === width && canvas.height === height) return false;
  [canvas.width, canvas.height] = [width, height];
  return true;
}

/**
 * @param {string} colour
 * @param {string} outline
 * @param {number} radius in pixels of the canvas, as `line`, its outline's width
 * @param {number} line
 */
export function makeDot(colour, outline, radius, line) {
  const side = 2 * Math.ceil(radius + line) + 1;
  const canvas = newCanvas(side, side);
  const context = contextOf(canvas);
  context.arc(side / 2, side / 2, radius, 0, 2 * Math.PI);
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
  const large = newCanvas(canvas.width * scale, canvas.height * scale);
  const context = contextOf(large);
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  return large;
}

/** Any colour of a style sheet as #RRGGBB. @param {string} text */
export function canvasColour(text) {
  const context = contextOf(document.createElement("canvas"));
  context.fillStyle = text;
  return /** @type {string} */ (context.fillStyle);
}
