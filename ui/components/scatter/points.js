// @ts-nocheck
// Points as arrays of numbers: joined, placed among others, counted, chosen.

const GALLERY = 24;

/** Numbers followed by those of a person's own points. */
export function joined(values, more) {
  const width = more[0]?.length ?? 0;
  const found = new Float32Array(values.length + more.length * width);
  found.set(values);
  more.forEach((one, i) => found.set(one, values.length + i * width));
  return found;
}

/** The coordinates of a code on the plane of an orthonormal basis. */
export function onPlane(code, origin, basis) {
  const D = code.length;
  return [0, D].map((row) => code.reduce((sum, value, d) => sum + (value - origin[d]) * basis[row + d], 0));
}

/** The weighted mean place of some points, [index, squared distance] each: the closer, the more it counts. */
export function amid(near, points, dims) {
  const weights = near.map(([, squared]) => 1 / Math.max(squared, 1e-12));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const axis = (a) => near.reduce((sum, [index], i) => sum + (weights[i] / whole) * points[index * dims + a], 0);
  return Array.from({ length: dims }, (_, a) => axis(a));
}

/** The frames of a part, each {film, step, points (N, 2) as whole numbers, scale}. */
export function framesOfPart({ film, steps, scales, tensors: { frames } }) {
  const size = frames.length / steps.length;
  return steps.map((step, i) => ({ film, step, points: frames.subarray(i * size, (i + 1) * size), scale: scales[i] }));
}

/** How often each value occurs, by value; what has none (-1) comes last. */
export function countsOf(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return new Map([...counts].sort(([a], [b]) => Number(a < 0) - Number(b < 0) || a - b));
}

/** Up to 24 of the chosen points, evenly spread over them; those with an original (below `originals`) first. */
export function galleryOf(chosen, originals) {
  const some = (list, most) => {
    const length = Math.min(most, list.length);
    return Array.from({ length }, (_, i) => list[Math.floor((i * list.length) / length)]);
  };
  const known = some(
    chosen.filter((index) => index < originals),
    GALLERY,
  );
  return [
    ...known,
    ...some(
      chosen.filter((index) => index >= originals),
      GALLERY - known.length,
    ),
  ];
}
