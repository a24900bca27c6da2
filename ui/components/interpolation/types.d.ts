// Types that the ways from image to image share.

import type { Model } from "../model/model.js";
import type { Vector } from "../types.js";
import type { Idle } from "../view/idle.js";
import type { Pictures } from "./pictures.js";

export type Mode = "path" | "corners" | "arithmetic" | "direction";

/** An image that was given: its bytes (C, H, W) and its code. */
export interface End {
  image: Uint8Array;
  title: string;
  /** Its place among the images that Python gave: A and B may change places here. */
  slot: number;
  mean: Float64Array;
  /** What a conditional model takes it for; -1 of others. */
  label: number;
}

/** Where the user is, as `View` of __init__.py; a stage reads and writes what it needs. */
export interface State {
  t: number;
  rule: "linear" | "spherical";
  swapped: boolean;
  u: number;
  v: number;
  strength: number;
  label: number | null;
  keeps_label: boolean;
}

/** The code of the data set that is nearest; index -1 where there is none. */
export interface Near {
  index: number;
  distance: number;
}

/** One way from image to image: it names the code that is shown. */
export interface Stage {
  ends: End[];
  start(state: State): void;
  state(): Partial<State>;
  code(): Float64Array;
  /** Where a line is to be drawn on the map. */
  path?(): Vector[];
  /** z is shown now. */
  moved(z: Float64Array, near: Near): void;
  /** It is known how far neighbours among the codes usually are apart. */
  learned?(): void;
  measure?(isPhone: boolean): void;
  /** Another label is told: what does not follow from the code that is shown is drawn anew. */
  redraw?(): void;
  close?(): void;
}

/** What a stage needs of the scene around it. */
export interface Host {
  model: Model;
  root: HTMLElement;
  pictures: Pictures;
  idle: Idle;
  /** Within this distance nearly all codes have a neighbour; undefined until it is known. */
  usual: number | undefined;
  /** Ask for a frame. */
  changed(): void;
  /** A hand has let go, or rests between key presses. */
  settle(): void;
  showEnds(ends: End[]): void;
}
