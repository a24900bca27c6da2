// From image to image through the latent space: along a path, between four corners, by arithmetic, or in a direction. Follows
// model.js, base64.js, small_map.js, code_paths.js, films.js and idle.js. Knows no Python.
//
// While a hand moves nothing leaves the page: the next animation frame decodes the code that the stage (one class a mode) names.
// Python hears of it once, when the hand rests (`settle`). Strips and charts are made when the browser has nothing else to do.

const BEYOND = [-0.5, 1.5]; // how far a path is followed: half its length beyond both ends
const NAMES = "ABCD";
const KEY_STEP = 0.02;
const SETTLE_MS = 250;
const PLAY_MS = 2400; // from A to B
const STRIP = [STILLS, 4]; // images of a filmstrip, on a phone
const CORNERS = [7, 5]; // images across the grid, on a phone
const PHONE = 560; // CSS pixels; narrower is a phone
const DIRECTION_STEPS = [-3, -2, -1, 0, 1, 2, 3];
const CHART_STEPS = 120;
const ENLARGED = 256; // pixels at least, of small pictures and of files
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

// ---- What all modes share ------------------------------------------------------------------------------------------

class Morph {
  constructor(model, component) {
    Object.assign(this, { model, decodes: 0, idle: new Idle(), here: component.parentElement });
    this.input = new Float32Array(model.latentDim);
    this.factor = Math.max(1, Math.ceil(ENLARGED / Math.min(model.width, model.height)));
    this.resizes = new ResizeObserver(() => this.measure());
  }

  /** Called at every change of data or theme. Moves only when Python names a place that it has not named before. */
  update(component) {
    this.component = component;
    const { of, start } = component.data;
    const given = JSON.stringify(start);
    if (of !== this.of) this.begin(component.data);
    else if (given !== this.given && given !== this.committed) {
      this.stage?.start(start);
      this.committed = given;
    }
    this.given = given;
    this.changed();
  }

  close() {
    this.clear();
    this.root?.remove();
  }

  clear() {
    this.idle.close();
    clearTimeout(this.settling);
    cancelAnimationFrame(this.frameRequest);
    this.frameRequest = null;
    this.resizes.disconnect();
    this.stage?.close?.();
    this.map?.close();
    [this.stage, this.map] = [null, null];
  }

  /** Other images or another mode: everything anew. */
  begin({ of, mode, images, titles, start }) {
    this.clear();
    const [bytes, { channels, height, width }] = [images.map(fromBase64), this.model];
    this.of = of;
    if (!this.model.network.encode) return this.refuse("This model has no encoder, so an image has no code to begin from. Choose another model.");
    if (bytes.some(({ length }) => length !== channels * height * width))
      return this.refuse(`The images do not fit this model, which takes ${channels} × ${height} × ${width} values. Choose them again.`);
    const ends = bytes.map((image, i) => ({ image, title: titles[i], mean: this.encode(image) }));
    this.build(mode);
    this.stage = new STAGES[mode](this, ends);
    this.stage.start(start);
    this.committed = JSON.stringify(this.stage.state());
    for (const element of [this.root, ...this.root.querySelectorAll(".hero-box, .grid-box")]) this.resizes.observe(element);
    this.measure();
    this.model.sheetReady.then(() => this.changed()); // then the nearest original can be drawn
    if (this.usual === undefined) this.idle.set("usual", usualJobs(this.model, (usual) => this.learn(usual)));
  }

  /** How far from each other neighbours among the codes usually are. */
  learn(usual) {
    this.usual = usual;
    this.stage.learned?.();
    this.changed();
  }

  refuse(text) {
    const sentence = document.createElement("p");
    sentence.setAttribute("role", "alert");
    sentence.textContent = text;
    this.here.replaceChildren(sentence);
  }

