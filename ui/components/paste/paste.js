// @ts-nocheck
// A line that takes an image from the clipboard: by its button, or by the keys that paste, wherever on the page. Knows no model.
//
// What people paste into a field for text is theirs. Of several such lines the first that is seen takes an image; the others see that it
// was taken. An image travels to Python once: a trigger, unlike a state, is not sent along with whatever comes later.

const NO_TEXT = ["button", "checkbox", "color", "file", "image", "radio", "range", "reset", "submit"]; // kinds of <input>
const PREFERRED = ["image/png", "image/webp", "image/jpeg", "image/bmp"];
const KEYS = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘V" : "Ctrl+V";

const LAYOUT = `
  <p class="paste-line">
    <span>… or paste an image<span class="paste-keys"> (${KEYS})</span></span>
    <button type="button" class="command" aria-label="Paste an image from the clipboard">Paste</button>
  </p>
  <p class="paste-news" role="status"></p>`;

const lines = new WeakMap();
let count = 0; // of all images that were pasted into this page

/** Called at every change of data or theme; the cleanup of the last call runs when the mount goes. */
export default function (component) {
  const here = component.parentElement;
  if (!lines.has(here)) lines.set(here, new PasteLine(here));
  lines.get(here).component = component;
  return () => {
    lines.get(here)?.close();
    lines.delete(here);
  };
}

class PasteLine {
  constructor(parentElement) {
    this.root = document.createElement("div");
    this.root.className = "paste";
    this.root.innerHTML = LAYOUT;
    this.news = this.root.querySelector(".paste-news");
    const button = this.root.querySelector("button");
    button.hidden = !navigator.clipboard?.read; // browsers give it to https and to this computer alone
    button.onclick = () => this.ask();
    this.hear = (event) => this.take(event);
    document.addEventListener("paste", this.hear);
    parentElement.append(this.root);
  }

  close() {
    this.closed = true;
    document.removeEventListener("paste", this.hear);
    this.root.remove();
  }

  /** An image that was pasted with the keys. */
  take(event) {
    const seen = this.root.getClientRects().length > 0;
    if (!seen || event.defaultPrevented || isForText(event.composedPath()[0])) return;
    const file = preferred([...event.clipboardData.files], (file) => file.type);
    if (!file) return;
    event.preventDefault();
    return this.send(file);
  }

  /** The image in the clipboard, if the person and the browser allow to read it. */
  async ask() {
    this.say("");
    try {
      const items = await navigator.clipboard.read();
      const found = items.flatMap((item) => item.types.map((type) => ({ item, type })));
      const chosen = preferred(found, ({ type }) => type);
      if (!chosen) return this.say("There is no image in the clipboard; copy one first.");
      await this.send(await chosen.item.getType(chosen.type));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      this.say(`The browser did not give the image; press ${KEYS} instead.`);
    }
  }

  async send(image) {
    const { most } = this.component.data;
    const tooLarge = `The image has ${(image.size / 1e6).toFixed(1)} MB; at most ${most / 1e6} MB are read: make it smaller first.`;
    if (image.size > most) return this.say(tooLarge);
    if (!image.size) return this.say("The image is empty; copy another one.");
    this.say("");
    const data = await base64(image).catch(() => null);
    if (!data) return this.say("The image cannot be read; copy it anew.");
    if (!this.closed) this.component.setTriggerValue("image", { number: ++count, title: image.name ?? "", data });
  }

  say(text) {
    this.news.textContent = text;
  }
}

/** Whether people type there. */
function isForText(place) {
  if (place instanceof HTMLInputElement) return !NO_TEXT.includes(place.type);
  return place instanceof HTMLTextAreaElement || Boolean(place?.isContentEditable);
}

/** Of some things from the clipboard the image in the format that is best read; undefined without an image. */
function preferred(choices, typeOf) {
  const images = choices.filter((choice) => typeOf(choice).startsWith("image/"));
  const ranked = PREFERRED.map((type) => images.find((image) => typeOf(image) === type));
  return ranked.find(Boolean) ?? images[0];
}

function base64(image) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(image);
  });
}
