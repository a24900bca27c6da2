import assert from "node:assert/strict";
import { test } from "node:test";

import { shades } from "../../ui/components/shaded_table/shaded_table.js";

test("the largest of all shaded numbers is darkest, and what is not shaded neither is nor counts", () => {
  const columns = [
    { name: "z1", values: [0.1, 0.4], shaded: true },
    { name: "z2", values: [-0.2, 0.2], shaded: true },
    { name: "sum", values: [7, 9], shaded: false },
  ];
  assert.deepEqual(shades(columns), [
    [0.25, 1],
    [0, 0.5],
    [0, 0],
  ]);
});

test("where nothing is larger than 0 no cell is dark", () => {
  assert.deepEqual(shades([{ name: "z1", values: [0, 0], shaded: true }]), [[0, 0]]);
});
