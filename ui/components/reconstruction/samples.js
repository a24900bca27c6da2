// @ts-nocheck
// Draws from a posterior, decoded.

import { Picture, cellWithCanvas } from "../model/picture.js";
import { gaussian } from "../runtime/random.js";

const SAMPLES_SHOWN = 8;
const SAMPLES_COUNTED = 64;

/** Draws from the posterior, decoded; the mean and the spread of many of them. */
export class Samples {
  constructor(section, model, onChange) {
    Object.assign(this, { section, model, scale: 1 });
    this.epsilon = new Float64Array(SAMPLES_COUNTED * model.latentDim);
    const shape = [model.channels, model.height, model.width];
    const strip = section.querySelector(".strip");
    this.pictures = Array.from({ length: SAMPLES_SHOWN }, (_, i) => {
      const { cell, canvas } = cellWithCanvas(`Sample ${i + 1} of the posterior`);
      strip.append(cell);
      return new Picture(canvas, shape);
    });
    [this.mean, this.spread] = [".mean", ".deviation"].map((name) => new Picture(section.querySelector(`${name} canvas`), shape));
    this.size = model.channels * model.height * model.width;
    this.redraw();
    section.querySelector(".command-draw").onclick = () => {
      this.redraw();
      onChange();
    };
    const [slider, output] = [section.querySelector("input"), section.querySelector("output")];
    slider.oninput = () => {
      this.scale = Number(slider.value);
      output.textContent = `× ${this.scale.toFixed(2)}`;
      onChange();
    };
  }

  redraw() {
    for (let i = 0; i < this.epsilon.length; i++) this.epsilon[i] = gaussian();
  }

  *show(mean, logVar) {
    const { model, epsilon, scale, size } = this;
    const z = new Float32Array(mean.length);
    const [sum, squares] = [new Float64Array(size), new Float64Array(size)]; // of what lies above the first sample: less is lost to rounding
    let first = null;
    for (let n = 0; n < SAMPLES_COUNTED; n++) {
      for (let i = 0; i < z.length; i++) z[i] = mean[i] + scale * Math.exp(logVar[i] / 2) * epsilon[n * z.length + i];
      const image = model.network.decode(z);
      first ??= image.slice();
      for (let i = 0; i < size; i++) {
        const value = image[i] - first[i];
        sum[i] += value;
        squares[i] += value * value;
      }
      if (n < SAMPLES_SHOWN) this.pictures[n].draw(image);
      yield;
    }
    this.showSummary(first, sum, squares);
  }

  showSummary(first, sum, squares) {
    const mean = first.map((value, i) => value + sum[i] / SAMPLES_COUNTED);
    const deviation = squares.map((value, i) => Math.sqrt(Math.max(value - sum[i] ** 2 / SAMPLES_COUNTED, 0) / (SAMPLES_COUNTED - 1)));
    this.mean.draw(mean);
    this.spread.drawSpread(deviation);
    const [average, most] = [deviation.reduce((a, b) => a + b) / deviation.length, deviation.reduce((a, b) => Math.max(a, b))];
    this.section.querySelector(".deviation i").textContent = `at most ${most.toFixed(2)}, ${average.toFixed(3)} on average`;
    Object.assign(this.section.dataset, { spread: average, most, average: mean.reduce((a, b) => a + b) / mean.length });
  }
}
