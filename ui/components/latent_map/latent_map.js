// @ts-nocheck
// The latent map: a plane to drag on and the image that the decoder makes of the point.
// Knows no Python.
//
// While a hand moves nothing leaves the page: `go` changes the point, the next animation frame decodes it. Python hears of
// the point once, when the hand lets go (`commit`).

import { mounted } from "../model/mounted.js";
import { plain, shown } from "../runtime/format.js";
import { clamp, distance, dot } from "../runtime/math.js";
import { fillPixels } from "../runtime/pixels.js";
import { gaussian } from "../runtime/random.js";
import { enlarged, fresh, makeDot } from "../view/canvas.js";
import { copyText, save } from "../view/export.js";
import { Viewport, ZOOM_KEYS, pinched, wheelZoom, windowAround } from "../view/viewport.js";
import { LAYOUT } from "./layout.js";

const SLIDERS_FIRST = 8;
const TILES_ACROSS = 24; // at most
const PICK_RADIUS = 9; // CSS pixels
const CLICK_SLACK = 4; // CSS pixels that a click may wander
const CLOSEST = 60; // a window this much narrower than the one that shows everything
const FARTHEST = 6; // and this much wider
const FLIGHT_MS = 360;
const KEY_PAUSE_MS = 300;
const THUMBNAIL_SCALE = 3;
const PNG_SIDE = 560;

class LatentMap {
  constructor(model, component, { style, worker }) {
    this.model = model;
    this.workerText = worker;
    this.z = Float64Array.from(model.about.mean);
    this.input = new Float32Array(model.latentDim);
    this.decodes = 0;
    this.generation = 0;
    this.pointers = new Map();
    this.view = new Viewport();
    this.hiddenClasses = new Set();
    this.compact = component.data.compact;
    this.showTiles = true;
    this.showCodes = model.count > 0 && !this.compact;
    this.build(component.parentElement, style);
    this.listen();
    this.resizes = new ResizeObserver(() => this.measure());
    this.resizes.observe(this.plane);
    this.resizes.observe(this.imageBox);
  }

  /** Called at every change of data or theme. Moves only when Python names a place that it has not named before. */
  update(component) {
    if (!this.component) this.measure();
    this.component = component;
    const { point, axes } = component.data;
    const given = JSON.stringify([point, axes]);
    if (given !== this.given && given !== this.committed) {
      this.stopFlight();
      if (point.length === this.z.length) this.z.set(point);
      if (this.across && axes.join() === this.place()[1].join()) this.reveal();
      else this.chooseAxes(axes);
      this.committed = JSON.stringify(this.place());
    }
    this.given = given;
    this.changed("window");
  }

  close() {
    this.stopFlight();
    cancelAnimationFrame(this.frameRequest);
    clearTimeout(this.keyTimer);
    clearTimeout(this.newsTimer);
    this.resizes.disconnect();
    this.worker?.terminate();
    this.root.remove();
  }

  // -- Place: the point, the plane's axes, the window of the plane that is visible --

  place() {
    return [Array.from(this.z, (value) => Number(value.toFixed(4))), [this.across.name, this.up.name || this.across.name]];
  }

  /** Tell Python, once for each new place. */
  commit() {
    clearTimeout(this.keyTimer);
    const place = this.place();
    if (JSON.stringify(place) === this.committed) return;
    this.committed = JSON.stringify(place);
    const [point, axes] = place;
    this.component.setStateValue("view", { run: this.component.data.run, point, axes });
  }

  chooseAxes([first, second]) {
    const names = this.axisNames();
    const across = this.model.axis(first) ?? this.model.axis(names[0]);
    const kind = across.name.startsWith("pc") ? "pc" : "z";
    const alike = names.filter((name) => name.startsWith(kind) && name !== across.name);
    this.across = across;
    // Axes of one kind are at right angles, which is what `goOnPlane` relies on.
    this.up = this.model.axis(alike.includes(second) ? second : alike[0]) ?? {
      name: "",
      direction: new Float64Array(this.z.length),
      zero: 0,
    };
    this.generation++;
    this.picture = null;
    this.projected = this.project();
    this.home = windowAround([this.across, this.up].filter(({ name }) => name).map((axis) => this.span(axis)));
    this.view.window = this.home;
    this.reveal();
    this.showAxes();
    this.changed("window");
  }

