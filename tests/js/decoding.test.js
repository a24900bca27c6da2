import assert from "node:assert/strict";
import { test } from "node:test";
import { decodedCodes, decodedSheets } from "../../ui/components/runtime/decoding.js";

/** Makes of a code (a, b) an image of one row: a, b. */
const decoder = { imageShape: [1, 1, 2], decode: ([a, b]) => Float32Array.of(a, b) };
const reds = (pixels) => [...pixels].filter((_, i) => i % 4 === 0);

test("codes are decoded one by one", () => {
  const answers = [...decodedCodes(decoder, { names: [7, 9], codes: [Float32Array.of(0, 1), Float32Array.of(0.2, 0)] })];
  assert.deepEqual(
    answers.map(({ name, pixels }) => [name, reds(pixels)]),
    [
      [7, [0, 255]],
      [9, [51, 0]],
    ],
  );
});

test("each code is decoded under its own label, if there are labels", () => {
  const told = { imageShape: [1, 1, 1], label: 0, decode: ([a]) => Float32Array.of(a + told.label / 5) };
  const answers = [...decodedCodes(told, { names: [0, 1], codes: [Float32Array.of(0.2), Float32Array.of(0.2)], labels: [3, 0] })];
  assert.deepEqual(
    answers.map(({ pixels }) => pixels[0]),
    [204, 51],
  );
});

test("a sheet has a tile for every spot of a slice, the first row on top", () => {
  const [base, u, v] = [Float64Array.of(0.2, 0.2), Float64Array.of(1, 0), Float64Array.of(0, 1)];
  const pass = { columns: 2, rows: 2, left: 0, top: 0.4, stepX: 0.2, stepY: 0.4 };
  const [{ generation, pixels }] = [...decodedSheets(decoder, { generation: 3, base, u, v, passes: [pass] })];
  assert.equal(generation, 3);
  assert.deepEqual(reds(pixels), [51, 153, 102, 153, 51, 51, 102, 51]);
});

test("the first pass is finished at once, later ones can be given up at every row", () => {
  const pass = (rows) => ({ columns: 1, rows, left: 0, top: 0, stepX: 1, stepY: 1 });
  const zero = Float64Array.of(0, 0);
  const answers = [...decodedSheets(decoder, { generation: 0, base: zero, u: zero, v: zero, passes: [pass(2), pass(3)] })];
  assert.deepEqual(
    answers.map((answer) => answer?.pass.rows),
    [2, undefined, undefined, undefined, 3],
  );
});
