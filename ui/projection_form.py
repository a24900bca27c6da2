"""The controls that ask for projections: method, parameters, seed, how many codes, what stands beside. The URL names them at first."""

from contextlib import suppress
from dataclasses import dataclass, replace

import streamlit as st

from ui import projection_view, state
from ui.models import ranked_dims
from ui.state import Key, Widgets
from vae_core import data
from vae_core.errors import ConfigError
from vae_core.latent import encoded_sets
from vae_core.projections.methods import METHODS
from vae_core.projections.request import Request
from vae_core.projections.usual import USUAL_COUNT
from vae_core.runs.run import Run
from vae_core.schema import Setting, Value

KEY = Widgets.EMBEDDINGS
NOTHING = "Nothing"
SAMPLE = "As trained"
SAMPLE_HELP = "The held-out images and up to 10,000 that were learned from; or a whole data set of this shape, which is encoded first."
CLUSTERS = {"kmeans": "k-means", "hdbscan": "HDBSCAN"}
CLUSTERS_HELP = "Groups in latent space, to colour by: k-means makes ten round ones, HDBSCAN finds dense ones and leaves the rest out."
SEED = Setting("seed", 0, "Another seed, another start: what stays the same can be trusted more.", minimum=0, maximum=10_000)


@dataclass(frozen=True)
class Asked:
    """What a person wants to see."""

    requests: tuple[Request, ...]
    """One projection, or two to be seen side by side."""
    clusters: str
    """A key of CLUSTERS."""


def choose(run: Run) -> Asked:
    """Draw the controls and keep the URL in step. Nothing is computed here. Raises ConfigError."""
    latent_dim = run.config.model.latent_dim
    methods = [name for name in METHODS if name != "pca" or latent_dim > 1]
    usual = "raw" if latent_dim <= 2 else "tsne"
    url = state.asked_settings()
    method = _choice("Projection", methods, state.asked(state.MODE, methods), KEY.of("method"), usual=usual)
    parameters = _parameters(run, method)
    with st.popover("Settings", icon=":material/tune:"):
        dims = _dims(latent_dim, url)
        shown = {name: item for name, item in parameters.items() if dims == 3 or name != "z"}
        given = {name: _field(item, name, KEY.of(method, name), url) for name, item in shown.items()}
        seed = int(_field(SEED, "seed", KEY.of("seed"), url))
        source = _source(run, url.get("data"))
        count = data.describe(source).count if source else len(projection_view.codes_of(run, Request(method)).mean)
        everything = count > USUAL_COUNT and _toggle(f"All {count:,} codes", "all", url, f"Otherwise the first {USUAL_COUNT:,}.")
        clusters = _choice("Clusters", list(CLUSTERS), url.get("clusters"), KEY.of("clusters"), CLUSTERS, CLUSTERS_HELP)
    beside = _beside([NOTHING, *(name for name in methods if name != method)], url.get("beside"))
    noise = _toggle("Pure noise", "noise", url, "The same method on as many random codes: what it makes of nothing.")
    common = {"dims": dims, "seed": seed, "count": count if everything else min(count, USUAL_COUNT), "noise": noise, "data": source}
    requests = [Request(method, parameters=_defaults(parameters) | given, **common)]
    if beside != NOTHING:
        requests.append(Request(beside, parameters=_defaults(_parameters(run, beside)), **common))
    usually = {"dims": 2, "seed": 0, "clusters": "kmeans", "beside": NOTHING, "data": "", "all": 0, "noise": 0}
    usually |= {name: parameters[name].default for name in given}
    chosen = {"dims": dims, "seed": seed, "clusters": clusters, "beside": beside, "data": source}
    chosen |= {"all": int(everything), "noise": int(noise)}
    changed = {name: value for name, value in (chosen | given).items() if value != usually[name]}
    state.show(mode="" if method == usual else method, settings=state.as_settings(changed))
    return Asked(tuple(requests), clusters)


def _parameters(run: Run, method: str) -> dict[str, Setting]:
    """The parameters of a method; axes are the dimensions that this run has, the telling ones first."""
    found = METHODS[method].parameters
    if method != "raw":
        return found
    ranked = ranked_dims(run)
    last = len(ranked) - 1
    return {
        name: replace(axis, default=ranked[min(place, last)], maximum=last)
        for place, (name, axis) in enumerate(found.items())
        if place <= max(last, 1)
    }


def _defaults(parameters: dict[str, Setting]) -> dict[str, Value]:
    return {name: item.default for name, item in parameters.items()}


def _dims(latent_dim: int, url: dict[str, str]) -> int:
    if latent_dim < 3:
        return 2
    return int(_choice("Dimensions", ["2", "3"], url.get("dims"), KEY.of("dims")))


def _field(item: Setting, name: str, key: Key, url: dict[str, str]) -> Value:
    """The control of one parameter, beginning with what the URL says if that is possible."""
    if item.choices:
        return _choice(item.label, list(item.choices), url.get(name), key, help=item.help)
    kind = item.kind
    state.seed(key, _number(url.get(name), item), item.default)
    if not item.minimum <= st.session_state[key] <= item.maximum:
        st.session_state[key] = item.default
    return st.number_input(item.label, kind(item.minimum), kind(item.maximum), help=item.help, key=key)


def _number(text: str | None, item: Setting) -> Value:
    """A parameter's number out of a URL, if it is one that the parameter may have."""
    with suppress(ConfigError):
        return None if text is None else item.parse(text)
    return None


def _choice(
    label: str,
    options: list[str],
    asked: str | None,
    key: Key,
    titles: dict[str, str] | None = None,
    help: str | None = None,
    usual: str | None = None,
) -> str:
    """A row of buttons of which one is always chosen, at first the one asked for, else the usual one, else the first."""
    _settle(key, options, asked, usual or options[0])
    show = (titles or {}).get if titles else _title
    return st.segmented_control(label, options, format_func=show, key=key, help=help, required=True, wrap=True)


def _source(run: Run, asked: str | None) -> str:
    """The data set whose codes are drawn; an empty name stands for those that came with the end of the training."""
    options, key = ["", *(name for name in encoded_sets.fitting(run) if data.is_available(name))], KEY.of("data")
    _settle(key, options, asked, "")
    return st.selectbox("Data", options, format_func=lambda name: data.describe(name).title if name else SAMPLE, key=key, help=SAMPLE_HELP)


def _beside(options: list[str], asked: str | None) -> str:
    key = KEY.of("beside")
    _settle(key, options, asked, NOTHING)
    return st.selectbox("Beside it", options, format_func=_title, key=key, width=170, help="A second view of the same points.")


def _toggle(label: str, name: str, url: dict[str, str], help: str) -> bool:
    state.seed(KEY.of(name), url.get(name) == "1", False)
    return st.toggle(label, key=KEY.of(name), help=help)


def _settle(key: Key, options: list[str], asked: str | None, usual: str) -> None:
    """Give a widget one of its options: what it has, or at first what the URL asks for, if it is one of them."""
    state.seed(key, asked if asked in options else None, usual)
    if st.session_state[key] not in options:
        st.session_state[key] = usual


def _title(name: str) -> str:
    return METHODS[name].title if name in METHODS else name