  build(mode) {
    const style = document.createElement("style");
    style.textContent = STYLE;
    this.root = document.createElement("div");
    this.root.className = "morph";
    this.root.innerHTML = `<div class="body">${LAYOUTS[mode]}${SIDE}</div>`;
    Object.assign(this.root.dataset, { mode, ready: "false" });
    this.here.replaceChildren(style, this.root);
    [this.hero, this.near, this.nearText, this.rarity] = [".hero", ".near canvas", ".near-text", ".rarity"].map((name) => this.find(name));
    [this.hero.width, this.hero.height] = [this.model.width, this.model.height];
    this.pixels = new ImageData(this.model.width, this.model.height);
    this.find(".near").hidden = !this.model.count;
    this.map = new SmallMap(this.find(".map"), this.model, { label: "Where the image lies among the codes of the data set" });
    this.nearest = -1;
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  // -- Frames --

  /** Ask for a frame. */
  changed() {
    if (this.stage) this.frameRequest ??= requestAnimationFrame(() => this.frame());
  }

  frame() {
    this.frameRequest = null;
    const z = this.stage.code();
    if (this.root.dataset.ready !== "true" || this.input.some((value, i) => value !== Math.fround(z[i]))) this.decode(z);
    const ends = this.stage.ends.map(({ mean }, i) => ({ z: mean, name: NAMES[i] }));
    this.map.show({ points: [{ z, colour: "var(--st-primary-color)" }, ...ends], path: this.stage.path?.() ?? null });
    const near = nearestCode(this.model, z);
    this.showPlace(z, near);
    this.stage.moved(z, near);
  }

  decode(z) {
    this.input.set(z);
    const began = performance.now();
    const image = this.model.network.decode(this.input);
    const ms = performance.now() - began;
    this.hero.getContext("2d").putImageData(this.fill(image, 255), 0, 0);
    const point = Array.from(this.input, (value) => value.toPrecision(7)).join();
    Object.assign(this.root.dataset, { ready: "true", decodes: ++this.decodes, point });
    this.root.dispatchEvent(new CustomEvent("vae:decoded", { bubbles: true, composed: true, detail: { ms } }));
  }

  showPlace(z, { index, distance }) {
    setText(this.rarity, this.model.sayDistance(z));
    if (index < 0) return;
    const name = this.model.className(index);
    const far = distance > this.usual ? ", farther than usual between neighbours" : "";
    setText(this.nearText, `The nearest image of the data set${name ? ` (${name})` : ""} is ${shown(distance)} away${far}`);
    if (index === this.nearest) return;
    const drawn = this.model.drawOriginal(index, this.near);
    this.near.hidden = !drawn;
    if (drawn) this.nearest = index;
  }

  // -- Python --

  /** A hand has let go, or rests between key presses: tell Python soon. */
  settle() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.commit(), SETTLE_MS);
  }

  /** Once for each new place. */
  commit() {
    const state = this.stage.state();
    if (JSON.stringify(state) === this.committed) return;
    this.committed = JSON.stringify(state);
    const { of, mode } = this.component.data;
    this.component.setStateValue("view", { run: this.model.about.run, of, mode, ...state });
  }

  // -- Codes and pictures --

  /** The posterior mean of an image's bytes. */
  encode(image) {
    return Float64Array.from(this.model.network.encode(Float32Array.from(image, (value) => value / 255)).mean);
  }

  /** The decoded picture of a code, in a buffer that the next call overwrites. */
  picture(z) {
    return this.fill(this.model.network.decode(Float32Array.from(z)), 255);
  }

  /** Values (C, H, W) times `gain` as the shared ImageData. */
  fill(values, gain) {
    return fillPixels(this.pixels, values, gain);
  }

  /** As many small pictures of codes as there are canvases, when there is time. */
  stampLater(name, canvases, code) {
    this.idle.set(name, canvases.map((canvas, i) => () => this.stamp(canvas, this.picture(code(i)))));
  }

  /** Draw a picture so large that the page only ever shrinks it: squares of one size. */
  stamp(canvas, pixels, factor = this.factor) {
    this.small ??= document.createElement("canvas");
    [this.small.width, this.small.height] = [pixels.width, pixels.height];
    this.small.getContext("2d").putImageData(pixels, 0, 0);
    [canvas.width, canvas.height] = [pixels.width * factor, pixels.height * factor];
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(this.small, 0, 0, canvas.width, canvas.height);
  }

  /** The figures of the images that were given: original, name, title and, where the layout has a place for it, the decoded code. */
  showEnds(ends) {
    this.root.querySelectorAll(".end").forEach((figure, i) => {
      const { image, title, mean } = ends[i];
      const [original, decoded] = figure.querySelectorAll("canvas");
      this.stamp(original, this.fill(image, 1));
      original.setAttribute("aria-label", `${NAMES[i]}: ${title}`);
      if (decoded) this.stamp(decoded, this.picture(mean));
      [figure.querySelector("b").textContent, figure.querySelector("span").textContent] = [NAMES[i], title];
    });
  }

  measure() {
    if (!this.stage) return;
    fitWhole(this.hero);
    this.stage.measure?.(this.root.clientWidth < PHONE ? 1 : 0);
    this.changed();
  }

  /** The range input that is the stage's strength. */
  bindStrength(stage) {
    const input = this.find(".strength");
    input.oninput = () => {
      stage.strength = Number(input.value);
      this.changed();
    };
    input.onchange = () => this.settle();
    return input;
  }
}

