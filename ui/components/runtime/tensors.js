// Reads a safetensors blob. Knows no program and no model.

import { product } from "./math.js";

/**
 * @typedef {{shape: number[], data: any}} Tensor `data` is the typed array of its number format
 * @typedef {{dtype: string, shape: number[], data_offsets: [number, number]}} Entry
 */

/**
 * Tensors and metadata of a safetensors blob. Half precision becomes single.
 * @param {Uint8Array} bytes
 * @returns {{metadata: Record<string, string>, tensors: Record<string, Tensor>}}
 * @throws {Error} which names the tensor that is truncated, or of another format
 */
export function readTensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < 8 ? Infinity : Number(view.getBigUint64(0, true));
  if (length > bytes.length - 8) throw new Error(`The blob is truncated: it has ${bytes.length} bytes`);
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  /** @type {Record<string, Tensor>} */
  const tensors = {};
  for (const [name, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets } = /** @type {Entry} */ (entry);
    const [start, end] = data_offsets;
    const { size, values } = look(DTYPES, dtype, `number format (of tensor ${name})`);
    if (8 + length + end > bytes.length) throw new Error(`Tensor ${name} is truncated`);
    if (!shape.every((side) => isWhole(side, 0, Infinity)) || !(start >= 0) || product(shape) * size !== end - start) {
      throw new Error(`Tensor ${name} does not hold ${shape.join(" x ")} numbers`);
    }
    const copy = bytes.slice(8 + length + start, 8 + length + end); // a copy is aligned, wherever the blob itself lies
    tensors[name] = { shape, data: values(/** @type {ArrayBuffer} */ (copy.buffer)) };
  }
  return { metadata, tensors };
}

/** @type {Record<string, {size: number, values: (buffer: ArrayBuffer) => ArrayLike<number>}>} */
const DTYPES = {
  F32: { size: 4, values: (buffer) => new Float32Array(buffer) },
  F16: { size: 2, values: (buffer) => Float32Array.from(new Uint16Array(buffer), halfToSingle) },
  I16: { size: 2, values: (buffer) => new Int16Array(buffer) },
  U8: { size: 1, values: (buffer) => new Uint8Array(buffer) },
};

/** @param {number} bits */
function halfToSingle(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}

/**
 * @param {unknown} number
 * @param {number} least
 * @param {number} most
 */
export const isWhole = (number, least, most) => typeof number === "number" && Number.isInteger(number) && number >= least && number <= most;

/**
 * @template T
 * @param {Record<string, T>} table
 * @param {string} name
 * @param {string} kind of what the table holds, for the message
 * @throws {Error} there is none of this name
 */
export function look(table, name, kind) {
  if (!Object.hasOwn(table, name)) throw new Error(`There is no ${kind} called ${name}`);
  return table[name];
}
