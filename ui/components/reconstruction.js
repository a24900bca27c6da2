// One image through a model: its code, what the decoder makes of it, what was lost; follows model.js, base64.js, sketch_pad.js,
// small_map.js, picture.js, disturbance.js, posterior_bars.js and neighbours.js. Knows no Python.
//
// `frame` does what must follow the hand: disturb, encode, decode, paint, count nats. What takes longer (samples, neighbours) waits until the
// hand rests and is done in slices of a few milliseconds, so that a new movement never waits for it. Nothing leaves the page but a
// finished drawing, once for every time that the pen is lifted.

const REST_MS = 120;
const SLICE_MS = 6;
const NUMBERS_SHOWN = 4;
const SAMPLES_SHOWN = 8;
const SAMPLES_COUNTED = 64;
const BARS = 40;
const GAUGE_TAIL = 0.005; // of the costs at either end, beyond the gauge's ends
const PROBABILITY_FLOOR = 1e-7;
const EXPORT_SIDE = 280;

// ---- The view ----------------------------------------------------------------------------------------------------

class Reconstruction {
  constructor(model, component) {
    this.model = model;
    this.isVae = model.about.family === "vae";
    this.shape = [model.channels, model.height, model.width];
    this.size = model.channels * model.height * model.width;
    this.disturbance = new Disturbance(this.shape, model.about.ground ?? 0);
    this.image = new Float32Array(this.size);
    this.decodes = 0;
    this.here = component.parentElement;
    if (model.network.encode) this.build();
    else sayBroken(this.here, new Error("it has no encoder"));
  }

  /** Called at every change of data or theme. Takes an image only when Python gives one that it has not given before. */
  update(component) {
    if (!this.root) return;
    this.component = component;
    const { image, title, mode } = component.data;
    if (mode !== this.mode) this.setMode(mode);
    this.title = title;
    this.root.querySelector(".title").textContent = title;
    if (image !== this.given && image !== this.committed) this.take(image);
    this.given = image;
    if (this.original) this.changed("point");
  }

  close() {
    this.turn = null;
    cancelAnimationFrame(this.frameRequest);
    clearTimeout(this.restTimer);
    clearTimeout(this.newsTimer);
    this.resizes?.disconnect();
    this.map?.close();
    this.pad?.close();
    this.root?.remove();
  }

  // -- The image: given, drawn, disturbed --

  setMode(mode) {
    this.mode = mode;
    [this.given, this.committed] = [undefined, undefined];
    this.root.dataset.mode = mode;
    this.pad?.close();
    this.pad = null;
    if (mode !== "draw") return;
    const follow = (image) => {
      this.setOriginal(image);
      this.frame(); // at once: the pad calls this in a frame of its own
    };
    const looks = { shape: this.shape, ground: this.model.about.ground ?? 0, label: "Drawing that the model reads" };
    this.pad = new SketchPad(this.find(".pad"), { ...looks, onInput: follow, onRelease: (image) => this.commit(image) });
  }

  /** An image from Python: base64 of its bytes, or null. */
  take(text) {
    const bytes = text === null ? null : fromBase64(text);
    const fits = !bytes || bytes.length === this.size;
    const image = bytes && fits ? Float32Array.from(bytes, (value) => value / 255) : null;
    this.notice.textContent = !fits
      ? `This image has ${bytes.length} numbers, the model reads ${this.size}. Prepare it for this model, or choose another model.`
      : image || this.pad ? "" : "Choose an image to see what the model makes of it.";
    this.root.dataset.empty = !image && !this.pad;
    this.original = null;
    this.pad?.load(image);
    if (this.pad || image) this.setOriginal(image ?? this.pad.image);
  }

  setOriginal(image) {
    this.original = Float32Array.from(image);
    this.changed("input");
  }

