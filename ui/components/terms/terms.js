// Explains terms: a link to #term-ID anywhere on the page, also in another component, shows what the glossary says of it when it is
// passed over, focused or clicked. Text that is cut off is told in full. Tells Python nothing.

import { element, find, setText } from "../view/elements.js";
import { AfterRest } from "../view/timing.js";
import { mount } from "../view/mount.js";
import { CutText } from "./cut_text.js";
import { beside } from "./place.js";

/** @import { Component } from "../types.js" */
/** @typedef {{title: string, text: string, formula: string, source: string}} Term */

const LINK = "a[href^='#term-']";
const LAYOUT = `<strong></strong><p></p><code></code><small></small>`;
const LEAVING = 250; // ms in which a pointer may go from the link to the explanation

class Terms {
  /** @type {Record<string, Term>} */
  terms = {};
  /** @type {HTMLAnchorElement | null} the link whose term is explained */
  link = null;
  listening = new AbortController();
  leaving = new AfterRest(LEAVING, () => this.hide());
  cutText = new CutText();

  /** @param {Element | ShadowRoot} parentElement */
  constructor(parentElement) {
    this.note = element("div", "term-note", LAYOUT);
    Object.assign(this.note, { id: "term-note", role: "tooltip", popover: "manual" });
    parentElement.append(this.note);
    this.listen();
  }

  /** @param {Component<Record<string, Term>>} component */
  update({ data }) {
    this.terms = data;
  }

  close() {
    this.hide();
    this.leaving.cancel();
    this.listening.abort();
    this.note.remove();
  }

  listen() {
    const settings = { capture: true, signal: this.listening.signal };
    const on = (/** @type {string} */ type, /** @type {(event: any) => void} */ heard) => document.addEventListener(type, heard, settings);
    on("pointerover", (event) => this.passOver(event));
    on("focusin", (event) => (linkOf(event) ? this.show(linkOf(event)) : this.hide()));
    on("focusout", (event) => linkOf(event) === this.link && this.hide());
    on("click", (event) => this.click(event));
    on("keydown", (event) => event.key === "Escape" && this.dismiss(event));
    on("scroll", () => this.put());
  }

  /** @param {PointerEvent} event */
  passOver(event) {
    if (event.pointerType === "touch") return;
    this.cutText.passOver(event.composedPath());
    const link = linkOf(event);
    if (link) this.show(link);
    else if (event.composedPath().includes(this.note)) this.leaving.cancel();
    else if (this.link) this.leaving.request();
  }

  /** @param {MouseEvent} event */
  click(event) {
    const link = linkOf(event);
    if (link) {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault(); // the address stays, and nothing scrolls
      this.show(link);
    } else if (!event.composedPath().includes(this.note)) this.hide();
  }

  /** @param {KeyboardEvent} event */
  dismiss(event) {
    if (!this.link) return;
    event.stopPropagation(); // a dialog around the link stays open
    this.hide();
  }

  /** @param {HTMLAnchorElement | null} link */
  show(link) {
    const term = link && this.terms[link.hash.slice("#term-".length)];
    this.leaving.cancel();
    if (!term || link === this.link) return;
    this.hide();
    this.link = link;
    const texts = { strong: term.title, p: term.text, code: term.formula, small: term.source };
    for (const [name, text] of Object.entries(texts)) setText(find(this.note, name), text);
    describe(link, this.note);
    this.note.showPopover();
    this.put();
  }

  hide() {
    if (!this.link) return;
    describe(this.link, null);
    this.link = null;
    this.note.hidePopover();
  }

  put() {
    if (!this.link) return;
    if (!this.link.isConnected) return this.hide();
    const window = { width: document.documentElement.clientWidth, height: innerHeight };
    const [line] = this.link.getClientRects();
    const { left, top } = beside(line, this.note.getBoundingClientRect(), window);
    Object.assign(this.note.style, { left: `${left}px`, top: `${top}px` });
  }
}

/**
 * The link to a term that an event went through, in whichever tree it is.
 * @param {Event} event
 * @returns {HTMLAnchorElement | null}
 */
function linkOf(event) {
  const link = event.composedPath().find((node) => node instanceof Element && node.matches(LINK));
  return /** @type {HTMLAnchorElement | undefined} */ (link) ?? null;
}

/**
 * Have screen readers say the note with the link; an id would not reach from a component's tree to the page's.
 * @param {HTMLAnchorElement} link
 * @param {HTMLElement | null} note
 */
function describe(link, note) {
  link.ariaDescribedByElements = note && [note];
}

export default mount(Terms);
