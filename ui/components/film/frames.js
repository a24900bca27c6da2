// The frames of a film, as its parts hold them.

/**
 * @typedef {object} Frame an epoch
 * @property {number} epoch
 * @property {Float32Array} codes points (N, 2) in latent units
 * @property {Uint8Array<ArrayBuffer>} sheet a picture file
 * @property {Uint8Array<ArrayBuffer>} reconstructions a picture file
 *
 * @typedef {object} Images what is followed
 * @property {Uint8Array<ArrayBuffer>} originals a picture file
 * @property {Int16Array} labels -1 for none
 * @property {Uint8Array} held_out 1 for an image that the training does not see
 *
 * @typedef {import("../view/parts.js").Part & {epochs: number[]}} FilmPart
 */

/** The images and the frames, oldest first, of parts of one film. @param {FilmPart[]} parts */
export function unpackFilm(parts) {
  const images = /** @type {Images | undefined} */ (parts.find(({ name }) => name === "images")?.tensors);
  const frames = parts.flatMap(framesOf).sort((a, b) => a.epoch - b.epoch);
  return { images, frames };
}

/** @param {FilmPart} part @returns {Frame[]} */
function framesOf({ epochs, tensors }) {
  return epochs.map((epoch) => ({
    epoch,
    codes: tensors[`${epoch}-codes`],
    sheet: tensors[`${epoch}-sheet`],
    reconstructions: tensors[`${epoch}-reconstructions`],
  }));
}

/**
 * Codes a part of the way from one frame's to another's.
 * @param {Float32Array} from
 * @param {Float32Array} to
 * @param {number} part
 */
export function between(from, to, part) {
  return part === 1 ? to : to.map((value, i) => from[i] + (value - from[i]) * part);
}
