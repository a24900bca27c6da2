import assert from "node:assert/strict";
import { test } from "node:test";
import { fromBase64, toBase64 } from "../../ui/components/runtime/base64.js";
import { fillPixels } from "../../ui/components/runtime/pixels.js";

const blank = () => ({ width: 2, height: 1, data: new Uint8ClampedArray(8) });

test("greys and colours become opaque pixels, clamped", () => {
  assert.deepEqual([...fillPixels(blank(), [0.5, 2], 100).data], [50, 50, 50, 255, 200, 200, 200, 255]);
  assert.deepEqual([...fillPixels(blank(), [1, 0, 0.2, -1, 0, 3], 255).data], [255, 51, 0, 255, 0, 0, 255, 255]);
});

test("bytes go into text and back", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(fromBase64(toBase64(bytes)), bytes);
  assert.equal(toBase64(Uint8Array.of(1, 2, 3)), "AQID");
});
