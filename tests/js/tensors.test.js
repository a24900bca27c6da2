import assert from "node:assert/strict";
import { test } from "node:test";
import { readTensors } from "../../ui/components/runtime/tensors.js";
import { blob, single } from "./blob.js";

test("tensors and metadata are read wherever the blob lies", () => {
  const words = { dtype: "I16", shape: [2], bytes: new Uint8Array(Int16Array.of(-3, 300).buffer) };
  const bytes = { dtype: "U8", shape: [1, 3], bytes: Uint8Array.of(1, 2, 255) };
  const { metadata, tensors } = readTensors(blob({ a: single([2, 2], [1, -2, 0.5, 4]), words, bytes }, { sha256: "x" }));
  assert.deepEqual(metadata, { sha256: "x" });
  assert.deepEqual(tensors.a, { shape: [2, 2], data: Float32Array.of(1, -2, 0.5, 4) });
  assert.deepEqual(tensors.words.data, Int16Array.of(-3, 300));
  assert.deepEqual(tensors.bytes.data, Uint8Array.of(1, 2, 255));
});

test("half precision becomes single precision exactly", () => {
  const bits = Uint16Array.of(0x0000, 0x8000, 0x3c00, 0xc100, 0x7bff, 0x0001, 0x83ff, 0x7c00, 0xfc00, 0x7e00);
  const { tensors } = readTensors(blob({ h: { dtype: "F16", shape: [10], bytes: new Uint8Array(bits.buffer) } }));
  const expected = [0, -0, 1, -2.5, 65504, 2 ** -24, -(2 ** -14) * (1023 / 1024), Infinity, -Infinity, NaN];
  assert.deepEqual([...tensors.h.data], expected);
});

test("what is no blob is refused with a reason", () => {
  const whole = blob({ a: single([2], [1, 2]) });
  assert.throws(() => readTensors(whole.subarray(0, 5)), /truncated: it has 5 bytes/);
  assert.throws(() => readTensors(whole.subarray(0, 20)), /truncated/);
  assert.throws(() => readTensors(whole.subarray(0, whole.length - 1)), /Tensor a is truncated/);
  assert.throws(
    () => readTensors(blob({ a: { dtype: "F64", shape: [1], bytes: new Uint8Array(8) } })),
    /number format \(of tensor a\) called F64/,
  );
  assert.throws(() => readTensors(blob({ a: { dtype: "F32", shape: [3], bytes: new Uint8Array(8) } })), /Tensor a does not hold 3 numbers/);
  assert.throws(
    () => readTensors(blob({ a: { dtype: "F32", shape: [-2, -1], bytes: new Uint8Array(8) } })),
    /does not hold -2 x -1 numbers/,
  );
});
