import assert from "node:assert/strict";
import { test } from "node:test";
import { klByDimension, perfectNats, reconstructionNats, squaredError } from "../../ui/components/model/costs.js";

const close = (found, expected) => assert.ok(Math.abs(found - expected) < 1e-9, `${found} is not ${expected}`);

test("the nats of a reconstruction under either likelihood", () => {
  const [x, image] = [
    [1, 0, 0.5],
    [0.9, 0.2, 0.5],
  ];
  close(reconstructionNats({ likelihood: "bernoulli" }, x, image), -(Math.log(0.9) + Math.log(0.8) + Math.log(0.5)));
  const density = (error) => Math.log(0.1 * Math.sqrt(2 * Math.PI)) + (error / 0.1) ** 2 / 2;
  close(reconstructionNats({ likelihood: "gaussian", sigma: 0.1 }, x, image), density(0.1) + density(0.2) + density(0));
  assert.ok(Number.isFinite(reconstructionNats({ likelihood: "bernoulli" }, [1], [0])));
});

test("a bar of nats begins at a perfect copy", () => {
  const gaussian = { likelihood: "gaussian", sigma: 0.1 };
  close(perfectNats(gaussian, 3), reconstructionNats(gaussian, [1, 0, 0.5], [1, 0, 0.5]));
  assert.equal(perfectNats({ likelihood: "bernoulli" }, 3), 0);
});

test("a divergence by dimension, and a mean squared error", () => {
  assert.deepEqual([...klByDimension([0, 2], [0, 0])], [0, 2]);
  close(klByDimension([0], [Math.log(4)])[0], (4 - 1 - Math.log(4)) / 2);
  close(squaredError([1, 2], [2, 4]), 2.5);
});
