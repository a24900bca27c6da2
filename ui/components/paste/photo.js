// A button that opens the camera of a phone by its own program, which works where a page may not use the camera itself. Knows no model.

import { element, find } from "../view/elements.js";
import { mount } from "../view/mount.js";
import { asText } from "./file.js";

/** @import { Component } from "../types.js" */

const LAYOUT = `
  <label class="command photo-button">Take or choose a photo
    <input type="file" accept="image/*" capture="environment">
  </label>
  <p class="photo-news" role="status"></p>`;

class PhotoButton {
  /** @type {Component<{most: number}> | null} `most` is the largest number of bytes that is read */
  component = null;
  count = 0;

  /** @param {Element | ShadowRoot} parentElement */
  constructor(parentElement) {
    this.root = element("div", "photo", LAYOUT);
    this.news = find(this.root, ".photo-news");
    const input = find(this.root, "input", HTMLInputElement);
    input.onchange = () => {
      const file = input.files?.[0];
      if (file) this.send(file);
      input.value = ""; // so that the same file may be chosen again
    };
    parentElement.append(this.root);
  }

  /** @param {Component<{most: number}>} component */
  update(component) {
    this.component = component;
  }

  close() {
    this.component = null;
    this.root.remove();
  }

  /** @param {File} photo */
  async send(photo) {
    const { data, refusal = "" } = await asText(photo, this.component?.data.most ?? 0);
    this.news.textContent = refusal;
    if (data) this.component?.setTriggerValue("image", { number: ++this.count, title: photo.name, data });
  }
}

export default mount(PhotoButton);
