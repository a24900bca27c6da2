// What counts as a new entry in the browser's history. Streamlit makes one whenever a script changes the URL; here only another page or
// another run is one, so that Back leaves a map in one press however often it was dragged.
const OURS = Symbol.for("vae-explorer.address");

export default function () {
  if (history[OURS]) return;
  const push = history.pushState.bind(history);
  history.pushState = (state, unused, url) => {
    const change = isView(new URL(url ?? location.href, location.href)) ? history.replaceState.bind(history) : push;
    change(state, unused, url);
  };
  history[OURS] = true;
}

/** Whether a URL differs from the present one in nothing but how the same run is looked at. */
function isView(next) {
  const run = (search) => new URLSearchParams(search).get("run");
  return next.pathname === location.pathname && run(next.search) === run(location.search);
}
