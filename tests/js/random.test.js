import assert from "node:assert/strict";
import { test } from "node:test";
import { Random, newSeed } from "../../ui/components/runtime/random.js";

const drawn = (seed, draw, count = 20000) => {
  const random = new Random(seed);
  return Array.from({ length: count }, () => draw(random));
};
const mean = (values) => values.reduce((a, b) => a + b) / values.length;
const deviation = (values) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));

test("a seed repeats its draws, whatever the machine; another seed has others", () => {
  assert.deepEqual(
    drawn(1, (random) => random.integer(), 3),
    [2693262067, 11749833, 2265367787],
  );
  assert.deepEqual(
    drawn(7, (random) => random.normal(), 100),
    drawn(7, (random) => random.normal(), 100),
  );
  assert.notDeepEqual(
    drawn(7, (random) => random.normal(), 5),
    drawn(8, (random) => random.normal(), 5),
  );
  assert.ok(Number.isInteger(newSeed()) && newSeed() < 2 ** 32);
});

test("uniform draws fill [0, 1) evenly", () => {
  const values = drawn(3, (random) => random.uniform());
  assert.ok(values.every((value) => value >= 0 && value < 1));
  const counts = new Array(10).fill(0);
  for (const value of values) counts[Math.floor(10 * value)]++;
  assert.ok(
    counts.every((count) => Math.abs(count - 2000) < 200),
    counts.join(),
  );
});

test("normal draws have mean 0, deviation 1, and do not follow each other", () => {
  const values = drawn(5, (random) => random.normal());
  assert.ok(Math.abs(mean(values)) < 0.03 && Math.abs(deviation(values) - 1) < 0.03);
  assert.ok(Math.abs(mean(values.map((value, i) => value * (values[i + 1] ?? 0)))) < 0.03);
  assert.ok(Math.abs(mean(values.map((value) => Number(Math.abs(value) < 1))) - 0.6827) < 0.015);
});

test("whole numbers below a count, all of them; arrays filled in order", () => {
  assert.deepEqual(new Set(drawn(9, (random) => random.below(5), 200)), new Set([0, 1, 2, 3, 4]));
  const [one, all] = [new Random(4), new Random(4).fillNormal(new Float64Array(3))];
  assert.deepEqual([...all], [one.normal(), one.normal(), one.normal()]);
});
