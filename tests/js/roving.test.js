import assert from "node:assert/strict";
import { test } from "node:test";
import { target } from "../../ui/components/view/roving.js";

test("arrow keys lead through a grid of buttons and not out of it", () => {
  const grid = Array.from({ length: 8 }, (_, i) => ({ offsetTop: 30 * Math.floor(i / 3) })); // rows of 3, 3 and 2
  const to = (key, from) => grid[target(key, grid, from)] && target(key, grid, from);
  assert.deepEqual(
    ["ArrowRight", "ArrowLeft", "ArrowDown", "ArrowUp", "Home", "End"].map((key) => to(key, 4)),
    [5, 3, 7, 1, 0, 7],
  );
  assert.equal(to("ArrowLeft", 0), undefined);
  assert.equal(to("ArrowDown", 5), undefined);
  assert.equal(to("Enter", 4), undefined);
});
