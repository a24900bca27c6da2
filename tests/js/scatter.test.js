import assert from "node:assert/strict";
import { test } from "node:test";
import { csv, exactly } from "../../ui/components/runtime/files/csv.js";
import { Cells, boundsOf, insidePolygon } from "../../ui/components/scatter/cells.js";
import { amid, chained, countsOf, framesOfPart, galleryOf, onPlane } from "../../ui/components/scatter/points.js";
import { PointSet } from "../../ui/components/scatter/point_set.js";
import { seeded } from "./blob.js";

test("the nearest point in cells is that of an exhaustive search", () => {
  const random = seeded(2);
  const flat = Float32Array.from({ length: 1000 }, () => random() ** 3);
  flat[100] = flat[101] = NaN; // a point that lies nowhere
  const cells = new Cells(flat);
  for (let turn = 0; turn < 100; turn++) {
    const [x, y, radius] = [random(), random(), 0.3 * random()];
    const allows = (i) => i % 3 !== turn % 3;
    let [best, least] = [-1, radius];
    for (let i = 0; i < 500; i++) {
      const away = Math.hypot(flat[2 * i] - x, flat[2 * i + 1] - y);
      if (allows(i) && away < least) [best, least] = [i, away];
    }
    assert.equal(cells.nearest(x, y, radius, allows), best);
  }
});

test("a polygon has an inside", () => {
  const arrow = [
    [0, 0],
    [4, 0],
    [4, 4],
    [2, 1],
    [0, 4],
  ];
  assert.ok(insidePolygon(arrow, 1, 0.5) && insidePolygon(arrow, 3.5, 2));
  assert.ok(!insidePolygon(arrow, 2, 3) && !insidePolygon(arrow, 5, 1));
  assert.deepEqual([...boundsOf(arrow.flat())], [0, 4, 0, 4]);
});

test("own points lie where their codes belong", () => {
  assert.deepEqual(onPlane([3, 5, 7], [1, 1, 1], [1, 0, 0, 0, 0, 1]), [2, 6]);
  const points = [0, 0, 10, 0, 0, 10];
  assert.deepEqual(
    amid(
      [
        [1, 4],
        [2, 4],
      ],
      points,
      2,
    ),
    [5, 5],
  );
  const [x, y] = amid(
    [
      [1, 0],
      [2, 1],
    ],
    points,
    2,
  ); // on a known point
  assert.ok(Math.abs(x - 10) < 1e-6 && Math.abs(y) < 1e-6);
  assert.deepEqual([...chained([1, 2], [], [3, 4], [5, 6])], [1, 2, 3, 4, 5, 6]);
});

test("values are counted in order, those without one last", () => {
  assert.deepEqual(
    [...countsOf([2, -1, 0, 2])],
    [
      [0, 1],
      [2, 2],
      [-1, 1],
    ],
  );
});

test("a gallery shows originals first and is spread over all", () => {
  const chosen = Array.from({ length: 100 }, (_, i) => i);
  assert.deepEqual(galleryOf(chosen, 10), [
    ...chosen.slice(0, 10),
    ...Array.from({ length: 14 }, (_, i) => 10 + Math.floor((i * 90) / 14)),
  ]);
  assert.equal(galleryOf(chosen, 100).length, 24);
});

test("a part holds frames of points", () => {
  const frames = Int16Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const found = framesOfPart({ film: "f", steps: [5, 9], scales: [0.5, 2], tensors: { frames } });
  assert.deepEqual(found[1], { film: "f", step: 9, points: frames.subarray(4), scale: 2 });
});

test("a table reads back as it was", () => {
  assert.equal(
    csv([
      ["index", "class"],
      [1, 'say "no", thanks'],
      ["", "two\nlines"],
    ]),
    'index,class\n1,"say ""no"", thanks"\n,"two\nlines"\n',
  );
  for (const value of [Math.PI, 1e-20, -123456.789]) assert.equal(Math.fround(Number(exactly(Math.fround(value)))), Math.fround(value));
  assert.equal(exactly(NaN), "");
});

test("a conditional model is told each label in turn of random codes, and the class of others", () => {
  const model = { latentDim: 1, network: { classes: 3 }, nameOfClass: (label) => `class ${label}` };
  const tensors = { codes: Float32Array.of(0, 0), noise: Float32Array.of(1, 1, 1, 1), labels: Float32Array.of(2, 0) };
  const part = { count: 2, tensors, projections: [], class_names: ["a", "b", "c"] };
  const points = new PointSet(model, part, []);
  assert.deepEqual(
    [...Array(6).keys()].map((index) => points.labelOf(index)),
    [2, 0, 2, 0, 1, 2],
  );
  assert.equal(points.nameOf(3), "Random code, label class 0");
  const others = new PointSet({ ...model, network: { classes: 0 } }, part, []);
  assert.equal(others.nameOf(3), "Random code");
});
