// An animated GIF from frames of indexed colours, and palettes for them. Knows no page and no model.

const GIF_COLOURS = 256;
const LZW_LARGEST = 4096;
const REFINEMENTS = 3;

/**
 * @typedef {{places: Uint8Array, palette: Uint8Array}} Frame
 * places (width * height bytes) in a palette of 256 colours (768 bytes, red green blue)
 * @typedef {{key: number, rgb: [number, number, number], weight: number}} Colour `weight` is how many pixels have it
 * @typedef {{colours: Colour[], mean: number[], spread: number, channel: number}} Box `channel` is the one that is spread out most
 */

/**
 * The bytes of a GIF that repeats for ever. A palette that frames share is written once.
 * @param {{width: number, height: number, frames: Frame[], delay: number}} film
 * each frame is shown for `delay` milliseconds, a multiple of ten
 */
export function encodeGif({ width, height, frames, delay }) {
  const file = new ByteFile();
  file.text("GIF89a");
  file.shorts(width, height);
  file.bytes([0xf7, 0, 0]); // 256 colours for all frames that bring none
  file.bytes(frames[0].palette);
  file.bytes([0x21, 0xff, 11]);
  file.text("NETSCAPE2.0");
  file.bytes([3, 1, 0, 0, 0]); // zero: without end
  for (const { places, palette } of frames) {
    const own = palette !== frames[0].palette;
    file.bytes([0x21, 0xf9, 4, 0]);
    file.shorts(delay / 10);
    file.bytes([0, 0, 0x2c]);
    file.shorts(0, 0, width, height);
    file.bytes([own ? 0x87 : 0]);
    if (own) file.bytes(palette);
    file.bytes([8]);
    writeLzw(places, file);
  }
  file.bytes([0x3b]);
  return file.contents();
}

/**
 * `indices` as LZW codes that grow from 9 to 12 bits, lowest bit first, in blocks of at most 255 bytes.
 * @param {Uint8Array} indices
 * @param {ByteFile} file
 */
function writeLzw(indices, file) {
  const [clear, end] = [256, 257];
  const blocks = new BitBlocks(file);
  const longer = new Int32Array(LZW_LARGEST * 256); // what a code and one more byte are called, above it the generation of that name
  let generation = 0;
  let [next, bits] = [0, 0];
  const emit = (/** @type {number} */ code) => {
    blocks.write(code, bits);
    if (next === 1 << bits && bits < 12) bits++;
  };
  const restart = () => {
    if (generation++) emit(clear);
    [next, bits] = [258, 9];
    if (generation === 1) emit(clear);
  };
  restart();
  let prefix = indices[0];
  for (let i = 1; i < indices.length; i++) {
    const place = prefix * 256 + indices[i];
    if (longer[place] >>> 12 === generation) prefix = longer[place] & 4095;
    else {
      emit(prefix);
      if (next < LZW_LARGEST) longer[place] = generation * 4096 + next++;
      else restart();
      prefix = indices[i];
    }
  }
  emit(prefix);
  emit(end);
  blocks.close();
}

/** Numbers of few bits, collected into blocks that begin with their length; an empty block ends them. */
class BitBlocks {
  block = new Uint8Array(255);
  length = 0;
  held = 0;
  count = 0;

  /** @param {ByteFile} file */
  constructor(file) {
    this.file = file;
  }

  /**
   * @param {number} value
   * @param {number} bits how many of them
   */
  write(value, bits) {
    this.held |= value << this.count;
    for (this.count += bits; this.count >= 8; this.count -= 8, this.held >>>= 8) this.byte(this.held & 255);
  }

  /** @param {number} value */
  byte(value) {
    this.block[this.length++] = value;
    if (this.length === 255) this.flush();
  }

  flush() {
    if (!this.length) return;
    this.file.bytes([this.length]);
    this.file.bytes(this.block.subarray(0, this.length));
    this.length = 0;
  }

  close() {
    if (this.count) this.byte(this.held & 255);
    this.flush();
    this.file.bytes([0]);
  }
}

/** Bytes that grow. */
class ByteFile {
  data = new Uint8Array(1 << 16);
  length = 0;

  /** @param {ArrayLike<number>} values */
  bytes(values) {
    if (this.length + values.length > this.data.length) {
      const larger = new Uint8Array(2 * (this.length + values.length));
      larger.set(this.data.subarray(0, this.length));
      this.data = larger;
    }
    this.data.set(values, this.length);
    this.length += values.length;
  }

  /** @param {number[]} values */
  shorts(...values) {
    for (const value of values) this.bytes([value & 255, value >> 8]);
  }

  /** @param {string} letters */
  text(letters) {
    this.bytes(new TextEncoder().encode(letters));
  }

  contents() {
    return this.data.slice(0, this.length);
  }
}

