import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyCursor } from "../../ui/components/sketch/key_cursor.js";
import { averaged, frameOfInk } from "../../ui/components/sketch/reading.js";

/** Pixels of one grey, with a white box from (left, top) up to (right, bottom). */
function picture(width, height, grey, [left, top, right, bottom] = [0, 0, 0, 0]) {
  const data = new Uint8ClampedArray(4 * width * height).fill(grey);
  for (let y = top; y < bottom; y++) data.fill(255, 4 * (y * width + left), 4 * (y * width + right));
  return { data, width, height };
}

const whole = { left: 0, top: 0, cell: 4 };

test("a pixel of the model is the mean of those below it, in every channel", () => {
  const pixels = picture(8, 8, 0, [0, 0, 4, 2]);
  pixels.data[1] = 0; // green of the first one
  const image = averaged(pixels, [3, 2, 2], 0, whole);
  assert.deepEqual([...image], [0.5, 0, 0, 0, 7 / 16, 0, 0, 0, 0.5, 0, 0, 0]);
});

test("what lies outside of the picture is background", () => {
  const image = averaged(picture(8, 8, 51), [1, 2, 2], 51, { left: -4, top: -4, cell: 8 });
  image.forEach((value) => assert.ok(Math.abs(value - 0.2) < 1e-6));
});

test("parts of pixels count by what of them is covered", () => {
  const image = averaged(picture(8, 4, 0, [0, 0, 2, 4]), [1, 1, 2], 0, { left: 1.5, top: 0, cell: 2 });
  assert.deepEqual([...image], [0.25, 0]); // half a column of the two below
});

test("ink is scaled into twenty pixels of twenty-eight, its centre of mass in the middle of pixel fourteen", () => {
  const { left, top, cell } = frameOfInk(picture(224, 224, 0, [10, 20, 90, 60]), [1, 28, 28], 0);
  assert.equal(cell, 4); // eighty pixels become twenty
  assert.deepEqual([(50 - left) / cell, (40 - top) / cell], [14.5, 14.5]);
});

test("a dot is enlarged three times at most, faint traces do not count, and without ink there is no frame", () => {
  assert.equal(frameOfInk(picture(224, 224, 0, [100, 100, 104, 104]), [1, 28, 28], 0).cell, 8 / 3);
  assert.equal(frameOfInk(picture(224, 224, 100), [1, 28, 28], 0), null);
});

test("held arrows make a diagonal, and the point stays on the paper", () => {
  const cursor = new KeyCursor(28, 14);
  assert.deepEqual(cursor.walk("arrowright", false), [15, 7]);
  assert.deepEqual(cursor.walk("arrowdown", true), [15.25, 7.25]);
  cursor.release("arrowright");
  assert.deepEqual(cursor.walk("arrowdown", false), [15.25, 8.25]);
  for (let i = 0; i < 20; i++) cursor.walk("arrowdown", false);
  assert.deepEqual(cursor.point, [15.25, 14]);
  cursor.releaseAll();
  assert.deepEqual(cursor.walk("arrowleft", false), [14.25, 14]);
});
