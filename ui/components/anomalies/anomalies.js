// Two groups of images by a score: a histogram with a threshold to drag, what an alarm there catches and misses, the ROC curve, the
// strangest images. Nothing asks the server until the hand lets go.

import { clamp } from "../runtime/math.js";
import { ControlledState } from "../view/controlled.js";
import { element, find, setData, setText } from "../view/elements.js";
import { Gestures, arrowOf, hasModifier } from "../view/gestures.js";
import { mount } from "../view/mount.js";
import { barsOf, countFrom, extentOf, ofAll, usualThreshold, verdict } from "./histogram.js";
import { CHOICE, LAYOUT } from "./layout.js";

/** @import { Component } from "../types.js" */
/** @typedef {import("./histogram.js").Score} Score */

/**
 * @typedef {object} Data
 * @property {Score[]} scores
 * @property {string} score the one that is shown
 * @property {number | null} threshold
 * @property {[known: string, anomalous: string]} groups what each is called
 * @property {{score: string, images: string, reconstructions: string, count: number, anomalous: boolean[], values: number[]}} top
 *
 * @typedef {{score: string, threshold: number | null}} Chosen
 */

const KEY_STEP = 0.01; // of the axis
const TICKS = 4;

class AnomaliesView {
  #root = element("div", "anomalies", LAYOUT);
  #state = new ControlledState();
  /** @type {Component<Data> | null} */
  #component = null;
  /** @type {Score | undefined} */
  #score;
  /** @type {[number, number]} */
  #extent = [0, 1];
  #threshold = 0;

