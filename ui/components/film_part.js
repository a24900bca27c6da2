// One part of a film: some frames, or the images that are followed. Unpacks it where the view finds it. Knows nothing of the screen.
//
// A part lives as long as its mount, so a page holds the films that it shows and no others.

const STORE = Symbol.for("vae-explorer.film");
const NUMBERS = { U8: Uint8Array, I16: Int16Array, F32: Float32Array };

export default function ({ data }) {
  const store = (globalThis[STORE] ??= Object.assign(new EventTarget(), { parts: new Map() }));
  const part = unpack(data);
  const name = `${part.film}/${part.name}`;
  store.parts.set(name, part);
  store.dispatchEvent(new Event("change"));
  return () => {
    if (store.parts.get(name) !== part) return; // another mount brought it again
    store.parts.delete(name);
    store.dispatchEvent(new Event("change"));
  };
}

/** A packed blob as {film, name, digest, epochs, tensors}. Tensors are copies: aligned, and free of the message they came in. */
function unpack(bytes) {
  const start = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { __metadata__: { sha256 }, ...entries } = JSON.parse(text(bytes.subarray(8, start)));
  const tensors = {};
  for (const [name, { dtype, data_offsets: [from, to] }] of Object.entries(entries)) {
    tensors[name] = new NUMBERS[dtype](bytes.slice(start + from, start + to).buffer);
  }
  return { ...JSON.parse(text(tensors.about)), digest: sha256, tensors };
}

const text = (bytes) => new TextDecoder().decode(bytes);
