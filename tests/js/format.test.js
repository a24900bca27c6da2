import assert from "node:assert/strict";
import { test } from "node:test";
import { plain, share, shown, signed } from "../../ui/components/runtime/format.js";

test("two decimals, and no negative zero", () => {
  assert.deepEqual([-0.001, 1.005, -2].map(plain), ["0.00", "1.00", "-2.00"]);
  assert.deepEqual([-0.001, -2].map(shown), ["0.00", "\u22122.00"]);
  assert.deepEqual([2, -2].map(signed), ["\u20072.00", "\u22122.00"]);
});

test("a share in words", () => {
  assert.deepEqual([0.0005, 0.05, 0.4, 0.9995].map(share), ["fewer than 0.1 % of", "5.0 % of", "40 % of", "nearly all"]);
});
