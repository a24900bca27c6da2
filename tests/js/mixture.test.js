import assert from "node:assert/strict";
import { test } from "node:test";
import { Mixture } from "../../ui/components/model/mixture.js";
import { Random } from "../../ui/components/runtime/random.js";
import { chiSquareTail } from "../../ui/components/runtime/statistics.js";

const close = (found, expected, slack = 1e-9) => assert.ok(Math.abs(found - expected) <= slack, `${found} is not ${expected}`);

const STANDARD = new Mixture({ weights: [1], means: [[0, 0]], deviations: [[1, 1]] });
const NUMBERS = {
  weights: [0.25, 0.75],
  means: [
    [0, 0],
    [3, -1],
  ],
  deviations: [
    [1, 1],
    [0.5, 2],
  ],
};
const TWO = new Mixture(NUMBERS);
const normal = (x, mean, deviation) => Math.exp((-0.5 * (x - mean) ** 2) / deviation ** 2) / (deviation * Math.sqrt(2 * Math.PI));

test("the density is the weighted sum of the components'", () => {
  for (const [x, y] of [
    [0, 0],
    [2.5, 1],
    [-4, 3],
  ])
    close(TWO.logDensity([x, y]), Math.log(0.25 * normal(x, 0, 1) * normal(y, 0, 1) + 0.75 * normal(x, 3, 0.5) * normal(y, -1, 2)));
  assert.ok(Number.isFinite(TWO.logDensity([500, 500])), "far out the logarithm stays a number");
});

test("draws have the mixture's mean, deviation and weights, and follow their generator", () => {
  const random = new Random(1);
  const chosen = Array.from({ length: 20_000 }, () => TWO.drawComponent(random));
  close(chosen.filter((k) => k === 1).length / chosen.length, 0.75, 0.01);
  const drawn = chosen.map((k) => TWO.drawFrom(random, k));
  for (const i of [0, 1]) {
    const mean = drawn.reduce((sum, z) => sum + z[i], 0) / drawn.length;
    const variance = drawn.reduce((sum, z) => sum + (z[i] - mean) ** 2, 0) / drawn.length;
    close(mean, TWO.moments(i)[0], 0.05);
    close(Math.sqrt(variance), TWO.moments(i)[1], 0.05);
  }
  assert.deepEqual(TWO.drawFrom(new Random(7), 0), TWO.drawFrom(new Random(7), 0));
});

test("under one standard normal the KL is the closed form, and rarer draws lie farther out", () => {
  const [mean, logVar] = [Float64Array.of(0.7, -1.2), Float64Array.of(-2, 0.3)];
  const exact = mean.reduce((sum, m, i) => sum + (m ** 2 + Math.exp(logVar[i]) - 1 - logVar[i]) / 2, 0);
  close(STANDARD.kl(mean, logVar), exact, 0.1);
  for (const r of [0.2, 1, 2, 3]) close(STANDARD.lessLikely([r, 0]), chiSquareTail(r * r, 2), 0.02);
});

test("a plane sees each component's covariance, and an axis two of its deviations", () => {
  const axis = (...direction) => ({ name: "", direction: Float64Array.from(direction), zero: 0 });
  const [, straight] = TWO.ellipses(axis(1, 0), axis(0, 1));
  close(straight.radii[0], 2);
  close(straight.radii[1], 0.5);
  close(Math.abs(straight.angle), 90);
  const half = Math.SQRT1_2;
  const [, turned] = TWO.ellipses(axis(half, half), axis(-half, half));
  close(turned.centre[0], half * 2);
  close(turned.centre[1], half * -4);
  close(turned.radii[0], 2);
  close(turned.angle, 45, 1e-6);
  const [low, high] = TWO.span(axis(0, 1));
  close(low, -5);
  close(high, 3);
});
