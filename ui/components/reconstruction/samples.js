// Draws from a posterior, decoded.

import { Picture, cellWithCanvas } from "../model/picture.js";
import { find, setData } from "../view/elements.js";

/** @import { Model } from "../model/model.js" */
/** @import { Random } from "../runtime/random.js" */
/** @import { Vector } from "../types.js" */

const SAMPLES_SHOWN = 8;
const SAMPLES_COUNTED = 64;

/** Draws from the posterior, decoded; the mean and the spread of many of them. */
export class Samples {
  /** What the posterior's standard deviations are multiplied by. */
  scale = 1;

  /**
   * @param {HTMLElement} section
   * @param {Model} model
   * @param {Random} random
   * @param {() => void} onChange
   */
  constructor(section, model, random, onChange) {
    this.section = section;
    this.model = model;
    this.random = random;
    this.onChange = onChange;
    this.epsilon = new Float64Array(SAMPLES_COUNTED * model.latentDim);
    this.pictures = Array.from({ length: SAMPLES_SHOWN }, (_, i) => this.buildSample(`Sample ${i + 1} of the posterior`));
    this.mean = new Picture(find(section, ".mean canvas", HTMLCanvasElement), model.shape);
    this.spread = new Picture(find(section, ".deviation canvas", HTMLCanvasElement), model.shape);
    this.redraw();
    this.listen();
  }

  /** @param {string} label */
  buildSample(label) {
    const { cell, canvas } = cellWithCanvas(label);
    find(this.section, ".strip").append(cell);
    return new Picture(canvas, this.model.shape);
  }

  listen() {
    find(this.section, ".command-draw").onclick = () => {
      this.redraw();
      this.onChange();
    };
    const [slider, output] = [find(this.section, "input", HTMLInputElement), find(this.section, "output")];
    slider.oninput = () => {
      this.scale = Number(slider.value);
      output.textContent = `× ${this.scale.toFixed(2)}`;
      this.onChange();
    };
  }

  redraw() {
    this.random.fillNormal(this.epsilon);
  }

  /**
   * Sample by sample.
   * @param {Vector} mean
   * @param {Vector} logVar
   */
  *show(mean, logVar) {
    const { model, epsilon, scale } = this;
    const z = new Float32Array(mean.length);
    const [sum, squares] = [new Float64Array(model.size), new Float64Array(model.size)]; // of what lies above the first sample: less is lost to rounding
    const first = new Float64Array(model.size);
    for (let n = 0; n < SAMPLES_COUNTED; n++) {
      for (let i = 0; i < z.length; i++) z[i] = mean[i] + scale * Math.exp(logVar[i] / 2) * epsilon[n * z.length + i];
      const image = model.network.decode(z);
      if (n === 0) first.set(image);
      for (let i = 0; i < image.length; i++) {
        const value = image[i] - first[i];
        sum[i] += value;
        squares[i] += value * value;
      }
      if (n < SAMPLES_SHOWN) this.pictures[n].draw(image);
      yield;
    }
    this.showSummary(first, sum, squares);
  }

  /**
   * @param {Float64Array} first sample
   * @param {Float64Array} sum of all less the first
   * @param {Float64Array} squares of all less the first, summed
   */
  showSummary(first, sum, squares) {
    const mean = first.map((value, i) => value + sum[i] / SAMPLES_COUNTED);
    const deviation = squares.map((value, i) => Math.sqrt(Math.max(value - sum[i] ** 2 / SAMPLES_COUNTED, 0) / (SAMPLES_COUNTED - 1)));
    this.mean.draw(mean);
    this.spread.drawSpread(deviation);
    const [average, most] = [averageOf(deviation), deviation.reduce((a, b) => Math.max(a, b))];
    find(this.section, ".deviation i").textContent = `at most ${most.toFixed(2)}, ${average.toFixed(3)} on average`;
    setData(this.section, { spread: average, most, average: averageOf(mean) });
  }
}

/** @param {Float64Array} values */
const averageOf = (values) => values.reduce((a, b) => a + b) / values.length;
