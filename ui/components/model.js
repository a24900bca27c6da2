// What every view of a model begins with: the bundle unpacked, the mount that leaves a widget where the view finds it, and words for
// numbers. Appended to network.js; a view's own script follows. KIND and View are constants that pair.py appends to the module.

const MEETING = Symbol.for("vae-explorer");
const MODELS_KEPT = 4;

/** The model's mount: unpacks a bundle and leaves a widget where the view finds it. The same bytes are unpacked once a page. */
export default function ({ data }) {
  const models = (globalThis[MEETING] ??= new Map());
  const { metadata, tensors } = readTensors(data);
  const source = `${KIND}:${metadata.sha256}`;
  const entry = models.get(source) ?? {};
  models.delete(source);
  models.set(source, entry); // the newest stands last
  entry.promise ??= new Promise((resolve) => (entry.resolve = resolve));
  if (!entry.widget) {
    entry.widget = makeWidget(tensors, JSON.parse(metadata.about));
    entry.resolve(entry.widget);
  }
  const filled = [...models].filter(([, { widget }]) => widget);
  for (const [name] of filled.slice(0, -MODELS_KEPT)) models.delete(name);
}

function makeWidget(tensors, about) {
  const views = new WeakMap();
  let model;
  try {
    model = new Model(tensors, about);
  } catch (error) {
    return { show: ({ parentElement }) => sayBroken(parentElement, error), close: () => {}, error };
  }
  return {
    model,
    show(component) {
      const here = component.parentElement;
      if (!views.has(here)) views.set(here, new View(model, component));
      views.get(here).update(component);
    },
    close(here) {
      views.get(here)?.close();
      views.delete(here);
    },
  };
}

function sayBroken(parentElement, error) {
  const text = document.createElement("p");
  text.setAttribute("role", "alert");
  text.textContent = `This page cannot run the model (${error.message}). Export it again, or choose another one.`;
  parentElement.replaceChildren(text);
}

/** A bundle unpacked: the network, the codes and what is known about them. */
class Model {
  constructor(tensors, about) {
    this.about = about;
    this.bytes = tensors.network.data;
    this.network = compile(parseBlob(this.bytes));
    this.latentDim = this.network.latentDim;
    [this.channels, this.height, this.width] = this.network.imageShape;
    this.codes = tensors.codes?.data ?? new Float32Array(0);
    this.labels = tensors.labels?.data;
    this.costs = tensors.costs?.data ?? new Float32Array(0);
    this.count = this.codes.length / this.latentDim;
    const ranked = about.dims.map(([index]) => index);
    this.ranked = this.latentDim <= 2 ? ranked.sort() : ranked; // two axes keep their places
    this.kl = new Map(about.dims);
    this.sheet = null;
    this.sheetReady = tensors.thumbnails ? this.unpackSheet(tensors.thumbnails.data) : Promise.resolve();
  }

  code(index) {
    return this.codes.subarray(index * this.latentDim, (index + 1) * this.latentDim);
  }

  classColour(label) {
    return this.about.colours[label % this.about.colours.length];
  }

  className(index) {
    return this.labels ? (this.about.class_names[this.labels[index]] ?? `Class ${this.labels[index]}`) : "";
  }

  /** Resolved when the sheet of originals is there, or cannot be read. */
  async unpackSheet(bytes) {
    this.sheet = await createImageBitmap(new Blob([bytes])).catch(() => null);
  }

  /** Draw the original image of a code onto a canvas, one pixel a pixel; false where there is no picture. */
  drawOriginal(index, canvas) {
    if (!this.sheet) return false;
    [canvas.width, canvas.height] = [this.width, this.height];
    const { columns } = this.about;
    const [x, y] = [(index % columns) * this.width, Math.floor(index / columns) * this.height];
    canvas.getContext("2d").drawImage(this.sheet, x, y, this.width, this.height, 0, 0, this.width, this.height);
    return true;
  }

  /** Where z lies under the prior, in words. */
  sayDistance(z) {
    const squared = dot(z, z);
    const distance = `Distance from the origin ${Math.sqrt(squared).toFixed(2)}`;
    if (this.about.family !== "vae") return distance;
    const farther = chiSquareTail(squared, this.latentDim);
    const word = farther < 0.01 ? "rare" : farther < 0.1 ? "uncommon" : farther > 0.99 && this.latentDim > 2 ? "unusually central" : "common";
    return `${distance} · ${word}: ${share(farther)} draws from the prior lie farther out`;
  }

