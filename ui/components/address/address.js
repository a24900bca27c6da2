// What counts as a new entry in the browser's history. Streamlit makes one whenever a script changes the URL; here only another page or
// another run is one, so that Back leaves a map in one press however often it was dragged.
const PATCHED = Symbol.for("vae-explorer.address");
const SETTLED = 50; // ms: Streamlit changes the path of the URL only after what the new page's script says of its parameters

export default function () {
  const patched = /** @type {Record<symbol, boolean>} */ (/** @type {unknown} */ (history));
  if (patched[PATCHED]) return;
  patched[PATCHED] = true;
  const push = history.pushState.bind(history);
  history.pushState = (...entry) => {
    const [next, page] = [new URL(entry[2] ?? "", location.href), location.pathname];
    if (next.pathname !== page) return push(...entry);
    setTimeout(() => {
      if (location.pathname === page) isView(next) ? history.replaceState(...entry) : push(...entry);
    }, SETTLED);
  };
}

/**
 * Whether a URL of this page differs from the present one in nothing but how the same run is looked at.
 * @param {URL} next
 */
function isView(next) {
  const run = (/** @type {string} */ search) => new URLSearchParams(search).get("run");
  return run(next.search) === run(location.search);
}
