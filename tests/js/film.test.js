import assert from "node:assert/strict";
import { test } from "node:test";
import { scaleOf } from "../../ui/components/film/scale.js";

const frame = (...codes) => ({ codes: Float32Array.from(codes) });

test("with a prior, the middle is its mean and all circles are seen", () => {
  const { centre, half, ticks } = scaleOf([frame(0.1, 0.2, -0.3, 0.1)], true);
  assert.deepEqual(centre, [0, 0]);
  assert.ok(half > 3);
  assert.ok(ticks[0].includes(0) && ticks.flat().every((tick) => Math.abs(tick) < half));
});

test("without a prior, the middle follows the codes of all frames", () => {
  const { centre, half } = scaleOf([frame(100, 10, 102, 12), frame(104, 10, 108, 14)], false);
  assert.ok(Math.abs(centre[0] - 104) <= 1 && Math.abs(centre[1] - 12) <= 1);
  assert.ok(half >= 4 && half < 8);
});

test("codes that are not finite do not count", () => {
  assert.deepEqual(scaleOf([frame(NaN, 1, Infinity, 2)], true), scaleOf([frame(0, 1, 0, 2)], true));
});
