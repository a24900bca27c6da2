// A worker that decodes what it is sent, the newest request alone. Knows nothing of the page; view/decoding_worker.js starts it.

import { decodedCodes, decodedSheets } from "./decoding.js";
import { compile, parseBlob } from "./network.js";

/** @typedef {(import("./decoding.js").CodesRequest | import("./decoding.js").SheetsRequest) & {label?: number}} Request */

/** @type {import("../types.js").Network} */
let decoder;
/** @type {Request | null} */
let waiting = null;
let busy = false;

onmessage = ({ data }) => {
  if (data.network) decoder = compile(parseBlob(data.network));
  else waiting = data;
  if (waiting && !busy) work();
};

async function work() {
  busy = true;
  while (waiting) {
    const request = waiting;
    waiting = null;
    decoder.label = request.label ?? -1;
    for (const answer of "passes" in request ? decodedSheets(decoder, request) : decodedCodes(decoder, request)) {
      if (answer) postMessage(answer, { transfer: [answer.pixels.buffer] });
      await pause();
      if (waiting) break;
    }
  }
  busy = false;
}

// A message to oneself lets the page's messages in; a timer would wait at least four milliseconds each time.
const echo = new MessageChannel();

function pause() {
  return new Promise((resolve) => {
    echo.port1.onmessage = resolve;
    echo.port2.postMessage(null);
  });
}
