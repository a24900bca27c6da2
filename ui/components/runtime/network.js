// Runs an exported network on typed arrays, in a page or in a worker. Knows nothing of the screen, of Streamlit or of model families.
//
// A program is a list of steps over named registers. `compile` turns it into closures over buffers that are allocated
// once; running one allocates nothing. Three decisions make it quick:
//
//   1. Channels lie innermost (height, width, channel) although the file and the callers say channel, height, width. What
//      an output pixel needs of one input row - neighbouring pixels with all their channels - is then one contiguous run.
//   2. Dense layers, convolutions and transposed convolutions are the same loop: a weighted sum over a few such runs. Where
//      runs begin and how long they are is tabulated for each output row and column, so padding costs nothing: what would
//      fall outside is not in the table. A transposed convolution of stride s is s * s ordinary ones ("phases"), each with
//      every s-th tap of the kernel, that take turns at the output pixels.
//   3. Four output channels are summed at once, their weights interleaved, so that a value is loaded once for four
//      products. Buffers hold doubles: JavaScript computes in doubles and would widen single precision at every load.

import { gather, nearest } from "./codebook.js";
import { product } from "./math.js";
import { expect, rearrange, register, storageOrder, weightShape } from "./registers.js";
import { isWhole, look, readTensors } from "./tensors.js";
import { convolution, transposedConvolution, weightedSum } from "./weighted_sums.js";

/**
 * @import { Encoded, Network, Shape } from "../types.js"
 * @import { TableStep } from "./codebook.js"
 * @import { ConvolutionStep, Operation, Register } from "./registers.js"
 * @import { Tensor } from "./tensors.js"
 * @import { WeightIndex } from "./weighted_sums.js"
 */

/**
 * @typedef {{output_padding: [number, number], factor: number, shape: number[], start: number, stop: number}} Numbers
 * @typedef {ConvolutionStep & TableStep & Numbers & {activation?: string}} ProgramStep of any operation: it has only what its own reads
 * @typedef {{inputs: Record<string, number[]>, steps: ProgramStep[], outputs: Record<string, string>}} ProgramFunction
 * shapes of the inputs, and the registers of the outputs
 * @typedef {Record<string, Tensor>} Tensors
 *
 * @typedef {object} Program
 * @property {Shape} image_shape
 * @property {number} latent_dim
 * @property {{decode: ProgramFunction, encode?: ProgramFunction, lookup?: ProgramFunction, next?: ProgramFunction}} functions
 * @property {Tensors} tensors
 */

const VERSION = 1;

/**
 * The program in a `vae-program` blob, with its tensors.
 * @param {Uint8Array} bytes
 * @returns {Program}
 * @throws {Error} which says what is wrong
 */
export function parseBlob(bytes) {
  const { metadata, tensors } = readTensors(bytes);
  if (metadata.format !== "vae-program") throw new Error(`The blob has format ${metadata.format}; expected vae-program`);
  const program = JSON.parse(metadata.program);
  if (program.version !== VERSION) throw new Error(`The program has version ${program.version}; expected version ${VERSION}`);
  return { ...program, tensors };
}

/**
 * A program made ready to run. Images are in channel, height, width order. decode and encode return the same buffers at
 * every call: copy what must last. encode, lookup and next are null if the program has none. What a conditional program is told, it
 * keeps: its `label`.
 * @param {Program} program
 * @returns {Network}
 * @throws {Error} which names an unknown operation, a missing tensor or a shape that does not fit
 */
