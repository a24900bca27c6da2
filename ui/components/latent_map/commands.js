// The buttons of a map: to a random place, a hole, the first image or the origin, copy a link, save the image or the map.

import { plain } from "../runtime/format.js";
import { biggestHole } from "../runtime/holes.js";
import { clamp } from "../runtime/math.js";
import { Random, newSeed } from "../runtime/random.js";
import { enlarged } from "../view/canvas.js";
import { find } from "../view/elements.js";
import { copyText, save } from "../view/export.js";
import { News } from "../view/timing.js";
import { MOST_ACROSS, SavedMap } from "./saved_map.js";

/** @import { Model } from "../model/model.js" */

const PNG_SIDE = 560;

export class Commands {
  #map;
  #model;
  #image;
  #news;
  #saved;
  #across;
  #saveMapButton;
  #random = new Random(newSeed());
  /** @type {ReturnType<typeof biggestHole> | undefined} */
  #hole;

  /**
   * @param {Element} root
   * @param {import("./latent_map.js").LatentMap} map
   * @param {Model} model
   * @param {string} worker
   */
  constructor(root, map, model, worker) {
    this.#map = map;
    this.#model = model;
    this.#image = find(root, ".image", HTMLCanvasElement);
    this.#news = new News(find(root, ".news"));
    this.#saved = new SavedMap(model, worker);
    this.#across = find(root, ".images-across", HTMLInputElement);
    this.#saveMapButton = find(root, ".command-map", HTMLButtonElement);
    /** @type {Record<string, () => void>} */
    const actions = {
      surprise: () => this.#surprise(),
      hole: () => this.#goToHole(),
      reset: () => this.#reset(),
      origin: () => map.fly(new Float64Array(model.latentDim)),
      link: () => this.#copyLink(),
      download: () => this.#download(),
      map: () => this.#saveMap(),
    };
    for (const [name, act] of Object.entries(actions)) find(root, `.command-${name}`).onclick = act;
    find(root, ".command-hole", HTMLButtonElement).disabled = model.count < 2;
  }

  close() {
    this.#saved.close();
    this.#news.close();
  }

  #surprise() {
    const { hasPrior, count } = this.#model;
    this.#map.fly(hasPrior || !count ? this.#model.draw(this.#random).z : this.#model.code(this.#random.below(count)));
  }

  #goToHole() {
    this.#hole ??= biggestHole(this.#model);
    if (!this.#hole) return;
    this.#map.modes.mode = "";
    this.#map.hole = this.#hole.z;
    this.#map.fly(this.#hole.z);
  }

  #reset() {
    this.#map.hole = null;
    this.#map.showAll();
    this.#map.fly(this.#model.start);
  }

  async #copyLink() {
    this.#map.land();
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(this.#map.link)) {
      if (value) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
    }
    const copied = await copyText(url.href.replaceAll("%2C", ","));
    this.#news.say(copied ? "Link copied" : "The browser did not let the page copy; the link is in the address bar after a drag");
  }

  async #saveMap() {
    const across = clamp(Math.round(this.#across.valueAsNumber) || 1, 1, MOST_ACROSS);
    this.#across.value = String(across);
    this.#map.land();
    this.#saveMapButton.disabled = true;
    this.#news.say("Decoding the map");
    const saved = await this.#saved.save(this.#map, across);
    this.#saveMapButton.disabled = false;
    this.#news.say(saved ? "Map saved" : "This browser cannot make so large a picture; take fewer images across");
  }

  #download() {
    const { draws } = this.#map.modes;
    this.#map.land();
    if (draws.isShown) draws.save(this.#map.run);
    else {
      const scale = Math.max(10, Math.ceil(PNG_SIDE / this.#model.width));
      const place = Array.from(this.#map.slice.z, plain).slice(0, 8).join(",");
      save(`${this.#map.run} z=${place}.png`, enlarged(this.#image, scale).toDataURL("image/png"));
    }
    this.#news.say("Image saved");
  }
}
