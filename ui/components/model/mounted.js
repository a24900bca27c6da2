// The mount of a model: the bundle unpacked, and a widget left where the view finds it. Knows no particular view.

import { readTensors } from "../runtime/tensors.js";
import { Meeting, models } from "./meeting.js";
import { Model } from "./model.js";

/** @import { Component, Texts, View, Widget } from "../types.js" */

const MODELS_KEPT = 4;

/**
 * What Streamlit calls with a model's bytes: unpacks them, the same bytes once a page.
 * @param {new (model: Model, component: Component<any>, texts: Texts) => View} View made once for each place where the model is shown
 * @param {Texts} texts
 * @returns {(component: Component<Uint8Array>) => void}
 */
export function mounted(View, texts) {
  return ({ data }) => {
    const { metadata, tensors } = readTensors(data);
    const source = `${texts.kind}:${metadata.sha256}`;
    const meeting = models().get(source) ?? new Meeting();
    models().delete(source);
    models().set(source, meeting); // the newest stands last
    if (!meeting.widget)
      meeting.keep(
        makeWidget(/** @type {any} */ (tensors), JSON.parse(metadata.about), (model, component) => new View(model, component, texts)),
      );
    const filled = [...models()].filter(([, { widget }]) => widget);
    for (const [name] of filled.slice(0, -MODELS_KEPT)) models().delete(name);
  };
}

/**
 * @param {ConstructorParameters<typeof Model>[0]} tensors
 * @param {ConstructorParameters<typeof Model>[1]} about
 * @param {(model: Model, component: Component<any>) => View} makeView
 * @returns {Widget & { model?: Model, error?: unknown }}
 */
function makeWidget(tensors, about, makeView) {
  try {
    return widgetOf(new Model(tensors, about), makeView);
  } catch (error) {
    return { show: ({ parentElement }) => sayBroken(parentElement, error), close: () => {}, error };
  }
}

/**
 * @param {Model} model
 * @param {(model: Model, component: Component<any>) => View} makeView
 */
function widgetOf(model, makeView) {
  /** @type {WeakMap<Component<unknown>["parentElement"], View>} */
  const views = new WeakMap();
  /** @param {Component<unknown>} component */
  const viewOf = (component) => {
    const view = views.get(component.parentElement) ?? makeView(model, component);
    views.set(component.parentElement, view);
    return view;
  };
  return {
    model,
    /** @param {Component<unknown>} component */
    show: (component) => viewOf(component).update(component),
    /** @param {Component<unknown>["parentElement"]} parentElement */
    close(parentElement) {
      views.get(parentElement)?.close();
      views.delete(parentElement);
    },
  };
}

/**
 * Say on a page that a model cannot be run there.
 * @param {ParentNode} parentElement
 * @param {unknown} error
 */
export function sayBroken(parentElement, error) {
  const text = document.createElement("p");
  text.setAttribute("role", "alert");
  const reason = error instanceof Error ? error.message : error;
  text.textContent = `This page cannot run the model (${reason}). Export it again, or choose another one.`;
  parentElement.replaceChildren(text);
}
