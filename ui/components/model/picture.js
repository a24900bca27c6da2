// @ts-nocheck
// A model's image on a canvas: as it is, as a difference, as a spread. Knows no page.

import { fillPixels } from "../runtime/pixels.js";

const BRIGHTER = [249, 115, 22];
const DARKER = [59, 130, 246];
const UNSURE = [147, 94, 246];

/** A canvas of a model's image, one pixel a pixel. */
export class Picture {
  constructor(canvas, [channels, height, width]) {
    Object.assign(this, { canvas, channels, area: height * width });
    [canvas.width, canvas.height] = [width, height];
    canvas.classList.add("sharp");
    this.pixels = new ImageData(width, height);
  }

  draw(image) {
    fillPixels(this.pixels, image, 255);
    this.put();
  }

  /** What is brighter in `to` than in `from` in one colour, what is darker in another; the deeper, the more. */
  drawDifference(from, to) {
    for (let i = 0; i < this.area; i++) {
      let most = 0;
      for (let c = i; c < this.channels * this.area; c += this.area) {
        const change = to[c] - from[c];
        if (Math.abs(change) > Math.abs(most)) most = change;
      }
      this.tint(i, most > 0 ? BRIGHTER : DARKER, Math.sqrt(Math.min(Math.abs(most), 1)));
    }
    this.put();
  }

  /** A standard deviation by pixel, 0.5 at most for numbers in [0, 1]: the deeper, the larger. */
  drawSpread(deviation) {
    for (let i = 0; i < this.area; i++) {
      let most = 0;
      for (let c = i; c < this.channels * this.area; c += this.area) most = Math.max(most, deviation[c]);
      this.tint(i, UNSURE, Math.sqrt(Math.min(2 * most, 1)));
    }
    this.put();
  }

  tint(index, colour, depth) {
    this.pixels.data.set(colour, 4 * index);
    this.pixels.data[4 * index + 3] = 255 * depth;
  }

  put() {
    this.canvas.getContext("2d").putImageData(this.pixels, 0, 0);
  }
}

export function cellWithCanvas(label) {
  const cell = document.createElement("div");
  cell.className = "cell";
  cell.innerHTML = `<canvas class="sharp" role="img"></canvas>`;
  cell.firstChild.setAttribute("aria-label", label);
  return cell;
}