  axisNames() {
    return [...this.model.ranked.map((index) => `z${index + 1}`), ...this.model.about.directions.map((_, index) => `pc${index + 1}`)];
  }

  at({ direction, zero }) {
    return dot(direction, this.z) - zero;
  }

  go(z) {
    this.z.set(z);
    this.changed("point");
  }

  /** Move within the plane; what is at right angles to it stays. */
  goOnPlane(a, b) {
    const [da, db] = [a - this.at(this.across), b - this.at(this.up)];
    for (let i = 0; i < this.z.length; i++) this.z[i] += da * this.across.direction[i] + db * this.up.direction[i];
    this.changed("point");
  }

  /** A short eased flight, then `commit`. */
  fly(to) {
    this.stopFlight();
    const target = Float64Array.from(to);
    const from = this.z.slice();
    const began = performance.now();
    const length = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : FLIGHT_MS;
    const step = (now) => {
      const t = length ? Math.min(Math.max((now - began) / length, 0), 1) : 1;
      const eased = t * t * (3 - 2 * t);
      this.go(from.map((value, i) => value + eased * (target[i] - value)));
      if (t < 1) this.flight = requestAnimationFrame(step);
      else {
        this.go(target);
        if (this.reveal()) this.changed("window");
        this.commit();
      }
    };
    this.flight = requestAnimationFrame(step);
  }

  stopFlight() {
    cancelAnimationFrame(this.flight);
  }

  /** Where codes lie along an axis, and the prior. */
  span(axis) {
    const { about } = this.model;
    const index = Number(axis.name.replace(/\D/g, "")) - 1;
    const spread = 3 * about.deviations[index];
    return this.model.spanWithPrior(axis.name.startsWith("pc") ? [-spread, spread] : about.extent[index], axis);
  }

  /** Shift the window so that the point is inside. */
  reveal() {
    const [a, b] = [this.at(this.across), this.at(this.up)];
    const before = this.view.window;
    const across = 0.94 * before.half;
    const up = across * this.view.aspect;
    const [x, y] = [clamp(before.x, a - across, a + across), clamp(before.y, b - up, b + up)];
    this.view.window = { x, y, half: before.half };
    return x !== before.x || y !== before.y;
  }

  zoom(factor, pixel) {
    this.view.zoom(factor, pixel, this.home.half / CLOSEST, this.home.half * FARTHEST);
    this.changed("window");
  }

  /** Where the point lies, in pixels. */
  spot() {
    return this.view.toPixels(this.at(this.across), this.at(this.up));
  }

  /** Coordinates of all codes in the plane. With one dimension only, they are spread over the strip's height. */
  project() {
    const { model, across, up } = this;
    const found = new Float32Array(2 * model.count);
    for (let i = 0; i < model.count; i++) {
      const code = model.code(i);
      found[2 * i] = dot(across.direction, code) - across.zero;
      found[2 * i + 1] = up.name ? dot(up.direction, code) - up.zero : ((i * 0.618034) % 1) - 0.5;
    }
    return found;
  }

  codePixels(index) {
    const [a, b] = [this.projected[2 * index], this.projected[2 * index + 1]];
    const [px, py] = this.view.toPixels(a, b);
    return this.up.name ? [px, py] : [px, this.view.height * (0.5 + 0.8 * b)];
  }

  /** The visible code nearest to a pixel, or -1. */
  pick([px, py]) {
    if (!this.showCodes) return -1;
    let [best, nearest] = [-1, PICK_RADIUS ** 2];
    for (let i = 0; i < this.model.count; i++) {
      if (this.model.labels && this.hiddenClasses.has(this.model.labels[i])) continue;
      const [x, y] = this.codePixels(i);
      const distance = (x - px) ** 2 + (y - py) ** 2;
      if (distance < nearest) [best, nearest] = [i, distance];
    }
    return best;
  }

  // -- Frames --

  /** Ask for a frame. "point": only the point moved; "window": everything on the plane may have. */
  changed(what) {
    this.windowChanged ||= what === "window";
    this.frameRequest ??= requestAnimationFrame(() => this.frame());
  }

