// Work that begins when a hand rests, and is done in slices of a few milliseconds, so that a new movement never waits for it.

const SLICE_MS = 6;

export class Slices {
  /** @type {object | null} the work that goes on; another one takes its place */
  #turn = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #work;
  #done;

  /**
   * @param {() => Iterable<Promise<unknown> | void>} work yields after every bit; a promise where it must wait for it
   * @param {() => void} done is called when all of it is done
   */
  constructor(work, done) {
    this.#work = work;
    this.#done = done;
  }

  /** Begin anew after so many milliseconds. @param {number} ms */
  start(ms) {
    const turn = {};
    this.stop();
    this.#turn = turn;
    this.#timer = setTimeout(() => this.#run(turn), ms);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#turn = null;
  }

  /** @param {object} turn */
  async #run(turn) {
    let began = performance.now();
    for (const awaited of this.#work()) {
      if (!awaited && performance.now() - began < SLICE_MS) continue;
      await (awaited ?? new Promise((resolve) => setTimeout(resolve)));
      if (turn !== this.#turn) return;
      began = performance.now();
    }
    this.#done();
  }
}
