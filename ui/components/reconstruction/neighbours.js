// @ts-nocheck
// The images of a data set that are nearest to another one. Reads its sheet of thumbnails row by row.

import { cellWithCanvas } from "../model/picture.js";
import { squaredDistance } from "../runtime/math.js";

const NEIGHBOURS = 6;

/** The images of the data set nearest to this one: by code, and pixel by pixel. */
export class Neighbours {
  constructor(section, model) {
    Object.assign(this, { section, model });
    section.hidden = model.count === 0;
    this.rows = ["by-code", "by-pixels"].map((name) => {
      const cells = Array.from({ length: Math.min(NEIGHBOURS, model.count) }, () => {
        const { cell } = cellWithCanvas("");
        cell.append(document.createElement("b"), document.createElement("span"));
        return cell;
      });
      section.querySelector(`.${name} .strip`).append(...cells);
      return cells;
    });
  }

  *show(input, mean) {
    const { model, section } = this;
    if (!model.count) return;
    yield model.sheetReady;
    this.fill(
      0,
      Float64Array.from({ length: model.count }, (_, i) => Math.sqrt(squaredDistance(model.code(i), mean))),
      "code",
    );
    yield;
    section.querySelector(".by-pixels").hidden = !model.sheet;
    if (!model.sheet) return;
    const byPixels = new Float64Array(model.count);
    for (const { index, distance } of this.sheetDistances(input)) {
      byPixels[index] = distance;
      if (index % model.about.columns === 0) yield;
    }
    this.fill(1, byPixels, "pixels");
  }

  /** Distance of every thumbnail to the input; one row of the sheet is read at a time. */
  *sheetDistances(input) {
    const { sheet, about, count, channels, width, height } = this.model;
    const strip = Object.assign(document.createElement("canvas"), { width: about.columns * width, height });
    const context = strip.getContext("2d", { willReadFrequently: true });
    for (let index = 0; index < count; index++) {
      const column = index % about.columns;
      if (column === 0) context.drawImage(sheet, 0, (index / about.columns) * height, strip.width, height, 0, 0, strip.width, height);
      const { data } = context.getImageData(column * width, 0, width, height);
      let sum = 0;
      for (let c = 0, at = 0; c < channels; c++) for (let i = c; i < data.length; i += 4, at++) sum += (data[i] / 255 - input[at]) ** 2;
      yield { index, distance: Math.sqrt(sum) };
    }
  }

  fill(row, distances, name) {
    const nearest = Array.from(distances.keys())
      .sort((a, b) => distances[a] - distances[b])
      .slice(0, NEIGHBOURS);
    this.rows[row].forEach((cell, place) => {
      const index = nearest[place];
      const canvas = cell.querySelector("canvas");
      canvas.hidden = !this.model.drawOriginal(index, canvas);
      const label = this.model.className(index);
      canvas.setAttribute("aria-label", `Image ${index + 1} of the data set${label ? `, ${label}` : ""}`);
      cell.querySelector("b").textContent = label;
      cell.querySelector("span").textContent = distances[index].toFixed(2);
    });
    this.section.dataset[name] = nearest.join();
  }
}