  frame() {
    this.frameRequest = null;
    if (!this.view.width || !this.across) return;
    if (this.windowChanged) this.drawPlane();
    this.windowChanged = false;
    if (!this.decodes || this.input.some((value, i) => value !== Math.fround(this.z[i]))) this.decode();
    this.drawPoint();
    this.requestTiles();
  }

  decode() {
    this.input.set(this.z);
    const began = performance.now();
    const image = this.model.network.decode(this.input);
    const ms = performance.now() - began;
    this.image.getContext("2d").putImageData(fillPixels(this.pixels, image, 255), 0, 0);
    this.decodes++;
    Object.assign(this.root.dataset, { ready: "true", decodes: this.decodes, point: Array.from(this.z, plain).join(",") });
    this.root.dispatchEvent(new CustomEvent("vae:decoded", { bubbles: true, composed: true, detail: { ms } }));
  }

  drawPoint() {
    const [px, py] = this.spot();
    this.ring.style.transform = `translate(${px}px, ${py}px)`;
    this.hairs[0].style.transform = `translateX(${px}px)`;
    this.hairs[1].style.transform = `translateY(${py}px)`;
    const where = [this.across, this.up].filter(({ name }) => name).map((axis) => [axis.name, shown(this.at(axis))]);
    this.plane.setAttribute("aria-valuenow", plain(this.at(this.across)));
    this.plane.setAttribute("aria-valuetext", where.map((pair) => pair.join(" ")).join(", "));
    if (this.compact) return;
    where.forEach(([name, value], i) => {
      [this.coordinates[2 * i].textContent, this.coordinates[2 * i + 1].textContent] = [name, value];
    });
    this.rarity.textContent = this.model.sayDistance(this.z);
    for (const { index, row, input, output } of this.sliders) {
      if (row.hidden) continue;
      if (input !== this.held) input.value = this.z[index];
      output.textContent = shown(this.z[index]);
    }
  }

  drawPlane() {
    const { x, half } = this.view.window;
    this.plane.setAttribute("aria-valuemin", plain(x - half));
    this.plane.setAttribute("aria-valuemax", plain(x + half));
    Object.assign(this.plane.dataset, { pictures: this.showTiles, dark: this.showTiles && this.showCodes });
    this.drawTiles();
    this.drawCodes();
    this.drawMarks();
    this.drawTicks();
  }

  drawTiles() {
    const context = fresh(this.tiles, this.view.width, this.view.height);
    if (!this.showTiles || !this.picture) return;
    if (this.showCodes) context.globalAlpha = 0.5; // over black: points stand out
    const scale = this.tiles.width / this.view.width;
    const { sheet, left, top, right, bottom } = this.picture;
    const [x0, y0] = this.view.toPixels(left, top).map((value) => Math.round(value * scale));
    const [x1, y1] = this.view.toPixels(right, bottom).map((value) => Math.round(value * scale));
    context.imageSmoothingEnabled = false;
    context.drawImage(sheet, x0, y0, x1 - x0, y1 - y0);
  }

  drawCodes() {
    const context = fresh(this.dots, this.view.width, this.view.height);
    if (!this.showCodes) return;
    const scale = this.dots.width / this.view.width;
    const radius = (this.model.count > 4000 ? 2 : 2.6) * scale;
    const outline = this.showTiles ? "rgba(0, 0, 0, 0.6)" : this.themeColour("--st-background-color");
    const sprites = new Map();
    const sprite = (label) => {
      const colour = label === undefined ? this.themeColour("--st-primary-color") : this.model.classColour(label);
      if (!sprites.has(label)) sprites.set(label, makeDot(colour, outline, radius, scale * 0.75));
      return sprites.get(label);
    };
    for (let i = 0; i < this.model.count; i++) {
      const label = this.model.labels?.[i];
      if (this.hiddenClasses.has(label)) continue;
      const [px, py] = this.codePixels(i);
      if (px < -5 || py < -5 || px > this.view.width + 5 || py > this.view.height + 5) continue;
      const dot = sprite(label);
      context.drawImage(dot, px * scale - dot.width / 2, py * scale - dot.height / 2);
    }
  }

