// Palettes, and colours as the whole numbers that an image holds. Knows no component.

// From dark to light without a step back, so that it can be read without seeing hues.
export const PALETTE = ["#3A2A7D", "#3556A8", "#2480A6", "#22A68F", "#7CC45C", "#F2D545"];

/** The palette in 64 steps, as #RRGGBB. */
export const PALETTE_STEPS = Array.from({ length: 64 }, (_, i) => {
  const at = (i / 63) * (PALETTE.length - 1);
  const [from, part] = [Math.min(Math.floor(at), PALETTE.length - 2), at - Math.min(Math.floor(at), PALETTE.length - 2)];
  const channel = (/** @type {string} */ colour, /** @type {number} */ c) => parseInt(colour.slice(1 + 2 * c, 3 + 2 * c), 16);
  const mixed = [0, 1, 2].map((c) => Math.round(channel(PALETTE[from], c) * (1 - part) + channel(PALETTE[from + 1], c) * part));
  return "#" + mixed.map((value) => value.toString(16).padStart(2, "0")).join("");
});

/** #RRGGBB as the whole number 0xAABBGGRR, which is what an image holds. @param {string} colour */
export function inkOf(colour) {
  const value = parseInt(colour.slice(1), 16);
  return (0xff000000 | ((value & 255) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}
