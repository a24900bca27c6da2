// What was drawn in a tab of the browser: kept until it is cleared or the tab is closed. Knows no pad.

/** @import { Stroke } from "./ink.js" */

/**
 * What was drawn under a name; nothing where the browser keeps nothing.
 * @param {string} name
 * @returns {(Stroke | null)[]}
 */
export function recall(name) {
  try {
    const kept = JSON.parse(sessionStorage.getItem(name) ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
}

/**
 * @param {string} name
 * @param {(Stroke | null)[]} strokes
 */
export function remember(name, strokes) {
  const rounded = (/** @type {string} */ key, /** @type {unknown} */ value) =>
    typeof value === "number" ? Number(value.toFixed(2)) : value;
  try {
    sessionStorage.setItem(name, JSON.stringify(strokes, rounded));
  } catch {
    // without room, or where a browser keeps nothing, it is lost with the page
  }
}
