import assert from "node:assert/strict";
import { test } from "node:test";
import { costUnder, tellBestLabel } from "../../ui/components/model/best_label.js";

/** A model whose decoder makes, under label k, an image of brightness k / 10, whatever z; its encoder always answers N(0, 1). */
function conditional(classes) {
  const network = {
    classes,
    label: classes ? 0 : -1,
    encode: () => ({ mean: Float32Array.of(0), log_var: Float32Array.of(0) }),
    decode: () => Float32Array.of(0.1 * network.label),
  };
  return { network, about: { likelihood: "gaussian", sigma: 0.5 } };
}

test("the best label is the one under which the image costs least, and the model is told it", () => {
  const model = conditional(10);
  assert.equal(tellBestLabel(model, Float32Array.of(0.72)), 7);
  assert.equal(model.network.label, 7);
});

test("what an image costs under a label is reconstruction and KL", () => {
  const gaussian = (error) => error ** 2 / 0.5 ** 2 / 2 + Math.log(0.5) + Math.log(2 * Math.PI) / 2;
  const model = conditional(10);
  assert.ok(Math.abs(costUnder(model, Float32Array.of(0.7), 2) - gaussian(0.5)) < 1e-6);
  model.network.encode = () => ({ mean: Float32Array.of(1), log_var: Float32Array.of(0) });
  assert.ok(Math.abs(costUnder(model, Float32Array.of(0.7), 2) - (gaussian(0.5) + 0.5)) < 1e-6, "the KL of N(1, 1) is half a nat");
});

test("a model that is told no label has none to choose", () => {
  assert.equal(tellBestLabel(conditional(0), Float32Array.of(0.5)), -1);
});
