// Numbers as people read them.

/** @param {number} value */
export const plain = (value) => value.toFixed(2).replace(/^-0\.00$/, "0.00");
/** @param {number} value */
export const shown = (value) => plain(value).replace("-", "\u2212");
/** @param {number} value */
export const signed = (value) => shown(value).padStart(5, "\u2007"); // a figure space: columns stay aligned

/** How many of all, in words. @param {number} part from 0 to 1 */
export function share(part) {
  if (part < 0.001) return "fewer than 0.1 % of";
  if (part > 0.999) return "nearly all";
  return `${(100 * part).toFixed(part < 0.1 ? 1 : 0)} % of`;
}

/**
 * A component of a mixture, by its number and its weight.
 * @param {number} k
 * @param {number} weight
 */
export const componentName = (k, weight) => `${k + 1}: ${(100 * weight).toFixed(weight < 0.1 ? 1 : 0)} %`;
