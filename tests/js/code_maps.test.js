import assert from "node:assert/strict";
import { test } from "node:test";
import { asText, chancesAt, drawMap, fromText, mapNats, pick } from "../../ui/components/runtime/code_maps.js";
import { Random } from "../../ui/components/runtime/random.js";

const near = (found, expected) => assert.ok(Math.abs(found - expected) < 1e-9, `${found} is not ${expected}`);

/** A prior of two codes over four places: each is the one before it with chance 0.8, the first is even. */
const LOGITS = [Math.log(0.8), Math.log(0.2)];
const repeats = (indices) => {
  const before = (place) => (place ? indices[place - 1] : null);
  return [0, 1].flatMap((code) =>
    Array.from({ length: 4 }, (_, place) => (place ? LOGITS[Number(before(place) !== code)] : Math.log(0.5))),
  );
};

test("chances are the softmax of a place's logits, however large", () => {
  const chances = chancesAt([1000, 0, 1000 + Math.log(3), 0], 0, 2);
  near(chances[0], 0.25);
  near(chances[1], 0.75);
});

test("a number picks the code in whose part of the line it falls", () => {
  const chances = Float64Array.of(0.2, 0, 0.8);
  assert.deepEqual(
    [0, 0.199, 0.2, 0.999, 1].map((at) => pick(chances, at)),
    [0, 0, 2, 2, 2],
  );
});

test("a map costs the chances of its codes, each given those before it", () => {
  near(mapNats(Float32Array.of(1, 1, 0, 0), repeats), -Math.log(0.5 * 0.8 * 0.2 * 0.8));
});

test("draws have the frequencies of the prior, by their seed", () => {
  const counts = { repeated: 0, all: 0 };
  for (let seed = 0; seed < 2000; seed++) {
    const indices = new Float32Array(4);
    assert.deepEqual([...drawMap(indices, 2, new Random(seed), repeats)], [0, 1, 2, 3]);
    for (let place = 1; place < 4; place++) counts.repeated += Number(indices[place] === indices[place - 1]);
    counts.all += 3;
  }
  assert.ok(Math.abs(counts.repeated / counts.all - 0.8) < 0.02);
  const drawn = (seed) => {
    const indices = new Float32Array(49);
    assert.equal([...drawMap(indices, 64, new Random(seed), null)].length, 49);
    return indices;
  };
  assert.deepEqual(drawn(3), drawn(3));
  assert.notDeepEqual(drawn(3), drawn(4));
  assert.ok(drawn(3).every((code) => Number.isInteger(code) && code >= 0 && code < 64));
});

test("a map goes into a link and comes back; what is none is refused", () => {
  for (const count of [2, 64, 65, 1024]) {
    const indices = Float32Array.of(0, count - 1, 1);
    assert.deepEqual(fromText(asText(indices, count), 3, count), indices);
    assert.match(asText(indices, count), /^[\w-]+$/);
  }
  assert.equal(asText(new Float32Array(49), 64).length, 49);
  for (const text of ["", "AB", "ABCD", "AB!", "AB_"]) assert.equal(fromText(text, 3, 60), null);
});
