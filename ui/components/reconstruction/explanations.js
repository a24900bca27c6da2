// What each stage of the pipeline does, in one sentence: said where a pointer or the focus is.

import { find, setText } from "../view/elements.js";

/** @import { Model } from "../model/model.js" */

const HINT = "Point at a stage, or go there with the Tab key: here you read what it does.";
const DRAG = " Drag a ring, and the decoder follows.";

/**
 * @param {Pick<Model, "size" | "latentDim" | "isStochastic" | "isDiscrete" | "isBound">} model
 * @returns {Record<string, string>}
 */
export function explanations({ size, latentDim, isStochastic, isDiscrete, isBound }) {
  const dimensions = latentDim === 1 ? "the one latent dimension" : `each of the ${latentDim} latent dimensions`;
  const shared = {
    image: `The image x: ${size.toLocaleString("en")} numbers from 0 to 1. The encoder sees nothing else.`,
    decoder: "The decoder is the second neural network. It gets z alone, never the image, and paints what belongs there.",
    made: "The reconstruction: what came through the few numbers of z. What they do not hold is blurred or replaced by the usual.",
    lost: "Where the reconstruction is brighter than the input (orange) and where it is darker (blue); the reconstruction cost adds this up.",
  };
  if (isDiscrete)
    return {
      ...shared,
      encoder: "The encoder is a neural network. At each place of a map it answers with a vector, which becomes the nearest code.",
      code: "The code: a map of numbers, each that of a code in a codebook; shown is what each code decodes to by itself.",
      loss: "−ELBO is what the image costs: reconstruction (what is lost) and KL (what the learned prior takes for this map of codes).",
    };
  if (!isStochastic)
    return {
      ...shared,
      encoder: `The encoder is a neural network. It answers with one number for ${dimensions}: a point, and nothing about how sure it is.`,
      code: "The code: one point of latent space. Drag a ring to move it, and the decoder follows.",
      sample: "A plain autoencoder draws nothing: z is the code itself.",
      loss: "What an autoencoder is trained to make small: how unlike the reconstruction is. It has no KL, for it has no prior.",
    };
  const ofBound = "−ELBO is what the image costs, with this z: reconstruction (what is lost) and KL (how far μ ± σ is from the prior).";
  const ofNone =
    "What the image costs in pixels and in KL. Training compared features of another network instead, so this sum is no bound on −log p(x).";
  return {
    ...shared,
    encoder: `The encoder is a neural network. It answers with a mean μ and a standard deviation σ for ${dimensions}.`,
    code: "The code is a region, not a point: the dark bar is μ ± σ, the pale band ± 1 and ± 2 of the prior. Drag a ring to choose z.",
    sample: "A sample from that region: ε is drawn from N(0, 1) for each dimension, and z = μ + σ·ε. Draw again: how much changes?",
    loss: isBound ? ofBound : ofNone,
  };
}

export class Explanation {
  /**
   * @param {HTMLElement} root with `data-explains` on its stages
   * @param {Model} model
   */
  constructor(root, model) {
    const texts = explanations(model);
    const hint = model.isDiscrete ? HINT : HINT + DRAG;
    const place = find(root, ".explanation");
    /** @param {Event} event */
    const say = ({ target }) => {
      const stage = target instanceof Element ? target.closest("[data-explains]") : null;
      setText(place, texts[stage?.getAttribute("data-explains") ?? ""] ?? hint);
    };
    root.onpointerover = say;
    root.addEventListener("focusin", say);
    setText(place, hint);
  }
}