  /** Circles at one, two and three standard deviations of the prior. */
  drawMarks() {
    const radii = this.model.about.family === "vae" && this.up.name ? [1, 2, 3] : [];
    const [cx, cy] = this.view.toPixels(-this.across.zero, -this.up.zero);
    this.circles.innerHTML = radii.map((r) => `<circle cx="${cx}" cy="${cy}" r="${r * this.view.scale}"/>`.repeat(2)).join("");
  }

  drawTicks() {
    const [across, up] = this.view.ticks([this.across.name, this.up.name]);
    [this.acrossTicks.innerHTML, this.upTicks.innerHTML] = [across, this.up.name ? up : ""];
  }

  themeColour(name) {
    return getComputedStyle(this.root).getPropertyValue(name).trim() || "gray";
  }

  // -- Tiles: what the worker is asked for, and what it answers --

  /** Have the window decoded, if the slice or the window is another than last time. */
  requestTiles() {
    if (!this.showTiles) return;
    const [a, b] = [this.at(this.across), this.at(this.up)];
    const base = this.z.map((value, i) => value - a * this.across.direction[i] - b * this.up.direction[i]);
    const sameSlice = this.slice?.generation === this.generation && this.slice.base.every((value, i) => Math.abs(value - base[i]) < 1e-6);
    const { x, y, half } = this.view.window;
    const seen = [x, y, half, this.tiles.width, this.tiles.height].join();
    if (sameSlice && seen === this.slice.seen) return;
    this.slice = { generation: this.generation, base: sameSlice ? this.slice.base : base, seen };
    const fine = this.tilePass(1);
    const close = sameSlice && this.picture && this.picture.stepX < 2 * fine.stepX && this.picture.stepX > fine.stepX / 2;
    const passes = close ? [fine] : [this.tilePass(2), fine];
    this.jobs = (this.jobs ?? 0) + 1;
    this.tileWorker().postMessage({
      generation: this.generation,
      id: this.jobs,
      base,
      u: this.across.direction,
      v: this.up.direction,
      passes,
    });
  }

  /** Tiles around the window's centre, each a whole number of device pixels for every pixel of the image. */
  tilePass(coarseness) {
    const { width, height } = this.model;
    const { x, y, half } = this.view.window;
    const unit = (2 * half) / this.tiles.width; // of the plane, per device pixel
    const scale = coarseness * Math.max(1, Math.ceil(this.tiles.width / (TILES_ACROSS * width)));
    const [stepX, stepY] = [width * scale * unit, height * scale * unit];
    const around = (pixels, side) => 2 * Math.ceil((pixels / (side * scale) - 1) / 2) + 1;
    const columns = around(this.tiles.width, width);
    const rows = around(this.tiles.height, height);
    const left = x - (stepX * (columns - 1)) / 2;
    const top = y + (stepY * (rows - 1)) / 2;
    return { columns, rows, left, top, stepX, stepY };
  }

  tileWorker() {
    if (this.worker) return this.worker;
    const url = URL.createObjectURL(new Blob([this.workerText], { type: "text/javascript" }));
    this.worker = new Worker(url, { type: "module" });
    this.worker.onmessage = ({ data }) => {
      URL.revokeObjectURL(url);
      this.receiveTiles(data);
    };
    this.worker.postMessage({ network: this.model.bytes });
    return this.worker;
  }

  receiveTiles({ generation, pass, pixels }) {
    if (generation !== this.generation) return; // of other axes
    const { columns, rows, left, top, stepX, stepY } = pass;
    const sheet = document.createElement("canvas");
    [sheet.width, sheet.height] = [columns * this.model.width, rows * this.model.height];
    sheet.getContext("2d").putImageData(new ImageData(pixels, sheet.width, sheet.height), 0, 0);
    const [west, north] = [left - stepX / 2, top + stepY / 2];
    this.picture = { sheet, stepX, left: west, top: north, right: west + columns * stepX, bottom: north - rows * stepY };
    this.drawTiles();
    this.root.dataset.tiles = `${columns}x${rows}`;
  }

  // -- Hands: pointers, wheel, keys --

