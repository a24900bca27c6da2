import assert from "node:assert/strict";
import { test } from "node:test";
import { PATHS, along, nearestCode } from "../../ui/components/runtime/geometry.js";
import { seeded } from "./blob.js";

const close = (found, expected) =>
  found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-9, `${found} is not ${expected}`));

test("a line passes its ends and goes on beyond them", () => {
  const [a, b] = [
    [1, -2, 3],
    [5, 0, 3],
  ];
  close(PATHS.linear(a, b, 0), a);
  close(PATHS.linear(a, b, 1), b);
  close(PATHS.linear(a, b, 1.5), [7, 1, 3]);
});

test("an arc keeps its ends and interpolates norms geometrically", () => {
  const [a, b] = [Float64Array.of(4, 0), Float64Array.of(0, 9)];
  close(PATHS.spherical(a, b, 0), a);
  close(PATHS.spherical(a, b, 1), b);
  close(PATHS.spherical(a, b, 0.5), [6 / Math.SQRT2, 6 / Math.SQRT2]);
  assert.ok(Math.abs(Math.hypot(...PATHS.spherical(a, b, 0.25)) - 4 ** 0.75 * 9 ** 0.25) < 1e-9);
});

test("ends without an arc between them take the straight line", () => {
  for (const [a, b] of [
    [
      [0, 0],
      [2, 1],
    ],
    [
      [1, 2],
      [2, 4],
    ],
    [
      [1, 2],
      [-1, -2],
    ],
  ])
    close(PATHS.spherical(a, b, 0.3), PATHS.linear(a, b, 0.3));
});

test("a step along a direction", () => close(along([1, 1], [2, -1], 0.5), [2, 0.5]));

test("the nearest code is that of an exhaustive search", () => {
  const random = seeded(1);
  const model = { codes: Float32Array.from({ length: 300 }, () => random() - 0.5), count: 100, latentDim: 3 };
  for (let turn = 0; turn < 20; turn++) {
    const z = [random() - 0.5, random() - 0.5, random() - 0.5];
    const away = Array.from({ length: 100 }, (_, i) => Math.hypot(...z.map((value, k) => value - model.codes[3 * i + k])));
    const order = [...away.keys()].sort((i, j) => away[i] - away[j]);
    assert.equal(nearestCode(model, z).index, order[0]);
    assert.equal(nearestCode(model, z, order[0]).index, order[1]);
    close([nearestCode(model, z).distance], [away[order[0]]]);
  }
  assert.deepEqual(nearestCode({ codes: [], count: 0, latentDim: 3 }, [0, 0, 0]), { index: -1, distance: Infinity });
});
