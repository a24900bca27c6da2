// Files to keep of a reconstruction: its pictures, and its code as a table.

import { csv } from "../runtime/files/csv.js";
import { contextOf, enlarged, newCanvas } from "../view/canvas.js";
import { save } from "../view/export.js";

/** @import { Passage } from "./passage.js" */

const SIDE = 280; // pixels of a picture, at least

/**
 * Save pictures beside each other, every pixel a square.
 * @param {string} name
 * @param {HTMLCanvasElement[]} pictures of one size
 * @param {string} background a CSS colour
 */
export function savePictures(name, pictures, background) {
  const [{ width, height }] = pictures;
  const sheet = newCanvas(pictures.length * width, height);
  const context = contextOf(sheet);
  context.fillStyle = background;
  context.fillRect(0, 0, sheet.width, height);
  pictures.forEach((picture, place) => context.drawImage(picture, place * width, 0));
  save(`${name}.png`, enlarged(sheet, Math.max(1, Math.ceil(SIDE / width))).toDataURL("image/png"));
}

/**
 * Save what the encoder says, dimension by dimension.
 * @param {string} name
 * @param {Pick<Passage, "mean" | "logVar" | "kl">} posterior
 */
export function saveCode(name, posterior) {
  save(`${name}.csv`, `data:text/csv;charset=utf-8,${encodeURIComponent(csv(codeTable(posterior)))}`);
}

/** @param {Pick<Passage, "mean" | "logVar" | "kl">} posterior */
export function codeTable({ mean, logVar, kl }) {
  const columns = logVar ? ["dimension", "mean", "standard deviation", ...(kl ? ["KL in nats"] : [])] : ["dimension", "code"];
  const row = (/** @type {number} */ i) => [mean[i], ...(logVar ? [Math.exp(logVar[i] / 2)] : []), ...(kl ? [kl[i]] : [])];
  return [columns, ...Array.from(mean, (_, i) => [`z${i + 1}`, ...row(i).map((value) => value.toPrecision(7))])];
}

/**
 * A name that every file system takes.
 * @param {string} run
 * @param {string} title of the image
 */
export const fileName = (run, title) =>
  `${run} ${title}`
    .replace(/[^\p{L}\p{N} .-]+/gu, "_")
    .slice(0, 80)
    .trim();
