import assert from "node:assert/strict";
import { test } from "node:test";
import { nearestCode } from "../../ui/components/runtime/geometry.js";
import { biggestHole } from "../../ui/components/runtime/holes.js";
import { Random } from "../../ui/components/runtime/random.js";

const STEPS = 200;

/** Mean, standard deviations and, in those, the distance from the mean that three quarters of the codes keep. */
function rangeOf({ codes, count }) {
  const rows = Array.from({ length: count }, (_, i) => [codes[2 * i], codes[2 * i + 1]]);
  const mean = [0, 1].map((axis) => rows.reduce((sum, row) => sum + row[axis], 0) / count);
  const deviation = [0, 1].map((axis) => Math.sqrt(rows.reduce((sum, row) => sum + (row[axis] - mean[axis]) ** 2, 0) / count));
  const away = rows.map((row) => Math.hypot((row[0] - mean[0]) / deviation[0], (row[1] - mean[1]) / deviation[1])).sort((a, b) => a - b);
  return { mean, deviation, size: away[Math.floor(0.75 * (count - 1))] };
}

/** The emptiest place of a fine grid over that range: the plain search. */
function byGrid(all) {
  const { mean, deviation, size } = rangeOf(all);
  let widest = 0;
  for (let i = -STEPS; i <= STEPS; i++)
    for (let j = -STEPS; j <= STEPS; j++) {
      if (Math.hypot(i, j) > STEPS) continue;
      const z = [mean[0] + (size * deviation[0] * i) / STEPS, mean[1] + (size * deviation[1] * j) / STEPS];
      widest = Math.max(widest, nearestCode(all, z).distance);
    }
  return widest;
}

test("no place of a grid over the range of the codes is emptier by more than three hundredths", () => {
  for (const seed of [1, 2, 3]) {
    const codes = new Random(seed).fillNormal(new Float32Array(2 * 300)).map((value, i) => (i % 2 ? 5 * value + 2 : value));
    const all = { codes, count: 300, latentDim: 2 };
    const { z, radius } = biggestHole(all);
    const { mean, deviation, size } = rangeOf(all);
    assert.ok(Math.hypot((z[0] - mean[0]) / deviation[0], (z[1] - mean[1]) / deviation[1]) <= size + 1e-9, "it is among the codes");
    assert.ok(Math.abs(nearestCode(all, z).distance - radius) < 1e-12);
    assert.ok(radius > 0.97 * byGrid(all), `${radius} of ${byGrid(all)}`);
  }
});

test("a hole that was left in three dimensions is found", () => {
  const random = new Random(4);
  const rows = [];
  while (rows.length < 3000) {
    const row = Array.from(random.fillNormal(new Float32Array(3)));
    if (Math.hypot(row[0] - 0.5, row[1], row[2]) > 1) rows.push(row);
  }
  const { z, radius } = biggestHole({ codes: Float32Array.from(rows.flat()), count: 3000, latentDim: 3 });
  assert.ok(Math.hypot(z[0] - 0.5, z[1], z[2]) < 0.2, `${z}`);
  assert.ok(radius > 0.9);
});

test("the same codes give the same hole, and too few give none", () => {
  const all = { codes: new Random(5).fillNormal(new Float32Array(60)), count: 20, latentDim: 3 };
  assert.deepEqual(biggestHole(all), biggestHole(all));
  assert.equal(biggestHole({ codes: new Float32Array(3), count: 1, latentDim: 3 }), null);
  assert.equal(biggestHole({ codes: new Float32Array(0), count: 0, latentDim: 3 }), null);
  assert.equal(biggestHole({ codes: new Float32Array(6), count: 3, latentDim: 2 }).radius, 0);
});