  /** @param {HTMLElement | ShadowRoot} parentElement */
  constructor(parentElement) {
    parentElement.append(this.#root);
    this.plane = find(this.#root, ".plane");
    const move = (/** @type {{at: [number, number]}} */ drag) => this.#moveTo(this.#valueAt(drag.at[0]));
    new Gestures(this.plane, { press: move, drag: move, release: () => this.#commit(), key: (event) => this.#type(event) });
    this.plane.onblur = () => this.#commit();
  }

  close() {
    this.#root.remove();
  }

  /** @param {Component<Data>} component */
  update(component) {
    this.#component = component;
    const { scores, score, threshold, groups, top } = component.data;
    this.#list(scores);
    for (const [place, name] of ["known", "anomalous"].entries()) setText(find(this.#root, `.which.${name}`), groups[place]);
    const [asked, current] = [{ score, threshold }, scores.find(({ name }) => name === this.#score?.name)];
    if (this.#state.isNew(asked) || !current) {
      this.#show(scores.find(({ name }) => name === score) ?? scores[0], threshold);
      this.#state.keep(asked);
    } else this.#show(current, this.#threshold);
    this.#showTop(top);
  }

  /** @param {Score[]} scores */
  #list(scores) {
    const choices = find(this.#root, ".choices");
    if (choices.childElementCount !== scores.length) {
      choices.innerHTML = scores.map(({ name }) => CHOICE(name)).join("");
    }
    scores.forEach((score, place) => {
      const button = /** @type {HTMLButtonElement} */ (choices.children[place]);
      setText(find(button, ".label"), score.label);
      setText(find(button, ".auc"), score.auc.toFixed(2));
      setText(find(button, ".verdict"), verdict(score));
      find(button, "i").style.width = `${100 * score.auc}%`;
      button.title = score.about;
      button.onclick = () => {
        this.#show(score, null);
        this.#commit();
      };
    });
  }

  /**
   * @param {Score} score
   * @param {number | null} threshold the usual one if there is none
   */
  #show(score, threshold) {
    this.#score = score;
    this.#extent = extentOf(score);
    for (const button of this.#root.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.dataset.score === score.name));
    }
    const [known, anomalous] = [barsOf(score.known, this.#extent), barsOf(score.anomalous, this.#extent)];
    const bars = (/** @type {number[]} */ heights) => {
      const highest = Math.max(...heights);
      return heights
        .map((height, i) => `M${at(i / heights.length)} 100V${at(1 - height / highest)}H${at((i + 1) / heights.length)}V100`)
        .join("");
    };
    find(this.#root, ".bars.known", SVGPathElement).setAttribute("d", bars(known));
    find(this.#root, ".bars.anomalous", SVGPathElement).setAttribute("d", bars(anomalous));
    const curve = score.curve.map(([alarms, hits], i) => `${i ? "L" : "M"}${at(alarms)} ${at(1 - hits)}`).join("");
    find(this.#root, ".curve", SVGPathElement).setAttribute("d", curve);
    this.#labelAxis(score);
    this.#moveTo(threshold ?? usualThreshold(score));
    setData(this.#root, { score: score.name, ready: true });
  }

  /** @param {Score} score */
  #labelAxis({ about }) {
    const [low, high] = this.#extent;
    const ticks = Array.from({ length: TICKS + 1 }, (_, i) => low + (i / TICKS) * (high - low));
    const labels = ticks.map((tick) => element("span", "", this.#spelled(tick)));
    find(this.#root, ".across").replaceChildren(...labels);
    setText(find(this.#root, ".spread .axis"), about);
  }

  /** The score below a pixel of the plane. @param {number} x */
  #valueAt(x) {
    const [low, high] = this.#extent;
    return low + (x / this.plane.clientWidth) * (high - low);
  }

  /** @param {number} threshold */
  #moveTo(threshold) {
    if (!this.#score) return;
    const [low, high] = this.#extent;
    this.#threshold = clamp(threshold, low, high);
    const { known, anomalous } = this.#score;
    const [alarms, hits] = [countFrom(known, this.#threshold), countFrom(anomalous, this.#threshold)];
    const place = (this.#threshold - low) / (high - low);
    find(this.#root, ".threshold").style.left = `${100 * place}%`;
    const alarm = find(this.#root, ".alarm", SVGRectElement);
    alarm.setAttribute("x", String(100 * place));
    alarm.setAttribute("width", String(100 - 100 * place));
    const here = find(this.#root, ".here");
    here.style.left = `${(100 * alarms) / known.length}%`;
    here.style.top = `${100 - (100 * hits) / anomalous.length}%`;
    this.#tell(alarms, hits);
  }

  /**
   * @param {number} alarms
   * @param {number} hits
   */
  #tell(alarms, hits) {
    if (!this.#score || !this.#component) return;
    const { known, anomalous, unit } = this.#score;
    const [theirs, others] = this.#component.data.groups;
    const from = `${this.#spelled(this.#threshold)}${unit && ` ${unit}`}`;
    const [caught, wrong] = [ofAll(hits, anomalous.length, others), ofAll(alarms, known.length, theirs)];
    const words = `An alarm from ${from} on notices ${caught}, and is false for ${wrong}.`;
    setText(find(this.#root, ".outcome"), words);
    const [low, high] = this.#extent;
    this.plane.setAttribute("aria-valuemin", low.toPrecision(4));
    this.plane.setAttribute("aria-valuemax", high.toPrecision(4));
    this.plane.setAttribute("aria-valuenow", this.#threshold.toPrecision(4));
    this.plane.setAttribute("aria-valuetext", words);
    setData(this.#root, { threshold: this.#threshold, alarms, hits });
  }

  /** A score as text, as exact as the axis is long. @param {number} value */
  #spelled(value) {
    const [low, high] = this.#extent;
    const digits = clamp(2 - Math.floor(Math.log10(high - low)), 0, 3);
    const format = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return value.toLocaleString("en-US", format).replace("-", "−");
  }

  /** @param {KeyboardEvent} event */
  #type(event) {
    const arrow = hasModifier(event) ? null : arrowOf(event);
    if (!arrow) return false;
    this.#moveTo(this.#threshold + (arrow[0] + arrow[1]) * KEY_STEP * (this.#extent[1] - this.#extent[0]));
    return true;
  }

  #commit() {
    if (!this.#score) return;
    const isUsual = Math.abs(this.#threshold - usualThreshold(this.#score)) < 1e-9;
    /** @type {Chosen} */
    const chosen = { score: this.#score.name, threshold: isUsual ? null : Number(this.#threshold.toPrecision(6)) };
    if (this.#state.commit(chosen)) this.#component?.setStateValue("chosen", chosen);
  }

  /** @param {Data["top"]} top */
  #showTop({ score, images, reconstructions, count, anomalous, values }) {
    setText(find(this.#root, ".top h3"), `The ${count} strangest images, and what the model makes of them`);
    const shown = values.map((value, place) => {
      const item = element("li", anomalous[place] ? "anomalous" : "known", "<i></i><i></i><span></span>");
      const [original, reconstruction] = item.querySelectorAll("i");
      original.style.backgroundImage = `url(${images})`;
      reconstruction.style.backgroundImage = `url(${reconstructions})`;
      item.style.setProperty("--place", String(place));
      item.style.setProperty("--count", String(count));
      setText(find(item, "span"), this.#spelled(value));
      item.title = this.#component?.data.groups[anomalous[place] ? 1 : 0] ?? "";
      return item;
    });
    find(this.#root, ".top ol").replaceChildren(...shown);
    setData(find(this.#root, ".top"), { score });
  }
}

/** A part of an axis in percent, as short as it may be. @param {number} part */
const at = (part) => Math.round(1e4 * part) / 100;

export default mount(AnomaliesView);
