// Blobs as Python packs them, for tests: safetensors with metadata.

const SIZES = { F32: 4, F16: 2, I16: 2, U8: 1 };

/** A safetensors blob at an odd address, as it is inside a larger message. `tensors` are {name: {dtype, shape, bytes}}. */
export function blob(tensors, metadata = {}) {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
    const start = end;
    end += bytes?.length ?? SIZES[dtype] * shape.reduce((a, b) => a * b, 1);
    return [name, { dtype, shape, data_offsets: [start, end] }];
  });
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }));
  const whole = new Uint8Array(3 + 8 + header.length + end).subarray(3);
  new DataView(whole.buffer, whole.byteOffset).setBigUint64(0, BigInt(header.length), true);
  whole.set(header, 8);
  for (const [
    name,
    {
      data_offsets: [start],
    },
  ] of entries)
    whole.set(tensors[name].bytes ?? [], 8 + header.length + start);
  return whole;
}

/** Numbers as a tensor of single precision. */
export function single(shape, numbers) {
  return { dtype: "F32", shape, bytes: new Uint8Array(Float32Array.from(numbers).buffer) };
}

/** A blob of a program. */
export function programBlob(program, tensors) {
  return blob(tensors, { format: "vae-program", program: JSON.stringify({ version: 1, ...program }) });
}

/** Numbers in [0, 1) that are the same at every run. */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
