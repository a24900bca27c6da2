// The loop that does the work: every output is a bias and a sum of weight * input over a few contiguous runs; network.js says why.

import { range } from "./math.js";
import { bounded, expect, register } from "./registers.js";
import { look } from "./tensors.js";

/**
 * @import { ConvolutionStep, Operation, Register, WeightedStep } from "./registers.js"
 * @import { Tensor } from "./tensors.js"
 */

const LANES = 4;

/**
 * @typedef {{phase: number, tap: number, from: number, count: number}} Run
 * the input rows or columns that one output row or column reads, and the phase and first tap of the kernel that it reads them with
 * @typedef {Run & {columns: number[]}} SharedRun of one output column, or of two
 * @typedef {{runs: Run[], taps: number[][]}} Reach a run for each output row or column; the taps of each phase
 * @typedef {(output: number, input: number, ky: number, kx: number) => number} WeightIndex where a weight lies in its tensor
 *
 * @typedef {object} Sum
 * @property {Register} x
 * @property {number} inputs channels
 * @property {number} outputs channels
 * @property {Reach} vertical
 * @property {Reach} horizontal
 * @property {number} width of x
 * @property {WeightIndex} at
 * @property {number[]} shape of the result
 *
 * @typedef {{source: Float64Array, target: Float64Array, bias: Float64Array, outputs: number, sourceRow: number}} Layer
 * `sourceRow` is how many numbers a row of the source has
 *
 * @typedef {object} Call one output pixel, or two; places and distances are counted in numbers of their arrays
 * @property {Float64Array} weight
 * @property {number} weightStart
 * @property {number} weightRow from one row of the kernel to the next
 * @property {number} weightGroup from one group of output channels to the next
 * @property {number} start in the source
 * @property {number} rows
 * @property {number} length of a row
 * @property {number} to
 * @property {boolean} two
 * @property {number} gap between the two in the source
 * @property {number} toGap between the two in the target
 */

/**
 * A step whose every output is bias + sum of weight * input.
 * @param {WeightedStep} step
 * @param {Record<string, Tensor>} tensors
 * @param {Sum} sum
 * @returns {Operation}
 */
export function weightedSum(step, tensors, { x, inputs, outputs, vertical, horizontal, width, at, shape }) {
  const out = register(shape);
  const { data } = look(tensors, step.weight, "tensor");
  const bias = new Float64Array(Math.ceil(outputs / LANES) * LANES);
  if (step.bias) {
    const given = look(tensors, step.bias, "tensor");
    expect(given.data.length === outputs, step, `a bias of ${outputs}`, given);
    bias.set(given.data);
  }
  const weights = vertical.taps.map((rows) => horizontal.taps.map((columns) => interleave(data, at, { inputs, outputs, rows, columns })));
  /** @type {Call[]} */
  const calls = [];
  vertical.runs.forEach((row, y) => {
    for (const { phase, tap, from, count, columns } of inPairs(horizontal.runs)) {
      const weightRow = horizontal.taps[phase].length * inputs * LANES;
      calls.push({
        weight: weights[row.phase][phase],
        weightStart: row.tap * weightRow + tap * inputs * LANES,
        weightRow,
        weightGroup: vertical.taps[row.phase].length * weightRow,
        start: (row.from * width + from) * inputs,
        rows: row.count,
        length: count * inputs,
        to: (y * horizontal.runs.length + columns[0]) * outputs,
        two: columns.length === 2,
        gap: columns.length === 2 ? (horizontal.runs[columns[1]].from - from) * inputs : 0,
        toGap: columns.length === 2 ? (columns[1] - columns[0]) * outputs : 0,
      });
    }
  });
  const layer = { source: x.data, target: out.data, bias, outputs, sourceRow: width * inputs };
  const run = () => {
    for (let i = 0; i < calls.length; i++) (calls[i].two ? sumTwo : sumOne)(layer, calls[i]);
  };
  return { out, run };
}

/**
 * All channels of one output pixel.
 * @param {Layer} layer
 * @param {Call} call
 */
function sumOne({ source, target, bias, outputs, sourceRow }, { weight, weightStart, weightRow, weightGroup, start, rows, length, to }) {
  for (let group = 0; group < outputs; group += LANES, weightStart += weightGroup) {
    let a = bias[group];
    let b = bias[group + 1];
    let c = bias[group + 2];
    let d = bias[group + 3];
    for (let row = 0; row < rows; row++) {
      let w = weightStart + row * weightRow;
      let i = start + row * sourceRow;
      for (const end = i + length; i < end; i++, w += LANES) {
        const value = source[i];
        a += value * weight[w];
        b += value * weight[w + 1];
        c += value * weight[w + 2];
        d += value * weight[w + 3];
      }
    }
    store(target, to + group, outputs - group, a, b, c, d);
  }
}

/**
 * The same for two output pixels that use the same weights, `gap` apart in the source: each weight is loaded once for both.
 * @param {Layer} layer
 * @param {Call} call
 */
