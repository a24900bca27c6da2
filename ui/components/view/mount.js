// One view for each place where Streamlit mounts a component without a model. Knows no component.

/** @typedef {HTMLElement | ShadowRoot} Place */

/**
 * What a script exports to Streamlit: it makes a view once for each place, updates it at every call, and closes it when the mount goes.
 * @param {new (parentElement: Place) => import("../types.js").View} ViewClass
 */
export function mount(ViewClass) {
  /** @type {WeakMap<Place, import("../types.js").View>} */
  const views = new WeakMap();
  return (/** @type {import("../types.js").Component<any>} */ component) => {
    const here = component.parentElement;
    const view = views.get(here) ?? new ViewClass(here);
    views.set(here, view);
    view.update(component);
    return () => {
      view.close();
      views.delete(here);
    };
  };
}
