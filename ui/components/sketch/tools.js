// The tools of a sketch pad: pen and eraser, their width and colour, undo, clear. Knows no strokes.

import { find, setData } from "../view/elements.js";
import { COLOURS, SIZES } from "./layout.js";

/** @typedef {"pen" | "eraser"} Tool */
/**
 * @typedef {object} Actions what buttons do beside choosing a tool
 * @property {() => void} undo
 * @property {() => void} clear
 * @property {() => void} centre
 * @property {() => void} choose is called when another tool, size or colour was chosen
 */
/** @typedef {{canUndo: boolean, isOnPicture: boolean, isCentred: boolean, isEmpty: boolean}} Drawing */

const PEN = 0.085; // of the image's longer side: 2.4 of 28 pixels, as wide as the strokes of MNIST
const MIN_WIDTH = 1.2; // pixels of the model
const ERASER = 2; // times as wide as the pen

export class Tools {
  /** @type {Tool} */
  tool = "pen";
  /** @type {keyof typeof SIZES} */
  size = "Medium";

  /**
   * @param {HTMLElement} root of the pad
   * @param {{side: number, background: number, isColoured: boolean, canCentre: boolean}} paper `side` is the longer one, in pixels
   * @param {Actions} actions
   */
  constructor(root, { side, background, isColoured, canCentre }, actions) {
    this.root = root;
    this.side = side;
    this.isColoured = isColoured;
    this.actions = actions;
    const grey = Math.round(255 * background);
    this.paper = `rgb(${grey} ${grey} ${grey})`;
    this.colour = background < 0.5 ? COLOURS.White : COLOURS.Black;
    root.style.setProperty("--paper", this.paper);
    root.style.setProperty("--ink", this.colour);
    find(root, ".sketch-colours").hidden = !isColoured;
    this.button("centre").hidden = !canCentre;
    this.listen();
  }

  /** Width of a tool's stroke in pixels of the model, and its colour. @param {Tool} tool */
  stroke(tool = this.tool) {
    const pen = Math.max(PEN * this.side, MIN_WIDTH) * SIZES[this.size];
    return tool === "eraser" ? { width: pen * ERASER, colour: this.paper } : { width: pen, colour: this.colour };
  }

  /** @param {Tool} tool */
  choose(tool) {
    this.tool = tool;
    this.actions.choose();
  }

  /** @param {string} colour */
  pick(colour) {
    this.colour = colour;
    this.choose("pen");
  }

  /** @param {keyof typeof SIZES} size */
  resize(size) {
    this.size = size;
    this.actions.choose();
  }

  /** @param {Drawing} drawing */
  refresh(drawing) {
    for (const tool of ["pen", "eraser"]) this.press(tool, tool === this.tool);
    for (const size of Object.keys(SIZES)) this.press(size, size === this.size);
    for (const [name, colour] of this.isColoured ? Object.entries(COLOURS) : []) this.press(name, colour === this.colour);
    setData(find(this.root, ".sketch-other"), { chosen: !Object.values(COLOURS).includes(this.colour) });
    this.press("centre", drawing.isCentred);
    this.button("centre").disabled = drawing.isOnPicture;
    this.button("undo").disabled = !drawing.canUndo;
    this.button("clear").disabled = drawing.isEmpty;
    setData(this.root, { empty: drawing.isEmpty });
  }

  /** @param {string} name */
  button(name) {
    return find(this.root, `[data-name="${name}"]`, HTMLButtonElement);
  }

  /**
   * @param {string} name
   * @param {boolean} isPressed
   */
  press(name, isPressed) {
    this.button(name).setAttribute("aria-pressed", String(isPressed));
  }

  listen() {
    for (const tool of /** @type {Tool[]} */ (["pen", "eraser"])) this.button(tool).onclick = () => this.choose(tool);
    for (const action of /** @type {const} */ (["undo", "clear", "centre"])) this.button(action).onclick = () => this.actions[action]();
    for (const size of /** @type {(keyof typeof SIZES)[]} */ (Object.keys(SIZES))) this.button(size).onclick = () => this.resize(size);
    for (const [name, colour] of Object.entries(COLOURS)) this.button(name).onclick = () => this.pick(colour);
    const other = find(this.root, "input", HTMLInputElement);
    other.onclick = other.oninput = () => this.pick(other.value);
  }
}
