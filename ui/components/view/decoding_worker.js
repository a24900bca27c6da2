// A worker that decodes beside the page, started when it is needed first.

export class DecodingWorker {
  #text;
  #model;
  #receive;
  /** @type {Worker | null} */
  #worker = null;

  /**
   * @param {string} text the linked script of runtime/decoding_worker.js
   * @param {import("../model/model.js").Model} model
   * @param {(answer: any) => void} receive is called with each `DecodedCode` or `DecodedSheet`
   */
  constructor(text, model, receive) {
    this.#text = text;
    this.#model = model;
    this.#receive = receive;
  }

  /** Ask for codes or sheets, under the label that the model is told now; what an earlier request has not answered yet is dropped. @param {import("../runtime/decoding_worker.js").Request} request */
  request(request) {
    this.#worker ??= this.#start();
    this.#worker.postMessage({ label: this.#model.network.label, ...request });
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
    worker.postMessage({ network: this.#model.bytes });
    return worker;
  }
}