  /** An axis by name: its unit vector and where its zero lies. Names that do not exist give null. */
  axis(name) {
    const [, kind, number] = /^(z|pc)(\d+)$/.exec(name) ?? [];
    const index = number - 1;
    if (kind === "z" && index in this.about.mean) {
      const direction = new Float64Array(this.latentDim);
      direction[index] = 1;
      return { name, direction, zero: 0 };
    }
    if (kind === "pc" && index in this.about.directions) {
      const direction = Float64Array.from(this.about.directions[index]);
      return { name, direction, zero: dot(direction, this.about.centre) };
    }
    return null;
  }

  /** A span along an axis, widened to three standard deviations of the prior, if there is one, and centred on its origin. */
  spanWithPrior([low, high], { zero }) {
    if (this.about.family !== "vae") return [low, high];
    const most = Math.max(-low - zero, high + zero, 3);
    return [-zero - most, -zero + most];
  }

  /** Half the width of a slider's range: the codes, and three standard deviations of the prior if there is one. */
  reach(index) {
    const [low, high] = this.about.extent[index];
    const prior = this.about.family === "vae" ? 3 : 0;
    const slack = 0.1 * (high - low);
    return [Math.min(low - slack, -prior), Math.max(high + slack, prior)];
  }
}

// ---- Numbers, drawing and text -----------------------------------------------------------------------------------

function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function squaredDistance(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const distance = ([x0, y0], [x1, y1]) => Math.hypot(x1 - x0, y1 - y0);

/** A draw from the standard normal distribution. */
function gaussian() {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

/** Probability that a chi-square variable with k degrees of freedom exceeds x: one less the series of the incomplete gamma function. */
function chiSquareTail(x, k) {
  let logFirst = (k / 2) * Math.log(x / 2) - x / 2; // less log gamma(k / 2 + 1), which the recursion down to 1 or 1/2 gives
  for (let a = k / 2; a > 0; a--) logFirst -= Math.log(a);
  if (k % 2) logFirst -= Math.log(Math.PI) / 2;
  let term = Math.exp(logFirst);
  let sum = 0;
  for (let a = k / 2 + 1; term > 1e-12 * sum && a < 1e5; a++) {
    sum += term;
    term *= x / 2 / a;
  }
  return Math.min(Math.max(1 - sum, 0), 1);
}

const plain = (value) => value.toFixed(2).replace(/^-0\.00$/, "0.00");
const shown = (value) => plain(value).replace("-", "\u2212");
const signed = (value) => shown(value).padStart(5, "\u2007"); // a figure space: columns stay aligned

function share(part) {
  if (part < 0.001) return "fewer than 0.1 % of";
  if (part > 0.999) return "nearly all";
  return `${(100 * part).toFixed(part < 0.1 ? 1 : 0)} % of`;
}

/** Values (C, H, W) times `gain` as the pixels of an ImageData, which is returned. */
function fillPixels(pixels, values, gain) {
  const { data, width, height } = pixels;
  const area = width * height;
  const colour = values.length > area ? area : 0;
  for (let i = 0; i < area; i++) {
    data[4 * i] = gain * values[i];
    data[4 * i + 1] = gain * values[i + colour];
    data[4 * i + 2] = gain * values[i + 2 * colour];
    data[4 * i + 3] = 255;
  }
  return pixels;
}

/** A canvas sized to device pixels, emptied. */
function fresh(canvas, width, height) {
  const scale = globalThis.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
  return canvas.getContext("2d");
}

function makeDot(colour, outline, radius, line) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 2 * Math.ceil(radius + line) + 1;
  const context = canvas.getContext("2d");
  context.arc(canvas.width / 2, canvas.width / 2, radius, 0, 2 * Math.PI);
  [context.fillStyle, context.strokeStyle, context.lineWidth] = [colour, outline, line];
  context.fill();
  context.stroke();
  return canvas;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Pages that are not served over https have no clipboard; there a hidden text box is selected and copied. */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = document.createElement("textarea");
    box.value = text;
    box.style.cssText = "position: fixed; opacity: 0;";
    document.body.append(box);
    box.select();
    const copied = document.execCommand("copy");
    box.remove();
    return copied;
  }
}

/** A canvas copied, every pixel a square of `scale` pixels. */
function enlarged(canvas, scale) {
  const large = document.createElement("canvas");
  [large.width, large.height] = [canvas.width * scale, canvas.height * scale];
  const context = large.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, large.width, large.height);
  return large;
}

/** Have the browser save what `href` (a data or blob URL) holds. */
function save(name, href) {
  const link = document.createElement("a");
  [link.download, link.href] = [name, href];
  link.click();
}

const icon = (path) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