function sumTwo(
  { source, target, bias, outputs, sourceRow },
  { weight, weightStart, weightRow, weightGroup, start, rows, length, to, gap, toGap },
) {
  for (let group = 0; group < outputs; group += LANES, weightStart += weightGroup) {
    let a = bias[group];
    let b = bias[group + 1];
    let c = bias[group + 2];
    let d = bias[group + 3];
    let e = a;
    let f = b;
    let g = c;
    let h = d;
    for (let row = 0; row < rows; row++) {
      let w = weightStart + row * weightRow;
      let i = start + row * sourceRow;
      for (const end = i + length; i < end; i++, w += LANES) {
        const first = source[i];
        const second = source[i + gap];
        const w0 = weight[w];
        const w1 = weight[w + 1];
        const w2 = weight[w + 2];
        const w3 = weight[w + 3];
        a += first * w0;
        b += first * w1;
        c += first * w2;
        d += first * w3;
        e += second * w0;
        f += second * w1;
        g += second * w2;
        h += second * w3;
      }
    }
    store(target, to + group, outputs - group, a, b, c, d);
    store(target, to + toGap + group, outputs - group, e, f, g, h);
  }
}

/**
 * Up to four neighbouring channels; the last group of a layer may have fewer than it has lanes.
 * @param {Float64Array} target
 * @param {number} index
 * @param {number} left channels that are not yet stored
 * @param {number} a
 * @param {number} b
 * @param {number} c
 * @param {number} d
 */
function store(target, index, left, a, b, c, d) {
  target[index] = a;
  if (left > 1) target[index + 1] = b;
  if (left > 2) target[index + 2] = c;
  if (left > 3) target[index + 3] = d;
}

/**
 * Runs of output columns, two by two where both read as many inputs with the same weights.
 * @param {Run[]} runs
 */
function inPairs(runs) {
  /** @type {SharedRun[]} */
  const pairs = [];
  /** @type {Record<string, SharedRun>} */
  const waiting = {};
  runs.forEach((run, column) => {
    const alike = [run.phase, run.tap, run.count].join();
    if (waiting[alike]) {
      waiting[alike].columns.push(column);
      delete waiting[alike];
    } else {
      waiting[alike] = { ...run, columns: [column] };
      pairs.push(waiting[alike]);
    }
  });
  return pairs;
}

/**
 * Weights of one phase in the order in which the loop meets them: group of outputs, row, column, input, output.
 * @param {ArrayLike<number>} data
 * @param {WeightIndex} at
 * @param {{inputs: number, outputs: number, rows: number[], columns: number[]}} sizes channels, and the taps of the phase
 */
function interleave(data, at, { inputs, outputs, rows, columns }) {
  const groups = Math.ceil(outputs / LANES);
  const packed = new Float64Array(groups * LANES * rows.length * columns.length * inputs);
  let index = 0;
  for (let group = 0; group < groups; group++) {
    for (const ky of rows) {
      for (const kx of columns) {
        for (let input = 0; input < inputs; input++) {
          for (let lane = 0; lane < LANES; lane++, index++) {
            const output = group * LANES + lane;
            if (output < outputs) packed[index] = data[at(output, input, ky, kx)];
          }
        }
      }
    }
  }
  return packed;
}

/**
 * Output i reads inputs i * stride - padding + k for the taps k that stay inside. One phase: all taps in order.
 * @param {number} size of the input
 * @param {number} kernel
 * @param {ConvolutionStep} step
 * @returns {Reach}
 */
export function convolution(size, kernel, { stride, padding, ...step }) {
  bounded(step, { stride }, 1);
  bounded(step, { padding });
  const length = Math.floor((size + 2 * padding - kernel) / stride) + 1;
  const runs = range(length).map((i) => clip(0, i * stride - padding, kernel, size));
  return { runs, taps: [range(kernel)] };
}

/**
 * Output i reads inputs (i + padding - k) / stride for the taps k that divide: those of its phase, last tap first.
 * @param {number} size of the input
 * @param {number} kernel
 * @param {ConvolutionStep} step
 * @param {number} extra outputs at the far end; -1: one less
 * @returns {Reach}
 */
export function transposedConvolution(size, kernel, { stride, padding, ...step }, extra) {
  bounded(step, { stride }, 1);
  bounded(step, { padding });
  bounded(step, { output_padding: extra }, -1);
  const length = (size - 1) * stride - 2 * padding + kernel + extra;
  const taps = range(stride).map((phase) =>
    range(kernel)
      .filter((k) => k % stride === phase)
      .reverse(),
  );
  const runs = range(length).map((i) => {
    const phase = (i + padding) % stride;
    const last = taps[phase][0] ?? phase; // the tap that reaches furthest back
    return clip(phase, (i + padding - last) / stride, taps[phase].length, size);
  });
  return { runs, taps };
}

/**
 * The part inside 0 .. size of a run of `count` that begins at `from`, and the tap with which that part begins.
 * @param {number} phase
 * @param {number} from
 * @param {number} count
 * @param {number} size
 * @returns {Run}
 */
function clip(phase, from, count, size) {
  const start = Math.max(from, 0);
  return { phase, tap: start - from, from: start, count: Math.max(Math.min(from + count, size) - start, 0) };
}