export function compile(program) {
  const { decode, encode, lookup, next } = program.functions;
  const runDecode = compileFunction(decode, program.tensors);
  const [runEncode, runLookup, runNext] = [encode, lookup, next].map((wanted) =>
    wanted ? compileFunction(wanted, program.tensors) : null,
  );
  const latentDim = program.latent_dim;
  if (!isWhole(latentDim, 1, 2 ** 16)) throw new Error(`The program has ${latentDim} latent dimensions`);
  const pixels = product(program.image_shape);
  const y = new Float32Array(product(decode.inputs.y ?? [0])); // one-hot
  y.fill(1, 0, 1);
  return {
    imageShape: program.image_shape,
    latentDim,
    classes: y.length,
    get label() {
      return y.indexOf(1);
    },
    set label(label) {
      if (y.length) y.fill(0).fill(1, label, label + 1);
    },
    decode: (z) => runDecode({ z, y }).image,
    encode: runEncode && ((x) => /** @type {Encoded} */ (runEncode({ x, y }))),
    lookup: runLookup && ((indices) => runLookup({ indices }).z),
    next: runNext && ((indices) => runNext({ indices }).logits),
    decodeMany(zs, n) {
      const images = new Float32Array(n * pixels);
      for (let i = 0; i < n; i++) images.set(runDecode({ z: zs.subarray(i * latentDim, (i + 1) * latentDim), y }).image, i * pixels);
      return images;
    },
  };
}

/**
 * @param {ProgramFunction} program
 * @param {Tensors} tensors
 * @returns {(given: Record<string, Float32Array>) => Record<string, Float32Array>} inputs and outputs by their names
 */
function compileFunction({ inputs, steps, outputs }, tensors) {
  /** @type {Record<string, Register>} */
  const registers = {};
  /** @type {(() => void)[]} */
  const runs = [];
  const entries = Object.entries(inputs).map(([name, shape]) => {
    const { data } = (registers[name] = register(shape));
    const order = storageOrder(shape);
    return (/** @type {Record<string, Float32Array>} */ given) => {
      if (given[name].length !== data.length) throw new Error(`${name} has ${given[name].length} numbers; expected ${data.length}`);
      for (let i = 0; i < data.length; i++) data[order[i]] = given[name][i];
    };
  });
  for (const step of steps) {
    const operation = look(OPERATIONS, step.op, "operation");
    const sources = step.in.map((name) => look(registers, name, "register"));
    const { out, run } = operation(step, sources, tensors);
    registers[step.out] = out;
    runs.push(run);
    if (step.activation) {
      const activate = look(ACTIVATIONS, step.activation, "activation");
      runs.push(() => activate(out.data));
    }
  }
  /** @type {Record<string, Float32Array>} */
  const results = {};
  const exits = Object.entries(outputs).map(([name, source]) => {
    const { shape, data } = look(registers, source, "register");
    const order = storageOrder(shape);
    const result = (results[name] = new Float32Array(data.length));
    return () => {
      for (let i = 0; i < data.length; i++) result[i] = data[order[i]];
    };
  });
  return (given) => {
    for (const enter of entries) enter(given);
    for (const run of runs) run();
    for (const leave of exits) leave();
    return results;
  };
}

