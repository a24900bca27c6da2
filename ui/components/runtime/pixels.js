// A model's image, numbers (C, H, W), as pixels: red, green, blue, alpha.

/**
 * Write numbers (C, height, width) times `gain` as opaque pixels.
 * @param {Uint8ClampedArray} data RGBA of an image that is `stride` pixels wide
 * @param {ArrayLike<number>} values one channel, or three
 * @param {number} width
 * @param {number} height
 * @param {number} gain 255 for numbers from 0 to 1, 1 for bytes
 * @param {number} origin the pixel of `data` where the first one goes
 */
export function writePixels(data, values, width, height, gain, origin = 0, stride = width) {
  const area = width * height;
  const colour = values.length > area ? area : 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let to = 4 * (origin + y * stride), end = i + width; i < end; i++, to += 4) {
      data[to] = gain * values[i];
      data[to + 1] = gain * values[i + colour];
      data[to + 2] = gain * values[i + 2 * colour];
      data[to + 3] = 255;
    }
  }
}

/**
 * Numbers (C, H, W) times `gain` as all pixels of an image, which is returned.
 * @template {{data: Uint8ClampedArray, width: number, height: number}} T
 * @param {T} pixels
 * @param {ArrayLike<number>} values
 * @param {number} gain
 * @returns {T}
 */
export function fillPixels(pixels, values, gain) {
  writePixels(pixels.data, values, pixels.width, pixels.height, gain);
  return pixels;
}