// ---- Palettes ------------------------------------------------------------------------------------------------------

const GREYS = Uint8Array.from({ length: 3 * GIF_COLOURS }, (_, i) => i / 3);

/**
 * Red, green, blue, alpha as places in all greys: nothing is lost where red, green and blue are alike.
 * @param {ArrayLike<number>} rgba
 * @returns {Frame}
 */
export function inGreys(rgba) {
  return { palette: GREYS, places: Uint8Array.from({ length: rgba.length / 4 }, (_, i) => rgba[4 * i]) };
}

/**
 * Red, green, blue, alpha as places in the 256 colours that stand best for them: median cut, then k-means. Exact if 256 are enough.
 * @param {ArrayLike<number>} rgba
 * @returns {Frame}
 */
export function inColours(rgba) {
  const keys = Uint32Array.from({ length: rgba.length / 4 }, (_, i) => (rgba[4 * i] << 16) | (rgba[4 * i + 1] << 8) | rgba[4 * i + 2]);
  /** @type {Map<number, number>} */
  const counts = new Map();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  /** @type {Colour[]} */
  const colours = Array.from(counts, ([key, weight]) => ({ key, rgb: [key >> 16, (key >> 8) & 255, key & 255], weight }));
  const means = colours.length <= GIF_COLOURS ? colours.map(({ rgb }) => rgb) : refine(medianCut(colours), colours);
  const palette = new Uint8Array(3 * GIF_COLOURS);
  means.forEach((rgb, i) => palette.set(rgb.map(Math.round), 3 * i));
  const places = new Map(colours.map(({ key, rgb }) => [key, nearestColour(palette, means.length, ...rgb)]));
  return { palette, places: Uint8Array.from(keys, (key) => /** @type {number} */ (places.get(key))) };
}

/**
 * Boxes of colours are cut at the mean of their widest channel, the most spread out box first; the means of what results.
 * @param {Colour[]} colours
 */
function medianCut(colours) {
  const boxes = [boxOf(colours)];
  while (boxes.length < GIF_COLOURS) {
    const widest = boxes.reduce((best, box) => (box.spread > best.spread ? box : best));
    if (!(widest.spread > 0)) break;
    const { channel, mean } = widest;
    /** @type {Colour[][]} */
    const parts = [[], []];
    for (const colour of widest.colours) parts[Number(colour.rgb[channel] > mean[channel])].push(colour);
    if (parts.some((part) => !part.length))
      widest.spread = 0; // rounding left nothing above the mean
    else boxes.splice(boxes.indexOf(widest), 1, ...parts.map(boxOf));
  }
  return boxes.map(({ mean }) => mean);
}

/**
 * @param {Colour[]} colours
 * @returns {Box}
 */
function boxOf(colours) {
  const weight = colours.reduce((sum, colour) => sum + colour.weight, 0);
  const mean = [0, 1, 2].map((c) => colours.reduce((sum, colour) => sum + colour.weight * colour.rgb[c], 0) / weight);
  const spreads = [0, 1, 2].map((c) => colours.reduce((sum, colour) => sum + colour.weight * (colour.rgb[c] - mean[c]) ** 2, 0));
  const spread = Math.max(...spreads);
  return { colours, mean, spread, channel: spreads.indexOf(spread) };
}

/**
 * K-means: every colour goes to its nearest mean, every mean into the middle of its colours.
 * @param {number[][]} means
 * @param {Colour[]} colours
 */
function refine(means, colours) {
  const flat = Float64Array.from(means.flat());
  for (let round = 0; round < REFINEMENTS; round++) {
    const sums = new Float64Array(4 * means.length);
    for (const { rgb, weight } of colours) {
      const at = 4 * nearestColour(flat, means.length, ...rgb);
      for (let c = 0; c < 3; c++) sums[at + c] += weight * rgb[c];
      sums[at + 3] += weight;
    }
    for (let i = 0; i < means.length; i++)
      if (sums[4 * i + 3]) for (let c = 0; c < 3; c++) flat[3 * i + c] = sums[4 * i + c] / sums[4 * i + 3];
  }
  return means.map((_, i) => Array.from(flat.subarray(3 * i, 3 * i + 3)));
}

/**
 * @param {ArrayLike<number>} palette
 * @param {number} count of its colours
 * @param {number} r
 * @param {number} g
 * @param {number} b
 */
function nearestColour(palette, count, r, g, b) {
  let best = 0;
  let least = Infinity;
  for (let i = 0, at = 0; i < count; i++, at += 3) {
    const away = (palette[at] - r) ** 2 + (palette[at + 1] - g) ** 2 + (palette[at + 2] - b) ** 2;
    if (away < least) {
      best = i;
      least = away;
    }
  }
  return best;
}
