// What the page of one image through a model consists of, as HTML: the pipeline, and tabs.

import { term } from "../view/elements.js";
import { ICONS } from "../view/icons.js";

/**
 * @param {string} name
 * @param {keyof typeof ICONS} sign
 * @param {string} text
 */
const button = (name, sign, text, title = "", more = "") =>
  `<button class="command command-${name}" title="${title}" ${more}>${ICONS[sign]}${text && `<span>${text}</span>`}</button>`;

/**
 * @param {string} name
 * @param {number} least
 * @param {number} most
 * @param {number} step
 * @param {number} value at first
 * @param {string} said the value in words
 */
const slider = (name, least, most, step, value, said) => `
  <label class="slider ${name.toLowerCase()}">
    <span>${name}</span>
    <input type="range" min="${least}" max="${most}" step="${step}" value="${value}" aria-label="${name}">
    <output>${said}</output>
  </label>`;

/**
 * @param {string} name
 * @param {string} label
 * @param {string} caption HTML
 */
const figure = (name, label, caption, more = "") => `
  <figure class="${name}" ${more}>
    <div class="frame"><canvas role="img" aria-label="${label}"></canvas></div>
    <figcaption>${caption}</figcaption>
  </figure>`;

/** @param {string} stage */
const explains = (stage) => `data-explains="${stage}" tabindex="0" role="group"`;

/**
 * A network as a trapezoid between two arrows.
 * @param {"encoder" | "decoder"} name
 * @param {string} title
 * @param {string} outline
 */
const network = (name, title, outline) => `
  <div class="network ${name}" ${explains(name)} aria-label="${title}">
    <svg viewBox="0 0 88 200" aria-hidden="true">
      <path class="flow" d="M0 100h9M79 100h6"/><path class="head" d="M8 95l7 5-7 5zM82 95l7 5-7 5z"/><path class="body" d="${outline}"/>
    </svg>
    ${term(name, title)}
  </div>`;

const SCALE = `<span class="scale"><span>darker</span><i></i><span>brighter</span></span>`;

const PIPELINE = `
<section class="hero" aria-label="From the image to its reconstruction">
  <div class="pad" data-explains="image"></div>
  <figure class="given" data-explains="image">
    <div class="frame" role="group" aria-label="The input as the model sees it" tabindex="0">
      <canvas role="img" aria-label="The input"></canvas><i class="cover" hidden></i>
    </div>
    <figcaption><b>Input<span class="of">: <span class="title"></span></span></b></figcaption>
  </figure>
  ${network("encoder", "Encoder", "M16 8L76 60V140L16 192z")}
  <section class="code" data-explains="code">
    <div class="head">
      <span class="region">${term("code", "Code")}<span class="band">pale: the ${term("prior", "prior")}</span></span>
      <span class="value">${term("mean-sigma", "μ ± σ")}</span>
      <span class="epsilon" data-explains="sample">ε</span>
      <span class="sample" data-explains="sample">${term("sample", "z")}</span>
    </div>
    <div class="rows"></div>
    <p class="about">A plain autoencoder gives one point and no distribution: no spread, no prior, no KL. Drag a ring to move the point.</p>
    <div class="sampling" data-explains="sample">
      <span class="formula">z = μ + σ·ε</span>
      ${button("sample", "dice", "Draw again", "Draw other noise ε, and z with it")}
      ${button("mean", "centre", "Use the mean", "No noise: z = μ", `aria-pressed="false"`)}
    </div>
  </section>
  ${network("decoder", "Decoder", "M16 60L76 8V192L16 140z")}
  ${figure("made", "The reconstruction", `<b>${term("reconstruction", "Reconstruction")}</b>`, explains("made"))}
  ${figure("lost", "The difference", `<b>Difference</b>${SCALE}<span class="colours"></span>`, explains("lost"))}
  <section class="loss" data-explains="loss" aria-label="What the image costs">
    <p class="costs">
      ${term("elbo", "−ELBO")}<span class="name"></span> <b></b> ${term("nats", "nats")}<span class="given-label"></span>
      <span class="parts"> = <i class="key reconstruction-key"></i>reconstruction <span class="reconstruction-nats"></span>
      + <i class="key kl-key"></i>${term("kl", "KL")} <span class="kl-nats"></span></span>
    </p>
    <div class="stack" aria-hidden="true"><i class="reconstruction-bar"></i><i class="kl-bar"></i></div>
    <p class="objective">Training made the ${term("objective", "objective")} small: reconstruction + ${term("beta", "β")}·KL = <b></b>,
    with β = <span class="beta"></span></p>
    <p class="perfect"></p>
    <p class="levels"></p>
  </section>
  <p class="explanation" aria-live="polite"></p>
</section>`;

