import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeGif, inColours, inGreys } from "../../ui/components/runtime/files/gif.js";
import { seeded } from "./blob.js";

/** A GIF as {width, height, loop, frames: [{delay, rgb}]}, read as its specification says. */
function read(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const short = (at) => view.getUint16(at, true);
  assert.equal(String.fromCharCode(...file.subarray(0, 6)), "GIF89a");
  assert.equal(file[10], 0xf7);
  const shared = file.subarray(13, 13 + 768);
  const found = { width: short(6), height: short(8), loop: null, frames: [] };
  let [at, delay] = [13 + 768, null];
  for (; file[at] !== 0x3b;) {
    if (file[at] === 0x21 && file[at + 1] === 0xff) [found.loop, at] = [short(at + 16), at + 19];
    else if (file[at] === 0x21) [delay, at] = [10 * short(at + 4), at + 8];
    else {
      const own = file[at + 9] & 0x80;
      const palette = own ? file.subarray(at + 10, at + 10 + 768) : shared;
      at += 10 + (own ? 768 : 0);
      const { data, end } = blocks(file, at + 1);
      found.frames.push({ delay, rgb: unpacked(data, file[at]).flatMap((place) => [...palette.subarray(3 * place, 3 * place + 3)]) });
      at = end;
    }
  }
  assert.equal(at, file.length - 1);
  return found;
}

function blocks(file, at) {
  const data = [];
  for (; file[at]; at += file[at] + 1) data.push(...file.subarray(at + 1, at + 1 + file[at]));
  return { data, end: at + 1 };
}

/** What LZW codes stand for: a table that grows by what was last said and the first of what is said now. */
function unpacked(data, least) {
  const [clear, end] = [1 << least, (1 << least) + 1];
  const said = [];
  let [table, size, before, held, count] = [[], 0, null, 0, 0];
  for (const byte of data) {
    held |= byte << count;
    count += 8;
    if (count < size || !size) size ||= least + 1;
    while (count >= size) {
      const code = held & ((1 << size) - 1);
      [held, count] = [held >>> size, count - size];
      if (code === end) return said;
      if (code === clear) {
        [table, size, before] = [Array.from({ length: end + 1 }, (_, i) => [i]), least + 1, null];
        continue;
      }
      const words = table[code] ?? [...before, before[0]];
      said.push(...words);
      if (before && table.length < 4096) table.push([...before, words[0]]);
      if (table.length === 1 << size && size < 12) size++;
      before = words;
    }
  }
  throw new Error("the codes have no end");
}

const random = seeded(0);
const GREYS = {
  noise: () => Math.floor(256 * random()), // the table of codes fills up again and again
  "one colour": () => 7,
  "long runs": (i) => Math.floor(i / 390),
};

for (const [kind, value] of Object.entries(GREYS)) {
  test(`the frames of a film of ${kind} are the bytes that were given`, () => {
    const grey = Uint8Array.from({ length: 130 * 120 }, (_, i) => value(i));
    const frame = inGreys(Uint8Array.from({ length: 4 * grey.length }, (_, i) => grey[i >> 2]));
    const film = read(encodeGif({ width: 130, height: 120, frames: [frame, frame], delay: 250 }));
    assert.deepEqual([film.width, film.height, film.loop, film.frames.length], [130, 120, 0, 2]);
    for (const { delay, rgb } of film.frames) {
      assert.equal(delay, 250);
      assert.deepEqual(Buffer.from(rgb), Buffer.from([...grey].flatMap((byte) => [byte, byte, byte])));
    }
  });
}

test("up to 256 colours are kept exactly, in a palette of their own for each frame", () => {
  const pictures = [0, 1].map((shift) => Uint8Array.from({ length: 4 * 200 }, (_, i) => (i % 4 === 3 ? 255 : (i * 7 + 90 * shift) & 255)));
  const film = read(encodeGif({ width: 20, height: 10, frames: pictures.map(inColours), delay: 80 }));
  pictures.forEach((rgba, i) =>
    assert.deepEqual(
      film.frames[i].rgb,
      [...rgba].filter((_, at) => at % 4 !== 3),
    ),
  );
});

test("many colours are well represented by 256", () => {
  const rgba = new Uint8Array(4 * 1024); // 1,024 colours that fill a part of the cube
  for (let i = 0; i < 1024; i++) {
    const ramp = (step) => Math.floor((255 * step) / 31);
    rgba.set([ramp(i % 32), ramp(i >> 5), 100 + Math.floor(32 * random()), 255], 4 * i);
  }
  const { rgb } = read(encodeGif({ width: 32, height: 32, frames: [inColours(rgba)], delay: 10 })).frames[0];
  const colours = [...new Set(Array.from({ length: 1024 }, (_, i) => rgb.slice(3 * i, 3 * i + 3).join()))].map((text) =>
    text.split(",").map(Number),
  );
  const away = (i, colour) => Math.hypot(...colour.map((value, c) => value - rgba[4 * i + c]));
  let squares = 0;
  for (let i = 0; i < 1024; i++) {
    const own = away(i, rgb.slice(3 * i, 3 * i + 3));
    assert.ok(Math.abs(own - Math.min(...colours.map((colour) => away(i, colour)))) < 1e-9, "each pixel has the nearest colour there is");
    squares += own ** 2 / 3;
  }
  assert.ok(colours.length > 240);
  assert.ok(10 * Math.log10(255 ** 2 / (squares / 1024)) > 31);
});
