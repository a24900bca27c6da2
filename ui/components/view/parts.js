// @ts-nocheck
// Parts of a film or of a cloud of points, each a mount of its own that leaves it where the view finds it. Knows nothing of the screen.
//
// A part lives as long as its mount, so a page holds the films that it shows and no others.

import { readTensors } from "../runtime/tensors.js";

const STORE = Symbol.for("vae-explorer.film");

/** The page's store: {parts: by name}; it says "change" when one comes or goes. */
export const storeOfParts = () => (globalThis[STORE] ??= Object.assign(new EventTarget(), { parts: new Map() }));

export default function ({ data }) {
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

/** A packed blob as {film, name, digest, epochs, tensors}. */
function unpack(bytes) {
  const { metadata, tensors } = readTensors(bytes);
  const numbers = Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]));
  return { ...JSON.parse(new TextDecoder().decode(numbers.about)), digest: metadata.sha256, tensors: numbers };
}
