// What Python and a link know of a map.

/**
 * @typedef {object} State
 * @property {number[] | null} point null: the code of the model's first image
 * @property {[string, string]} axes
 * @property {string} layers what lies on the plane, as names; empty for the usual
 * @property {string} mode empty for the map, "draws" for draws from the prior, "keep-" and a level's name for draws of the other levels
 * @property {[count: number, seed: number, component?: number]} draws
 * @property {number[] | null} hole the middle of one that is marked
 * @property {number | null} label what a conditional model is told; null: the class of the model's first image
 */

const USUAL_DRAWS = "36,0";

/** The state alone, its parts always in the same order. @param {State} state @returns {State} */
export const stateOf = ({ point, axes, layers, mode, draws, hole, label }) => ({ point, axes, layers, mode, draws, hole, label });

/**
 * A state as the parameters of a link; an empty one is left out.
 * @param {State} state
 */
export const linkOf = ({ point, axes, layers, mode, draws, hole, label }) => ({
  z: point?.join() ?? "",
  axes: axes.join(),
  layers,
  mode,
  draws: mode || draws.join() !== USUAL_DRAWS ? draws.join() : "",
  hole: hole?.join() ?? "",
  label: label?.toString() ?? "",
});
