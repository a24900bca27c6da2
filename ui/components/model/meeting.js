// Where a model's mount and its views meet: a map of the page, which either may find first.

/** @import { Widget } from "../types.js" */

const MEETING = Symbol.for("vae-explorer");

/** A promise of a widget, and what keeps it. */
export class Meeting {
  /** @type {Widget | null} */
  widget = null;
  /** @type {(widget: Widget) => void} */
  #resolve = () => {};
  /** @type {Promise<Widget>} */
  promise = new Promise((resolve) => (this.#resolve = resolve));

  /** @param {Widget} widget */
  keep(widget) {
    this.widget = widget;
    this.#resolve(widget);
  }
}

/** @type {Record<symbol, Map<string, Meeting> | undefined>} */
const page = /** @type {any} */ (globalThis);

/**
 * What the page knows of each model, by KIND:DIGEST, the newest last.
 * @returns {Map<string, Meeting>}
 */
export const models = () => (page[MEETING] ??= new Map());
