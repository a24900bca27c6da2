import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, parseBlob } from "../../ui/components/runtime/network.js";
import { programBlob, seeded, single } from "./blob.js";

const close = (found, expected) => {
  assert.equal(found.length, expected.length);
  expected.forEach((value, i) => assert.ok(Math.abs(found[i] - value) < 1e-5, `${found[i]} is not ${value} at ${i}`));
};

/** A network whose decoder is `steps` from z to a register called "image". */
function network(latentDim, imageShape, steps, tensors) {
  const decode = { inputs: { z: [latentDim] }, steps, outputs: { image: "image" } };
  return compile(parseBlob(programBlob({ latent_dim: latentDim, image_shape: imageShape, functions: { decode } }, tensors)));
}

test("a dense layer is a product, a bias and an activation", () => {
  const step = { op: "linear", in: ["z"], out: "image", weight: "w", bias: "b", activation: "relu" };
  const { decode, encode, imageShape, latentDim } = network(2, [3], [step], {
    w: single([3, 2], [1, 2, 3, 4, -5, -6]),
    b: single([3], [0.5, 0, 1]),
  });
  close(decode(Float32Array.of(1, 2)), [5.5, 11, 0]);
  assert.deepEqual({ encode, imageShape, latentDim }, { encode: null, imageShape: [3], latentDim: 2 });
});

test("a convolution and its transpose are each other's adjoint", () => {
  const random = seeded(7);
  const numbers = (count) => Array.from({ length: count }, () => random() - 0.5);
  const [size, small, kernel] = [[2, 7, 5], [6, 4, 3], numbers(6 * 2 * 9)];
  const step = { in: ["h"], out: "image", weight: "w", stride: 2, padding: 1 };
  const reshaped = (shape) => ({ op: "reshape", in: ["z"], out: "h", shape });
  const down = network(70, small, [reshaped(size), { op: "conv2d", ...step }], { w: single([6, 2, 3, 3], kernel) });
  const up = network(72, size, [reshaped(small), { op: "conv_transpose2d", ...step, output_padding: [0, 0] }], {
    w: single([6, 2, 3, 3], kernel),
  });
  const [x, y] = [Float32Array.from(numbers(70)), Float32Array.from(numbers(72))];
  const inner = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  close([inner(down.decode(x), y)], [inner(x, up.decode(y))]);
});

test("buffers are used again, and many codes are decoded one after another", () => {
  const { decode, decodeMany } = network(1, [2], [{ op: "linear", in: ["z"], out: "image", weight: "w" }], { w: single([2, 1], [1, -1]) });
  assert.equal(decode(Float32Array.of(3)), decode(Float32Array.of(4)));
  close(decodeMany(Float32Array.of(1, 2), 2), [1, -1, 2, -2]);
});

test("every place of a map gets the nearest code, and numbers get their codes again", () => {
  const table = { t: single([3, 2], [0, 0, 1, 1, 5, 0]) };
  const reshape = { op: "reshape", in: ["z"], out: "h", shape: [2, 1, 3] };
  const find = network(6, [3], [reshape, { op: "nearest", in: ["h"], out: "image", table: "t" }], table);
  close(find.decode(Float32Array.of(0.4, 0.7, 9, 0.4, 0.6, 0)), [0, 1, 2]);
  close(find.decode(Float32Array.of(0.5, 0.5, 0.5, 0.5, 0.5, 0.5)), [0, 0, 0]); // of equally near ones the first, as torch
  const inputs = { indices: [3] };
  const steps = [{ op: "gather", in: ["indices"], out: "z", table: "t", shape: [2, 1, 3] }];
  const functions = { decode: { inputs, steps, outputs: { image: "z" } }, lookup: { inputs, steps, outputs: { z: "z" } } };
  const { lookup, next } = compile(parseBlob(programBlob({ latent_dim: 3, image_shape: [6], functions }, table)));
  close(lookup(Float32Array.of(2, 0, 1)), [5, 0, 1, 0, 0, 1]);
  assert.throws(() => lookup(Float32Array.of(3, 0, 1)), /no code 3/);
  assert.equal(next, null);
});

test("what cannot be run is named", () => {
  const weights = { w: single([2, 1], [1, 1]) };
  const step = { op: "linear", in: ["z"], out: "image", weight: "w" };
  assert.throws(() => network(1, [2], [{ ...step, op: "fourier" }], weights), /operation called fourier/);
  assert.throws(() => network(1, [2], [{ ...step, weight: "v" }], weights), /tensor called v/);
  assert.throws(() => network(2, [2], [step], weights), /Step image \(linear\) expects a vector of 1; z has shape 2/);
  assert.throws(() => parseBlob(programBlob({ version: 2 }, weights)), /version 2; expected version 1/);
});

test("a conditional network keeps the label that it is told, and hands it to both functions as one-hot", () => {
  const join = (from) => ({ op: "concat", in: [from, "y"], out: "h" });
  const linear = (out) => ({ op: "linear", in: ["h"], out, weight: "w", bias: "b" });
  const functions = {
    decode: { inputs: { z: [1], y: [3] }, steps: [join("z"), linear("image")], outputs: { image: "image" } },
    encode: { inputs: { x: [1], y: [3] }, steps: [join("x"), linear("mean")], outputs: { mean: "mean" } },
  };
  const tensors = { w: single([1, 4], [1, 10, 20, 30]), b: single([1], [0.5]) };
  const told = compile(parseBlob(programBlob({ latent_dim: 1, image_shape: [1], functions }, tensors)));
  assert.deepEqual([told.classes, told.label], [3, 0]);
  close(told.decode(Float32Array.of(2)), [12.5]);
  told.label = 2;
  assert.equal(told.label, 2);
  close(told.decode(Float32Array.of(2)), [32.5]);
  close(told.encode(Float32Array.of(3)).mean, [33.5]);
  close(told.decodeMany(Float32Array.of(2, 3), 2), [32.5, 33.5]);
});

test("a network that is not conditional has no label, whatever it is told", () => {
  const plain = network(1, [2], [{ op: "linear", in: ["z"], out: "image", weight: "w" }], { w: single([2, 1], [1, -1]) });
  plain.label = 1;
  assert.deepEqual([plain.classes, plain.label], [0, -1]);
});
