// Tables of comma-separated values. Knows no model.

/**
 * Rows of numbers and texts as the text of a file; a text that would be misread is quoted.
 * @param {(string | number)[][]} rows
 */
export function csv(rows) {
  return rows.map((row) => `${row.map(cell).join()}\n`).join("");
}

/** A number so that reading it gives the same float32; empty for one that is none. @param {number} value */
export const exactly = (value) => (value === value ? String(Number(value.toPrecision(9))) : "");

/** @param {string | number} value */
function cell(value) {
  const text = String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
