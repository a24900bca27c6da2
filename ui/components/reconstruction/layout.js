// What the page of one image through a model consists of, as HTML.

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
const figure = (name, label, caption) => `
  <figure class="${name}">
    <div class="frame"><canvas role="img" aria-label="${label}"></canvas></div>
    <figcaption>${caption}</figcaption>
  </figure>`;

const SCALE = `<span class="scale"><span>darker</span><i></i><span>brighter than the input</span></span>`;

const BACK = `<button class="command command-mean" hidden>${ICONS.again}<span>Back to the code</span></button>`;

export const LAYOUT = `
<p class="notice" role="alert"></p>
<div class="body">
  <section class="hero" aria-label="Input, reconstruction and difference">
    <div class="pad"></div>
    <figure class="given">
      <div class="frame" role="group" aria-label="The input as the model sees it" tabindex="-1">
        <canvas role="img" aria-label="The input"></canvas><i class="cover" hidden></i>
      </div>
      <figcaption><b>As the model sees it</b><span class="title"></span></figcaption>
    </figure>
    ${figure("made", "The reconstruction", "<b>Reconstruction</b><span>what the decoder makes of the code</span>")}
    ${figure("lost", "The difference", `<b>Difference</b>${SCALE}<span class="colours"></span>`)}
  </section>
  <div class="under">
    <section class="disturb">
      <h3>Disturb it</h3>
      ${slider("Noise", 0, 0.6, 0.01, 0, "0.00")}
      <div class="commands">
        ${button("noise", "again", "New noise", "Draw another pattern of noise")}
        ${button("cover", "cover", "Cover", "Hide a part of the input; drag the cover over the image", `aria-pressed="false"`)}
        ${button("smaller", "minus", "", "Smaller cover", `aria-label="Smaller cover" hidden`)}
        ${button("larger", "plus", "", "Larger cover", `aria-label="Larger cover" hidden`)}
      </div>
    </section>
    <section class="price">
      <p class="costs">Loss <b></b><span></span></p>
      <p class="repair" hidden></p>
      <div class="gauge" hidden>
        <p class="rank"></p>
        <div class="bars"><i class="marker"></i></div>
        <p class="ends" aria-hidden="true"><span></span><span></span></p>
      </div>
      <p class="about">A low loss does not prove that an image is ordinary: a model can find strange things easy. Very simple images often cost
      less than the ones it learned from.</p>
      <div class="commands">
        ${button("picture", "download", "Pictures (PNG)", "Save input, reconstruction and difference")}
        ${button("code", "download", "Code (CSV)", "Save the code, dimension by dimension")}
        ${BACK}
      </div>
      <p class="news" role="status" aria-live="polite"></p>
    </section>
  </div>
  <div class="columns">
    <div class="column">
      <section class="code">
        <h3>The code</h3>
        <p class="about">For each dimension the encoder gives a mean and a standard deviation (the dark bar). The pale band is where codes lie
        under the prior. Drag a ring to change that coordinate.</p>
        <div class="head" aria-hidden="true">
          <span></span><span></span><span class="value">mean ± deviation</span><span class="kl">KL, nats</span>
        </div>
        <div class="rows"></div>
        <div class="commands">
          <button class="command more" aria-expanded="false"></button>
          ${BACK}
        </div>
      </section>
      <section>
        <h3>On the map</h3>
        <p class="about">The code among those of the data set. Drag the ring and the decoder follows.</p>
        <div class="map"></div>
      </section>
    </div>
    <div class="column">
      <section class="samples">
        <h3>Samples of the code</h3>
        <p class="about">The encoder names a region, not a point: here are draws from it, decoded. Widen it to see where that leads.</p>
        <div class="bar">${slider("Spread", 0, 3, 0.05, 1, "× 1.00")}${button("draw", "again", "Draw again")}</div>
        <div class="strip eight"></div>
        <div class="pair">
          ${figure("mean", "The mean of 64 samples", "<b>Mean of 64</b>")}
          ${figure("deviation", "The spread of 64 samples", "<b>Standard deviation</b><span>what the model is unsure of: <i></i></span>")}
        </div>
      </section>
      <section class="neighbours">
        <h3>Nearest images of the data set</h3>
        <p class="about">What the encoder finds alike, and what is alike pixel by pixel; the numbers are distances.</p>
        <div class="by-code"><h4>By code</h4><div class="strip six"></div></div>
        <div class="by-pixels"><h4>By pixels</h4><div class="strip six"></div></div>
      </section>
    </div>
  </div>
  <section class="way">
    <h3>Step by step</h3>
    <p class="about">The encoder reads the image, noise ε is drawn, and the decoder paints what lies there. So does training, with new noise
    at every step.</p>
    <div class="steps">
      ${figure("from", "The input", "x")}
      <i class="arrow" aria-hidden="true">→</i>
      <div class="numbers"><table><thead></thead><tbody></tbody></table><p class="left-out"></p></div>
      <i class="arrow" aria-hidden="true">→</i>
      ${figure("to", "The decoded sample", "decoded")}
    </div>
    <div class="commands">${button("epsilon", "again", "Draw ε again")}</div>
  </section>
</div>
`;