  /** Tell Python what has been drawn. */
  commit(image) {
    this.setOriginal(image);
    const pixels = this.pad.isEmpty ? null : toBase64(image.map((value) => Math.round(255 * value)));
    if (pixels === this.committed) return;
    this.committed = pixels;
    this.component.setStateValue("drawing", pixels && { shape: this.shape, pixels });
  }

  /** Decode at z, which the encoder did not choose. */
  go(z) {
    this.z = Float64Array.from(z);
    this.moved = true;
    this.changed("point");
  }

  goToMean() {
    this.z = this.mean.slice();
    this.moved = false;
    this.changed("point");
  }

  // -- Frames: what follows the hand --

  /** Ask for a frame. "input": the image is another one; "point": only the point moved. */
  changed(what) {
    this.inputChanged ||= what === "input";
    this.root.dataset.settled = "false";
    this.frameRequest ??= requestAnimationFrame(() => this.frame());
  }

  frame() {
    cancelAnimationFrame(this.frameRequest);
    this.frameRequest = null;
    if (!this.original) return;
    const began = performance.now();
    if (this.inputChanged) this.encode();
    this.image.set(this.model.network.decode(Float32Array.from(this.z)));
    const ms = performance.now() - began;
    this.inputChanged = false;
    this.draw();
    this.decodes++;
    Object.assign(this.root.dataset, { ready: "true", decodes: this.decodes });
    this.root.dispatchEvent(new CustomEvent("vae:decoded", { bubbles: true, composed: true, detail: { ms } }));
    this.waitForRest();
  }

  encode() {
    this.input = this.disturbance.apply(this.original);
    const { mean, log_var: logVar } = this.model.network.encode(this.input);
    this.mean = Float64Array.from(mean);
    this.logVar = logVar ? Float64Array.from(logVar) : null;
    this.kl = logVar ? klByDimension(this.mean, this.logVar) : null;
    this.z = this.mean.slice();
    this.moved = false;
  }

  draw() {
    const { input, image, mean, logVar, kl, z, moved } = this;
    this.pictures.given.draw(input);
    this.pictures.made.draw(image);
    this.pictures.lost.drawDifference(input, image);
    this.drawCover();
    this.bars.show({ mean, logVar, kl, z });
    const posterior = { z: mean, logVar };
    this.map.show({ points: moved ? [{ z, name: "here" }, posterior] : [posterior] });
    for (const button of this.root.querySelectorAll(".command-mean")) button.hidden = !moved;
    this.drawCosts();
  }

  drawCosts() {
    const { about } = this.model;
    const reconstruction = reconstructionNats(about, this.input, this.image);
    const kl = this.kl ? this.kl.reduce((a, b) => a + b) : 0;
    const [whole, first, second] = [reconstruction + kl, reconstruction, kl].map(nats);
    this.costs.querySelector("b").textContent = `${whole} nats`;
    this.costs.querySelector("span").textContent = this.kl ? `= ${first} reconstruction + ${second} KL` : "for the reconstruction alone";
    if (!this.moved) this.gauge?.show(reconstruction + kl);
    const disturbed = this.disturbance.isActive;
    const [own, left] = [squaredError(this.original, this.input), squaredError(this.original, this.image)];
    this.repair.hidden = !disturbed;
    if (disturbed) this.repair.textContent = sayRepair(own, left);
    const facts = { loss: reconstruction + kl, reconstruction, kl, moved: this.moved, inputError: own, imageError: left };
    Object.assign(this.root.dataset, facts);
  }

  drawCover() {
    const { box } = this.disturbance;
    this.cover.hidden = !box;
    if (!box) return;
    const place = { left: box.x, top: box.y, width: box.side, height: box.side };
    for (const [name, pixels] of Object.entries(place)) this.cover.style[name] = `calc(${pixels} * var(--pixel))`;
    this.root.dataset.cover = [box.x, box.y, box.side].join();
  }

  // -- Slices: what waits until the hand rests --

