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

const VERSION = 1;
const LANES = 4;
const MOST_NUMBERS = 2 ** 25; // in one register, which is more than the largest network needs
const MOST_STEP = 64; // stride, padding and the like

/** Tensors and metadata of a safetensors blob: {metadata, tensors: {name: {shape, data}}}. Half precision becomes single. */
export function readTensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length < 8 ? Infinity : Number(view.getBigUint64(0, true));
  if (length > bytes.length - 8) throw new Error(`The blob is truncated: it has ${bytes.length} bytes`);
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: [start, end] }] of Object.entries(entries)) {
    const { size, values } = look(DTYPES, dtype, `number format (of tensor ${name})`);
    if (8 + length + end > bytes.length) throw new Error(`Tensor ${name} is truncated`);
    if (!shape.every((side) => isWhole(side, 0, Infinity)) || !(start >= 0) || product(shape) * size !== end - start) {
      throw new Error(`Tensor ${name} does not hold ${shape.join(" x ")} numbers`);
    }
    const copy = bytes.slice(8 + length + start, 8 + length + end); // a copy is aligned, wherever the blob itself lies
    tensors[name] = { shape, data: values(copy.buffer) };
  }
  return { metadata, tensors };
}

/** The program in a `vae-program` blob, with its tensors. Throws an Error that says what is wrong. */
export function parseBlob(bytes) {
  const { metadata, tensors } = readTensors(bytes);
  if (metadata.format !== "vae-program") throw new Error(`The blob has format ${metadata.format}; expected vae-program`);
  const program = JSON.parse(metadata.program);
  if (program.version !== VERSION) throw new Error(`The program has version ${program.version}; expected version ${VERSION}`);
  return { ...program, tensors };
}

/**
 * A program made ready to run: {imageShape, latentDim, decode, encode, decodeMany}. Images are Float32Arrays in channel,
 * height, width order. decode and encode return the same buffers at every call: copy what must last. encode is null if
 * the program has none. Throws an Error that names an unknown operation, a missing tensor or a shape that does not fit.
 */
export function compile(program) {
  const { decode, encode } = program.functions;
  const [runDecode, runEncode] = [decode, encode].map((steps) => (steps ? compileFunction(steps, program.tensors) : null));
  const latentDim = program.latent_dim;
  if (!isWhole(latentDim, 1, 2 ** 16)) throw new Error(`The program has ${latentDim} latent dimensions`);
  const pixels = product(program.image_shape);
  return {
    imageShape: program.image_shape,
    latentDim,
    decode: (z) => runDecode({ z }).image,
    encode: runEncode && ((x) => runEncode({ x })),
    decodeMany(zs, n) {
      const images = new Float32Array(n * pixels);
      for (let i = 0; i < n; i++) images.set(runDecode({ z: zs.subarray(i * latentDim, (i + 1) * latentDim) }).image, i * pixels);
      return images;
    },
  };
}

// ---- A function of the program: named inputs, steps, named outputs ---------------------------------------------