  listen() {
    const { plane } = this;
    plane.onpointerdown = (event) => this.press(event);
    plane.onpointermove = (event) => this.move(event);
    plane.onpointerup = (event) => this.release(event, true);
    plane.onpointercancel = (event) => this.release(event, false);
    plane.onpointerleave = () => this.hover(-1);
    plane.onkeydown = (event) => this.type(event);
    if (this.compact) return;
    plane.ondblclick = () => this.showAll();
    plane.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  press(event) {
    if (event.button !== 0) return;
    this.stopFlight();
    this.plane.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.pixel(event));
    this.hover(-1);
    if (this.pointers.size === 1) {
      this.drag = { from: this.pixel(event), before: this.z.slice(), moved: false };
      this.follow(event);
    } else if (this.drag) {
      this.go(this.drag.before); // a second finger: this is a pinch, and the first one pointed at nothing
      this.drag = null;
    }
  }

  move(event) {
    if (!this.pointers.has(event.pointerId)) return this.hover(event.pointerType === "mouse" ? this.pick(this.pixel(event)) : -1);
    const before = [...this.pointers.values()];
    this.pointers.set(event.pointerId, this.pixel(event));
    if (this.pointers.size === 2 && !this.compact) this.pinch(before, [...this.pointers.values()]);
    if (this.drag) {
      this.drag.moved ||= distance(this.drag.from, this.pixel(event)) > CLICK_SLACK;
      this.follow(event);
    }
  }

