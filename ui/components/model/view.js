// @ts-nocheck
// The view of a model: small, because it is sent again whenever the point changes. Code and weights come with the model's own mount;
// the two meet in a page-wide map of promises, so either may arrive first.

import { models, promised } from "./meeting.js";

export default function (component) {
  const { data, parentElement: here } = component;
  const meeting = models();
  if (!meeting.has(data.source)) meeting.set(data.source, promised());
  here.newest = component;
  meeting.get(data.source).promise.then((widget) => {
    if (here.newest !== component) return; // a later call took over, or the view is gone
    if (here.widget !== widget) here.widget?.close(here);
    here.widget = widget;
    widget.show(component);
  });
  return () => {
    here.newest = null;
    here.widget?.close(here);
    here.widget = null;
  };
}
