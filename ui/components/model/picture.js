// A model's image on a canvas: as it is, as a difference, as a spread. Knows no page.

import { fillPixels } from "../runtime/pixels.js";
import { contextOf } from "../view/canvas.js";

/** @import { Shape, Vector } from "../types.js" */

const BRIGHTER = [249, 115, 22];
const DARKER = [59, 130, 246];
const UNSURE = [147, 94, 246];

/** A canvas of a model's image, one pixel a pixel. */
export class Picture {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Shape} shape
   */
  constructor(canvas, [channels, height, width]) {
    this.canvas = canvas;
    this.channels = channels;
    this.area = height * width;
    [canvas.width, canvas.height] = [width, height];
    canvas.classList.add("sharp");
    this.pixels = new ImageData(width, height);
  }

  /** @param {Vector} image */
  draw(image) {
    fillPixels(this.pixels, image, 255);
    this.put();
  }

  /**
   * What is brighter in `to` than in `from` in one colour, what is darker in another; the deeper, the more.
   * @param {Vector} from
   * @param {Vector} to
   */
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

  /**
   * A standard deviation by pixel, 0.5 at most for numbers in [0, 1]: the deeper, the larger.
   * @param {Vector} deviation
   */
  drawSpread(deviation) {
    for (let i = 0; i < this.area; i++) {
      let most = 0;
      for (let c = i; c < this.channels * this.area; c += this.area) most = Math.max(most, deviation[c]);
      this.tint(i, UNSURE, Math.sqrt(Math.min(2 * most, 1)));
    }
    this.put();
  }

  /**
   * @param {number} index of a pixel
   * @param {number[]} colour
   * @param {number} depth from 0 to 1
   */
  tint(index, colour, depth) {
    this.pixels.data.set(colour, 4 * index);
    this.pixels.data[4 * index + 3] = 255 * depth;
  }

  put() {
    contextOf(this.canvas).putImageData(this.pixels, 0, 0);
  }
}

/**
 * A cell of a strip: a canvas with a name.
 * @param {string} label
 */
export function cellWithCanvas(label) {
  const cell = document.createElement("div");
  cell.className = "cell";
  const canvas = document.createElement("canvas");
  canvas.className = "sharp";
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  cell.append(canvas);
  return { cell, canvas };
}

/**
 * Give pictures a whole multiple of their own size, as large as their boxes allow; `--pixel` of a box is one pixel of its picture.
 * @param {HTMLElement} root
 * @param {number} width of a picture, in its own pixels
 */
export function fitPictures(root, width) {
  for (const canvas of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("canvas.sharp"))) {
    const box = /** @type {HTMLElement} */ (canvas.parentElement);
    const room = box.getBoundingClientRect().width; // not rounded up, as clientWidth is
    if (!room) continue;
    const scale = room >= width ? Math.floor(room / width) : room / width;
    canvas.style.width = `${width * scale}px`;
    box.style.setProperty("--pixel", `${scale}px`);
    canvas.dataset.reduced = String(scale < 1);
  }
}
