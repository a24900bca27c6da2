// A worker that decodes beside the page, started when it is needed first.

export class DecodingWorker {
  #text;
  #network;
  #receive;
  /** @type {Worker | null} */
  #worker = null;

  /**
   * @param {string} text the linked script of runtime/decoding_worker.js
   * @param {Uint8Array} network the exported network
   * @param {(answer: any) => void} receive is called with each `DecodedCode` or `DecodedSheet`
   */
  constructor(text, network, receive) {
    this.#text = text;
    this.#network = network;
    this.#receive = receive;
  }

  /** Ask for codes or sheets; what an earlier request has not answered yet is dropped. @param {import("../runtime/decoding_worker.js").Request} request */
  request(request) {
    this.#worker ??= this.#start();
    this.#worker.postMessage(request);
  }

  close() {
    this.#worker?.terminate();
    this.#worker = null;
  }

  #start() {
    const url = URL.createObjectURL(new Blob([this.#text], { type: "text/javascript" }));
    const worker = new Worker(url, { type: "module" });
    worker.onmessage = ({ data }) => {
      URL.revokeObjectURL(url);
      this.#receive(data);
    };
    worker.postMessage({ network: this.#network });
    return worker;
  }
}
