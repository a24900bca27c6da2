// @ts-nocheck
// Work that waits until the browser has nothing else to do. Knows no component.

/** A short job after the other. Jobs of a name replace what was left of that name. */
export class Idle {
  constructor() {
    this.jobs = new Map();
  }

  set(name, jobs) {
    this.jobs.set(name, [...jobs]);
    this.request ??= later((mayGoOn) => this.work(mayGoOn));
  }

  work(mayGoOn) {
    this.request = null;
    do {
      const [name, waiting] = [...this.jobs].find(([, jobs]) => jobs.length) ?? [];
      if (!name) return;
      waiting.shift()();
    } while (mayGoOn());
    this.request ??= later((more) => this.work(more));
  }

  close() {
    this.jobs.clear();
  }
}

/** Safari has no requestIdleCallback. */
function later(work) {
  const { requestIdleCallback } = globalThis;
  if (!requestIdleCallback) return setTimeout(() => work(() => false), 8);
  return requestIdleCallback((deadline) => work(() => deadline.timeRemaining() > 3), { timeout: 400 });
}
