// How the scores of two groups of images are spread, and what a threshold makes of them. Knows no page.

import { clamp } from "../runtime/math.js";

/**
 * @typedef {object} Score
 * @property {string} name
 * @property {string} label
 * @property {string} about in a sentence
 * @property {string} unit empty where there is none
 * @property {number[]} known in rising order
 * @property {number[]} anomalous in rising order
 * @property {[alarms: number, hits: number][]} curve of the ROC
 * @property {number} auc the area under it
 */

const BARS = 48;
const MARGIN = 0.02;
export const USUAL_ALARMS = 0.05; // of the known images, where a threshold begins

/** The scores that the axis reaches over. @param {Score} score @returns {[low: number, high: number]} */
export function extentOf({ known, anomalous }) {
  const [low, high] = [Math.min(known[0], anomalous[0]), Math.max(known[known.length - 1], anomalous[anomalous.length - 1])];
  const margin = MARGIN * (high - low || Math.abs(high) || 1);
  return [low - margin, high + margin];
}

/**
 * Heights of bars between the two ends of an axis: the share of the scores in each.
 * @param {number[]} scores
 * @param {[number, number]} extent
 */
export function barsOf(scores, [low, high]) {
  const counts = new Array(BARS).fill(0);
  for (const score of scores) counts[clamp(Math.floor((BARS * (score - low)) / (high - low)), 0, BARS - 1)]++;
  return counts.map((count) => count / scores.length);
}

/** How many of the scores, in rising order, are a threshold or more. @param {number[]} scores @param {number} threshold */
export function countFrom(scores, threshold) {
  let [low, high] = [0, scores.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (scores[middle] < threshold) low = middle + 1;
    else high = middle;
  }
  return scores.length - low;
}

/** The threshold to begin with: one of twenty known images raises the alarm. @param {Score} score */
export function usualThreshold({ known }) {
  return known[Math.min(known.length - 1, Math.ceil((1 - USUAL_ALARMS) * known.length))];
}

/**
 * A number of images in words: "870 of 1,000 held-out images (87 %)".
 * @param {number} count
 * @param {number} all
 * @param {string} what
 */
export function ofAll(count, all, what) {
  const [some, whole] = [count, all].map((value) => value.toLocaleString("en-US"));
  const percent = (100 * count) / all;
  const isBetween = count > 0 && count < all && (percent < 1 || percent > 99);
  return `${some} of ${whole} ${what} (${percent.toFixed(isBetween ? 1 : 0)} %)`;
}

/**
 * The standard error of an AUC (Hanley & McNeil 1982, eq. 1).
 * @param {number} auc
 * @param {number} known how many images
 * @param {number} anomalous how many images
 */
export function standardError(auc, known, anomalous) {
  const [two, one] = [auc / (2 - auc), (2 * auc ** 2) / (1 + auc)];
  const variance = auc * (1 - auc) + (anomalous - 1) * (two - auc ** 2) + (known - 1) * (one - auc ** 2);
  return Math.sqrt(Math.max(0, variance) / (known * anomalous));
}

/** In words, how well a score tells the groups apart; of a single image nothing is said. @param {Score} score */
export function verdict({ auc, known, anomalous }) {
  if (anomalous.length === 1) return "of one image";
  if (Math.abs(auc - 0.5) < 2 * standardError(0.5, known.length, anomalous.length)) return "no better than chance";
  if (auc < 0.5) return "misled: worse than chance";
  if (auc >= 0.95) return "tells them apart";
  return auc >= 0.75 ? "often right" : "a weak hint";
}