// ---- A path from A to B --------------------------------------------------------------------------------------------

class PathStage {
  constructor(morph, ends) {
    Object.assign(this, { morph, ends, swapped: false, count: 0 });
    [this.slider, this.playButton] = [".t", ".play"].map((name) => morph.find(name));
    this.cursors = [...morph.root.querySelectorAll(".cursor")];
    [this.nearness, this.norm] = [".nearness", ".norm"].map((name) => morph.find(name));
    this.rules = [...morph.root.querySelectorAll(".rule")];
    this.nearness.hidden = !morph.model.count;
    this.listen();
    this.films = new Films(morph, (t) => this.at(t));
  }

  start({ t, rule, swapped }) {
    this.pause();
    const alike = swapped === this.swapped && rule === this.rule;
    if (swapped !== this.swapped) this.ends.reverse();
    Object.assign(this, { t: clamp(t, ...BEYOND), rule, swapped });
    if (!alike) this.otherPath();
  }

  state() {
    return { t: rounded(this.t), rule: this.rule, swapped: this.swapped };
  }

  close() {
    cancelAnimationFrame(this.playing);
  }

  at(t) {
    return PATHS[this.rule](this.ends[0].mean, this.ends[1].mean, t);
  }

  code() {
    return this.at(this.t);
  }

  path() {
    return this.line;
  }

  moved(z, { index, distance }) {
    if (Number(this.slider.value) !== this.t) this.slider.value = this.t;
    this.slider.setAttribute("aria-valuetext", sayPosition(this.t));
    const across = `translateX(${(100 * (this.t - BEYOND[0])) / (BEYOND[1] - BEYOND[0])}%)`;
    for (const cursor of this.cursors) cursor.style.transform = across;
    setText(this.nearness.querySelector("b"), index < 0 ? "" : shown(distance));
    setText(this.norm.querySelector("b"), shown(Math.sqrt(dot(z, z))));
    const here = Math.round(this.t * (this.count - 1));
    this.frames.forEach((button, i) => button.setAttribute("aria-current", i === here));
  }

  // -- Hands --

  listen() {
    const { morph, slider } = this;
    slider.oninput = () => {
      this.pause();
      this.t = Number(slider.value);
      morph.changed();
    };
    slider.onchange = () => morph.settle();
    slider.onkeydown = (event) => this.type(event);
    this.playButton.onclick = () => (this.playing ? this.rest() : this.play());
    morph.find(".swap").onclick = () => this.swap();
    for (const button of this.rules) button.onclick = () => this.choose(button.value);
  }

