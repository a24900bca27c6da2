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

/** What Python gives a view of a model, beside its data. */
export interface Texts {
  kind: string;
  style: string;
  worker: string;
}

/** A view of a model: what `mounted` makes, updates at every change and closes. */
export interface View<Data> {
  update(component: Component<Data>): void;
  close(): void;
}

/** Channels, height, width in pixels. */
export type Shape = [number, number, number];

/** Across, down (in pixels) or across, up (in units of a plane). */
export type Point = [number, number];

/** A code, or any other row of numbers. */
export type Vector = Float32Array | Float64Array;
