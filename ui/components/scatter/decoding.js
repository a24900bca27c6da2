// @ts-nocheck
// Decodes codes one after another in a worker. Knows nothing of the page.
//
// A message holds names of codes and the codes; each answer holds a name and its RGBA pixels. A newer message replaces what waits.

import { compile, parseBlob } from "../runtime/network.js";

let network = null;
let waiting = [];
let busy = false;

onmessage = ({ data }) => {
  if (data.network) network = compile(parseBlob(data.network));
  else waiting = data.names.map((name, i) => ({ name, code: data.codes[i] }));
  if (!busy) work();
};

async function work() {
  busy = true;
  while (waiting.length) {
    const { name, code } = waiting.shift();
    const pixels = paint(network.decode(code));
    postMessage({ name, pixels }, { transfer: [pixels.buffer] });
    await pause();
  }
  busy = false;
}

function paint(image) {
  const [channels, height, width] = network.imageShape;
  const area = height * width;
  const pixels = new Uint8ClampedArray(4 * area).fill(255);
  for (let i = 0; i < area; i++) {
    for (let c = 0; c < 3; c++) pixels[4 * i + c] = 255 * image[i + (channels === 3 ? c * area : 0)];
  }
  return pixels;
}

// A message to oneself lets the page's messages in; a timer would wait at least four milliseconds each time.
const echo = new MessageChannel();
function pause() {
  return new Promise((resolve) => {
    echo.port1.onmessage = resolve;
    echo.port2.postMessage(null);
  });
}
