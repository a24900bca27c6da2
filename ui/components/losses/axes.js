// What the axes of a loss reach over, and the numbers along them. Knows no page.

import { niceStep } from "../runtime/math.js";

/**
 * @typedef {[epoch: number, value: number][]} Line
 *
 * @typedef {object} Values what an upright axis shows: evenly from `low` to `knee`, and squeezed from there to `high`
 * @property {number} low
 * @property {number} knee
 * @property {number} high
 */

const ENOUGH = 20; // records, of which the first plunge may be squeezed
const PLUNGE = 0.2; // of the time
const MUCH = 3; // times the height of what comes later
const SQUEEZED = 0.2; // of the axis
const MARGIN = 0.06;
const SHORT = 10; // epochs that are on the axis from the beginning

/**
 * The values that a chart shows. Every validation value is among them; of training, the first plunge may lie above. Where validation
 * begins far above what comes later, it stands on a squeezed part of the axis, so that the later values can be told apart.
 * @param {Line} training
 * @param {Line} validation
 * @returns {Values}
 */
export function valuesOf(training, validation) {
  const values = validation.map(([, value]) => value).filter(isFinite);
  const later = [...afterPlunge(training), ...afterPlunge(validation)].map(([, value]) => value).filter(isFinite);
  const seen = [...later, ...values];
  if (!seen.length) return { low: 0, knee: 1, high: 1 };
  const [least, most, usual] = [Math.min(...seen), Math.max(...seen), Math.max(...later)];
  const margin = MARGIN * (usual - least || most - least || Math.abs(most) || 1);
  const [low, knee] = [least - margin, usual + margin];
  return most - low > MUCH * (knee - low)
    ? { low, knee, high: most }
    : { low, knee: Math.max(most + margin, knee), high: Math.max(most + margin, knee) };
}

/** @param {Line} line */
function afterPlunge(line) {
  const from = (line[0]?.[0] ?? 0) + PLUNGE * ((line.at(-1)?.[0] ?? 0) - (line[0]?.[0] ?? 0));
  return line.length < ENOUGH ? line : line.filter(([epoch]) => epoch >= from);
}

/**
 * Where a value stands on the axis, from 0 at the bottom to 1 at the top; above 1 where it is not shown.
 * @param {Values} values
 * @param {number} value
 */
export function heightOf({ low, knee, high }, value) {
  const even = high > knee ? 1 - SQUEEZED : 1;
  if (value <= knee || high === knee) return (even * (value - low)) / (knee - low);
  return even + (SQUEEZED * (value - knee)) / (high - knee);
}

/**
 * Up to which epoch an axis reaches: the end of a short training, else a round number that seldom moves.
 * @param {number} last epoch that was reached
 * @param {number} epochs of the whole training
 */
export const horizonOf = (last, epochs) => Math.max(1, Math.min(epochs, Math.max(SHORT, niceStep(last))));

/**
 * Round numbers between two others, about `count` of them.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 * @param {number} least the smallest step
 */
export function ticksBetween(low, high, count, least = 0) {
  const step = niceStep(Math.max((high - low) / count, least));
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/**
 * Numbers along an upright axis: round ones on its even part, and the highest value in two figures at the top of a squeezed one.
 * @param {Values} values
 * @param {number} count
 */
export function ticksOf({ low, knee, high }, count) {
  return [...ticksBetween(low, knee, count), ...(high > knee ? [Number(high.toPrecision(2))] : [])];
}

/**
 * The record nearest to an epoch.
 * @param {Line} line
 * @param {number} epoch
 */
export function nearest(line, epoch) {
  return line.reduce((best, point) => (Math.abs(point[0] - epoch) < Math.abs(best[0] - epoch) ? point : best), line[0]);
}

const MOST = 1e7;

/**
 * A loss as text; a number that only a broken model can have is not spelt out.
 * @param {number} value
 * @param {number} [digits]
 */
export function spelled(value, digits) {
  if (Math.abs(value) >= MOST) return "more than 10,000,000";
  const format = { minimumFractionDigits: digits ?? 0, maximumFractionDigits: digits ?? 6 };
  return value.toLocaleString("en-US", format).replace("-", "−");
}
