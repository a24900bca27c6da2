// @ts-nocheck
// The mount of a model: the bundle unpacked, and a widget left where the view finds it. Knows no particular view.

import { readTensors } from "../runtime/tensors.js";
import { models, promised } from "./meeting.js";
import { Model } from "./model.js";

const MODELS_KEPT = 4;

/**
 * What Streamlit calls with a model's bytes: unpacks them, the same bytes once a page. `texts` are {kind, style, worker}: the name of
 * the sort of view, its style sheet and the script of its worker; each view is `new View(model, component, texts)`.
 */
export function mounted(View, texts) {
  return ({ data }) => {
    const { metadata, tensors } = readTensors(data);
    const source = `${texts.kind}:${metadata.sha256}`;
    const entry = models().get(source) ?? promised();
    models().delete(source);
    models().set(source, entry); // the newest stands last
    if (!entry.widget) {
      entry.widget = makeWidget(tensors, JSON.parse(metadata.about), (...given) => new View(...given, texts));
      entry.resolve(entry.widget);
    }
    const filled = [...models()].filter(([, { widget }]) => widget);
    for (const [name] of filled.slice(0, -MODELS_KEPT)) models().delete(name);
  };
}

function makeWidget(tensors, about, makeView) {
  const views = new WeakMap();
  let model;
  try {
    model = new Model(tensors, about);
  } catch (error) {
    return { show: ({ parentElement }) => sayBroken(parentElement, error), close: () => {}, error };
  }
  return {
    model,
    show(component) {
      const here = component.parentElement;
      if (!views.has(here)) views.set(here, makeView(model, component));
      views.get(here).update(component);
    },
    close(here) {
      views.get(here)?.close();
      views.delete(here);
    },
  };
}

export function sayBroken(parentElement, error) {
  const text = document.createElement("p");
  text.setAttribute("role", "alert");
  text.textContent = `This page cannot run the model (${error.message}). Export it again, or choose another one.`;
  parentElement.replaceChildren(text);
}