  waitForRest(ms = REST_MS) {
    this.turn = {};
    this.root.dataset.settled = "false";
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.rest(this.turn), ms);
  }

  async rest(turn) {
    let began = performance.now();
    for (const awaited of this.slowly()) {
      if (!awaited && performance.now() - began < SLICE_MS) continue;
      await (awaited ?? new Promise((resolve) => setTimeout(resolve)));
      if (turn !== this.turn) return;
      began = performance.now();
    }
    this.root.dataset.settled = "true";
  }

  /** The slow parts, yielding after every bit of work; a promise where they must wait for it. */
  *slowly() {
    const { mean, logVar, kl, z } = this;
    this.bars.describe();
    this.way.show({ input: this.input, mean, logVar });
    yield;
    if (this.samples) yield* this.samples.show(mean, logVar);
    yield* this.neighbours.show(this.input, mean);
    const facts = { mean, logVar: logVar ?? [], klBy: kl ?? [], z };
    for (const [name, values] of Object.entries(facts)) this.root.dataset[name] = Array.from(values, (value) => value.toPrecision(7)).join();
  }

  // -- Disturbing the input --

  toggleCover() {
    this.disturbance.setCover(!this.disturbance.box);
    this.coverChanged();
    if (this.disturbance.box) this.frameOf.given.focus({ preventScroll: true });
  }

  coverChanged() {
    const on = Boolean(this.disturbance.box);
    const frame = this.frameOf.given;
    this.find(".command-cover").setAttribute("aria-pressed", on);
    for (const button of this.root.querySelectorAll(".command-smaller, .command-larger")) button.hidden = !on;
    frame.tabIndex = on ? 0 : -1;
    frame.dataset.covered = on;
    const keys = on ? ". Arrow keys move the cover, plus and minus change its size, Delete removes it" : "";
    frame.setAttribute("aria-label", `The input as the model sees it${keys}`);
    this.changed("input");
  }

  listen() {
    const frame = this.frameOf.given;
    let held = null;
    const follow = (event) => {
      const box = this.pictures.given.canvas.getBoundingClientRect();
      const [, height, width] = this.shape;
      this.disturbance.centreCover(((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height);
      this.changed("input");
    };
    frame.onpointerdown = (event) => {
      if (event.button !== 0 || held !== null || !this.disturbance.box) return;
      held = event.pointerId;
      frame.setPointerCapture(held);
      follow(event);
    };
    frame.onpointermove = (event) => event.pointerId === held && follow(event);
    frame.onpointerup = frame.onpointercancel = (event) => {
      if (event.pointerId === held) held = null;
    };
    frame.onkeydown = (event) => this.type(event);
  }

  type(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const sizes = { "+": 1, "=": 1, "-": -1, _: -1 };
    if (!this.disturbance.box || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in moves) this.disturbance.moveCover(...moves[event.key]);
    else if (event.key in sizes) this.disturbance.growCover(sizes[event.key]);
    else if (event.key === "Delete" || event.key === "Backspace") this.disturbance.setCover(false);
    else return;
    event.preventDefault();
    this.coverChanged();
  }

  // -- Files --

  /** Input, reconstruction and difference side by side, every pixel a square. */
  downloadPicture() {
    const [, height, width] = this.shape;
    const sheet = document.createElement("canvas");
    [sheet.width, sheet.height] = [3 * width, height];
    const context = sheet.getContext("2d");
    context.fillStyle = getComputedStyle(this.root).getPropertyValue("--st-secondary-background-color").trim() || "white";
    context.fillRect(0, 0, sheet.width, height);
    Object.values(this.pictures).forEach(({ canvas }, place) => context.drawImage(canvas, place * width, 0));
    save(`${this.fileName()}.png`, enlarged(sheet, Math.max(1, Math.ceil(EXPORT_SIDE / width))).toDataURL("image/png"));
    this.say("Pictures saved");
  }

  downloadCode() {
    const columns = this.logVar ? ["dimension", "mean", "standard deviation", "KL in nats"] : ["dimension", "code"];
    const row = (i) => [this.mean[i], ...(this.logVar ? [Math.exp(this.logVar[i] / 2), this.kl[i]] : [])].map((value) => value.toPrecision(7));
    const lines = [columns, ...Array.from(this.mean, (_, i) => [`z${i + 1}`, ...row(i)])];
    const text = lines.map((line) => `${line.join()}\n`).join("");
    save(`${this.fileName()}.csv`, `data:text/csv;charset=utf-8,${encodeURIComponent(text)}`);
    this.say("Code saved");
  }

  fileName() {
    return `${this.model.about.run ?? "model"} ${this.title}`.replace(/[^\p{L}\p{N} .-]+/gu, "_").slice(0, 80).trim();
  }

  say(text) {
    this.news.textContent = text;
    clearTimeout(this.newsTimer);
    this.newsTimer = setTimeout(() => (this.news.textContent = ""), 4000);
  }

  // -- The page --

  build() {
    const { model } = this;
    const style = document.createElement("style");
    style.textContent = STYLE;
    this.root = document.createElement("div");
    this.root.className = "reconstruction";
    this.root.innerHTML = RECONSTRUCTION_LAYOUT;
    Object.assign(this.root.dataset, { ready: "false", settled: "false", family: this.isVae ? "vae" : "autoencoder" });
    this.find = (selector) => this.root.querySelector(selector);
    [this.notice, this.costs, this.repair, this.news, this.cover] = [".notice", ".costs", ".repair", ".news", ".cover"].map(this.find);
    const hero = ["given", "made", "lost"];
    this.frameOf = Object.fromEntries(hero.map((name) => [name, this.find(`.${name} .frame`)]));
    this.pictures = Object.fromEntries(hero.map((name) => [name, new Picture(this.frameOf[name].querySelector("canvas"), this.shape)]));
    this.bars = new PosteriorBars(this.find(".code"), model, (z) => this.go(z));
    this.map = new SmallMap(this.find(".map"), model, { label: "Where the code lies", onPick: (z) => this.go(z) });
    this.samples = this.isVae ? new Samples(this.find(".samples"), model, () => this.waitForRest(0)) : null;
    this.neighbours = new Neighbours(this.find(".neighbours"), model);
    this.way = new Way(this.find(".way"), model);
    const costs = model.costs?.length ? model.costs : null;
    this.gauge = costs ? new Gauge(this.find(".gauge"), costs, model.about.dataset) : null;
    this.find(".colours").textContent = model.channels === 3 ? "Of the three colours, the one that differs most." : "";
    this.buildControls();
    this.listen();
    this.here.replaceChildren(style, this.root);
    this.resizes = new ResizeObserver(() => this.measure());
    this.resizes.observe(this.root);
  }

  buildControls() {
    const disturb = (change) => () => {
      change(this.disturbance);
      this.changed("input");
    };
    const commands = {
      picture: () => this.downloadPicture(),
      code: () => this.downloadCode(),
      noise: disturb((it) => it.redraw()),
      cover: () => this.toggleCover(),
      smaller: disturb((it) => it.growCover(-1)),
      larger: disturb((it) => it.growCover(1)),
      epsilon: () => this.way.redraw(),
    };
    for (const [name, run] of Object.entries(commands)) this.find(`.command-${name}`).onclick = run;
    for (const button of this.root.querySelectorAll(".command-mean")) button.onclick = () => this.goToMean();
    const [slider, output] = [this.find(".noise input"), this.find(".noise output")];
    slider.oninput = () => {
      output.textContent = Number(slider.value).toFixed(2);
      this.disturbance.deviation = Number(slider.value);
      this.changed("input");
    };
  }

  /** Pictures take whole multiples of their own size. */
  measure() {
    for (const canvas of this.root.querySelectorAll("canvas.sharp")) {
      const room = canvas.parentElement.getBoundingClientRect().width; // not rounded up, as clientWidth is
      if (!room) continue;
      const scale = room >= this.model.width ? Math.floor(room / this.model.width) : room / this.model.width;
      canvas.style.width = `${this.model.width * scale}px`;
      canvas.parentElement.style.setProperty("--pixel", `${scale}px`);
      canvas.dataset.reduced = scale < 1;
    }
  }
}

// ---- Parts of the view -------------------------------------------------------------------------------------------

/** Where a cost lies among those of the data set's held-out images. */
class Gauge {
  constructor(section, costs, dataset) {
    this.costs = Float64Array.from(costs).sort();
    const least = Math.floor(GAUGE_TAIL * this.costs.length);
    [this.low, this.high] = [this.costs[least], this.costs[this.costs.length - 1 - least]];
    this.who = `${this.costs.length.toLocaleString("en")} held-out images${dataset ? ` (${dataset})` : ""}`;
    section.hidden = false;
    [this.marker, this.sentence] = [section.querySelector(".marker"), section.querySelector(".rank")];
    section.querySelector(".bars").append(this.histogram());
    const ends = section.querySelectorAll(".ends span");
    [ends[0].textContent, ends[1].textContent] = [`${nats(this.low)} nats`, `${nats(this.high)} nats`];
    this.root = section;
  }

  histogram() {
    const counts = new Array(BARS).fill(0);
    for (const cost of this.costs) counts[Math.min(Math.floor(BARS * this.place(cost)), BARS - 1)]++;
    const most = Math.max(...counts);
    const bars = counts.map((count, i) => svg("rect", { x: i, y: 1 - count / most, width: 0.86, height: count / most }));
    const picture = svg("svg", { viewBox: `0 0 ${BARS} 1`, preserveAspectRatio: "none", "aria-hidden": "true" });
    picture.append(...bars);
    return picture;
  }

  /** From 0 at the left end to 1 at the right. */
  place(cost) {
    return Math.min(Math.max((cost - this.low) / (this.high - this.low || 1), 0), 1);
  }

  show(cost) {
    const harder = this.costs.filter((other) => other < cost).length / this.costs.length;
    this.marker.style.left = `${100 * this.place(cost)}%`;
    this.sentence.textContent = sayRank(harder, this.who);
    this.root.dataset.harder = harder;
  }
}

/** Draws from the posterior, decoded; the mean and the spread of many of them. */
class Samples {
  constructor(section, model, onChange) {
    Object.assign(this, { section, model, scale: 1 });
    this.epsilon = new Float64Array(SAMPLES_COUNTED * model.latentDim);
    const shape = [model.channels, model.height, model.width];
    const strip = section.querySelector(".strip");
    this.pictures = Array.from({ length: SAMPLES_SHOWN }, (_, i) => {
      const cell = cellWithCanvas(`Sample ${i + 1} of the posterior`);
      strip.append(cell);
      return new Picture(cell.querySelector("canvas"), shape);
    });
    [this.mean, this.spread] = [".mean", ".deviation"].map((name) => new Picture(section.querySelector(`${name} canvas`), shape));
    this.size = model.channels * model.height * model.width;
    this.redraw();
    section.querySelector(".command-draw").onclick = () => {
      this.redraw();
      onChange();
    };
    const [slider, output] = [section.querySelector("input"), section.querySelector("output")];
    slider.oninput = () => {
      this.scale = Number(slider.value);
      output.textContent = `× ${this.scale.toFixed(2)}`;
      onChange();
    };
  }

  redraw() {
    for (let i = 0; i < this.epsilon.length; i++) this.epsilon[i] = gaussian();
  }

  *show(mean, logVar) {
    const { model, epsilon, scale, size } = this;
    const z = new Float32Array(mean.length);
    const [sum, squares] = [new Float64Array(size), new Float64Array(size)]; // of what lies above the first sample: less is lost to rounding
    let first = null;
    for (let n = 0; n < SAMPLES_COUNTED; n++) {
      for (let i = 0; i < z.length; i++) z[i] = mean[i] + scale * Math.exp(logVar[i] / 2) * epsilon[n * z.length + i];
      const image = model.network.decode(z);
      first ??= image.slice();
      for (let i = 0; i < size; i++) {
        const value = image[i] - first[i];
        sum[i] += value;
        squares[i] += value * value;
      }
      if (n < SAMPLES_SHOWN) this.pictures[n].draw(image);
      yield;
    }
    this.showSummary(first, sum, squares);
  }

  showSummary(first, sum, squares) {
    const mean = first.map((value, i) => value + sum[i] / SAMPLES_COUNTED);
    const deviation = squares.map((value, i) => Math.sqrt(Math.max(value - sum[i] ** 2 / SAMPLES_COUNTED, 0) / (SAMPLES_COUNTED - 1)));
    this.mean.draw(mean);
    this.spread.drawSpread(deviation);
    const [average, most] = [deviation.reduce((a, b) => a + b) / deviation.length, deviation.reduce((a, b) => Math.max(a, b))];
    this.section.querySelector(".deviation i").textContent = `at most ${most.toFixed(2)}, ${average.toFixed(3)} on average`;
    Object.assign(this.section.dataset, { spread: average, most, average: mean.reduce((a, b) => a + b) / mean.length });
  }
}

/** From image to image with this image's numbers: mean and log variance, noise, z, decoded. */
class Way {
  constructor(section, model) {
    Object.assign(this, { section, model, epsilon: new Float64Array(model.latentDim), isVae: model.about.family === "vae" });
    const shape = [model.channels, model.height, model.width];
    [this.from, this.to] = [".from canvas", ".to canvas"].map((name) => new Picture(section.querySelector(name), shape));
    section.querySelector(".command-epsilon").hidden = !this.isVae;
    const columns = this.isVae ? ["", "mean", "log variance", "σ", "ε", "z = mean + σ·ε"] : ["", "z"];
    section.querySelector("thead").innerHTML = `<tr>${columns.map((text) => `<th scope="col">${text}</th>`).join("")}</tr>`;
    this.left = model.latentDim - NUMBERS_SHOWN;
    section.querySelector(".left-out").textContent = this.left > 0 ? `… ${this.left} more` : "";
    const sentence = "A plain autoencoder has no ε: the code is one point, and the decoder takes it as it is.";
    if (!this.isVae) section.querySelector(".about").textContent = sentence;
    this.draw();
  }

  draw() {
    if (this.isVae) this.epsilon = Float64Array.from(this.epsilon, gaussian);
  }

  redraw() {
    this.draw();
    this.show(this.shown);
  }

  show(shown) {
    this.shown = shown;
    const { input, mean, logVar } = shown;
    const deviation = mean.map((_, i) => (logVar ? Math.exp(logVar[i] / 2) : 0));
    const z = mean.map((value, i) => value + deviation[i] * this.epsilon[i]);
    const numbers = (i) => (logVar ? [mean[i], logVar[i], deviation[i], this.epsilon[i], z[i]] : [z[i]]);
    const row = (i) => `<tr><th scope="row">z${i + 1}</th>${numbers(i).map((value) => `<td>${signed(value)}</td>`).join("")}</tr>`;
    this.section.querySelector("tbody").innerHTML = this.model.ranked.slice(0, NUMBERS_SHOWN).map(row).join("");
    this.from.draw(input);
    this.to.draw(this.model.network.decode(Float32Array.from(z)));
    this.section.dataset.epsilon = Array.from(this.epsilon, (value) => value.toPrecision(7)).join();
  }
}

// ---- Numbers and words -------------------------------------------------------------------------------------------

/** -log p(x | z) in nats for the decoded image, summed over pixels. */
function reconstructionNats({ likelihood, sigma }, x, image) {
  return likelihood === "gaussian" ? gaussianNats(x, image, sigma) : bernoulliNats(x, image);
}

function bernoulliNats(x, image) {
  let sum = 0;
  for (let i = 0; i < x.length; i++) {
    const p = Math.min(Math.max(image[i], PROBABILITY_FLOOR), 1 - PROBABILITY_FLOOR);
    sum -= x[i] * Math.log(p) + (1 - x[i]) * Math.log1p(-p);
  }
  return sum;
}

function gaussianNats(x, image, sigma) {
  return (squaredDistance(x, image) / sigma ** 2) / 2 + x.length * (Math.log(sigma) + Math.log(2 * Math.PI) / 2);
}

/** KL(N(mean, exp(logVar)) || N(0, 1)) by dimension, in nats. */
function klByDimension(mean, logVar) {
  return mean.map((value, i) => (value ** 2 + Math.exp(logVar[i]) - 1 - logVar[i]) / 2);
}

const squaredError = (a, b) => squaredDistance(a, b) / a.length;
const nats = (value) => value.toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 }).replace("-", "\u2212");

