// What a worker decodes: codes one by one, or a slice of latent space as a sheet of tiles. Knows neither worker nor page.
//
// Both are generators that yield wherever a newer request may take over: an answer, or nothing.

import { writePixels } from "./pixels.js";

/**
 * @typedef {{decode: (z: Float32Array) => Float32Array, imageShape: number[], label: number}} Decoder `imageShape` is (C, H, W)
 * @typedef {{names: number[], codes: Float32Array[], labels?: number[]}} CodesRequest labels: of each code, where they differ
 * @typedef {{name: number, pixels: Uint8ClampedArray<ArrayBuffer>}} DecodedCode RGBA
 * @typedef {{columns: number, rows: number, left: number, top: number, stepX: number, stepY: number}} Pass
 * tiles across and down; the centre of the first one, and how far apart they are
 * @typedef {{generation: number, base: Float64Array, u: Float64Array, v: Float64Array, passes: Pass[]}} SheetsRequest
 * the plane base + a * u + b * v in `passes`, coarse to fine
 * @typedef {{generation: number, pass: Pass, pixels: Uint8ClampedArray<ArrayBuffer>}} DecodedSheet
 */

/**
 * One code after the other.
 * @param {Decoder} decoder
 * @param {CodesRequest} request
 * @returns {Generator<DecodedCode>}
 */
export function* decodedCodes(decoder, { names, codes, labels }) {
  const [, height, width] = decoder.imageShape;
  for (let n = 0; n < names.length; n++) {
    const pixels = new Uint8ClampedArray(4 * height * width);
    if (labels) decoder.label = labels[n];
    writePixels(pixels, decoder.decode(codes[n]), width, height, 255);
    yield { name: names[n], pixels };
  }
}

/**
 * A sheet for each pass. The first pass is always finished, so that something follows the hand; the others can be given up at each row.
 * @param {Decoder} decoder
 * @param {SheetsRequest} request
 * @returns {Generator<DecodedSheet | undefined>}
 */
export function* decodedSheets({ decode, imageShape: [, height, width] }, { generation, base, u, v, passes }) {
  const z = new Float32Array(base.length);
  for (const pass of passes) {
    const { columns, rows, left, top, stepX, stepY } = pass;
    const pixels = new Uint8ClampedArray(columns * rows * height * width * 4);
    for (let row = 0; row < rows; row++) {
      if (pass !== passes[0]) yield;
      for (let column = 0; column < columns; column++) {
        const [a, b] = [left + column * stepX, top - row * stepY];
        for (let i = 0; i < z.length; i++) z[i] = base[i] + a * u[i] + b * v[i];
        writePixels(pixels, decode(z), width, height, 255, (row * height * columns + column) * width, columns * width);
      }
    }
    yield { generation, pass, pixels };
  }
}
