// Work that waits until the browser has nothing else to do. Knows no component.

/** @typedef {() => void} Job */

/** A short job after the other. Jobs of a name replace what was left of that name. */
export class Idle {
  /** @type {Map<string, Job[]>} */
  #jobs = new Map();
  #isRequested = false;

  /**
   * @param {string} name
   * @param {Iterable<Job>} jobs
   */
  set(name, jobs) {
    this.#jobs.set(name, [...jobs]);
    this.#request();
  }

  close() {
    this.#jobs.clear();
  }

  #request() {
    if (this.#isRequested) return;
    this.#isRequested = true;
    later((mayGoOn) => this.#work(mayGoOn));
  }

  /** @param {() => boolean} mayGoOn */
  #work(mayGoOn) {
    this.#isRequested = false;
    do {
      const waiting = [...this.#jobs.values()].find((jobs) => jobs.length);
      if (!waiting) return;
      waiting.shift()?.();
    } while (mayGoOn());
    this.#request();
  }
}

/** Safari has no requestIdleCallback. @param {(mayGoOn: () => boolean) => void} work */
function later(work) {
  if (!globalThis.requestIdleCallback) return setTimeout(() => work(() => false), 8);
  return requestIdleCallback((deadline) => work(() => deadline.timeRemaining() > 3), { timeout: 400 });
}
