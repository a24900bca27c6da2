"""The quality of a projection and the aggregate posterior against the prior: numbers, each with its meaning."""

import streamlit as st

from ui import charts, projection_view, state
from ui.about_run import dataset_title, ranked_dims
from ui.glossary import term
from ui.markdown import escape
from ui.state import Widgets
from vae_core import data
from vae_core.files.file_cache import FileCache
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
OF_A_VAE = (
    "Bars: the [aggregate posterior](#term-aggregate), which is all posteriors of the held-out images added up. "
    "Line and dashed {rings}: the [prior](#term-prior). Where the prior is likely and no code lies is a [hole](#term-hole): the decoder "
    "never learned what to draw there. Bars that follow the line do not prove that there is none: each dimension alone may agree with "
    "the prior while all of them together do not."
)
OF_AN_AUTOENCODER = (
    "Bars: the codes of the held-out images. An [autoencoder](#term-autoencoder) has no prior: nothing pulled its codes towards N(0, I), "
    "the line and the dashed circles. Whoever draws codes at random has nothing else to draw from; where N(0, I) is likely and no code "
    "lies is a [hole](#term-hole): the decoder never learned what to draw there."
)
TITLES = {
    "pca": term("pca", "PCA"),
    "tsne": f"{term('tsne', 't-SNE')} with a {term('perplexity', 'perplexity')}",
    "umap": term("umap", "UMAP"),
    "pacmap": term("pacmap", "PaCMAP"),
}
MAX_DIMENSIONS = 4
SIDE = 18  # rem; a square, so that circles are circles
FEWEST = 50
"""Codes below which a number says next to nothing."""
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
    """Draw what the method preserves, and the quality numbers with their noise baseline, where there is something to measure."""
    method = METHODS[projection.request.method]
    st.caption(f"**{TITLES.get(projection.request.method, method.title)}.** {method.about}")
    if len(projection.points) < FEWEST:
        st.caption(f"{len(projection.points)} codes are too few to measure: a number from so few would be chance.")
        return
    if is_whole(projection):
        st.caption(
            "Nothing is projected: the plane shows all of [latent space](#term-latent-space), so neighbours here are neighbours there."
        )
    shown = [name for name in NUMBERS if name in projection.quality and (name == "knn_accuracy" or not is_whole(projection))]
    with st.container(horizontal=True, gap="large"):
        for name in shown:
            value, below = f"{projection.quality[name]:.3f}", _below(projection, name)
            st.metric(NUMBERS[name][0], value, below, delta_color="off", delta_arrow="off", width="content")
    if not projection.request.noise:  # once is enough where both stand side by side
        st.caption("  \n".join(f"**{label}.** {meaning}" for label, meaning in map(NUMBERS.__getitem__, shown)))
    if not is_whole(projection):
        of_noise = term("noise-baseline", "codes without any structure")
        st.caption(f"How far to {term('trustworthiness', 'trust')} it: the smaller numbers are those of {of_noise}.")


def is_whole(projection: Projection) -> bool:
    """Whether a plane, or a space, shows all latent dimensions: then nothing about it needs to be measured."""
    return projection.plane is not None and projection.plane.basis.shape[0] >= projection.plane.basis.shape[1]


def _below(projection: Projection, name: str) -> str | None:
    """The value to compare a number with: the noise baseline, or the same in latent space."""
    if name == "knn_accuracy":
        return f"{projection.quality['knn_accuracy_codes']:.3f} in latent space"
    return f"{projection.noise[name]:.3f} for pure noise" if name in projection.noise else None


def prior_comparison(run: Run) -> None:
    """Draw the aggregate posterior against the prior, with a link to its biggest hole."""
    found, has_prior = projection_view.compare_with_prior(run), run.config.model.traits.has_prior
    st.subheader("All codes together, against the prior" if has_prior else "All codes together, against N(0, I)", anchor=False)
    if found.count < FEWEST:
        st.caption(f"{found.count} codes are too few to compare.")
        return
    rings = "ellipses, for its components" if len(found.prior.weights) > 1 else "circles"
    st.caption(OF_A_VAE.format(rings=rings) if has_prior else OF_AN_AUTOENCODER)
    shown = ranked_dims(run)[:MAX_DIMENSIONS]
    side = round(SIDE * state.rem())
    with st.container(horizontal=True):
        with st.container(width=side * len(shown)):
            _histograms(found, shown)
        if len(found.values):
            with st.container(width=side):
                _map(found, run)


def _histograms(found: projection_view.PriorComparison, shown: list[int]) -> None:
    expected = found.prior.density_along((found.edges[1:] + found.edges[:-1]) / 2)[shown]
    chart = charts.densities(found.edges, found.histograms[shown], expected, [f"z{index + 1}" for index in shown])
    charts.draw(chart, height=SIDE, key=KEY.of("prior", "histograms"), alt="Codes by dimension, and the prior")
    limit = f"±{found.edges[-1]:g}"
    st.caption(" ".join(f"z{index + 1}: {_beyond(int(found.outside[index]), found.count, limit)}" for index in shown))


def _map(found: projection_view.PriorComparison, run: Run) -> None:
    chart = _CHARTS.get(lambda: charts.density_map(found.values, found.density, found.hole, found.radius, found.prior), str(run.codes))
    charts.draw(chart, height=SIDE, key=KEY.of("prior", "map"), alt="The density of the aggregate posterior, and its biggest hole")
    st.caption(f"z1 and z2: {_beyond(found.off_map, found.count, f'±{found.values[-1]:g}')}")
    place = state.as_point(found.hole.tolist())
    st.page_link(
        state.LATENT_MAP,
        label="Take me to the biggest hole",
        icon=":material/explore:",
        query_params=state.link(state.LATENT_MAP, run) | {state.POINT: place, state.HOLE: place},
    )
    where = "two standard deviations of a component, where at least" if len(found.prior.weights) > 1 else "two standard deviations, where"
    st.caption(f"No code lies within {found.radius:.2f} of it. It was sought within {where} 86 % of draws fall.")


def _beyond(outside: int, count: int, limit: str) -> str:
    """How many codes a picture leaves out."""
    if not outside:
        return f"all {count:,} codes lie within {limit}."
    return f"{outside:,} of {count:,} codes ({outside / count:.1%}) lie beyond {limit}."