  release(event, intended) {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size) return;
    const clicked = this.drag && !this.drag.moved && intended ? this.pick(this.drag.from) : -1;
    this.drag = null;
    if (clicked < 0) return this.commit();
    this.hover(clicked);
    this.fly(this.model.code(clicked));
  }

  follow(event) {
    this.goOnPlane(...this.view.toPlane(this.view.inside(this.pixel(event))));
  }

  pinch(before, after) {
    const { factor, around, dx, dy } = pinched(before, after);
    this.view.pan(dx, dy);
    this.zoom(factor, around);
  }

  wheel(event) {
    event.preventDefault();
    this.zoom(wheelZoom(event), this.pixel(event));
    this.hover(-1);
  }

  type(event) {
    const step = (this.view.window.half / 20) * (event.shiftKey ? 0.1 : 1);
    const arrows = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowDown: [0, -step], ArrowUp: [0, step] };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in arrows) {
      const [da, db] = arrows[event.key];
      this.stopFlight();
      this.goOnPlane(this.at(this.across) + da, this.at(this.up) + db);
      if (this.reveal()) this.changed("window");
      clearTimeout(this.keyTimer);
      this.keyTimer = setTimeout(() => this.commit(), KEY_PAUSE_MS);
    } else if (event.key in ZOOM_KEYS && !this.compact) {
      this.zoom(ZOOM_KEYS[event.key], this.spot());
    } else if (event.key === "0" && !this.compact) {
      this.showAll();
    } else return;
    event.preventDefault();
  }

  pixel(event) {
    if (!this.pointers.size) this.box = this.plane.getBoundingClientRect(); // nothing moves while a pointer is down: no layout then
    const box = this.box;
    return [event.clientX - box.left - this.plane.clientLeft, event.clientY - box.top - this.plane.clientTop];
  }

  /** The card with the original image of a code; -1 takes it away. */
  hover(index) {
    if (index === this.hovered) return;
    this.hovered = index;
    this.card.hidden = index < 0;
    this.plane.dataset.over = index >= 0;
    if (index < 0) return;
    const picture = this.card.querySelector("canvas");
    picture.hidden = !this.model.drawOriginal(index, picture);
    picture.style.width = `${Math.min(this.model.width * THUMBNAIL_SCALE, 128)}px`;
    this.card.querySelector("b").textContent = this.model.className(index);
    const [px, py] = this.codePixels(index);
    this.card.dataset.side = (px > this.view.width / 2 ? "left" : "right") + (py > this.view.height / 2 ? " above" : " below");
    this.card.style.transform = `translate(${px}px, ${py}px)`;
  }

  // -- Commands --

  surprise() {
    const { about, count, latentDim } = this.model;
    const drawn = about.family === "vae" || !count;
    this.fly(drawn ? Float64Array.from({ length: latentDim }, gaussian) : this.model.code(Math.floor(Math.random() * count)));
  }

  showAll() {
    this.view.window = this.home;
    this.changed("window");
  }

  reset() {
    this.showAll();
    this.fly(this.model.about.family === "vae" ? new Float64Array(this.z.length) : this.model.about.mean);
  }

  link() {
    const [point, axes] = this.place();
    const url = new URL(location.href);
    for (const [name, value] of Object.entries({ run: this.component.data.run, z: point.join(), axes: axes.join() }))
      url.searchParams.set(name, value);
    return url.href.replaceAll("%2C", ",");
  }

  async copyLink() {
    const copied = await copyText(this.link());
    this.say(copied ? "Link copied" : "The browser did not let the page copy; the link is in the address bar after a drag");
  }

  download() {
    const { width } = this.model;
    const scale = Math.max(10, Math.ceil(PNG_SIDE / width));
    const large = enlarged(this.image, scale);
    save(`${this.component.data.run} z=${Array.from(this.z, plain).slice(0, 8).join(",")}.png`, large.toDataURL("image/png"));
    this.say("Image saved");
  }

  say(text) {
    this.news.textContent = text;
    clearTimeout(this.newsTimer);
    this.newsTimer = setTimeout(() => (this.news.textContent = ""), 4000);
  }

  // -- The page --

  build(parentElement, looks) {
    const style = document.createElement("style");
    style.textContent = looks;
    this.root = document.createElement("div");
    this.root.className = "latent-map";
    this.root.innerHTML = LAYOUT;
    const find = (selector) => this.root.querySelector(selector);
    Object.assign(this.root.dataset, { compact: this.compact, dims: Math.min(this.model.latentDim, 3), ready: "false" });
    [this.plane, this.tiles, this.dots, this.image, this.imageBox] = [".plane", ".tiles", ".dots", ".image", ".image-box"].map(find);
    [this.circles, this.ring, this.card, this.acrossTicks, this.upTicks] = [".circles", ".ring", ".card", ".across", ".up"].map(find);
    [this.rarity, this.news] = [".rarity", ".news"].map(find);
    this.hairs = this.root.querySelectorAll(".hair");
    this.coordinates = this.root.querySelectorAll(".coordinates :is(span, b)");
    [this.image.width, this.image.height] = [this.model.width, this.model.height];
    this.pixels = new ImageData(this.model.width, this.model.height);
    find(".sentence").textContent = this.sentence();
    this.buildCommands(find);
    this.buildLegend(find(".legend"));
    this.buildSliders(find(".sliders"));
    this.buildAxes(find(".axes"));
    parentElement.replaceChildren(style, this.root);
  }

  sentence() {
    const { latentDim, count, about } = this.model;
    const what = latentDim === 1 ? "Every spot of this strip is a code" : "Every spot of this square is a code";
    const slice =
      latentDim > 2
        ? ` The square is a slice through ${latentDim} dimensions${count ? ", and the points are projected onto it" : ""}.`
        : "";
    const circles = about.family === "vae" && latentDim > 1 ? " The circles mark one, two and three standard deviations of the prior." : "";
    return `${what}; the picture there is what the decoder makes of it.${slice}${circles} ${about.unit ?? ""}`.trim();
  }

  buildCommands(find) {
    const commands = { surprise: this.surprise, reset: this.reset, link: this.copyLink, download: this.download };
    for (const [name, run] of Object.entries(commands)) find(`.command-${name}`).onclick = () => run.call(this);
    const toggles = { tiles: "showTiles", codes: "showCodes" };
    for (const [name, flag] of Object.entries(toggles)) {
      const button = find(`.toggle-${name}`);
      button.hidden = name === "codes" && !this.model.count;
      button.setAttribute("aria-pressed", this[flag]);
      button.onclick = () => {
        this[flag] = !this[flag];
        button.setAttribute("aria-pressed", this[flag]);
        find(".legend").hidden = !this.showCodes || !this.model.labels;
        this.changed("window");
      };
    }
  }

  buildLegend(legend) {
    legend.hidden = !this.showCodes || !this.model.labels;
    for (const label of [...new Set(this.model.labels ?? [])].sort((a, b) => a - b)) {
      const button = document.createElement("button");
      button.innerHTML = `<i style="background:${this.model.classColour(label)}"></i>`;
      button.append(this.model.about.class_names[label] ?? `Class ${label}`);
      button.title = "Show or hide this class";
      button.setAttribute("aria-pressed", "true");
      button.onclick = () => {
        if (!this.hiddenClasses.delete(label)) this.hiddenClasses.add(label);
        button.setAttribute("aria-pressed", !this.hiddenClasses.has(label));
        this.changed("window");
      };
      legend.append(button);
    }
  }

  buildSliders(section) {
    this.sliders = this.compact ? [] : this.model.ranked.map((index) => this.buildSlider(index));
    this.sliders.forEach(({ row }, place) => (row.hidden = place >= SLIDERS_FIRST));
    const rows = section.querySelector(".rows");
    rows.append(...this.sliders.map(({ row }) => row));
    const more = section.querySelector(".more");
    more.hidden = this.sliders.length <= SLIDERS_FIRST;
    const name = () =>
      (more.textContent = more.ariaExpanded === "true" ? `Show the first ${SLIDERS_FIRST}` : `Show all ${this.sliders.length}`);
    more.onclick = () => {
      more.ariaExpanded = String(more.ariaExpanded !== "true");
      this.sliders.forEach(({ row }, place) => (row.hidden = place >= SLIDERS_FIRST && more.ariaExpanded !== "true"));
      name();
      this.changed("point");
    };
    name();
  }

  buildSlider(index) {
    const row = document.createElement("label");
    row.className = "row";
    row.innerHTML = `<span>z${index + 1}</span><input type="range" step="0.01" aria-label="z${index + 1}"><i></i>`;
    const kl = this.model.kl.get(index);
    row.title = kl === null ? "" : `KL ${kl.toFixed(2)} nats${kl < 0.01 ? ": the model does not use this dimension" : ""}`;
    row.dataset.unused = kl !== null && kl < 0.01;
    const [input, output] = [row.querySelector("input"), row.querySelector("i")];
    [input.min, input.max] = this.model.reach(index).map((value) => value.toFixed(2));
    input.oninput = () => {
      this.stopFlight();
      this.held = input; // its thumb is under the hand: rounding must not move it
      this.z[index] = Number(input.value);
      this.changed("point");
    };
    input.onchange = () => {
      this.held = null;
      if (this.reveal()) this.changed("window");
      this.commit();
    };
    return { index, row, input, output };
  }

  buildAxes(section) {
    section.hidden = this.model.latentDim < 3;
    this.axisSelects = [...section.querySelectorAll("select")];
    const group = (label, names) =>
      names.length ? `<optgroup label="${label}">${names.map((name) => `<option>${name}</option>`).join("")}</optgroup>` : "";
    const names = this.axisNames();
    const [raw, principal] = ["z", "pc"].map((kind) => names.filter((name) => name.startsWith(kind)));
    this.axisSelects.forEach((select, place) => {
      select.innerHTML = group("Dimensions", raw) + group("Principal directions", principal);
      select.onchange = () => this.changeAxis(place, select.value);
    });
  }

  /** One axis is chosen; the other one stays, or gives way if it is the same or of another kind. */
  changeAxis(place, name) {
    const current = [this.across.name, this.up.name];
    const other = current[1 - place];
    const alike = this.axisNames().filter((candidate) => candidate !== name && candidate.startsWith(name.replace(/\d+/, "")));
    const partner = name === other ? current[place] : alike.includes(other) ? other : alike[0];
    this.chooseAxes(place ? [partner, name] : [name, partner]);
    this.commit();
  }

  showAxes() {
    [this.across, this.up].forEach(({ name }, place) => (this.axisSelects[place].value = name));
    const names = [this.across.name, this.up.name].filter(Boolean);
    this.plane.setAttribute(
      "aria-label",
      `Latent plane, ${names.join(" across and ")}${names.length > 1 ? " up" : ""}. Arrow keys move the point.`,
    );
  }

  /** Sizes in CSS pixels; the image takes a whole multiple of its own size. */
  measure() {
    this.view.measure(this.plane);
    const room = this.imageBox.clientWidth;
    const scale = room >= this.model.width ? Math.floor(room / this.model.width) : room / this.model.width;
    this.image.style.width = `${this.model.width * scale}px`;
    this.changed("window");
  }
}

export default (texts) => mounted(LatentMap, texts);
