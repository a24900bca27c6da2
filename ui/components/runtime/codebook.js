// Steps over a table of codes: the nearest code of every place of a map, and the codes of given numbers. Knows no model.

import { expect, register } from "./registers.js";
import { isWhole, look } from "./tensors.js";

/**
 * @import { Operation, Register, Step } from "./registers.js"
 * @import { Tensor } from "./tensors.js"
 * @typedef {Step & {table: string, shape: number[]}} TableStep of a tensor with a code a row
 */

/**
 * The number of the row that has the least squared distance from each place's vector, row by row.
 * @param {TableStep} step
 * @param {Register[]} sources
 * @param {Record<string, Tensor>} tensors
 * @returns {Operation}
 */
export function nearest(step, [x], tensors) {
  const { rows, size, data: table } = read(step, tensors);
  expect(x.shape.length === 3 && x.shape[0] === size, step, `a map of ${size} channels`, x);
  const out = register([x.shape[1] * x.shape[2]]);
  const run = () => {
    for (let place = 0; place < out.data.length; place++) {
      let least = Infinity;
      for (let row = 0; row < rows; row++) {
        let distance = 0;
        for (let c = 0; c < size; c++) distance += (x.data[place * size + c] - table[row * size + c]) ** 2;
        if (distance < least) [least, out.data[place]] = [distance, row];
      }
    }
  };
  return { out, run };
}

/**
 * The rows of given numbers, as a map.
 * @param {TableStep} step
 * @param {Register[]} sources
 * @param {Record<string, Tensor>} tensors
 * @returns {Operation}
 */
export function gather(step, [x], tensors) {
  const { rows, size, data: table } = read(step, tensors);
  const out = register(step.shape);
  expect(step.shape[0] === size && x.shape.length === 1 && x.data.length * size === out.data.length, step, "a number for each place", x);
  const run = () => {
    for (let place = 0; place < x.data.length; place++) {
      const row = x.data[place];
      if (!isWhole(row, 0, rows - 1)) throw new Error(`There is no code ${row}; they are numbered from 0 to ${rows - 1}`);
      for (let c = 0; c < size; c++) out.data[place * size + c] = table[row * size + c];
    }
  };
  return { out, run };
}

/**
 * @param {TableStep} step
 * @param {Record<string, Tensor>} tensors
 */
function read(step, tensors) {
  const { shape, data } = look(tensors, step.table, "tensor");
  const [rows, size] = shape;
  if (shape.length !== 2 || !rows || !size) throw new Error(`Step ${step.out} (${step.op}) has a table of ${shape.join(" x ")} numbers`);
  return { rows, size, data };
}
