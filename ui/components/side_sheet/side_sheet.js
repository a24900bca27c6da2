// What makes a container of the page a sheet: the focus goes to its first control, and Escape closes it. Whoever opened it takes the
// focus back.

import { mount } from "../view/mount.js";

/** @import { Component } from "../types.js" */

const CONTROLS = "button, input, select, textarea";

class SideSheet {
  /** @type {Component<object> | null} */
  component = null;

  /** @param {Element | ShadowRoot} parentElement */
  constructor(parentElement) {
    this.sheet = /** @type {HTMLElement} */ (/** @type {HTMLElement} */ (parentElement).closest(".st-key-side_sheet"));
    const background = getComputedStyle(/** @type {Element} */ (parentElement)).getPropertyValue("--st-background-color");
    this.sheet.style.setProperty("--sheet-background", background);
    this.onKey = (/** @type {KeyboardEvent} */ event) => this.type(event);
    document.addEventListener("keydown", this.onKey, true); // before a menu within the sheet closes at the same key
    /** @type {HTMLElement | null} */ (this.sheet.querySelector(CONTROLS))?.focus({ preventScroll: true });
    if (getComputedStyle(this.sheet).position === "fixed") this.sheet.closest(".st-key-side_sheet-beside")?.scrollIntoView();
  }

  /** @param {Component<object>} component */
  update(component) {
    this.component = component;
  }

  close() {
    document.removeEventListener("keydown", this.onKey, true);
  }

  /** @param {KeyboardEvent} event */
  type(event) {
    if (event.key !== "Escape") return;
    const isMenuOpen = this.sheet.contains(document.activeElement) && document.activeElement?.getAttribute("aria-expanded") === "true";
    if (!isMenuOpen) this.component?.setTriggerValue("close", true);
  }
}

export default mount(SideSheet);
