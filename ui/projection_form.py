"""The form that requests projections: method, parameters, seed, number of codes, a second view beside. It begins as the URL says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from ui import projection_view, state
from ui.about_run import ranked_dims
from ui.forms import setting_field
from ui.state import Widgets
from vae_core import data
from vae_core.latent import encoded_sets
from vae_core.projections.methods import METHODS
from vae_core.projections.request import Request
from vae_core.projections.usual import USUAL_COUNT
from vae_core.runs.run import Run
from vae_core.schema import Setting, Value

KEY = Widgets.EMBEDDINGS
NOTHING, AS_TRAINED = "Nothing", "As trained"
TITLES = {name: method.title for name, method in METHODS.items()}
BESIDE = {NOTHING: "Beside: none"} | {name: f"Beside: {title}" for name, title in TITLES.items()}
CLUSTERS = Setting(
    "clusters",
    "kmeans",
    "Groups in latent space, to colour by: k-means makes ten round ones, HDBSCAN finds dense ones and leaves the rest out.",
    choices=("kmeans", "hdbscan"),
)
CLUSTER_TITLES = {"kmeans": "k-means", "hdbscan": "HDBSCAN"}
DIMENSIONS = Setting("dims", "2", "", "Dimensions", choices=("2", "3"))
SEED = Setting("seed", 0, "Another seed gives another random start; what stays the same can be trusted more.", minimum=0, maximum=10_000)
NOISE_HELP = "Beside it, the same method on as many random codes: the structure that it shows where there is none."
NOISE = Setting("noise", False, NOISE_HELP, "Pure noise")
DATA_HELP = "The held-out images and up to 10,000 training images; or a whole data set of this shape, which is encoded first."


@dataclass(frozen=True)
class Requested:
    """What a person wants to see."""

    requests: tuple[Request, ...]
    """One projection, or two to be seen side by side, the second by another method or of noise."""
    clusters: str
    """One of the choices of CLUSTERS."""


class _Fields:
    """Draws fields of settings and collects the values that differ from their defaults."""

    def __init__(self) -> None:
        self._requested = state.requested_settings()
        self.changed: dict[str, Value] = {}

    def field(self, setting: Setting, *part: str, **look: Any) -> Any:
        """The value of a setting; `part` distinguishes fields of one name, `look` is as in `setting_field`."""
        value = setting_field(setting, KEY.of(*part, setting.name), self._requested.get(setting.name), setting.default, **look)
        if value != setting.default:
            self.changed[setting.name] = int(value) if isinstance(value, bool) else value
        return value


def projection_form(run: Run) -> Requested:
    """Draw the controls and keep the URL in step. Nothing is computed here. Raises ConfigError."""
    form, setting = _Fields(), _method(run)
    requested = state.requested(state.MODE, setting.choices)
    method = str(setting_field(setting, KEY.of("method"), requested, setting.default, titles=TITLES, buttons=True, hides_label=True))
    with st.popover("Settings", icon=":material/tune:"):
        dims = int(form.field(DIMENSIONS, buttons=True)) if run.config.model.latent_dim > 2 else 2
        parameters = _parameters(run, method)
        shown = [item for item in parameters.values() if dims == 3 or item.name != "z"]
        given = {item.name: form.field(item, method, titles=TITLES, buttons=True) for item in shown}
        seed = form.field(SEED)
        source = form.field(_source(run), titles=_dataset_titles())
        count = _count(run, form, source)
        clusters = form.field(CLUSTERS, titles=CLUSTER_TITLES, buttons=True)
    has_noise = form.field(NOISE)
    beside = _nothing_but_noise() if has_noise else form.field(_beside(setting.choices, method), titles=BESIDE, width=180, hides_label=True)
    common = {"dims": dims, "seed": seed, "count": count, "data": source}
    state.update_url(mode="" if method == setting.default else method, settings=state.as_settings(form.changed))
    requests = [Request(method, parameters=_defaults(parameters) | given, **common)]
    if has_noise:
        requests.append(replace(requests[0], noise=True))
    elif beside != NOTHING:
        requests.append(Request(beside, parameters=_defaults(_parameters(run, beside)), **common))
    return Requested(tuple(requests), clusters)


def _nothing_but_noise() -> str:
    """What stands in the place of the second method while noise does."""
    st.selectbox("Beside it", ["Beside: noise"], width=180, disabled=True, label_visibility="collapsed", key=KEY.of("beside", "noise"))
    return NOTHING


def _method(run: Run) -> Setting:
    latent_dim = run.config.model.latent_dim
    methods = tuple(name for name in METHODS if name != "pca" or latent_dim > 1)
    return Setting("method", "raw" if latent_dim <= 2 else "tsne", "", "Projection", choices=methods)


def _source(run: Run) -> Setting:
    """The data set whose codes are drawn; an empty name stands for those that came with the end of the training."""
    fitting = (name for name in encoded_sets.fitting(run) if data.is_available(name))
    return Setting("data", "", DATA_HELP, choices=("", *fitting))


def _dataset_titles() -> dict[str, str]:
    return {"": AS_TRAINED} | {name: data.describe(name).title for name in data.names()}


def _count(run: Run, form: _Fields, source: str) -> int:
    """How many codes to draw: the usual number, or all of them if that is chosen."""
    count = data.describe(source).count if source else len(projection_view.codes_of(run, Request("raw")).mean)
    everything = Setting("all", False, f"Otherwise the first {USUAL_COUNT:,}.", f"All {count:,} codes")
    return count if count <= USUAL_COUNT or form.field(everything) else USUAL_COUNT


def _beside(methods: Sequence[str], method: str) -> Setting:
    others = (name for name in methods if name != method)
    return Setting("beside", NOTHING, "A second view of the same points.", "Beside it", choices=(NOTHING, *others))


def _parameters(run: Run, method: str) -> dict[str, Setting]:
    """The parameters of a method; axes are the dimensions that this run has, the most informative ones first."""
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
