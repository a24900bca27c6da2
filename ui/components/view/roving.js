// Many buttons as one Tab stop: arrow keys, Home and End go from one to the next.

/**
 * Make buttons one Tab stop; to be called again when there are others.
 * @param {HTMLElement} row or a grid: what they stand in
 * @param {HTMLElement[]} buttons
 */
export function rove(row, buttons = [...row.querySelectorAll("button")]) {
  const settle = (/** @type {HTMLElement} */ current) => {
    for (const button of buttons) button.tabIndex = button === current ? 0 : -1;
  };
  if (buttons.length) settle(buttons[0]);
  for (const button of buttons) button.onfocus = () => settle(button);
  row.onkeydown = (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const from = buttons.findIndex((button) => button === event.target);
    const to = from < 0 ? undefined : buttons[target(event.key, buttons, from)];
    if (!to) return;
    event.preventDefault();
    to.focus();
  };
}

/**
 * Where a key leads from a button; outside of the list for nowhere.
 * @param {string} key
 * @param {{offsetTop: number}[]} list
 * @param {number} from
 */
export function target(key, list, from) {
  const across = list.filter(({ offsetTop }) => offsetTop === list[0].offsetTop).length;
  const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across, ArrowDown: across, Home: -from, End: list.length - 1 - from };
  return from + (steps[/** @type {keyof typeof steps} */ (key)] ?? NaN);
}
