// What hands do on the plane of a map: drag the point, pinch and wheel, point at codes, keys.

import { Gestures, arrowOf, hasModifier, keyZoom } from "../view/gestures.js";

/**
 * @param {HTMLElement} plane
 * @param {import("./latent_map.js").LatentMap} map
 * @param {boolean} compact neither zooms
 */
export function listenTo(plane, map, compact) {
  /** @type {Float64Array} where the point was before a drag */
  let before;
  const follow = (/** @type {import("../view/gestures.js").Drag} */ { at }) => map.goOnPlane(map.view.toPlane(map.view.inside(at)));
  new Gestures(plane, {
    press: (drag) => {
      map.stopFlight();
      map.hover(-1);
      before = map.slice.z.slice();
      follow(drag);
    },
    drag: follow,
    abandon: () => map.go(before), // this is a pinch, and the first finger pointed at nothing
    release: (drag) => {
      const clicked = drag && !drag.moved ? map.codes.pick(drag.from) : -1;
      if (clicked < 0) map.commit();
      else map.visit(clicked);
    },
    cancel: () => map.commit(),
    pinch: ({ factor, around, dx, dy }) => {
      if (compact) return;
      map.view.pan(dx, dy);
      map.zoom(factor, around);
    },
    hover: (pixel, { pointerType }) => map.hover(pointerType === "mouse" ? map.codes.pick(pixel) : -1),
    leave: () => map.hover(-1),
    wheel: compact
      ? undefined
      : (factor, pixel) => {
          map.zoom(factor, pixel);
          map.hover(-1);
        },
    key: (event) => type(event, map, compact),
  });
  if (!compact) plane.ondblclick = () => map.showAll();
}

/**
 * @param {KeyboardEvent} event
 * @param {import("./latent_map.js").LatentMap} map
 * @param {boolean} compact
 */
function type(event, map, compact) {
  if (hasModifier(event)) return false;
  const arrow = arrowOf(event);
  const zoom = keyZoom(event);
  if (arrow) step(arrow, map);
  else if (zoom !== 1 && !compact) map.zoom(zoom);
  else if (event.key === "0" && !compact) map.showAll();
  else return false;
  return true;
}

/**
 * @param {[right: number, up: number]} arrow
 * @param {import("./latent_map.js").LatentMap} map
 */
function step([right, up], map) {
  const [a, b] = map.slice.spot;
  const length = map.view.window.half / 20;
  map.stopFlight();
  map.goOnPlane([a + right * length, b + up * length]);
  map.showPoint();
  map.keysRest.request();
}
