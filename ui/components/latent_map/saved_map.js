// The plane of a map decoded once more for a file, with as many images across as are wanted. A worker of its own decodes it.

import { contextOf, enlarged, newCanvas } from "../view/canvas.js";
import { DecodingWorker } from "../view/decoding_worker.js";
import { save } from "../view/export.js";

const LEAST_SIDE = 1000; // pixels of the file: fewer are made larger
export const MOST_ACROSS = 100;

/**
 * @import { Model } from "../model/model.js"
 * @import { DecodedSheet, Pass } from "../runtime/decoding.js"
 * @import { LatentMap } from "./latent_map.js"
 * @import { Window } from "../view/viewport.js"
 */

/**
 * Tiles that fill a window, so many of them side by side.
 * @param {Window} window
 * @param {number} aspect of the window, height by width
 * @param {number} across
 * @param {number} shape of an image, height by width
 * @returns {Pass}
 */
export function filling({ x, y, half }, aspect, across, shape) {
  const stepX = (2 * half) / across;
  const stepY = stepX * shape;
  const rows = Math.max(1, Math.round((across * aspect) / shape));
  return { columns: across, rows, left: x - half + stepX / 2, top: y + ((rows - 1) * stepY) / 2, stepX, stepY };
}

export class SavedMap {
  #model;
  #worker;
  /** @type {((sheet: DecodedSheet) => void) | null} */
  #receive = null;

  /**
   * @param {Model} model
   * @param {string} workerText
   */
  constructor(model, workerText) {
    this.#model = model;
    this.#worker = new DecodingWorker(workerText, model, (sheet) => this.#receive?.(sheet));
  }

  close() {
    this.#worker.close();
  }

  /**
   * Decode the window of a map and save it; one at a time.
   * @param {LatentMap} map
   * @param {number} across how many images
   * @returns whether the browser could make the picture
   */
  async save({ run, slice, view }, across) {
    const { width, height } = this.#model;
    const pass = filling(view.window, view.aspect, across, height / width);
    const names = slice.axes.map(({ name }) => name).join(",");
    const { direction: u } = slice.across;
    this.#worker.request({ generation: 0, base: slice.base, u, v: slice.up.direction, passes: [pass] });
    const { pixels } = await new Promise((resolve) => (this.#receive = resolve));
    const sheet = newCanvas(pass.columns * width, pass.rows * height);
    contextOf(sheet).putImageData(new ImageData(pixels, sheet.width, sheet.height), 0, 0);
    const scale = Math.ceil(LEAST_SIDE / sheet.width);
    const png = await new Promise((resolve) => enlarged(sheet, scale).toBlob(resolve, "image/png"));
    if (!png) return false;
    const url = URL.createObjectURL(png);
    save(`${run} map ${names} ${pass.columns}x${pass.rows}.png`, url);
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
    return true;
  }
}
