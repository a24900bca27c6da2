import assert from "node:assert/strict";
import { test } from "node:test";
import { heightOf, horizonOf, nearest, spelled, ticksBetween, ticksOf, valuesOf } from "../../ui/components/losses/axes.js";

const line = (...values) => values.map((value, i) => [i + 1, value]);
const falling = Array.from({ length: 100 }, (_, i) => [(i + 1) / 10, 130 + 400 * Math.exp(-i / 5)]);

test("every validation value is on the chart, also one that rises above all that training shows", () => {
  for (const validation of [line(148, 155, 160), line(900, 150, 140), line(60000, ...Array(40).fill(-6000)), line(3)]) {
    const values = valuesOf(falling, validation);
    for (const [, value] of validation) assert.ok(heightOf(values, value) >= 0 && heightOf(values, value) <= 1, `${value}`);
  }
});

test("the first plunge of training lies above the chart", () => {
  const values = valuesOf(falling, line(150, 140, 135));
  assert.ok(heightOf(values, falling[0][1]) > 1);
  assert.ok(heightOf(values, 131) < 0.2);
});

test("a first validation far above the later ones does not flatten them", () => {
  const values = valuesOf([], [[1, 60000], ...Array.from({ length: 40 }, (_, i) => [i + 2, -6000 - i])]);
  assert.ok(values.high > values.knee);
  assert.ok(heightOf(values, -6000) - heightOf(values, -6039) > 0.5);
  assert.ok(heightOf(values, 60000) > heightOf(values, values.knee) && heightOf(values, values.knee) > heightOf(values, -6010));
  assert.equal(ticksOf(values, 3).at(-1), 60000);
});

test("without records, with one, or with equal ones there is still an axis", () => {
  for (const [training, validation] of [
    [[], []],
    [line(5), []],
    [line(0, 0, 0), line(0)],
    [line(-7, NaN, -7), []],
  ]) {
    const { low, knee, high } = valuesOf(training, validation);
    assert.ok(low < knee && knee <= high);
  }
});

test("the epochs of a short training are there from the beginning, a long one grows by round numbers", () => {
  assert.equal(horizonOf(0, 10), 10);
  assert.equal(horizonOf(3.5, 3), 3);
  assert.equal(horizonOf(11.5714, 1000), 20);
  assert.equal(horizonOf(990, 1000), 1000);
  assert.equal(horizonOf(0.2, 1), 1);
  assert.deepEqual(ticksBetween(0, 3, 4, 1), [0, 1, 2, 3]);
});

test("numbers have a true minus and thousands apart", () => {
  assert.equal(spelled(-12402.83, 1), "−12,402.8");
  assert.equal(spelled(6.5, 2), "6.50");
  assert.equal(spelled(-0.5), "−0.5");
  assert.equal(spelled(2e7, 1), "more than 10,000,000");
});

test("the nearest record", () => {
  assert.deepEqual(nearest(line(4, 5, 6), 2.4), [2, 5]);
  assert.equal(nearest([], 2), undefined);
});
