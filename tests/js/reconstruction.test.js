import assert from "node:assert/strict";
import { test } from "node:test";
import { Disturbance } from "../../ui/components/reconstruction/disturbance.js";
import { codeTable, fileName } from "../../ui/components/reconstruction/downloads.js";
import { explanations } from "../../ui/components/reconstruction/explanations.js";
import { rankInWords } from "../../ui/components/reconstruction/gauge.js";
import { levelsInWords, repairInWords } from "../../ui/components/reconstruction/loss.js";
import { Passage } from "../../ui/components/reconstruction/passage.js";
import { Slices } from "../../ui/components/reconstruction/slices.js";
import { Random } from "../../ui/components/runtime/random.js";

const disturbance = (shape = [1, 6, 8]) => new Disturbance(shape, 0.25, new Random(7));

test("noise is the same until it is drawn again, and values stay between 0 and 1", () => {
  const noisy = disturbance();
  const image = new Float32Array(48).fill(0.5);
  assert.deepEqual(noisy.apply(image), image);
  noisy.deviation = 2;
  const first = noisy.apply(image);
  assert.deepEqual(noisy.apply(image), first);
  assert.deepEqual([Math.min(...first), Math.max(...first)], [0, 1]);
  noisy.redraw();
  assert.notDeepEqual(noisy.apply(image), first);
});

test("a cover hides a square of every channel and stays inside", () => {
  const covered = disturbance([3, 6, 8]);
  covered.setCover(true);
  assert.deepEqual(covered.box, { x: 3, y: 2, side: 2 });
  covered.moveCover(9, 9);
  assert.deepEqual(covered.box, { x: 6, y: 4, side: 2 });
  const image = covered.apply(new Float32Array(144).fill(1));
  assert.equal(image.filter((value) => value === 0.25).length, 12);
  assert.equal(image[4 * 8 + 6], 0.25);
  covered.growCover(9);
  assert.deepEqual(covered.box, { x: 2, y: 0, side: 6 });
  covered.setCover(false);
  assert.ok(!covered.isActive);
});

/** A model whose code is the first two numbers of the image, and whose image is that code twice. */
const model = {
  about: { likelihood: "gaussian", sigma: 1 },
  size: 4,
  latentDim: 2,
  network: {
    encode: (x) => ({ mean: x.subarray(0, 2), log_var: Float32Array.of(0, 0) }),
    decode: (z) => Float32Array.of(...z, ...z),
  },
};

test("an image passes through a model, and a moved point does not ask the encoder again", () => {
  const passage = new Passage(model, { apply: (image) => image, isActive: false });
  const original = Float32Array.of(1, 0.5, 1, 0.5);
  passage.begin(original);
  passage.run(original);
  assert.deepEqual([...passage.mean, ...passage.z], [1, 0.5, 1, 0.5]);
  assert.deepEqual([...passage.image], [1, 0.5, 1, 0.5]);
  assert.deepEqual(passage.costs().imageError, 0);
  assert.equal(passage.costs().kl, 0.625);
  passage.moveTo([0, 0]);
  passage.run(original);
  assert.deepEqual([...passage.image], [0, 0, 0, 0]);
  assert.ok(passage.isMoved);
  passage.isStale = true;
  passage.run(original);
  assert.ok(!passage.isMoved);
});

test("noise is the same for a seed, stays for another image, and a hand's z has noise of its own", () => {
  const passage = new Passage(model, { apply: (image) => image, isActive: false });
  passage.drawNoise(3);
  const noise = [...passage.epsilon];
  passage.begin(Float32Array.of(1, 0.5, 1, 0.5));
  passage.run(passage.original);
  assert.deepEqual([...passage.z], [1 + noise[0], 0.5 + noise[1]]);
  assert.ok(!passage.isAtMean);
  passage.moveTo([0, 0]);
  passage.drawNoise(3);
  assert.deepEqual([...passage.epsilon], noise);
  assert.ok(!passage.isMoved);
  assert.equal(passage.costAtMean(), passage.divergence + 2 * Math.log(2 * Math.PI));
  passage.moveToMean();
  assert.ok(passage.isAtMean);
});

test("what a stage does is said for each family", () => {
  const [vae, plain] = [true, false].map((is) =>
    explanations({ size: 784, latentDim: 2, isStochastic: is, isDiscrete: false, isBound: is }),
  );
  assert.deepEqual(Object.keys(vae).sort(), Object.keys(plain).sort());
  assert.match(vae.encoder, /a mean μ and a standard deviation σ for each of the 2/);
  assert.doesNotMatch(plain.encoder + plain.code, /σ|posterior/);
  const judged = explanations({ size: 784, latentDim: 2, isStochastic: true, isDiscrete: false, isBound: false });
  assert.match(vae.loss, /ELBO/);
  assert.doesNotMatch(Object.values({ ...judged, ...plain }).join(), /ELBO/);
});

test("a newer start takes the place of work that goes on", async () => {
  const seen = [];
  let part = 0;
  const work = function* () {
    const name = ++part;
    for (let i = 0; i < 3; i++) {
      seen.push([name, i]);
      yield Promise.resolve();
    }
  };
  const slices = new Slices(work, () => seen.push("done"));
  slices.start(0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(seen.splice(0), [[1, 0], [1, 1], [1, 2], "done"]);
  slices.start(0);
  slices.start(5);
  slices.stop();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(seen, []);
});

test("costs and codes in words", () => {
  assert.equal(rankInWords(0, "10 images"), "Easier than all 10 images");
  assert.equal(rankInWords(0.5, "10 images"), "Harder than 50 % of 10 images");
  assert.equal(rankInWords(0.995, "10 images"), "Harder than 99.5 % of 10 images");
  assert.equal(rankInWords(0.9999, "10,000 images"), "Harder than 99.9 % of 10,000 images");
  assert.equal(rankInWords(0.0001, "10,000 images"), "Easier than 99.9 % of 10,000 images");
  assert.match(repairInWords(0.2, 0.1), /error is 0.100; that of the disturbed input is 0.200. The model repaired/);
  assert.match(repairInWords(0.1, 0.2), /did not bring it nearer/);
  assert.deepEqual(codeTable({ mean: [0.5], logVar: [0], kl: [0.125] })[1], ["z1", "0.5000000", "1.000000", "0.1250000"]);
  assert.deepEqual(codeTable({ mean: [0.5], logVar: null, kl: null }), [
    ["dimension", "code"],
    ["z1", "0.5000000"],
  ]);
  assert.equal(fileName("my run", "<b>é/…</b>"), "my run _b_é_b_");
});

test("the KL of each level is the sum over its dimensions", () => {
  const levels = [
    { name: "top", start: 0, stop: 1 },
    { name: "bottom", start: 1, stop: 3 },
  ];
  const said = levelsInWords(levels, Float64Array.of(1.5, 2, 3.25));
  assert.equal(said, "KL of each level, the other one at its mean: top 1.5, bottom 5.3");
});
