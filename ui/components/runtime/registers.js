// The buffers of a program that runs: a shape and its numbers, channels innermost; what may be asked of them, and moving them about.

import { product } from "./math.js";
import { isWhole, look } from "./tensors.js";

const MOST_NUMBERS = 2 ** 25; // in one register, which is more than the largest network needs
const MOST_STEP = 64; // stride, padding and the like

/**
 * @typedef {{shape: number[], data: Float64Array}} Register
 * @typedef {{op: string, in: string[], out: string}} Step what every step has: its operation, and registers by their names
 * @typedef {Step & {weight: string, bias?: string}} WeightedStep tensors by their names
 * @typedef {WeightedStep & {stride: number, padding: number}} ConvolutionStep in pixels
 * @typedef {{out: Register, run: () => void}} Operation a step made ready: the register that each run fills
 */

/**
 * @param {number[]} shape
 * @returns {Register}
 */
export function register(shape) {
  if (!shape.every((side) => isWhole(side, 1, MOST_NUMBERS)) || product(shape) > MOST_NUMBERS) {
    throw new Error(`A step asks for ${shape.join(" x ")} numbers; at most ${MOST_NUMBERS} are possible`);
  }
  return { shape, data: new Float64Array(product(shape)) };
}

/** Where each value of a channels-first tensor lies in its register. @param {number[]} shape */
export function storageOrder([channels, height = 1, width = 1]) {
  const area = height * width;
  return Int32Array.from({ length: channels * area }, (_, i) => (i % area) * channels + Math.floor(i / area));
}

/**
 * A new register whose value (c, row, column) is the one of x at index source(c, row, column), counted channels first.
 * @param {Register} x
 * @param {number[]} shape
 * @param {(c: number, row: number, column: number) => number} source
 * @returns {Operation}
 */
export function rearrange(x, shape, source) {
  const out = register(shape);
  const [to, from] = [storageOrder(shape), storageOrder(x.shape)];
  const order = new Int32Array(out.data.length);
  const [channels, height = 1, width = 1] = shape;
  let index = 0;
  for (let c = 0; c < channels; c++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) order[to[index++]] = from[source(c, row, column)];
    }
  }
  const run = () => {
    for (let i = 0; i < order.length; i++) out.data[i] = x.data[order[i]];
  };
  return { out, run };
}

/**
 * The sides of a step's weights, none of them zero.
 * @param {WeightedStep} step
 * @param {Record<string, import("./tensors.js").Tensor>} tensors
 * @param {number} sides how many there are
 */
export function weightShape(step, tensors, sides) {
  const { shape } = look(tensors, step.weight, "tensor");
  if (shape.length !== sides || product(shape) === 0)
    throw new Error(`Step ${step.out} (${step.op}) has weights of ${shape.join(" x ")} numbers`);
  return shape;
}

/**
 * Each of the numbers of a step is whole, and no tables grow without end for it.
 * @param {Step} step
 * @param {Record<string, number>} numbers by their names
 */
export function bounded(step, numbers, least = 0) {
  for (const [name, number] of Object.entries(numbers)) {
    if (!isWhole(number, least, MOST_STEP)) throw new Error(`Step ${step.out} (${step.op}) has a ${name} of ${number}`);
  }
}

/**
 * @param {boolean} fits
 * @param {Step} step
 * @param {string} expected
 * @param {Register} register
 * @throws {Error} it does not fit
 */
export function expect(fits, step, expected, register) {
  if (!fits) throw new Error(`Step ${step.out} (${step.op}) expects ${expected}; ${step.in} has shape ${register.shape.join(" x ")}`);
}
