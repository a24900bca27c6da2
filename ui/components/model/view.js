// The view of a model: small, because it is sent again whenever the point changes. Code and weights come with the model's own mount;
// the two meet in a page-wide map of promises, so either may arrive first.

import { Meeting, models } from "./meeting.js";

/** @import { Component, Widget } from "../types.js" */

/**
 * What is on the screen at a place of the page, and the newest call about it.
 * @type {WeakMap<Component<unknown>["parentElement"], {newest: object | null, widget: Widget | null}>}
 */
const places = new WeakMap();

/** @param {Component<{source: string}>} component */
export default function (component) {
  const { data, parentElement } = component;
  const place = placeOf(parentElement);
  place.newest = component;
  meetingOf(data.source).promise.then((widget) => {
    if (place.newest !== component) return; // a later call took over, or the view is gone
    if (place.widget !== widget) place.widget?.close(parentElement);
    place.widget = widget;
    widget.show(component);
  });
  return () => {
    place.newest = null;
    place.widget?.close(parentElement);
    place.widget = null;
  };
}

/** @param {Component<unknown>["parentElement"]} parentElement */
function placeOf(parentElement) {
  const place = places.get(parentElement) ?? { newest: null, widget: null };
  places.set(parentElement, place);
  return place;
}

/** @param {string} source */
function meetingOf(source) {
  const meeting = models().get(source) ?? new Meeting();
  models().set(source, meeting);
  return meeting;
}
