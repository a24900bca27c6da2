// A table of numbers: the larger a number, the darker its cell. Knows nothing of what they are.

import { element } from "../view/elements.js";
import { mount } from "../view/mount.js";

/** @import { Component } from "../types.js" */
/** @typedef {{name: string, values: number[], shaded: boolean}} Column */
/** @typedef {{caption: string, rows: string[], columns: Column[]}} Given */

/**
 * How dark each number of a column is, from 0 to 1, beside the largest of all shaded ones.
 * @param {Column[]} columns
 * @returns {number[][]}
 */
export function shades(columns) {
  const most = Math.max(...columns.filter(({ shaded }) => shaded).flatMap(({ values }) => values));
  return columns.map(({ values, shaded }) => values.map((value) => (shaded && most > 0 ? Math.max(0, value / most) : 0)));
}

/**
 * @param {string} text
 * @param {"col" | "row" | null} headingOf
 */
function cell(text, headingOf = null) {
  const made = document.createElement(headingOf ? "th" : "td");
  if (headingOf) made.scope = headingOf;
  made.textContent = text;
  return made;
}

/** @param {HTMLTableCellElement[]} cells */
function row(cells) {
  const made = document.createElement("tr");
  made.append(...cells);
  return made;
}

class ShadedTable {
  /** @param {Element | ShadowRoot} parentElement */
  constructor(parentElement) {
    this.root = element("div", "shaded-table");
    this.root.tabIndex = 0; // a wide one scrolls
    this.root.setAttribute("role", "region");
    parentElement.append(this.root);
  }

  /** @param {Component<Given>} component */
  update({ data: { caption, rows, columns } }) {
    const table = document.createElement("table");
    const dark = shades(columns);
    table.append(row([document.createElement("td"), ...columns.map(({ name }) => cell(name, "col"))]));
    for (const [place, name] of rows.entries()) {
      const numbers = columns.map(({ values, shaded }, column) => {
        const made = cell(values[place].toFixed(2));
        made.classList.toggle("shaded", shaded);
        made.style.setProperty("--dark", dark[column][place].toFixed(3));
        return made;
      });
      table.append(row([cell(name, "row"), ...numbers]));
    }
    this.root.setAttribute("aria-label", caption);
    this.root.replaceChildren(table);
  }

  close() {
    this.root.remove();
  }
}

export default mount(ShadedTable);
