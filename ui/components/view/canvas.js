// Canvases at the screen's resolution, dots and enlarged pictures.

/** A canvas sized to device pixels, emptied. */
export function fresh(canvas, width, height) {
  const scale = globalThis.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  return canvas.getContext("2d");
}

export function makeDot(colour, outline, radius, line) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 2 * Math.ceil(radius + line) + 1;
  const context = canvas.getContext("2d");
  context.arc(canvas.width / 2, canvas.width / 2, radius, 0, 2 * Math.PI);
  [context.fillStyle, context.strokeStyle, context.lineWidth] = [colour, outline, line];
  context.fill();
  context.stroke();
  return canvas;
}

/** A canvas copied, every pixel a square of `scale` pixels. */
export function enlarged(canvas, scale) {
  const large = document.createElement("canvas");
  [large.width, large.height] = [canvas.width * scale, canvas.height * scale];
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  return large;
}

/** Any colour of a style sheet as #RRGGBB. */
export function canvasColour(text) {
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = text;
  return context.fillStyle;
}
