// Two menus of the axes that a map can show.

/**
 * @param {HTMLElement} section
 * @param {import("./slice.js").Slice} slice
 * @param {(place: number, name: string) => void} onChoice hears which axis, across (0) or up (1), is to be another
 * @returns a function that brings the menus to the slice's axes
 */
export function buildAxisChoice(section, slice, onChoice) {
  section.hidden = slice.z.length < 3;
  const { names } = slice;
  const [raw, principal] = ["z", "pc"].map((kind) => names.filter((name) => name.startsWith(kind)));
  const menus = [...section.querySelectorAll("select")];
  menus.forEach((menu, place) => {
    menu.innerHTML = group("Dimensions", raw) + group("Principal directions", principal);
    menu.onchange = () => onChoice(place, menu.value);
  });
  return () => [slice.across, slice.up].forEach(({ name }, place) => (menus[place].value = name));
}

/**
 * @param {string} label
 * @param {string[]} names
 */
function group(label, names) {
  if (!names.length) return "";
  return `<optgroup label="${label}">${names.map((name) => `<option>${name}</option>`).join("")}</optgroup>`;
}
