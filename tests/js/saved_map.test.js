import assert from "node:assert/strict";
import { test } from "node:test";

import { filling } from "../../ui/components/latent_map/saved_map.js";

test("tiles fill a window from edge to edge", () => {
  for (const [aspect, across, shape] of [
    [1, 20, 1],
    [1, 7, 1],
    [0.5, 8, 1],
    [1, 10, 2],
  ]) {
    const { columns, rows, left, top, stepX, stepY } = filling({ x: 1, y: -2, half: 3 }, aspect, across, shape);
    assert.equal(columns, across);
    const edges = [left - stepX / 2, left + (columns - 0.5) * stepX, top + stepY / 2, top - (rows - 0.5) * stepY];
    const expected = [-2, 4, -2 + 3 * aspect, -2 - 3 * aspect];
    edges.forEach((edge, i) => assert.ok(Math.abs(edge - expected[i]) < 1e-9, `${edges} is not ${expected}`));
  }
});

test("a line of codes is one row", () => {
  const { rows, top } = filling({ x: 0, y: 0, half: 3 }, 0, 12, 1);
  assert.deepEqual([rows, top], [1, 0]);
});
