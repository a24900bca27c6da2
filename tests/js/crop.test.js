import assert from "node:assert/strict";
import { test } from "node:test";
import { CropBox } from "../../ui/components/crop/box.js";

/** A box of 3 by 2 in the middle of a picture of 320 by 240 pixels. */
const middle = () => new CropBox(320, 240, 1.6, [0.25, 70 / 240, 0.75, 170 / 240]);

const near = (found, expected) =>
  expected.forEach((value, i) => assert.ok(Math.abs(found[i] - value) < 1e-9, `${found} is not ${expected}`));

/** Left, top, right, bottom in pixels. */
const edges = (box) => box.fractions.map((part, i) => part * (i % 2 ? 240 : 320));

test("a box begins where it is put, and stays inside", () => {
  const box = middle();
  near(edges(box), [80, 70, 240, 170]);
  box.put(-50, 500, 160);
  near(edges(box), [0, 140, 160, 240]);
  box.put(0, 0, 1000);
  near(edges(box), [0, 0, 320, 200]);
});

test("a corner follows along the diagonal; the opposite one stays", () => {
  const box = middle();
  const start = box.place;
  box.pull({ right: true, bottom: true }, start, 32, 20);
  near(edges(box), [80, 70, 272, 190]);
  box.pull({ right: false, bottom: false }, start, 16, 10);
  near(edges(box), [96, 80, 240, 170]);
  box.pull({ right: true, bottom: true }, start, 999, 999);
  near(edges(box), [80, 70, 320, 220]);
});

test("a box resizes about its middle, not below a twentieth of the largest one", () => {
  const box = middle();
  box.scale(1.1);
  near(edges(box), [72, 65, 248, 175]);
  for (let i = 0; i < 40; i++) box.scale(1 / 1.1);
  near(edges(box), [152, 115, 168, 125]);
  box.fill();
  near(edges(box), [0, 20, 320, 220]);
});

test("a step is a part of the picture's sides", () => {
  const box = middle();
  box.walk(0.01, -0.05);
  near(edges(box), [83.2, 58, 243.2, 158]);
});
