// Types that every component speaks of. Read by the type checker alone: nothing here is sent to a page.

/** What Streamlit calls a script with, at every change of data or theme. */
export interface Component<Data> {
  data: Data;
  parentElement: HTMLElement | ShadowRoot;
  /** Kept by Python until it is set again; reruns the page. */
  setStateValue(name: string, value: unknown): void;
  /** Reaches Python in one run alone. */
  setTriggerValue(name: string, value: unknown): void;
}

/** What the model's family is: `Traits` of vae_core/traits.py. */
export interface Traits {
  title: string;
  /** Empty where codes have no distribution to be drawn from. */
  prior: "" | "standard normal" | "mixture" | "codebook";
  is_stochastic: boolean;
  is_bound: boolean;
  is_conditional: boolean;
  is_discrete: boolean;
  /** Whether the KL is a sum over latent dimensions; else it is one estimate. */
  kl_by_dimension: boolean;
}

/** How pixels are scored: `LIKELIHOODS` of vae_core/traits.py. */
export type Likelihood = "bernoulli" | "gaussian" | "logistic";

/** What a bundle says of its model: `about` of `bundle` in bundle.py. */
export interface About {
  run?: string;
  dataset?: string;
  traits: Traits;
  /** Parts of a code, of so many dimensions one after the other, the most abstract one first. */
  levels?: [name: string, size: number][];
  likelihood?: Likelihood;
  /** Standard deviation of a pixel around the decoded value: of all, or of each. */
  sigma?: number | Float32Array;
  /** Weight of the KL in the objective that training minimised. */
  beta?: number;
  /** Mean intensity of the data set's image borders, from 0 (black) to 1 (white). */
  background?: number;
  /** The index of the code to begin with. */
  first?: number;
  /** How many codes, from the start, are of held-out images; the others were trained on. */
  held_out?: number;
  /** Of a discrete model: how many codes there are, and the shape of a map of them. */
  codebook?: { count: number; shape: Shape };
  class_names: string[];
  colours: string[];
  /** Thumbnails in a row of their sheet. */
  columns: number;
  /** Latent dimensions with their KL over the data set in nats, the most informative one first. */
  dims: [index: number, kl: number | null][];
  mean: number[];
  extent: [number, number][];
  directions: number[][];
  deviations: number[];
  centre: number[];
  /** The prior, where it is a mixture of normal distributions: K weights, means and standard deviations. */
  prior?: { weights: number[]; means: number[][]; deviations: number[][] };
}

/** A part of a code: the dimensions from `start` to before `stop`. */
export interface Level {
  name: string;
  start: number;
  stop: number;
}

/** The posterior of an image: its mean and, of a VAE, the logarithm of its variance; of a discrete code the number of each place. */
export type Encoded = { mean: Float32Array; log_var?: Float32Array; indices?: Float32Array };

/** An exported network. Results are buffers that the next call overwrites. */
export interface Network {
  imageShape: Shape;
  latentDim: number;
  /** How many labels it can be told; 0 if it is not conditional. */
  classes: number;
  /** What it is told until it is set again, from 0; -1 if it is not conditional. */
  label: number;
  decode(z: Float32Array): Float32Array;
  encode: ((image: Float32Array) => Encoded) | null;
  /** The code that a map of numbers stands for. */
  lookup: ((indices: Float32Array) => Float32Array) | null;
  /** What the prior expects at each place, given the places before it, row by row: logits, code by code. */
  next: ((indices: Float32Array) => Float32Array) | null;
  /** Images of n codes, one after the other. */
  decodeMany(codes: Float32Array, n: number): Float32Array;
}

/** An axis through latent space; a code lies at `direction` · z - `zero`. */
export interface Axis {
  name: string;
  direction: Float64Array;
  zero: number;
}

/** What Python gives a view of a model, beside its data. */
export interface Texts {
  kind: string;
  style: string;
  worker: string;
}

/** A view of a model: what `mounted` makes, updates at every change and closes. */
export interface View<Data = any> {
  update(component: Component<Data>): void;
  close(): void;
}

/** A model ready to be looked at, or one that cannot be: where its view goes, and how it leaves. */
export interface Widget {
  show(component: Component<any>): void;
  close(parentElement: HTMLElement | ShadowRoot): void;
}

/** Channels, height, width in pixels. */
export type Shape = [number, number, number];

/** Across, down (in pixels) or across, up (in units of a plane). */
export type Point = [number, number];

/** A code, or any other row of numbers. */
export type Vector = Float32Array | Float64Array;
