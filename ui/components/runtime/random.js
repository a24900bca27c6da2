// Random numbers. Knows nothing else.

/** A draw from the standard normal distribution. */
export function gaussian() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}
