// A line that takes an image from the clipboard: by its button, or by the keys that paste, wherever on the page. Knows no model.
//
// What people paste into a field for text is theirs. Of several such lines the first that is seen takes an image; the others see that it
// was taken. An image travels to Python once: a trigger, unlike a state, is not sent along with whatever comes later.

import { element, find } from "../view/elements.js";
import { mount } from "../view/mount.js";
import { isForText, preferred } from "./clipboard.js";
import { asText } from "./file.js";

/** @import { Component } from "../types.js" */

const KEYS = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘V" : "Ctrl+V";

const LAYOUT = `
  <p class="paste-line">
    <span>… or paste an image<span class="paste-keys"> (${KEYS})</span></span>
    <button type="button" class="command" aria-label="Paste an image from the clipboard">Paste</button>
  </p>
  <p class="paste-news" role="status"></p>`;

let count = 0; // of all images that were pasted into this page

class PasteLine {
  /** @type {Component<{most: number}> | null} `most` is the largest number of bytes that is read */
  component = null;
  isClosed = false;

  /** @param {Element | ShadowRoot} parentElement */
  constructor(parentElement) {
    this.root = element("div", "paste", LAYOUT);
    this.news = find(this.root, ".paste-news");
    const button = find(this.root, "button");
    button.hidden = !navigator.clipboard?.read; // browsers give it to https and to this computer alone
    button.onclick = () => this.ask();
    this.onPaste = (/** @type {ClipboardEvent} */ event) => this.take(event);
    document.addEventListener("paste", this.onPaste);
    parentElement.append(this.root);
  }

  /** @param {Component<{most: number}>} component */
  update(component) {
    this.component = component;
  }

  close() {
    this.isClosed = true;
    document.removeEventListener("paste", this.onPaste);
    this.root.remove();
  }

  /**
   * An image that was pasted with the keys.
   * @param {ClipboardEvent} event
   */
  take(event) {
    const isSeen = this.root.getClientRects().length > 0;
    if (!isSeen || event.defaultPrevented || isForText(event.composedPath()[0])) return;
    const file = preferred([...(event.clipboardData?.files ?? [])], (file) => file.type);
    if (!file) return;
    event.preventDefault();
    this.send(file, file.name);
  }

  /** The image in the clipboard, if the person and the browser allow to read it. */
  async ask() {
    this.say("");
    try {
      const items = await navigator.clipboard.read();
      const found = items.flatMap((item) => item.types.map((type) => ({ item, type })));
      const chosen = preferred(found, ({ type }) => type);
      if (!chosen) return this.say("There is no image in the clipboard; copy one first.");
      await this.send(await chosen.item.getType(chosen.type), "");
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.say(`The browser did not give the image; press ${KEYS} instead.`);
    }
  }

  /**
   * @param {Blob} image
   * @param {string} title
   */
  async send(image, title) {
    const { data, refusal = "" } = await asText(image, this.component?.data.most ?? 0);
    this.say(refusal);
    if (data && !this.isClosed) this.component?.setTriggerValue("image", { number: ++count, title, data });
  }

  /** @param {string} text */
  say(text) {
    this.news.textContent = text;
  }
}

export default mount(PasteLine);
