// Pieces of a page: elements by their selector, links to terms, SVG, text that is set only when it is another, a view with its style sheet.

const SVG = "http://www.w3.org/2000/svg";

/**
 * A link that opens the glossary's explanation of a term, as HTML; `id` is one of ui/glossary.py.
 * @param {string} id
 * @param {string} text
 */
export const term = (id, text) => `<a class="term" href="#term-${id}">${text}</a>`;

/** @param {string} path */
export const icon = (path) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;

/**
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number | boolean>} attributes
 */
export function svg(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return element;
}

/**
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * The first element that a selector names, which must be there: `find(root, "canvas", HTMLCanvasElement)`.
 * @template {Element} [T=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} [type]
 * @returns {T}
 * @throws {TypeError} there is none, or it is of another type
 */
export function find(root, selector, type = /** @type {any} */ (HTMLElement)) {
  const found = root.querySelector(selector);
  if (!(found instanceof type)) throw new TypeError(`there is no ${type.name} ${selector}`);
  return found;
}

/**
 * A new element that holds `html`.
 * @param {string} tag
 * @param {string} className
 */
export function element(tag, className, html = "") {
  const made = document.createElement(tag);
  made.className = className;
  made.innerHTML = html;
  return made;
}

/**
 * Show `root` alone, with a style sheet of its own.
 * @param {Element | ShadowRoot} parent
 * @param {Element} root
 * @param {string} sheet
 */
export function showStyled(parent, root, sheet) {
  const style = document.createElement("style");
  style.textContent = sheet;
  parent.replaceChildren(style, root);
}

/**
 * Note facts as data attributes, for style sheets and for tests.
 * @param {HTMLElement | SVGElement} element
 * @param {Record<string, unknown>} facts
 */
export function setData(element, facts) {
  for (const [name, value] of Object.entries(facts)) element.dataset[name] = String(value);
}
