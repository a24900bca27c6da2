// @ts-nocheck
// Where a model's mount and its views meet: a map of the page, which either may find first.

const MEETING = Symbol.for("vae-explorer");

/** What the page knows of each model, by KIND:DIGEST: {promise, resolve, widget}, the newest last. */
export const models = () => (globalThis[MEETING] ??= new Map());

/** A promise of a widget, and what keeps it. */
export function promised() {
  const entry = {};
  entry.promise = new Promise((resolve) => (entry.resolve = resolve));
  return entry;
}
