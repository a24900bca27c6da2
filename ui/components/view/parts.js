// Parts of a film or of a cloud of points, each a mount of its own that leaves it where the view finds it. Knows nothing of the screen.
//
// A part lives as long as its mount, so a page holds the films that it shows and no others.

import { readTensors } from "../runtime/tensors.js";

/**
 * @typedef {object} Part a packed blob; beside these names it has what Python said of it
 * @property {string} film what it belongs to
 * @property {string} name
 * @property {string} digest
 * @property {Record<string, any>} tensors arrays by name
 *
 * @typedef {EventTarget & {parts: Map<string, Part>}} Store it says "change" when a part comes or goes
 */

/** A film says so to its document: the epoch that it shows, infinite for its newest one. */
export const EPOCH_SHOWN = "vae-explorer.epoch";

const STORE = Symbol.for("vae-explorer.film");

/** The page's store. @returns {Store} */
export function storeOfParts() {
  const page = /** @type {Record<symbol, Store>} */ (/** @type {unknown} */ (globalThis));
  return (page[STORE] ??= Object.assign(new EventTarget(), { parts: new Map() }));
}

export default function (/** @type {import("../types.js").Component<Uint8Array>} */ { data }) {
  const store = storeOfParts();
  const part = unpack(data);
  const name = `${part.film}/${part.name}`;
  store.parts.set(name, part);
  store.dispatchEvent(new Event("change"));
  return () => {
    if (store.parts.get(name) !== part) return; // another mount brought it again
    store.parts.delete(name);
    store.dispatchEvent(new Event("change"));
  };
}

/** @param {Uint8Array} bytes @returns {Part} */
function unpack(bytes) {
  const { metadata, tensors } = readTensors(bytes);
  const numbers = Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]));
  return { ...JSON.parse(new TextDecoder().decode(numbers.about)), digest: metadata.sha256, tensors: numbers };
}
