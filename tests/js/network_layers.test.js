import assert from "node:assert/strict";
import { test } from "node:test";

import { kindsText, partsOf, shapeText, sizeOf } from "../../ui/components/network_layers/blocks.js";

const layer = (name, kind, takes, gives, parameters = 0) => ({ name, kind, takes, gives, parameters });

test("layers that give one shape are one block, and the first block is what is given", () => {
  const [encoder, decoder, prior] = partsOf([
    layer("encoder.0", "Conv2d", [1, 28, 28], [8, 14, 14], 72),
    layer("encoder.1", "BatchNorm2d", [8, 14, 14], [8, 14, 14], 16),
    layer("encoder.2", "Flatten", [8, 14, 14], [1568]),
    layer("decoder.0", "Linear", [2], [2], 6),
    layer("prior", "NormalMixture", [], [], 50),
  ]);
  assert.deepEqual(
    encoder.blocks.map(({ shape, kinds, parameters }) => [shapeText(shape), kinds, parameters]),
    [
      ["1 × 28 × 28", [], 0],
      ["8 × 14 × 14", ["Conv2d", "BatchNorm2d"], 88],
      ["1,568", ["Flatten"], 0],
    ],
  );
  assert.equal(decoder.blocks.length, 2); // what it is given is not what a layer gives, alike as they are
  assert.deepEqual(prior.blocks, [{ shape: [], kinds: ["NormalMixture"], parameters: 50 }]);
});

test("a block is as high as its image, wider for more channels, and higher for more units", () => {
  const [narrow, high] = sizeOf([8, 28, 28], 28);
  const [wide, half] = sizeOf([64, 14, 14], 28);
  assert.equal(high, 2 * half);
  assert.ok(wide > narrow);
  const units = [2, 64, 1568, 1e6].map((count) => sizeOf([count], 28)[1]);
  assert.deepEqual(
    units,
    [...units].sort((one, other) => one - other),
  );
  assert.ok(units.every((height) => height > 0 && height <= high));
  assert.ok(sizeOf([], 28).every((side) => side > 0));
});

test("a kind is named once, with how often", () => {
  assert.equal(kindsText(["ReLU", "Conv2d", "ReLU"]), "2 ReLU, Conv2d");
});