  type(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? KEY_STEP / 10 : KEY_STEP;
    const steps = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageDown: -0.1, PageUp: 0.1 };
    if (event.key === " ") this.playButton.click();
    else if (event.key === "Home" || event.key === "End") this.goTo(event.key === "Home" ? 0 : 1);
    else if (event.key in steps) this.goTo(this.t + steps[event.key]);
    else return;
    event.preventDefault();
  }

  goTo(t) {
    this.pause();
    this.t = clamp(t, ...BEYOND);
    this.morph.changed();
    this.morph.settle();
  }

  choose(rule) {
    if (rule === this.rule) return;
    this.rule = rule;
    this.otherPath();
    this.morph.settle();
  }

  /** A and B change places; the image stays. */
  swap() {
    this.pause();
    this.ends.reverse();
    [this.swapped, this.t] = [!this.swapped, 1 - this.t];
    this.otherPath();
    this.morph.settle();
  }

  /** There and back again, until it is paused. Someone who asked for less motion sees one step of the filmstrip after the other. */
  play() {
    const began = performance.now() - PLAY_MS * clamp(this.t, 0, 1);
    const step = (now) => {
      const phase = (Math.max(now - began, 0) / PLAY_MS) % 2;
      const t = phase > 1 ? 2 - phase : phase;
      this.t = STILL.matches ? Math.round(t * (STRIP[0] - 1)) / (STRIP[0] - 1) : t;
      this.morph.changed();
      this.playing = requestAnimationFrame(step);
    };
    this.playing = requestAnimationFrame(step);
    this.showPlaying();
  }

  pause() {
    cancelAnimationFrame(this.playing);
    this.playing = null;
    this.showPlaying();
  }

  rest() {
    this.pause();
    this.morph.settle();
  }

  showPlaying() {
    const name = this.playing ? "Pause" : "Play";
    if (this.playButton.title === name) return;
    this.playButton.title = this.playButton.ariaLabel = name;
    this.playButton.innerHTML = this.playing ? PICTOGRAMS.pause : PICTOGRAMS.play;
  }

  // -- What belongs to the whole path --

  otherPath() {
    for (const button of this.rules) button.setAttribute("aria-pressed", button.value === this.rule);
    this.line = range(25).map((i) => this.at(i / 24));
    this.morph.showEnds(this.ends);
    this.fillStrips();
    this.learned();
    this.morph.changed();
  }

  measure(phone) {
    if (STRIP[phone] === this.count) return;
    this.count = STRIP[phone];
    this.frames = this.spots().map((t) => {
      const button = document.createElement("button");
      button.title = button.ariaLabel = `Go ${sayPosition(t)}`;
      button.append(document.createElement("canvas"));
      button.onclick = () => this.goTo(t);
      return button;
    });
    this.mixed = this.spots().map(() => document.createElement("canvas"));
    fillStrip(this.morph.find(".decoded"), this.frames);
    fillStrip(this.morph.find(".mixed"), this.mixed);
    this.fillStrips();
  }

  spots() {
    return range(this.count).map((i) => i / (this.count - 1));
  }

  fillStrips() {
    if (!this.count) return;
    const { morph } = this;
    const [spots, [a, b]] = [this.spots(), this.ends.map(({ image }) => image)];
    morph.stampLater("frames", this.frames.map((button) => button.firstChild), (i) => this.at(spots[i]));
    morph.idle.set("mixed", spots.map((t, i) => () => morph.stamp(this.mixed[i], morph.fill(linear(a, b, t), 1))));
  }

  /** The charts along the path; again when it is known how far neighbours are apart. */
  learned() {
    this.morph.idle.set("charts", [() => this.drawCharts()]);
  }

  drawCharts() {
    const { model, usual } = this.morph;
    const codes = range(CHART_STEPS + 1).map((i) => this.at(BEYOND[0] + ((BEYOND[1] - BEYOND[0]) * i) / CHART_STEPS));
    const typical = model.about.family === "vae" ? [0.95, 0.05].map((farther) => priorRadius(model.latentDim, farther)) : null;
    drawChart(this.norm, codes.map((z) => Math.sqrt(dot(z, z))), typical);
    if (typical) setText(this.norm.querySelector("figcaption i"), `Shaded: 9 of 10 draws from the prior, ${typical.map(shown).join(" to ")}`);
    if (!model.count) return;
    drawChart(this.nearness, codes.map((z) => nearestCode(model, z).distance), usual === undefined ? null : [0, usual]);
    if (usual !== undefined) setText(this.nearness.querySelector("figcaption i"), `Shaded: usual between neighbours, up to ${shown(usual)}`);
  }
}

// ---- Four corners ----------------------------------------------------------------------------------------------------

class CornersStage {
  constructor(morph, ends) {
    Object.assign(this, { morph, ends, count: 0 });
    [this.box, this.grid, this.ring] = [".grid", ".grid canvas", ".grid .ring"].map((name) => morph.find(name));
    morph.showEnds(ends);
    this.box.onpointerdown = (event) => this.press(event);
    this.box.onpointermove = (event) => event.pointerId === this.pressed && this.follow(event);
    this.box.onpointerup = this.box.onpointercancel = (event) => this.release(event);
    this.box.onkeydown = (event) => this.type(event);
  }