/** @type {Record<string, (step: ProgramStep, sources: Register[], tensors: Tensors) => Operation>} */
const OPERATIONS = {
  linear(step, [x], tensors) {
    const [outputs, inputs] = weightShape(step, tensors, 2);
    expect(x.shape.length === 1 && x.data.length === inputs, step, `a vector of ${inputs}`, x);
    const whole = { runs: [{ phase: 0, tap: 0, from: 0, count: 1 }], taps: [[0]] };
    /** @type {WeightIndex} */
    const at = (output, input) => output * inputs + input;
    return weightedSum(step, tensors, { x, inputs, outputs, vertical: whole, horizontal: whole, width: 1, at, shape: [outputs] });
  },

  conv2d(step, [x], tensors) {
    const [outputs, inputs, kernelHeight, kernelWidth] = weightShape(step, tensors, 4);
    const [channels, height, width] = x.shape;
    expect(x.shape.length === 3 && channels === inputs, step, `${inputs} channels`, x);
    const vertical = convolution(height, kernelHeight, step);
    const horizontal = convolution(width, kernelWidth, step);
    /** @type {WeightIndex} */
    const at = (output, input, ky, kx) => ((output * inputs + input) * kernelHeight + ky) * kernelWidth + kx;
    const shape = [outputs, vertical.runs.length, horizontal.runs.length];
    return weightedSum(step, tensors, { x, inputs, outputs, vertical, horizontal, width, at, shape });
  },

  conv_transpose2d(step, [x], tensors) {
    const [inputs, outputs, kernelHeight, kernelWidth] = weightShape(step, tensors, 4);
    const [channels, height, width] = x.shape;
    expect(x.shape.length === 3 && channels === inputs, step, `${inputs} channels`, x);
    const vertical = transposedConvolution(height, kernelHeight, step, step.output_padding[0]);
    const horizontal = transposedConvolution(width, kernelWidth, step, step.output_padding[1]);
    /** @type {WeightIndex} */
    const at = (output, input, ky, kx) => ((input * outputs + output) * kernelHeight + ky) * kernelWidth + kx;
    const shape = [outputs, vertical.runs.length, horizontal.runs.length];
    return weightedSum(step, tensors, { x, inputs, outputs, vertical, horizontal, width, at, shape });
  },

  reshape(step, [x]) {
    expect(product(step.shape) === x.data.length, step, `${product(step.shape)} numbers`, x);
    const [, height = 1, width = 1] = step.shape;
    return rearrange(x, step.shape, (c, row, column) => (c * height + row) * width + column);
  },

  slice(step, [x]) {
    expect(
      x.shape.length === 1 && isWhole(step.start, 0, step.stop) && step.stop <= x.data.length,
      step,
      `a vector of at least ${step.stop}`,
      x,
    );
    return rearrange(x, [step.stop - step.start], (i) => step.start + i);
  },

  nearest,
  gather,

  concat(step, sources) {
    const out = register([sources.reduce((length, { data }) => length + data.length, 0)]);
    for (const source of sources) expect(source.shape.length === 1, step, "vectors", source);
    const run = () => {
      let start = 0;
      for (const { data } of sources) {
        out.data.set(data, start);
        start += data.length;
      }
    };
    return { out, run };
  },

  add: (step, sources) => combined(step, sources, (a, b) => a + b),

  multiply: (step, sources) => combined(step, sources, (a, b) => a * b),

  scale({ factor }, [x]) {
    const out = register(x.shape);
    const run = () => {
      for (let i = 0; i < out.data.length; i++) out.data[i] = factor * x.data[i];
    };
    return { out, run };
  },

  activation(step, [x]) {
    return rearrange(x, x.shape, (c, row, column) => (c * (x.shape[1] ?? 1) + row) * (x.shape[2] ?? 1) + column);
  },
};

/**
 * Two registers of one shape, number by number.
 * @param {ProgramStep} step
 * @param {Register[]} sources
 * @param {(a: number, b: number) => number} f
 * @returns {Operation}
 */
function combined(step, [a, b], f) {
  expect(a.shape.join() === b.shape.join(), step, a.shape.join(" x "), b);
  const out = register(a.shape);
  const run = () => {
    for (let i = 0; i < out.data.length; i++) out.data[i] = f(a.data[i], b.data[i]);
  };
  return { out, run };
}

/** @type {Record<string, (data: Float64Array) => void>} */
const ACTIVATIONS = {
  silu: each((v) => v / (1 + Math.exp(-v))),
  relu: each((v) => (v > 0 ? v : 0)),
  leaky_relu: each((v) => (v > 0 ? v : 0.01 * v)),
  tanh: each(Math.tanh),
  sigmoid: each((v) => 1 / (1 + Math.exp(-v))),
  exp: each(Math.exp),
  softplus: each((v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)))),
};

/**
 * @param {(value: number) => number} f
 * @returns {(data: Float64Array) => void}
 */
function each(f) {
  return (data) => {
    for (let i = 0; i < data.length; i++) data[i] = f(data[i]);
  };
}
