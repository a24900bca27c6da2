import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeWebp } from "../../ui/components/runtime/files/webp.js";

const letters = (text) => [...new TextEncoder().encode(text)];
const size = (value) => [...new Uint8Array(Uint32Array.of(value).buffer)];
const chunk = (name, body) => [...letters(name), ...size(body.length), ...body, ...(body.length % 2 ? [0] : [])];
const riff = (...chunks) => Uint8Array.from(chunk("RIFF", [...letters("WEBP"), ...chunks.flat()]));

/** The chunks of a file as [[name, body], ...]. */
function chunks(bytes) {
  const found = [];
  for (let at = 0; at < bytes.length;) {
    const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at + 4, true);
    found.push([String.fromCharCode(...bytes.subarray(at, at + 4)), bytes.slice(at + 8, at + 8 + length)]);
    at += 8 + length + (length % 2);
  }
  return found;
}

test("stills become the frames of one file, each with its own chunks", () => {
  const lossy = riff(chunk("VP8X", [9]), chunk("ALPH", [1, 2, 3]), chunk("EXIF", [5]), chunk("VP8 ", [4, 5, 6, 7]));
  const lossless = riff(chunk("VP8L", [0x2f, 0, 0, 0, 0]));
  const [[name, body]] = chunks(encodeWebp({ width: 23, height: 17, delay: 120, stills: [lossy, lossless] }));
  assert.equal(name, "RIFF");
  const [[head, facts], [animation, loop], ...frames] = chunks(body.slice(4));
  assert.deepEqual([head, ...facts], ["VP8X", 0x12, 0, 0, 0, 22, 0, 0, 16, 0, 0]); // animated, transparent, width and height less one
  assert.deepEqual([animation, ...loop], ["ANIM", 255, 255, 255, 255, 0, 0]); // without end
  assert.deepEqual(
    frames.map(([kind]) => kind),
    ["ANMF", "ANMF"],
  );
  const [first, second] = frames.map(([, frame]) => frame);
  assert.deepEqual([...first.subarray(0, 16)], [0, 0, 0, 0, 0, 0, 22, 0, 0, 16, 0, 0, 120, 0, 0, 2]);
  assert.deepEqual(chunks(first.slice(16)), [
    ["ALPH", Uint8Array.of(1, 2, 3)],
    ["VP8 ", Uint8Array.of(4, 5, 6, 7)],
  ]);
  assert.deepEqual(chunks(second.slice(16)), [["VP8L", Uint8Array.of(0x2f, 0, 0, 0, 0)]]);
});

test("the file says whether a frame is transparent", () => {
  const flags = (still) => encodeWebp({ width: 2, height: 2, delay: 10, stills: [still] })[20];
  assert.equal(flags(riff(chunk("VP8 ", [1, 2]))), 0x02);
  assert.equal(flags(riff(chunk("VP8L", [0x2f, 0, 0, 0, 0x10]))), 0x12);
});

test("what is no WebP file is refused", () => {
  assert.throws(
    () => encodeWebp({ width: 2, height: 2, delay: 10, stills: [Uint8Array.from(letters("\u0089PNG and more"))] }),
    /made no WebP picture/,
  );
});
