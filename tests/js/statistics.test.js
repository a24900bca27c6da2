import assert from "node:assert/strict";
import { test } from "node:test";
import { chiSquareTail, priorRadius, tailless } from "../../ui/components/runtime/statistics.js";

const close = (found, expected, slack = 1e-9) => assert.ok(Math.abs(found - expected) <= slack, `${found} is not ${expected}`);

test("the tail of chi-square with two degrees of freedom is an exponential", () => {
  for (const x of [0.01, 0.5, 2, 9, 30]) close(chiSquareTail(x, 2), Math.exp(-x / 2));
});

test("the tail of chi-square with even degrees of freedom is a Poisson sum", () => {
  for (const k of [4, 6, 16, 64]) {
    for (const x of [0.3, 3, k, 2 * k]) {
      let [term, sum] = [Math.exp(-x / 2), 0];
      for (let i = 0; i < k / 2; i++) {
        sum += term;
        term *= x / 2 / (i + 1);
      }
      close(chiSquareTail(x, k), sum);
    }
  }
});

test("the tail of chi-square with odd degrees of freedom is as tabulated", () => {
  close(chiSquareTail(3.841458820694124, 1), 0.05, 1e-9);
  close(chiSquareTail(11.070497693516351, 5), 0.05, 1e-9);
  close(chiSquareTail(1.1454762260617692, 5), 0.95, 1e-9);
});

test("a share of the draws from a normal lies beyond the radius", () => {
  close(priorRadius(2, 0.5), Math.sqrt(2 * Math.log(2)));
  for (const dims of [1, 3, 20]) for (const share of [0.95, 0.05]) close(chiSquareTail(priorRadius(dims, share) ** 2, dims), share);
});

test("a range without its tails", () => {
  const values = Array.from({ length: 1000 }, (_, i) => i);
  assert.deepEqual(tailless(values), [10, 989]);
  assert.deepEqual(tailless([3, 1, 2]), [1, 3]); // few numbers have no tails
  assert.deepEqual(tailless([]), [0, 0]);
});
