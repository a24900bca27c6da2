// @ts-nocheck
// Sizes and places that the ways from image to image share.

export const NAMES = "ABCD";

export const KEY_STEP = 0.02;

export const rounded = (value) => Number(value.toFixed(4));

/** A canvas as wide as a whole number of device pixels for each of its own allows within its box. */
export function fitWhole(canvas, box = canvas.parentElement) {
  const ratio = globalThis.devicePixelRatio || 1;
  const whole = Math.floor((box.clientWidth * ratio) / canvas.width);
  canvas.style.width = `${whole ? (whole * canvas.width) / ratio : box.clientWidth}px`;
}

export function fillStrip(strip, children) {
  strip.replaceChildren(...children);
  strip.style.setProperty("--count", children.length);
}