function compileFunction({ inputs, steps, outputs }, tensors) {
  const registers = {};
  const runs = [];
  const entries = Object.entries(inputs).map(([name, shape]) => {
    const { data } = (registers[name] = register(shape));
    const order = storageOrder(shape);
    return (given) => {
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

/** One entry an operation: (step, source registers, all tensors) -> {out: register, run: closure}. */
const OPERATIONS = {
  linear(step, [x], tensors) {
    const [outputs, inputs] = weightShape(step, tensors, 2);
    expect(x.shape.length === 1 && x.data.length === inputs, step, `a vector of ${inputs}`, x);
    const whole = { runs: [{ phase: 0, tap: 0, from: 0, count: 1 }], taps: [[0]] };
    const at = (output, input) => output * inputs + input;
    return weightedSum(step, tensors, { x, inputs, outputs, vertical: whole, horizontal: whole, width: 1, at, shape: [outputs] });
  },

  conv2d(step, [x], tensors) {
    const [outputs, inputs, kernelHeight, kernelWidth] = weightShape(step, tensors, 4);
    const [channels, height, width] = x.shape;
    expect(x.shape.length === 3 && channels === inputs, step, `${inputs} channels`, x);
    const vertical = convolution(height, kernelHeight, step);
    const horizontal = convolution(width, kernelWidth, step);
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
    const at = (output, input, ky, kx) => ((input * outputs + output) * kernelHeight + ky) * kernelWidth + kx;
    const shape = [outputs, vertical.runs.length, horizontal.runs.length];
    return weightedSum(step, tensors, { x, inputs, outputs, vertical, horizontal, width, at, shape });
  },

  upsample(step, [x]) {
    const [channels, height, width] = x.shape;
    const { scale } = step;
    bounded(step, { scale }, 1);
    return rearrange(x, [channels, height * scale, width * scale], (c, row, column) =>
      (c * height + Math.floor(row / scale)) * width + Math.floor(column / scale));
  },

  pixel_shuffle(step, [x]) {
    const [channels, height, width] = x.shape;
    const f = step.factor;
    bounded(step, { factor: f }, 1);
    expect(x.shape.length === 3 && channels % (f * f) === 0, step, `a multiple of ${f * f} channels`, x);
    return rearrange(x, [channels / (f * f), height * f, width * f], (c, row, column) =>
      ((c * f * f + (row % f) * f + (column % f)) * height + Math.floor(row / f)) * width + Math.floor(column / f));
  },

  reshape(step, [x]) {
    expect(product(step.shape) === x.data.length, step, `${product(step.shape)} numbers`, x);
    const [, height = 1, width = 1] = step.shape;
    return rearrange(x, step.shape, (c, row, column) => (c * height + row) * width + column);
  },

  slice(step, [x]) {
    expect(x.shape.length === 1 && isWhole(step.start, 0, step.stop) && step.stop <= x.data.length, step, `a vector of at least ${step.stop}`, x);
    return rearrange(x, [step.stop - step.start], (i) => step.start + i);
  },

  add(step, [a, b]) {
    expect(a.shape.join() === b.shape.join(), step, a.shape.join(" x "), b);
    const out = register(a.shape);
    const run = () => {
      for (let i = 0; i < out.data.length; i++) out.data[i] = a.data[i] + b.data[i];
    };
    return { out, run };
  },

  activation(step, [x]) {
    return rearrange(x, x.shape, (c, row, column) => (c * (x.shape[1] ?? 1) + row) * (x.shape[2] ?? 1) + column);
  },
};

const ACTIVATIONS = {
  silu: each((v) => v / (1 + Math.exp(-v))),
  relu: each((v) => (v > 0 ? v : 0)),
  leaky_relu: each((v) => (v > 0 ? v : 0.01 * v)),
  tanh: each(Math.tanh),
  sigmoid: each((v) => 1 / (1 + Math.exp(-v))),
};

function each(f) {
  return (data) => {
    for (let i = 0; i < data.length; i++) data[i] = f(data[i]);
  };
}

// ---- The loop that does the work -------------------------------------------------------------------------------

/**
 * A step whose every output is bias + sum of weight * input. `vertical` and `horizontal` say, for each output row and
 * column, which input rows and columns it reads (`from`, `count`) and with which taps of the kernel (`phase`, first `tap`).
 */
function weightedSum(step, tensors, { x, inputs, outputs, vertical, horizontal, width, at, shape }) {
  const out = register(shape);
  const { data } = look(tensors, step.weight, "tensor");
  const bias = new Float64Array(Math.ceil(outputs / LANES) * LANES);
  if (step.bias) {
    const given = look(tensors, step.bias, "tensor");
    expect(given.data.length === outputs, step, `a bias of ${outputs}`, given);
    bias.set(given.data);
  }
  const weights = vertical.taps.map((rows) => horizontal.taps.map((columns) => interleave(data, at, { inputs, outputs, rows, columns })));
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

/** All channels of one output pixel. */
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

/** The same for two output pixels that use the same weights, `gap` apart in the source: each weight is loaded once for both. */
function sumTwo({ source, target, bias, outputs, sourceRow }, { weight, weightStart, weightRow, weightGroup, start, rows, length, to, gap, toGap }) {
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

/** Up to four neighbouring channels; the last group of a layer may have fewer than it has lanes. */
function store(target, index, left, a, b, c, d) {
  target[index] = a;
  if (left > 1) target[index + 1] = b;
  if (left > 2) target[index + 2] = c;
  if (left > 3) target[index + 3] = d;
}

/** Runs of output columns, two by two where both read as many inputs with the same weights: {...run, columns: [i] or [i, j]}. */
function inPairs(runs) {
  const pairs = [];
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

/** Weights of one phase in the order in which the loop meets them: group of outputs, row, column, input, output. */
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

/** Output i reads inputs i * stride - padding + k for the taps k that stay inside. One phase: all taps in order. */
function convolution(size, kernel, { stride, padding, ...step }) {
  bounded(step, { stride }, 1);
  bounded(step, { padding });
  const length = Math.floor((size + 2 * padding - kernel) / stride) + 1;
  const runs = range(length).map((i) => clip(0, i * stride - padding, kernel, size));
  return { runs, taps: [range(kernel)] };
}

/** Output i reads inputs (i + padding - k) / stride for the taps k that divide: those of its phase, last tap first. */
function transposedConvolution(size, kernel, { stride, padding, ...step }, extra) {
  bounded(step, { stride }, 1);
  bounded(step, { padding, output_padding: extra });
  const length = (size - 1) * stride - 2 * padding + kernel + extra;
  const taps = range(stride).map((phase) => range(kernel).filter((k) => k % stride === phase).reverse());
  const runs = range(length).map((i) => {
    const phase = (i + padding) % stride;
    const last = taps[phase][0] ?? phase; // the tap that reaches furthest back
    return clip(phase, (i + padding - last) / stride, taps[phase].length, size);
  });
  return { runs, taps };
}

/** The part inside 0 .. size of a run of `count` that begins at `from`, and the tap with which that part begins. */
function clip(phase, from, count, size) {
  const start = Math.max(from, 0);
  return { phase, tap: start - from, from: start, count: Math.max(Math.min(from + count, size) - start, 0) };
}

// ---- Registers, and steps that only move numbers ---------------------------------------------------------------

/** A new register whose value (c, row, column) is the one of x at index source(c, row, column), counted channels first. */
function rearrange(x, shape, source) {
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

/** Where each value of a channels-first tensor lies in its register. */
function storageOrder([channels, height = 1, width = 1]) {
  const area = height * width;
  return Int32Array.from({ length: channels * area }, (_, i) => (i % area) * channels + Math.floor(i / area));
}

function register(shape) {
  if (!shape.every((side) => isWhole(side, 1, MOST_NUMBERS)) || product(shape) > MOST_NUMBERS) {
    throw new Error(`A step asks for ${shape.join(" x ")} numbers; at most ${MOST_NUMBERS} are possible`);
  }
  return { shape, data: new Float64Array(product(shape)) };
}

/** The sides of a step's weights, none of them zero. */
function weightShape(step, tensors, sides) {
  const { shape } = look(tensors, step.weight, "tensor");
  if (shape.length !== sides || product(shape) === 0) throw new Error(`Step ${step.out} (${step.op}) has weights of ${shape.join(" x ")} numbers`);
  return shape;
}

/** Each of the numbers of a step is whole, and no tables grow without end for it. */
function bounded(step, numbers, least = 0) {
  for (const [name, number] of Object.entries(numbers)) {
    if (!isWhole(number, least, MOST_STEP)) throw new Error(`Step ${step.out} (${step.op}) has a ${name} of ${number}`);
  }
}

const isWhole = (number, least, most) => Number.isInteger(number) && number >= least && number <= most;
const product = (shape) => shape.reduce((a, b) => a * b, 1);
const range = (n) => Array.from({ length: n }, (_, i) => i);

function look(table, name, kind) {
  if (!Object.hasOwn(table, name)) throw new Error(`There is no ${kind} called ${name}`);
  return table[name];
}

function expect(fits, step, expected, register) {
  if (!fits) throw new Error(`Step ${step.out} (${step.op}) expects ${expected}; ${step.in} has shape ${register.shape.join(" x ")}`);
}

const DTYPES = {
  F32: { size: 4, values: (buffer) => new Float32Array(buffer) },
  F16: { size: 2, values: (buffer) => Float32Array.from(new Uint16Array(buffer), halfToSingle) },
  U8: { size: 1, values: (buffer) => new Uint8Array(buffer) },
};

function halfToSingle(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}
