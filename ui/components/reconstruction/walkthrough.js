// @ts-nocheck
// From image to image, number by number.

import { Picture } from "../model/picture.js";
import { signed } from "../runtime/format.js";
import { gaussian } from "../runtime/random.js";

const NUMBERS_SHOWN = 4;

/** From image to image with this image's numbers: mean and log variance, noise, z, decoded. */
export class Way {
  constructor(section, model) {
    Object.assign(this, { section, model, epsilon: new Float64Array(model.latentDim), isVae: model.about.family === "vae" });
    const shape = [model.channels, model.height, model.width];
    [this.from, this.to] = [".from canvas", ".to canvas"].map((name) => new Picture(section.querySelector(name), shape));
    section.querySelector(".command-epsilon").hidden = !this.isVae;
    const columns = this.isVae ? ["", "mean", "log variance", "σ", "ε", "z = mean + σ·ε"] : ["", "z"];
    section.querySelector("thead").innerHTML = `<tr>${columns.map((text) => `<th scope="col">${text}</th>`).join("")}</tr>`;
    this.left = model.latentDim - NUMBERS_SHOWN;
    section.querySelector(".left-out").textContent = this.left > 0 ? `… ${this.left} more` : "";
    const sentence = "A plain autoencoder has no ε: the code is one point, and the decoder takes it as it is.";
    if (!this.isVae) section.querySelector(".about").textContent = sentence;
    this.draw();
  }

  draw() {
    if (this.isVae) this.epsilon = Float64Array.from(this.epsilon, gaussian);
  }

  redraw() {
    this.draw();
    this.show(this.shown);
  }

  show(shown) {
    this.shown = shown;
    const { input, mean, logVar } = shown;
    const deviation = mean.map((_, i) => (logVar ? Math.exp(logVar[i] / 2) : 0));
    const z = mean.map((value, i) => value + deviation[i] * this.epsilon[i]);
    const numbers = (i) => (logVar ? [mean[i], logVar[i], deviation[i], this.epsilon[i], z[i]] : [z[i]]);
    const row = (i) =>
      `<tr><th scope="row">z${i + 1}</th>${numbers(i)
        .map((value) => `<td>${signed(value)}</td>`)
        .join("")}</tr>`;
    this.section.querySelector("tbody").innerHTML = this.model.ranked.slice(0, NUMBERS_SHOWN).map(row).join("");
    this.from.draw(input);
    this.to.draw(this.model.network.decode(Float32Array.from(z)));
    this.section.dataset.epsilon = Array.from(this.epsilon, (value) => value.toPrecision(7)).join();
  }
}
