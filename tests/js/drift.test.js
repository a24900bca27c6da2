import assert from "node:assert/strict";
import { test } from "node:test";
import { spotAt, wayAround } from "../../ui/components/latent_map/drift.js";

const CORNERS = [
  [1, 1],
  [-1, -1],
  [1, -1],
  [-1, 1],
];

test("a way begins at the first spot and goes around the middle", () => {
  assert.deepEqual(wayAround(CORNERS), [
    [1, 1],
    [-1, 1],
    [-1, -1],
    [1, -1],
  ]);
  assert.deepEqual(wayAround([[2, 3]]), [[2, 3]]);
});

test("a way passes every spot, comes back, and nowhere jumps", () => {
  const way = wayAround(CORNERS);
  for (const [stop, spot] of [...way, way[0]].entries()) assert.deepEqual(spotAt(way, stop), spot);
  let before = spotAt(way, 0);
  for (let time = 0.01; time < 8; time += 0.01) {
    const now = spotAt(way, time);
    assert.ok(Math.hypot(now[0] - before[0], now[1] - before[1]) < 0.05);
    before = now;
  }
});
