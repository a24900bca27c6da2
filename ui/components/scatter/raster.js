// @ts-nocheck
// Discs of many points painted into an image; plot.js says why not by WebGL.

export const MARGIN = 20; // device pixels around the image, so that no disc needs a check for the edge
export const OPAQUE = 128; // strengths go from 0 to 128, which keeps the sums of mixing within 31 bits

export class Raster {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
  }

  /** An empty image of so many device pixels; colours are whole numbers 0xAABBGGRR. */
  begin(width, height, ground) {
    if (this.width !== width || this.height !== height) {
      [this.canvas.width, this.canvas.height] = [this.width, this.height] = [width, height];
      this.image = new ImageData(width + 2 * MARGIN, height + 2 * MARGIN);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    this.pixels.fill(ground);
  }

  /** From here on discs have this radius, in device pixels. */
  disc(radius) {
    const stride = this.width + 2 * MARGIN;
    const [offsets, coverage] = [[], []];
    const reach = Math.ceil(radius);
    for (let y = -reach; y <= reach; y++) {
      for (let x = -reach; x <= reach; x++) {
        const covered = Math.min(Math.max(radius + 0.5 - Math.hypot(x, y), 0), 1);
        if (covered > 0.05) [offsets[offsets.length], coverage[coverage.length]] = [y * stride + x, Math.round(OPAQUE * covered)];
      }
    }
    this.reach = MARGIN - reach - 1;
    [this.offsets, this.coverage] = [Int32Array.from(offsets), Int32Array.from(coverage)];
  }

  /** The points of one `layer`, in `order` (null: as they come) and each with its `strength` (null: all with `alike`). */
  draw({ flat, ink, layers, order, strength, count }, layer, alike, { scale, left, top }) {
    const { pixels, offsets, coverage, reach } = this;
    const stride = this.width + 2 * MARGIN;
    const [right, bottom] = [this.width + reach, this.height + reach];
    for (let n = 0; n < count; n++) {
      const i = order ? order[n] : n;
      if (layers[i] !== layer) continue;
      const x = (flat[2 * i] - left) * scale;
      const y = (top - flat[2 * i + 1]) * scale;
      if (!(x > -reach && y > -reach && x < right && y < bottom)) continue; // not a number is outside too
      const middle = ((y + MARGIN) | 0) * stride + ((x + MARGIN) | 0);
      paintDisc(pixels, middle, offsets, coverage, ink[i], strength ? (strength[i] * alike) >> 7 : alike);
    }
  }

  end() {
    this.context.putImageData(this.image, -MARGIN, -MARGIN);
  }
}

/** Mix a colour into the pixels around `middle`: red and blue in one product, green in another. */
function paintDisc(pixels, middle, offsets, coverage, colour, strength) {
  const redBlue = colour & 0xff00ff;
  const green = colour & 0xff00;
  for (let k = 0; k < offsets.length; k++) {
    const at = middle + offsets[k];
    const much = (coverage[k] * strength) >> 7;
    if (much === OPAQUE) {
      pixels[at] = colour;
      continue;
    }
    const below = pixels[at];
    const little = OPAQUE - much;
    const mixed = ((redBlue * much + (below & 0xff00ff) * little) >>> 7) & 0xff00ff;
    pixels[at] = 0xff000000 | mixed | (((green * much + (below & 0xff00) * little) >>> 7) & 0xff00);
  }
}
