import assert from "node:assert/strict";
import { test } from "node:test";
import { classMeans, tellingLabels, usualJobs } from "../../ui/components/interpolation/code_paths.js";

const CODES = [0, 0, 1, 0, 0, 3, 5, 5];
const model = {
  codes: Float32Array.from(CODES),
  labels: [2, 2, 1, 1],
  count: 4,
  latentDim: 2,
  code: (i) => CODES.slice(2 * i, 2 * i + 2),
};

test("the mean code of a class comes before the mean of all others", () => {
  const means = (label) => classMeans(model, label).map((code) => [...code]);
  assert.deepEqual(means(1), [
    [2.5, 4],
    [0.5, 0],
  ]);
  assert.deepEqual(means(2), [
    [0.5, 0],
    [2.5, 4],
  ]);
});

test("labels tell something when there are several", () => {
  assert.deepEqual(tellingLabels(model), [1, 2]);
  assert.deepEqual(tellingLabels({ labels: [3, 3], count: 2 }), []);
  assert.deepEqual(tellingLabels({ labels: undefined, count: 2 }), []);
});

test("how far neighbours usually are from each other", () => {
  const heard = [];
  for (const job of usualJobs(model, (usual) => heard.push(usual))) job();
  assert.equal(heard.length, 1);
  assert.ok(Math.abs(heard[0] - Math.hypot(5, 2)) < 1e-9); // 95 of 100: the largest of four distances
  assert.deepEqual(
    usualJobs({ ...model, count: 1 }, () => {}),
    [],
  );
});
