import assert from "node:assert/strict";
import { test } from "node:test";
import { clamp, distance, dot, range, squaredDistance } from "../../ui/components/runtime/math.js";

test("sums over coordinates", () => {
  assert.equal(dot([1, 2, 3], [4, 5, 6]), 32);
  assert.equal(squaredDistance([1, 2, 3], [4, 5, 6]), 27);
  assert.equal(distance([1, 2], [4, 6]), 5);
});

test("a number is brought between two others", () => {
  assert.deepEqual(
    [-2, 0.5, 7].map((value) => clamp(value, 0, 1)),
    [0, 0.5, 1],
  );
  assert.deepEqual(range(4), [0, 1, 2, 3]);
});
