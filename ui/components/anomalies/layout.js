// What the anomaly bench consists of, as HTML.

import { term } from "../view/elements.js";

const PLOT = (/** @type {string} */ shapes) => `<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">${shapes}</svg>`;

export const LAYOUT = `
<section class="scores">
  <h3>${term("roc", "AUC")} by score</h3>
  <div class="choices" role="group" aria-label="The score that is shown"></div>
</section>
<section class="spread">
  <p class="legend"><span class="which known"></span><span class="which anomalous"></span></p>
  <div class="plane" role="slider" tabindex="0" aria-label="Threshold">
    ${PLOT('<rect class="alarm" y="0" height="100"/><path class="bars known"/><path class="bars anomalous"/>')}
    <span class="threshold"><span class="grip"></span></span>
  </div>
  <div class="across"></div>
  <p class="axis"></p>
</section>
<section class="roc">
  <h3>${term("roc", "ROC curve")}</h3>
  <div class="square">
    ${PLOT('<path class="chance" d="M0 100L100 0"/><path class="curve"/>')}
    <span class="here"></span>
  </div>
  <p class="axis">→ false positive rate, ↑ true positive rate</p>
</section>
<p class="outcome"></p>
<section class="top">
  <h3></h3>
  <ol></ol>
</section>`;

/** A choice of a score: its name, its AUC as a bar and as a number, what that means. @param {string} name */
export const CHOICE = (name) => `
  <button type="button" data-score="${name}" aria-pressed="false">
    <span class="label"></span><b class="auc"></b>
    <span class="bar" aria-hidden="true"><i></i></span>
    <span class="verdict"></span>
  </button>`;
