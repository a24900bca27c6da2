// Marks above the points of a plot, as SVG: pins, rings, a line between pins, a lasso, the axes of space.

/**
 * @typedef {import("./plot.js").Plot} Plot
 * @typedef {import("./scatter.js").Scatter} Scatter
 */

/**
 * @param {Plot} plot
 * @param {Scatter} host
 */
export function marksOf(plot, { pins, hovered, walk }) {
  const ends = plot.decodable ? walk.ends : null;
  const line = ends?.every((index) => isDrawn(plot, index)) && ends.map((index) => plot.spot(index).join()).join(" ");
  const path = plot.hands.path?.map((spot) => spot.join()).join(" ");
  return [
    line ? `<polyline class="line" points="${line}"/>` : "",
    ring(plot, walk.nearest, "near"),
    ...pins.indices.map((index, place) => pin(plot, index, place + 1)),
    ring(plot, hovered, "hover"),
    path ? `<polygon class="lasso" points="${path}"/>` : "",
    plot.cloud.dims === 3 ? tripod(plot) : "",
  ].join("");
}

/**
 * Noise has no place in a plot of codes, nor these in one of noise.
 * @param {Plot} plot
 * @param {number} index
 */
const isDrawn = (plot, index) => !Number.isNaN(plot.spot(index)[0]);

/**
 * @param {Plot} plot
 * @param {number} index -1 for none
 * @param {string} name
 */
function ring(plot, index, name) {
  if (index < 0 || !isDrawn(plot, index)) return "";
  const [x, y] = plot.spot(index);
  return `<g class="${name}" transform="translate(${x} ${y})"><circle class="edge" r="7"/><circle r="7"/></g>`;
}

/**
 * @param {Plot} plot
 * @param {number} index
 * @param {number} number
 */
function pin(plot, index, number) {
  if (!isDrawn(plot, index)) return "";
  const [x, y] = plot.spot(index);
  return `<g class="pin" transform="translate(${x} ${y})"><circle r="9"/><text y="4">${number}</text></g>`;
}

/** Which way the axes of space point, in a corner. @param {Plot} plot */
function tripod({ axes, cloud, view }) {
  const [a, b] = cloud.rotation;
  const [x, y] = [42, view.height - 42];
  return axes
    .map((name, i) => {
      const [dx, dy] = [26 * a[i], -26 * b[i]];
      const line = `<line class="axis" x1="${x}" y1="${y}" x2="${x + dx}" y2="${y + dy}"/>`;
      return `${line}<text class="axis" x="${x + 1.35 * dx}" y="${y + 1.35 * dy + 4}">${name}</text>`;
    })
    .join("");
}
