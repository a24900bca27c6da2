"""The quality of a projection and the aggregate posterior against the prior: numbers, each with its meaning."""

import numpy as np
import streamlit as st

from ui import charts, projection_view, state
from ui.markdown import escape
from ui.models import dataset_title, ranked_dims
from ui.state import Widgets
from vae_core import data
from vae_core.files.file_cache import FileCache
from vae_core.latent import aggregate
from vae_core.projections.methods import METHODS
from vae_core.projections.projection import Projection
from vae_core.runs.run import Run

KEY = Widgets.EMBEDDINGS
NUMBERS = {
    "trustworthiness": ("Trustworthiness", "Are neighbours on the map neighbours in latent space? 1 means always."),
    "continuity": ("Continuity", "Do neighbours in latent space stay neighbours on the map? 1 means always."),
    "neighbour_overlap": ("Same neighbours", "Share of the 15 nearest codes that are among the 15 nearest points."),
    "knn_accuracy": ("k-NN accuracy", "How often the five nearest points have the right class; below it, the five nearest codes."),
}
MAX_DIMENSIONS = 4  # dimensions
HEIGHT = 16.25  # rem
_CHARTS: FileCache[charts.Chart] = FileCache(max_entries=16)


def summary(run: Run, projection: Projection) -> str:
    """Describe a projection in one sentence: how many codes of which data set, by which method."""
    request, facts = projection.request, projection.facts
    what, count = projection_view.dataset(run, request), len(projection.points)
    title = escape(data.describe(what).title if what in data.names() else dataset_title(run))
    codes = f"{count:,} of {len(projection_view.codes_of(run, request).mean):,} codes of “{title}”"
    early = ", stopped early" if facts["stopped_early"] else ""
    name = f"**{METHODS[request.method].title}** of {f'{count:,} random codes' if request.noise else codes}"
    return f"{name}, seed {request.seed}, {facts['seconds']:.1f} s{early}. {escape(str(facts.get('note', '')))}"


def metrics(projection: Projection) -> None:
    """Draw what the method preserves, and the quality numbers with their noise baseline."""
    method = METHODS[projection.request.method]
    st.caption(f"**{method.title}.** {method.about}")
    if not projection.quality:
        return
    with st.container(horizontal=True, gap="large"):
        for name, (label, meaning) in NUMBERS.items():
            if name in projection.quality:
                below = _below(projection, name)
                st.metric(
                    label, f"{projection.quality[name]:.3f}", below, delta_color="off", delta_arrow="off", help=meaning, width="content"
                )


def _below(projection: Projection, name: str) -> str | None:
    """The value to compare a number with: the noise baseline, or the same in latent space."""
    if name == "knn_accuracy":
        return f"{projection.quality['knn_accuracy_codes']:.3f} in latent space"
    return f"{projection.noise[name]:.3f} for pure noise" if name in projection.noise else None


def prior_comparison(run: Run) -> None:
    """Draw the aggregate posterior against the prior, with a link to its biggest hole."""
    found = projection_view.compare_with_prior(run)
    ranked = ranked_dims(run)[:MAX_DIMENSIONS]
    st.subheader("All codes together, against the prior")
    st.caption(
        "Bars: the aggregate posterior, which is all posteriors of the held-out images added up. Line: the prior. "
        "Samples from the prior look real where both agree."
    )
    flat = len(found.values) > 0
    columns = st.columns(len(ranked) + flat)
    for column, index in zip(columns, ranked, strict=False):
        with column:
            expected = aggregate.normal((found.edges[1:] + found.edges[:-1]) / 2)
            chart = charts.density(found.edges, found.histograms[index], expected, f"z{index + 1}")
            charts.draw(chart, height=HEIGHT, key=KEY.of("prior", index), alt=f"Codes along z{index + 1}, and the prior")
    if flat:
        with columns[-1]:
            _map(found, run)


def _map(found: projection_view.PriorComparison, run: Run) -> None:
    chart = _CHARTS.get(lambda: charts.density_map(found.values, found.density, found.hole, found.radius), str(run.codes))
    charts.draw(chart, height=HEIGHT, key=KEY.of("prior", "map"), alt="The density of the aggregate posterior, and its biggest hole")
    st.page_link(
        state.LATENT_MAP,
        label="Take me to the biggest hole",
        icon=":material/explore:",
        query_params=state.link(state.LATENT_MAP, run) | {state.POINT: _text(found.hole)},
    )


def _text(point: np.ndarray) -> str:
    return ",".join(f"{value:.3g}" for value in point)