function sayRank(harder, who) {
  if (harder === 0) return `Easier than all ${who}`;
  if (harder === 1) return `Harder than all ${who}`;
  const percent = 100 * harder;
  return `Harder than ${percent.toFixed(percent < 1 || percent > 99 ? 1 : 0)} % of ${who}`;
}

function sayRepair(own, left) {
  const verdict = left < own ? "The model repaired part of it." : "The model did not bring it nearer.";
  const [reconstruction, input] = [left, own].map((error) => error.toFixed(3));
  return `Against the undisturbed image, the mean squared error is ${reconstruction}; that of the disturbed input is ${input}. ${verdict}`;
}

// ---- The page ----------------------------------------------------------------------------------------------------

const SIGNS = {
  download: icon("M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14"),
  again: icon("M4.5 12.5a7.5 7.5 0 1 0 2.4-5.6L4.5 9M4.5 4.5V9H9"),
  cover: icon("M8 8h8v8H8zM4 4h2M4 4v2M20 4h-2M20 4v2M4 20h2M4 20v-2M20 20h-2M20 20v-2"),
  minus: icon("M6 12h12"),
  plus: icon("M6 12h12M12 6v12"),
};

const button = (name, sign, text, title = "", more = "") =>
  `<button class="command command-${name}" title="${title}" ${more}>${SIGNS[sign]}${text && `<span>${text}</span>`}</button>`;