const STEPS = `
<p class="about">The encoder reads the image, noise ε is drawn, and the decoder paints what lies there. So does training, with new noise
at every step.</p>
<div class="steps">
  ${figure("from", "The input", "x")}
  <i class="arrow" aria-hidden="true">→</i>
  <div class="numbers"><table><thead></thead><tbody></tbody></table></div>
  <i class="arrow" aria-hidden="true">→</i>
  ${figure("to", "The decoded sample", "decoded")}
</div>
<div class="commands">${button("epsilon", "again", "Draw ε again")}</div>`;

const DISTURBANCE = `
<p class="about">Add noise to the input or hide a part of it: what does the model make of that?</p>
${slider("Noise", 0, 0.6, 0.01, 0, "0.00")}
<div class="commands">
  ${button("noise", "again", "New noise", "Draw another pattern of noise")}
  ${button("cover", "cover", "Cover", "Hide a part of the input; drag the cover over the image", `aria-pressed="false"`)}
  ${button("smaller", "minus", "Smaller", "Smaller cover", `aria-label="Smaller cover" hidden`)}
  ${button("larger", "plus", "Larger", "Larger cover", `aria-label="Larger cover" hidden`)}
</div>
<p class="repair" hidden></p>`;

const UNUSUAL = `
<div class="gauge" hidden>
  <p class="rank"></p>
  <div class="bars"><i class="marker"></i></div>
  <p class="ends" aria-hidden="true"><span></span><span></span></p>
</div>
<p class="about">A low loss does not prove that an image is ordinary: a model can find strange things easy. Very simple images often cost
less than the ones it learned from.</p>`;

const SAMPLES = `
<p class="about">The encoder names a region, not a point: here are draws from it, decoded. Widen it to see where that leads.</p>
<div class="bar">${slider("Spread", 0, 3, 0.05, 1, "× 1.00")}${button("draw", "again", "Draw samples")}</div>
<div class="strip eight"></div>
<div class="pair">
  ${figure("mean", "The mean of 64 samples", "<b>Mean of 64</b>")}
  ${figure("deviation", "The spread of 64 samples", "<b>Standard deviation</b><span>what the model is unsure of: <i></i></span>")}
</div>`;

const NEIGHBOURS = `
<p class="about">What the encoder finds alike, and what is alike pixel by pixel; the numbers are distances.</p>
<div class="by-code"><h3>By code</h3><div class="strip six"></div></div>
<div class="by-pixels"><h3>By pixels</h3><div class="strip six"></div></div>`;

const LABELS = `
<p class="about">The model is told a label, so the code need not say it: here is the same code under every label, in the same hand.</p>
<div class="bar"><p class="said" role="status"></p>${button("guess", "again", "Best guess", "Take the label under which the image costs least")}</div>
<div class="strip"></div>`;

const MAP = `
<p class="about">The code among those of the data set. Drag the ring and the decoder follows.</p>
<div class="map"></div>`;

const FILES = `
<div class="commands">
  ${button("picture", "download", "Pictures (PNG)", "Save input, reconstruction and difference")}
  ${button("code", "download", "Code (CSV)", "Save the code, dimension by dimension")}
</div>
<p class="news" role="status" aria-live="polite"></p>`;

/** @type {[name: string, title: string, html: string][]} */
const PANELS = [
  ["way", "Step by step", STEPS],
  ["labels", "Every label", LABELS],
  ["disturb", "Disturb it", DISTURBANCE],
  ["price", "Is it unusual?", UNUSUAL],
  ["samples", "Samples", SAMPLES],
  ["neighbours", "Nearest images", NEIGHBOURS],
  ["place", "On the map", MAP],
  ["files", "Save", FILES],
];

const TABS = `
<div class="tabs">
  <div class="tablist" role="tablist" aria-label="More about this image">
    ${PANELS.map(([name, title]) => `<button role="tab" id="tab-${name}" data-opens="${name}" aria-controls="panel-${name}">${title}</button>`).join("")}
  </div>
  ${PANELS.map(([name, , html]) => `<section class="${name}" role="tabpanel" id="panel-${name}" aria-labelledby="tab-${name}">${html}</section>`).join("")}
</div>`;

export const LAYOUT = `<p class="notice" role="alert"></p><div class="body">${PIPELINE}${TABS}</div>`;
