import assert from "node:assert/strict";
import { test } from "node:test";
import { PALETTE, PALETTE_STEPS, inkOf } from "../../ui/components/runtime/colours.js";

test("a colour as an image holds it", () => {
  assert.equal(inkOf("#123456"), 0xff563412);
  const pixel = new Uint8Array(Uint32Array.of(inkOf("#0a14ff")).buffer);
  assert.deepEqual([...pixel], [10, 20, 255, 255]);
});

test("the palette goes from its first colour to its last and grows lighter without a step back", () => {
  assert.equal(PALETTE_STEPS.length, 64);
  assert.deepEqual(
    [PALETTE_STEPS[0], PALETTE_STEPS[63]],
    [PALETTE[0], PALETTE.at(-1)].map((colour) => colour.toLowerCase()),
  );
  const linear = (byte) => (byte / 255 <= 0.04045 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4);
  const light = PALETTE_STEPS.map((colour) => {
    const [r, g, b] = [1, 3, 5].map((at) => linear(parseInt(colour.slice(at, at + 2), 16)));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  });
  light.slice(1).forEach((value, i) => assert.ok(value > light[i], `step ${i + 1} is darker than the one before`));
});
