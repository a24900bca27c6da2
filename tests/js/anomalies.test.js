import assert from "node:assert/strict";
import { test } from "node:test";
import { barsOf, countFrom, extentOf, ofAll, standardError, usualThreshold, verdict } from "../../ui/components/anomalies/histogram.js";

const range = (n) => Array.from({ length: n }, (_, i) => i);

test("every score is in one bar, and the ends are on the axis", () => {
  const score = { known: range(100), anomalous: [-50, 3, 3, 400] };
  const extent = extentOf(score);
  assert.ok(extent[0] < -50 && extent[1] > 400);
  for (const scores of [score.known, score.anomalous]) {
    const bars = barsOf(scores, extent);
    assert.ok(Math.abs(bars.reduce((a, b) => a + b, 0) - 1) < 1e-9);
  }
  assert.equal(barsOf(score.anomalous, extent).filter(Boolean).length, 3);
});

test("scores that are all equal have an axis too", () => {
  const [low, high] = extentOf({ known: [5, 5], anomalous: [5] });
  assert.ok(low < 5 && high > 5);
  const zero = extentOf({ known: [0], anomalous: [0] });
  assert.ok(zero[0] < zero[1]);
});

test("a threshold counts what is that or more, as by going through all", () => {
  const scores = [1, 2, 2, 2, 5, 9];
  for (const threshold of [0, 1, 1.5, 2, 3, 9, 10])
    assert.equal(countFrom(scores, threshold), scores.filter((score) => score >= threshold).length);
  assert.equal(countFrom([], 1), 0);
});

test("the usual threshold is an alarm for one of twenty known images", () => {
  const known = range(1000);
  assert.equal(countFrom(known, usualThreshold({ known })), 50);
  assert.equal(usualThreshold({ known: [7] }), 7);
});

test("few of many are not said to be none, nor almost all to be all", () => {
  assert.equal(ofAll(870, 1010, "images"), "870 of 1,010 images (86 %)");
  assert.equal(ofAll(3, 1000, "images"), "3 of 1,000 images (0.3 %)");
  assert.equal(ofAll(998, 1000, "images"), "998 of 1,000 images (99.8 %)");
  assert.equal(ofAll(0, 1, "image"), "0 of 1 image (0 %)");
  assert.equal(ofAll(1, 1, "image"), "1 of 1 image (100 %)");
});

/** @param {number} auc @param {number} [known] @param {number} [anomalous] */
const said = (auc, known = 1000, anomalous = 1000) =>
  verdict({ auc, known: range(known), anomalous: range(anomalous), curve: [], name: "", label: "", about: "", unit: "" });

test("an area below chance is called misled", () => {
  assert.equal(said(0.5), "no better than chance");
  assert.match(said(0.1), /misled/);
  assert.notEqual(said(0.97), said(0.8));
});

test("what is said of an area depends on how many images there are", () => {
  assert.equal(said(0.6), "a weak hint");
  assert.equal(said(0.6, 10, 10), "no better than chance");
  assert.equal(said(1, 1000, 1), "of one image");
  const ofRanks = Math.sqrt((58 + 51 + 1) / (12 * 58 * 51)); // of Mann and Whitney's statistic, where the groups are alike
  assert.ok(Math.abs(standardError(0.5, 58, 51) - ofRanks) < 1e-12);
});
