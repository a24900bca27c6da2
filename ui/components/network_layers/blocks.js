// The layers of a network as blocks to draw: which layers make one, how large it is, what is written below it. Knows no page.

/**
 * @typedef {{name: string, kind: string, takes: number[], gives: number[], parameters: number}} Layer
 * @typedef {{shape: number[], kinds: string[], parameters: number}} Block layers one after the other that give one shape
 * @typedef {{name: string, blocks: Block[]}} Part layers whose names begin alike; the first block is what they are given
 */

const TALLEST = 7; // rem
const THINNEST = 0.75;
const CHANNEL_WIDTH = 0.45; // for each doubling of the channels

/** @param {number[]} shape without the batch */
export const shapeText = (shape) => shape.map((side) => side.toLocaleString("en")).join(" × ");

/** @param {Layer[]} layers @returns {Part[]} */
export function partsOf(layers) {
  /** @type {Part[]} */
  const parts = [];
  for (const { name, kind, takes, gives, parameters } of layers) {
    const [first] = name.split(".");
    let part = parts.find((known) => known.name === first);
    if (!part) {
      part = { name: first, blocks: takes.length ? [{ shape: takes, kinds: [], parameters: 0 }] : [] };
      parts.push(part);
    }
    const last = part.blocks.at(-1);
    if (last?.kinds.length && shapeText(last.shape) === shapeText(gives)) {
      last.kinds.push(kind);
      last.parameters += parameters;
    } else part.blocks.push({ shape: gives, kinds: [kind], parameters });
  }
  return parts;
}

/**
 * How large a block is drawn, in rem. Of a map (C, H, W) the height is that of an image and the width grows with the channels; rows of
 * numbers are thin, and higher for more of them.
 * @param {number[]} shape
 * @param {number} tallest side of all maps
 * @returns {[width: number, height: number]}
 */
export function sizeOf(shape, tallest) {
  const [channels, height] = shape;
  if (shape.length === 3) return [THINNEST + CHANNEL_WIDTH * Math.log2(channels), Math.max(0.5, (TALLEST * height) / tallest)];
  return [THINNEST, Math.min(TALLEST, 0.5 + 0.5 * Math.log2(channels ?? 1))];
}

/** What the layers of a block are, each named once. @param {string[]} kinds */
export function kindsText(kinds) {
  const counts = new Map();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => (count > 1 ? `${count} ${kind}` : kind)).join(", ");
}
