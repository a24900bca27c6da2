import assert from "node:assert/strict";
import { test } from "node:test";
import { klByDimension, perfectNats, reconstructionNats, squaredError } from "../../ui/components/model/costs.js";

const close = (found, expected) => assert.ok(Math.abs(found - expected) < 1e-9, `${found} is not ${expected}`);

test("the nats of a reconstruction under every likelihood", () => {
  const [x, image] = [
    [1, 0, 0.5],
    [0.9, 0.2, 0.5],
  ];
  close(reconstructionNats({ likelihood: "bernoulli" }, x, image), -(Math.log(0.9) + Math.log(0.8) + Math.log(0.5)));
  const density = (error) => Math.log(0.1 * Math.sqrt(2 * Math.PI)) + (error / 0.1) ** 2 / 2;
  close(reconstructionNats({ likelihood: "gaussian", sigma: 0.1 }, x, image), density(0.1) + density(0.2) + density(0));
  assert.ok(Number.isFinite(reconstructionNats({ likelihood: "bernoulli" }, [1], [0])));
  const below = (edge, mean, sigma) => 1 / (1 + Math.exp(((mean - edge) * Math.PI) / Math.sqrt(3) / sigma));
  const [half, middle] = [0.5 / 255, 128 / 255];
  const probabilities = [
    1 - below(1 - half, 0.9, 0.1),
    below(half, 0.2, 0.1),
    below(middle + half, 0.5, 0.1) - below(middle - half, 0.5, 0.1),
  ];
  close(reconstructionNats({ likelihood: "logistic", sigma: 0.1 }, x, image), -Math.log(probabilities.reduce((a, b) => a * b)));
});

test("a standard deviation for each pixel", () => {
  const sigma = Float32Array.of(0.125, 0.5);
  for (const likelihood of ["gaussian", "logistic"]) {
    const [first, second] = [...sigma].map((one) => reconstructionNats({ likelihood, sigma: one }, [0.25], [0.5]));
    close(reconstructionNats({ likelihood, sigma }, [0.25, 0.25], [0.5, 0.5]), first + second);
  }
  close(perfectNats({ likelihood: "gaussian", sigma }, 2), Math.log(0.125 * 0.5 * 2 * Math.PI));
});

test("a rounded logistic distribution gives 256 values a chance of 1 together, and stays finite", () => {
  for (const sigma of [0.001, 0.1, 3]) {
    const chances = Array.from({ length: 256 }, (_, value) =>
      Math.exp(-reconstructionNats({ likelihood: "logistic", sigma }, [value / 255], [0.3])),
    );
    close(
      chances.reduce((a, b) => a + b),
      1,
    );
  }
  assert.ok(Number.isFinite(reconstructionNats({ likelihood: "logistic", sigma: 1e-4 }, [1, 0], [0, 1])));
});

test("a bar of nats begins at a perfect copy", () => {
  const gaussian = { likelihood: "gaussian", sigma: 0.1 };
  close(perfectNats(gaussian, 3), reconstructionNats(gaussian, [1, 0, 0.5], [1, 0, 0.5]));
  for (const likelihood of ["bernoulli", "logistic"]) assert.equal(perfectNats({ likelihood, sigma: 0.1 }, 3), 0);
});

test("a divergence by dimension, and a mean squared error", () => {
  assert.deepEqual([...klByDimension([0, 2], [0, 0])], [0, 2]);
  close(klByDimension([0], [Math.log(4)])[0], (4 - 1 - Math.log(4)) / 2);
  close(squaredError([1, 2], [2, 4]), 2.5);
});