const slider = (name, least, most, step, value, said) => `
  <label class="slider ${name.toLowerCase()}">
    <span>${name}</span>
    <input type="range" min="${least}" max="${most}" step="${step}" value="${value}" aria-label="${name}">
    <output>${said}</output>
  </label>`;
const figure = (name, label, caption) => `
  <figure class="${name}">
    <div class="frame"><canvas role="img" aria-label="${label}"></canvas></div>
    <figcaption>${caption}</figcaption>
  </figure>`;

const SCALE = `<span class="scale"><span>darker</span><i></i><span>brighter than the input</span></span>`;
const BACK = `<button class="command command-mean" hidden>${SIGNS.again}<span>Back to the code</span></button>`;

const RECONSTRUCTION_LAYOUT = `
<p class="notice" role="alert"></p>
<div class="body">
  <section class="hero" aria-label="Input, reconstruction and difference">
    <div class="pad"></div>
    <figure class="given">
      <div class="frame" role="group" aria-label="The input as the model sees it" tabindex="-1">
        <canvas role="img" aria-label="The input"></canvas><i class="cover" hidden></i>
      </div>
      <figcaption><b>As the model sees it</b><span class="title"></span></figcaption>
    </figure>
    ${figure("made", "The reconstruction", "<b>Reconstruction</b><span>what the decoder makes of the code</span>")}
    ${figure("lost", "The difference", `<b>Difference</b>${SCALE}<span class="colours"></span>`)}
  </section>
  <div class="under">
    <section class="disturb">
      <h3>Disturb it</h3>
      ${slider("Noise", 0, 0.6, 0.01, 0, "0.00")}
      <div class="commands">
        ${button("noise", "again", "New noise", "Draw another pattern of noise")}
        ${button("cover", "cover", "Cover", "Hide a part of the input; drag the cover over the image", `aria-pressed="false"`)}
        ${button("smaller", "minus", "", "Smaller cover", `aria-label="Smaller cover" hidden`)}
        ${button("larger", "plus", "", "Larger cover", `aria-label="Larger cover" hidden`)}
      </div>
    </section>
    <section class="price">
      <p class="costs">Loss <b></b><span></span></p>
      <p class="repair" hidden></p>
      <div class="gauge" hidden>
        <p class="rank"></p>
        <div class="bars"><i class="marker"></i></div>
        <p class="ends" aria-hidden="true"><span></span><span></span></p>
      </div>
      <p class="about">A low loss does not prove that an image is ordinary: a model can find strange things easy. Very simple images often cost
      less than the ones it learned from.</p>
      <div class="commands">
        ${button("picture", "download", "Pictures (PNG)", "Save input, reconstruction and difference")}
        ${button("code", "download", "Code (CSV)", "Save the code, dimension by dimension")}
        ${BACK}
      </div>
      <p class="news" role="status" aria-live="polite"></p>
    </section>
  </div>
  <div class="columns">
    <div class="column">
      <section class="code">
        <h3>The code</h3>
        <p class="about">For each dimension the encoder gives a mean and a standard deviation (the dark bar). The pale band is where codes lie
        under the prior. Drag a ring to change that coordinate.</p>
        <div class="head" aria-hidden="true">
          <span></span><span></span><span class="value">mean ± deviation</span><span class="kl">KL, nats</span>
        </div>
        <div class="rows"></div>
        <div class="commands">
          <button class="command more" aria-expanded="false"></button>
          ${BACK}
        </div>
      </section>
      <section>
        <h3>On the map</h3>
        <p class="about">The code among those of the data set. Drag the ring and the decoder follows.</p>
        <div class="map"></div>
      </section>
    </div>
    <div class="column">
      <section class="samples">
        <h3>Samples of the code</h3>
        <p class="about">The encoder names a region, not a point: here are draws from it, decoded. Widen it to see where that leads.</p>
        <div class="bar">${slider("Spread", 0, 3, 0.05, 1, "× 1.00")}${button("draw", "again", "Draw again")}</div>
        <div class="strip eight"></div>
        <div class="pair">
          ${figure("mean", "The mean of 64 samples", "<b>Mean of 64</b>")}
          ${figure("deviation", "The spread of 64 samples", "<b>Standard deviation</b><span>what the model is unsure of: <i></i></span>")}
        </div>
      </section>
      <section class="neighbours">
        <h3>Nearest images of the data set</h3>
        <p class="about">What the encoder finds alike, and what is alike pixel by pixel; the numbers are distances.</p>
        <div class="by-code"><h4>By code</h4><div class="strip six"></div></div>
        <div class="by-pixels"><h4>By pixels</h4><div class="strip six"></div></div>
      </section>
    </div>
  </div>
  <section class="way">
    <h3>Step by step</h3>
    <p class="about">The encoder reads the image, noise ε is drawn, and the decoder paints what lies there. So does training, with new noise
    at every step.</p>
    <div class="steps">
      ${figure("from", "The input", "x")}
      <i class="arrow" aria-hidden="true">→</i>
      <div class="numbers"><table><thead></thead><tbody></tbody></table><p class="left-out"></p></div>
      <i class="arrow" aria-hidden="true">→</i>
      ${figure("to", "The decoded sample", "decoded")}
    </div>
    <div class="commands">${button("epsilon", "again", "Draw ε again")}</div>
  </section>
</div>
`;