  start({ u, v }) {
    this.go(u, v);
  }

  state() {
    return { u: rounded(this.u), v: rounded(this.v) };
  }

  /** `u` across and `v` down, both from 0 to 1. */
  go(u, v) {
    [this.u, this.v] = [clamp(u, 0, 1), clamp(v, 0, 1)];
    this.morph.changed();
  }

  at(u, v) {
    const [a, b, c, d] = this.ends.map(({ mean }) => mean);
    return linear(linear(a, b, u), linear(c, d, u), v);
  }

  code() {
    return this.at(this.u, this.v);
  }

  moved() {
    const place = (part) => `${(100 * (part * (this.count - 1) + 0.5)) / this.count}%`;
    this.ring.style.transform = `translate(${place(this.u)}, ${place(this.v)})`;
    this.box.setAttribute("aria-valuenow", plain(this.u));
    this.box.setAttribute("aria-valuetext", `${plain(this.u)} across, ${plain(this.v)} down`);
  }

  measure(phone) {
    if (CORNERS[phone] !== this.count) {
      this.count = CORNERS[phone];
      this.drawGrid();
    }
    fitWhole(this.grid, this.box.parentElement);
    this.morph.find(".field").style.setProperty("--grid-width", this.grid.style.width);
  }

  drawGrid() {
    const { morph, count } = this;
    const { width, height } = morph.model;
    [this.grid.width, this.grid.height] = [count * width, count * height];
    const context = this.grid.getContext("2d");
    const draw = (row, column) => {
      const picture = morph.picture(this.at(column / (count - 1), row / (count - 1)));
      context.putImageData(picture, column * width, row * height);
    };
    morph.idle.set("grid", range(count).flatMap((row) => range(count).map((column) => () => draw(row, column))));
  }

  press(event) {
    if (event.button !== 0) return;
    this.pressed = event.pointerId;
    this.box.setPointerCapture(event.pointerId);
    this.frame = this.box.getBoundingClientRect();
    this.follow(event);
  }

  follow(event) {
    const part = (pixels, length) => ((pixels / length) * this.count - 0.5) / (this.count - 1);
    this.go(part(event.clientX - this.frame.left, this.frame.width), part(event.clientY - this.frame.top, this.frame.height));
  }

  release(event) {
    if (event.pointerId !== this.pressed) return;
    this.pressed = null;
    this.morph.settle();
  }

  type(event) {
    const step = event.shiftKey ? KEY_STEP / 10 : KEY_STEP;
    const arrows = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (!(event.key in arrows) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.go(this.u + arrows[event.key][0], this.v + arrows[event.key][1]);
    this.morph.settle();
  }
}

// ---- A − B + C -------------------------------------------------------------------------------------------------------

class ArithmeticStage {
  constructor(morph, ends) {
    Object.assign(this, { morph, ends, input: morph.bindStrength(this) });
    const [a, b, c] = ends.map(({ mean }) => mean);
    this.direction = c.map((value, i) => value - b[i]);
    this.origin = a;
    morph.showEnds(ends);
  }

  start({ strength }) {
    this.strength = clamp(strength, 0, 1.5);
    this.input.value = this.strength;
  }

  state() {
    return { strength: rounded(this.strength) };
  }

  code() {
    return along(this.origin, this.direction, this.strength);
  }

  path() {
    return [this.origin, along(this.origin, this.direction, 1.5)];
  }

  moved() {
    setText(this.morph.find(".amount"), shown(this.strength));
  }
}

// ---- In the direction of a class -------------------------------------------------------------------------------------

class DirectionStage {
  constructor(morph, ends) {
    Object.assign(this, { morph, ends, input: morph.bindStrength(this), select: morph.find("select") });
    this.labels = tellingLabels(morph.model);
    this.select.replaceChildren(...this.labels.map((label) => new Option(morph.model.about.class_names[label] ?? `Class ${label}`, label)));
    this.select.onchange = () => {
      this.choose(Number(this.select.value));
      morph.settle();
    };
    this.buttons = DIRECTION_STEPS.map((strength) => this.button(strength));
    fillStrip(morph.find(".decoded"), this.buttons);
    for (const selector of [".choice", ".strips"]) morph.find(selector).hidden = !this.labels.length;
    morph.find(".no-classes").hidden = this.labels.length > 0;
    morph.showEnds(ends);
  }

