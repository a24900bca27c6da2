// The buttons of a map: to a random place, back to the start, copy a link, save the image.

import { plain } from "../runtime/format.js";
import { Random, newSeed } from "../runtime/random.js";
import { enlarged } from "../view/canvas.js";
import { find } from "../view/elements.js";
import { copyText, save } from "../view/export.js";
import { News } from "../view/timing.js";

/** @import { Model } from "../model/model.js" */

const PNG_SIDE = 560;

export class Commands {
  #map;
  #model;
  #image;
  #news;
  #random = new Random(newSeed());

  /**
   * @param {Element} root
   * @param {import("./latent_map.js").LatentMap} map
   * @param {Model} model
   */
  constructor(root, map, model) {
    this.#map = map;
    this.#model = model;
    this.#image = find(root, ".image", HTMLCanvasElement);
    this.#news = new News(find(root, ".news"));
    find(root, ".command-surprise").onclick = () => this.#surprise();
    find(root, ".command-reset").onclick = () => this.#reset();
    find(root, ".command-link").onclick = () => this.#copyLink();
    find(root, ".command-download").onclick = () => this.#download();
  }

  close() {
    this.#news.close();
  }

  #surprise() {
    const { isVae, count, latentDim } = this.#model;
    const code = isVae || !count ? this.#random.fillNormal(new Float64Array(latentDim)) : this.#model.code(this.#random.below(count));
    this.#map.fly(code);
  }

  #reset() {
    this.#map.showAll();
    this.#map.fly(this.#model.isVae ? new Float64Array(this.#model.latentDim) : this.#model.about.mean);
  }

  async #copyLink() {
    const [point, axes] = this.#map.slice.place;
    const url = new URL(location.href);
    for (const [name, value] of Object.entries({ run: this.#map.run, z: point.join(), axes: axes.join() }))
      url.searchParams.set(name, value);
    const copied = await copyText(url.href.replaceAll("%2C", ","));
    this.#news.say(copied ? "Link copied" : "The browser did not let the page copy; the link is in the address bar after a drag");
  }

  #download() {
    const scale = Math.max(10, Math.ceil(PNG_SIDE / this.#model.width));
    const place = Array.from(this.#map.slice.z, plain).slice(0, 8).join(",");
    save(`${this.#map.run} z=${place}.png`, enlarged(this.#image, scale).toDataURL("image/png"));
    this.#news.say("Image saved");
  }
}
