// @ts-nocheck
// Small sums that everything else is made of. Knows nothing else.

export const range = (n) => Array.from({ length: n }, (_, i) => i);

export const product = (shape) => shape.reduce((a, b) => a * b, 1);

export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

export function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

export function squaredDistance(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

export const distance = ([x0, y0], [x1, y1]) => Math.hypot(x1 - x0, y1 - y0);