  button(strength) {
    const button = document.createElement("button");
    button.title = button.ariaLabel = `Go to ${shown(strength)}`;
    button.append(document.createElement("canvas"), shown(strength).replace(".00", ""));
    button.onclick = () => {
      this.strength = strength;
      this.input.value = strength;
      this.morph.changed();
      this.morph.settle();
    };
    return button;
  }

  start({ label, strength }) {
    this.strength = this.labels.length ? clamp(strength, -3, 3) : 0;
    this.input.value = this.strength;
    this.choose(this.labels.includes(label) ? label : this.labels[0]);
  }

  state() {
    return { label: this.label ?? null, strength: rounded(this.strength) };
  }

  choose(label) {
    const { morph, ends } = this;
    this.label = label;
    this.select.value = label;
    this.direction = label === undefined ? new Float64Array(morph.model.latentDim) : classDirection(morph.model, label);
    morph.stampLater("frames", this.buttons.map((button) => button.firstChild), (i) => along(ends[0].mean, this.direction, DIRECTION_STEPS[i]));
    morph.changed();
  }

  code() {
    return along(this.ends[0].mean, this.direction, this.strength);
  }

  path() {
    return [-3, 3].map((strength) => along(this.ends[0].mean, this.direction, strength));
  }

  moved() {
    setText(this.morph.find(".amount"), shown(this.strength));
    this.buttons.forEach((button, i) => button.setAttribute("aria-current", DIRECTION_STEPS[i] === Math.round(this.strength)));
  }
}

const STAGES = { path: PathStage, corners: CornersStage, arithmetic: ArithmeticStage, direction: DirectionStage };

// ---- Small things ----------------------------------------------------------------------------------------------------

const rounded = (value) => Number(value.toFixed(4));

function sayPosition(t) {
  if (t === 0 || t === 1) return `to ${NAMES[t]}`;
  return t < 0 || t > 1 ? `beyond ${t < 0 ? "A" : "B"}, at ${shown(t)}` : `${Math.round(100 * t)} % of the way from A to B`;
}

/** A canvas as wide as a whole number of device pixels for each of its own allows within its box. */
function fitWhole(canvas, box = canvas.parentElement) {
  const ratio = globalThis.devicePixelRatio || 1;
  const whole = Math.floor((box.clientWidth * ratio) / canvas.width);
  canvas.style.width = `${whole ? (whole * canvas.width) / ratio : box.clientWidth}px`;
}

function fillStrip(strip, children) {
  strip.replaceChildren(...children);
  strip.style.setProperty("--count", children.length);
}

/** A line of values along the path over a shaded band [low, high] or null. */
function drawChart(figure, values, band) {
  const top = 1.1 * Math.max(...values, ...(band ?? []), 1e-9);
  const height = (value) => 1 - value / top;
  const shade = band ? [svg("rect", { x: 0, y: height(band[1]), width: CHART_STEPS, height: height(band[0]) - height(band[1]) })] : [];
  const ends = [0, 1].map((t) => ((t - BEYOND[0]) / (BEYOND[1] - BEYOND[0])) * CHART_STEPS);
  const lines = ends.map((x) => svg("line", { x1: x, x2: x, y1: 0, y2: 1 }));
  const curve = svg("polyline", { points: values.map((value, i) => `${i},${height(value).toFixed(4)}`).join(" ") });
  figure.querySelector("svg").replaceChildren(...shade, ...lines, curve);
}

// ---- The page --------------------------------------------------------------------------------------------------------

const PICTOGRAMS = {
  play: icon("M8 5.5v13l10.5-6.5z"),
  pause: icon("M8.5 6v12M15.5 6v12"),
  swap: icon("M4 8.5h15M15.5 5l3.5 3.5-3.5 3.5M20 15.5H5M8.5 12L5 15.5 8.5 19"),
  download: icon("M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14"),
};

const END = `<figure class="end"><canvas role="img"></canvas><figcaption><b></b> <span></span></figcaption></figure>`;
const OPERAND = END.replace("<figcaption>", `<canvas role="img" aria-label="Decoded from its code"></canvas><figcaption>`);
const HERO = `<div class="hero-box"><canvas class="hero" role="img" aria-label="The decoded image"></canvas></div>`;
const CHART = `<div class="plot" aria-hidden="true"><svg viewBox="0 0 ${CHART_STEPS} 1" preserveAspectRatio="none"></svg><i class="cursor"></i></div>`;
const SIDE = `
<aside class="side">
  <div class="map"></div>
  <p class="near"><canvas></canvas><span class="near-text"></span></p>
  <p class="rarity"></p>
</aside>`;

const LAYOUTS = {
  path: `
<section class="stage">
  <div class="trio">${END}${HERO}${END}</div>
  <div class="scrub">
    <button class="command play"></button>
    <div class="track">
      <input class="t" type="range" min="${BEYOND[0]}" max="${BEYOND[1]}" step="any" aria-label="Position between A and B">
      <div class="marks" aria-hidden="true"><b>A</b><b>B</b></div>
    </div>
    <div class="charts">
      <figure class="chart nearness"><figcaption>Distance to the nearest image of the data set <b></b><i></i></figcaption>${CHART}</figure>
      <figure class="chart norm"><figcaption>Distance from the origin <b></b><i></i></figcaption>${CHART}</figure>
    </div>
  </div>
  <div class="bar">
    <div class="rules" role="group" aria-label="The way from A to B">
      <button class="toggle rule" value="linear" title="The straight line between the two codes">Straight line (linear)</button>
      <button class="toggle rule" value="spherical" title="An arc around the origin that keeps its distance">Arc (spherical)</button>
    </div>
    <button class="command swap" title="A and B change places">${PICTOGRAMS.swap}<span>Swap</span></button>
  </div>
</section>
<section class="strips">
  <p class="caption">Through the latent space: every image is decoded from a code between A and B</p>
  <div class="strip decoded"></div>
  <p class="caption">For comparison, the pixels of the two images mixed, without the model</p>
  <div class="strip mixed" role="img" aria-label="A cross-fade from A to B"></div>
</section>
<section class="downloads">
  <label><span>Save the way from A to B</span> <select><option value="return">and back</option><option value="once">one way</option></select></label>
  <button class="command" value="gif">${PICTOGRAMS.download}<span>GIF</span></button>
  <button class="command" value="webp">${PICTOGRAMS.download}<span>WebP</span></button>
  <button class="command" value="png" title="The nine images above as one picture">${PICTOGRAMS.download}<span>PNG strip</span></button>
  <button class="command" value="csv" title="The codes of ${FRAMES} steps as a table">${PICTOGRAMS.download}<span>Codes (CSV)</span></button>
  <p class="news" role="status" aria-live="polite"></p>
</section>`,
  corners: `
<section class="stage">
  <div class="field">
    <div class="pair">${END}${END}</div>
    <div class="grid-box"><div class="grid" tabindex="0" role="slider" aria-roledescription="two-dimensional slider"
      aria-label="Place between the four images. Arrow keys move it." aria-valuemin="0" aria-valuemax="1"><canvas></canvas><i class="ring"></i></div></div>
    <div class="pair">${END}${END}</div>
  </div>
  ${HERO}
</section>`,
  arithmetic: `
<section class="stage">
  <div class="terms">${OPERAND}<b class="sign">−</b>${OPERAND}<b class="sign">+</b>${OPERAND}<b class="sign">=</b>${HERO}</div>
  <label class="choice"><span>How much of C − B is added to A</span>
    <input class="strength" type="range" min="0" max="1.5" step="0.01"><output class="amount"></output></label>
  <p class="caption">Above what was given, below what the decoder makes of its code. Codes are added and subtracted, not pixels.</p>
</section>`,
  direction: `
<section class="stage">
  <div class="terms">${OPERAND}<b class="sign">→</b>${HERO}</div>
  <div class="choice">
    <label><span>Towards</span> <select aria-label="Class"></select></label>
    <input class="strength" type="range" min="-3" max="3" step="0.01" aria-label="How far"><output class="amount"></output>
  </div>
  <p class="caption">The direction is the mean code of the class less the mean code of all other images of the data set.</p>
  <p class="no-classes" role="alert">The data set of this model has no classes, so there is no direction to follow. Choose another model.</p>
</section>
<section class="strips">
  <p class="caption">From three steps away from the class to three steps towards it</p>
  <div class="strip decoded"></div>
</section>`,
};
