// Where a note beside a piece of text is put: below it if there is room, else above, and always inside the window.

const GAP = 6;
const MARGIN = 8;

/**
 * @param {{left: number, top: number, bottom: number}} line the text in the window, in CSS pixels, as all that follows
 * @param {{width: number, height: number}} note
 * @param {{width: number, height: number}} window
 * @returns {{left: number, top: number}} of the note
 */
export function beside(line, note, window) {
  const left = Math.max(MARGIN, Math.min(line.left, window.width - note.width - MARGIN));
  const [below, above] = [line.bottom + GAP, line.top - GAP - note.height];
  const fits = below + note.height + MARGIN <= window.height || above < MARGIN;
  return { left, top: fits ? below : above };
}
