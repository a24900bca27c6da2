// The icons of all components: drawn as lines on a square of 24.

import { icon } from "./elements.js";

export const ICONS = {
  again: icon("M4.5 12.5a7.5 7.5 0 1 0 2.4-5.6L4.5 9M4.5 4.5V9H9"),
  bin: icon("M4.5 7h15M10 7V4h4v3M6.5 7l1 13h9l1-13M10.5 11v5M13.5 11v5"),
  box: icon("M4 4h4M11 4h2M16 4h4v4M20 11v2M20 16v4h-4M13 20h-2M8 20H4v-4M4 13v-2M4 8V4"),
  centre: icon("M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M12 9v6M9 12h6"),
  clear: icon("M6 6l12 12M18 6L6 18"),
  codes: icon("M6 8h.01M17 6h.01M11 12h.01M7 17h.01M17 15h.01M13 19h.01"),
  cover: icon("M8 8h8v8H8zM4 4h2M4 4v2M20 4h-2M20 4v2M4 20h2M4 20v-2M20 20h-2M20 20v-2"),
  dice: icon("M4 4h16v16H4zM8.5 8.5h.01M15.5 8.5h.01M12 12h.01M8.5 15.5h.01M15.5 15.5h.01"),
  download: icon("M12 4v11M7.5 11l4.5 4.5 4.5-4.5M5 20h14"),
  eraser: icon("M8.5 20H20M8.5 20l-4-4a1.5 1.5 0 0 1 0-2.2l8.8-8.8a1.5 1.5 0 0 1 2.2 0l4 4a1.5 1.5 0 0 1 0 2.2L10.7 20M9 9.5l6 6"),
  go: icon("M5 12h13M13 6.5l5.5 5.5-5.5 5.5"),
  lasso: icon("M12 5c5 0 8.5 2 8.5 5s-3.5 5-8.5 5-8.5-2-8.5-5 3.5-5 8.5-5zM7 14.5c-1.5 1.5-1 3 .5 3s2 2 .5 3.5"),
  link: icon("M10 13.5a4 4 0 0 0 5.7.3l3-3a4 4 0 0 0-5.7-5.6l-1.2 1.1M14 10.5a4 4 0 0 0-5.7-.3l-3 3a4 4 0 0 0 5.7 5.6l1.2-1.1"),
  live: icon("M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16z"),
  minus: icon("M6 12h12"),
  move: icon("M12 3v18M3 12h18M9 6l3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3"),
  pause: icon("M8.5 6v12M15.5 6v12"),
  pen: icon("M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM13.5 7l3.5 3.5"),
  picture: icon("M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4"),
  play: icon("M8 5.5v13l10.5-6.5z"),
  plus: icon("M6 12h12M12 6v12"),
  swap: icon("M4 8.5h15M15.5 5l3.5 3.5-3.5 3.5M20 15.5H5M8.5 12L5 15.5 8.5 19"),
  tiles: icon("M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z"),
  undo: icon("M8.5 5L4 9.5 8.5 14M4 9.5h10a5 5 0 0 1 0 10h-3"),
  whole: icon("M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5"),
};
