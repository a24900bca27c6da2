// The images of a data set that are nearest to another one. Reads its sheet of thumbnails row by row.

import { cellWithCanvas } from "../model/picture.js";
import { nearestCodes } from "../runtime/geometry.js";
import { contextOf, newCanvas } from "../view/canvas.js";
import { find } from "../view/elements.js";

/** @import { Model } from "../model/model.js" */
/** @import { Vector } from "../types.js" */

const NEIGHBOURS = 6;

/** The images of the data set nearest to this one: by code, and pixel by pixel. */
export class Neighbours {
  /**
   * @param {HTMLElement} section
   * @param {Model} model
   */
  constructor(section, model) {
    this.section = section;
    this.model = model;
    this.byCode = this.buildRow(".by-code .strip");
    this.byPixels = this.buildRow(".by-pixels .strip");
  }

  /** @param {string} selector */
  buildRow(selector) {
    const cells = Array.from({ length: Math.min(NEIGHBOURS, this.model.count) }, () => {
      const { cell, canvas } = cellWithCanvas("");
      const [name, distance] = [document.createElement("b"), document.createElement("span")];
      cell.append(name, distance);
      return { cell, canvas, name, distance };
    });
    find(this.section, selector).append(...cells.map(({ cell }) => cell));
    return cells;
  }

  /**
   * Bit by bit; yields a promise where it must wait for it.
   * @param {Vector} input
   * @param {Vector} mean its code
   * @param {number | null} itself which image of the data set the input is, if it is one
   */
  *show(input, mean, itself) {
    const { model, section } = this;
    if (!model.count) return;
    yield model.sheetReady;
    const others = (/** @type {[index: number, squaredDistance: number][]} */ nearest) => nearest.filter(([index]) => index !== itself);
    section.dataset.code = this.fill(this.byCode, others(nearestCodes(model, mean, NEIGHBOURS + 1)));
    yield;
    find(section, ".by-pixels").hidden = !model.sheet;
    if (!model.sheet) return;
    const byPixels = new Float64Array(model.count);
    for (const [index, distance] of this.sheetDistances(model.sheet, input)) {
      byPixels[index] = distance;
      if (index % model.about.columns === 0) yield;
    }
    const places = { codes: byPixels, count: model.count, latentDim: 1 };
    section.dataset.pixels = this.fill(this.byPixels, others(nearestCodes(places, [0], NEIGHBOURS + 1)));
  }

  /**
   * The distance of every thumbnail to the input; one row of the sheet is read at a time.
   * @param {ImageBitmap} sheet
   * @param {Vector} input
   * @returns {Generator<[index: number, distance: number]>}
   */
  *sheetDistances(sheet, input) {
    const { about, count, channels, width, height } = this.model;
    const strip = newCanvas(about.columns * width, height);
    const context = contextOf(strip, { willReadFrequently: true });
    for (let index = 0; index < count; index++) {
      const column = index % about.columns;
      if (column === 0) context.drawImage(sheet, 0, (index / about.columns) * height, strip.width, height, 0, 0, strip.width, height);
      const { data } = context.getImageData(column * width, 0, width, height);
      let sum = 0;
      for (let c = 0, at = 0; c < channels; c++) for (let i = c; i < data.length; i += 4, at++) sum += (data[i] / 255 - input[at]) ** 2;
      yield [index, Math.sqrt(sum)];
    }
  }

  /**
   * Show the nearest ones; returns their indices as text.
   * @param {ReturnType<Neighbours["buildRow"]>} cells
   * @param {[index: number, squaredDistance: number][]} nearest
   */
  fill(cells, nearest) {
    const shown = nearest.slice(0, cells.length);
    shown.forEach(([index, squared], place) => {
      const { canvas, name, distance } = cells[place];
      canvas.hidden = !this.model.drawOriginal(index, canvas);
      const label = this.model.className(index);
      canvas.setAttribute("aria-label", `Image ${index + 1} of the data set${label ? `, ${label}` : ""}`);
      name.textContent = label;
      distance.textContent = Math.sqrt(squared).toFixed(2);
    });
    return shown.map(([index]) => index).join();
  }
}
