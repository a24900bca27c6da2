// @ts-nocheck
// A model's image, Float32Array (C, H, W), as pixels: red, green, blue, alpha.

/** Values (C, H, W) times `gain` as the pixels of an ImageData, which is returned. */
export function fillPixels(pixels, values, gain) {
  const { data, width, height } = pixels;
  const area = width * height;
  const colour = values.length > area ? area : 0;
  for (let i = 0; i < area; i++) {
    data[4 * i] = gain * values[i];
    data[4 * i + 1] = gain * values[i + colour];
    data[4 * i + 2] = gain * values[i + 2 * colour];
    data[4 * i + 3] = 255;
  }
  return pixels;
}
