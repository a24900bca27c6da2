// An animated WebP from still ones, such as a canvas makes of itself. Knows no page and no model.

const PICTURE_CHUNKS = ["ALPH", "VP8 ", "VP8L"];

/** @typedef {{name: string, body: Uint8Array}} Chunk */

/**
 * The bytes of a WebP that repeats for ever.
 * @param {{width: number, height: number, stills: Uint8Array[], delay: number}} animation the files of its frames, each shown for so many
 * milliseconds
 */
export function encodeWebp({ width, height, stills, delay }) {
  const frames = stills.map((still) => chunksOf(still).filter(({ name }) => PICTURE_CHUNKS.includes(name)));
  const size = [...littleEndian(width - 1, 3), ...littleEndian(height - 1, 3)];
  const flags = 0x02 | (frames.flat().some(hasAlpha) ? 0x10 : 0); // an animation; with transparency
  const parts = frames.map((chunks) => {
    const head = [0, 0, 0, 0, 0, 0, ...size, ...littleEndian(delay, 3), 0x02]; // the frame replaces what was there
    return chunk("ANMF", joined([head, ...chunks.map(({ name, body }) => chunk(name, body))]));
  });
  const head = [chunk("VP8X", [flags, 0, 0, 0, ...size]), chunk("ANIM", [255, 255, 255, 255, 0, 0])];
  return chunk("RIFF", joined([letters("WEBP"), ...head, ...parts]));
}

/**
 * The chunks of a WebP file.
 * @param {Uint8Array} file
 * @returns {Chunk[]}
 * @throws {Error} it is no WebP file
 */
function chunksOf(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const name = (/** @type {number} */ at) => String.fromCharCode(...file.subarray(at, at + 4));
  if (name(0) !== "RIFF" || name(8) !== "WEBP") throw new Error("The browser made no WebP picture");
  const found = [];
  for (let at = 12; at + 8 <= file.length;) {
    const length = view.getUint32(at + 4, true);
    found.push({ name: name(at), body: file.subarray(at + 8, at + 8 + length) });
    at += 8 + length + (length % 2);
  }
  return found;
}

/** A lossless chunk says in its fifth byte whether it is transparent. @param {Chunk} chunk */
function hasAlpha({ name, body }) {
  return name === "ALPH" || (name === "VP8L" && (body[4] & 0x10) !== 0);
}

/**
 * @param {string} name
 * @param {ArrayLike<number>} body
 */
function chunk(name, body) {
  return joined([letters(name), littleEndian(body.length, 4), body, body.length % 2 ? [0] : []]);
}

const letters = (/** @type {string} */ text) => new TextEncoder().encode(text);
const littleEndian = (/** @type {number} */ value, /** @type {number} */ count) =>
  Array.from({ length: count }, (_, i) => (value >>> (8 * i)) & 255);

/** @param {ArrayLike<number>[]} parts */
function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
