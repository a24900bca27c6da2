// @ts-nocheck
// Decodes a slice of the latent space as a sheet of tiles, in a worker. Knows nothing of the page.
//
// A job is a plane (base, u, v) and its passes, coarse to fine. A job's first pass is always finished, so that something
// follows the hand; later ones are given up as soon as a newer job waits.

import { compile, parseBlob } from "../runtime/network.js";

let network = null;
let waiting = null;
let busy = false;

onmessage = ({ data }) => {
  if (data.network) network = compile(parseBlob(data.network));
  else waiting = data;
  if (waiting && !busy) work();
};

async function work() {
  busy = true;
  while (waiting) {
    const job = waiting;
    waiting = null;
    for (const pass of job.passes) {
      const pixels = await paint(job, pass, pass === job.passes[0]);
      if (!pixels) break;
      postMessage({ generation: job.generation, id: job.id, pass, pixels }, { transfer: [pixels.buffer] });
    }
  }
  busy = false;
}

/** RGBA of columns x rows tiles, or null if a newer job came. Tile centres start at (left, top), `stepX` and `stepY` apart. */
async function paint({ base, u, v }, { columns, rows, left, top, stepX, stepY }, finish) {
  const [channels, height, width] = network.imageShape;
  const pixels = new Uint8ClampedArray(columns * rows * height * width * 4);
  const z = new Float32Array(base.length);
  for (let row = 0; row < rows; row++) {
    if (!finish) await pause();
    if (!finish && waiting) return null;
    for (let column = 0; column < columns; column++) {
      const [a, b] = [left + column * stepX, top - row * stepY];
      for (let i = 0; i < z.length; i++) z[i] = base[i] + a * u[i] + b * v[i];
      stamp(network.decode(z), pixels, (row * height * columns + column) * width, columns * width);
    }
  }
  return pixels;

  function stamp(image, target, origin, stride) {
    const area = height * width;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const from = y * width + x;
        const to = (origin + y * stride + x) * 4;
        for (let c = 0; c < 3; c++) target[to + c] = 255 * image[from + (channels === 3 ? c * area : 0)];
        target[to + 3] = 255;
      }
    }
  }
}

// A message to oneself lets the page's messages in; a timer would wait at least four milliseconds each time.
const echo = new MessageChannel();
function pause() {
  return new Promise((resolve) => {
    echo.port1.onmessage = resolve;
    echo.port2.postMessage(null);
  });
}
