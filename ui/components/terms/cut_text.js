// Text that its box cuts off (“…”) gets all of it as a tooltip when it is passed over, wherever it stands. Knows no terms.

export class CutText {
  /** @type {WeakSet<HTMLElement>} elements whose tooltip is from here */
  #named = new WeakSet();

  /** @param {EventTarget[]} path from the innermost element outwards */
  passOver(path) {
    for (const element of path) if (element instanceof HTMLElement) this.#name(element);
  }

  /** @param {HTMLElement} element */
  #name(element) {
    const isOurs = this.#named.has(element);
    if (isCut(element) && (isOurs || !element.title)) {
      element.title = element.innerText;
      this.#named.add(element);
    } else if (isOurs) element.removeAttribute("title");
  }
}

/** @param {HTMLElement} element */
function isCut(element) {
  const { textOverflow, webkitLineClamp } = getComputedStyle(element);
  if (textOverflow === "ellipsis") return element.scrollWidth > element.clientWidth;
  return webkitLineClamp !== "none" && element.scrollHeight > element.clientHeight;
}
