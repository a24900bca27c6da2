// The view of a model: small, because it is sent again whenever the point changes. Code and weights come with the model's own mount;
// the two meet in a page-wide map of promises, so either may arrive first.
const MEETING = Symbol.for("vae-explorer");

export default function (component) {
  const { data, parentElement: here } = component;
  const models = (globalThis[MEETING] ??= new Map());
  if (!models.has(data.source)) {
    const entry = {};
    entry.promise = new Promise((resolve) => (entry.resolve = resolve));
    models.set(data.source, entry);
  }
  here.newest = component;
  models.get(data.source).promise.then((widget) => {
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
