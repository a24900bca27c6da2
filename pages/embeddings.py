"""The encoded data seen from every side: projections with pictures under the pointer, and how far each can be trusted."""

import streamlit as st

from ui import cached, charts, projected, state
from ui.components.scatter import scatter
from ui.frame import page
from ui.models import chosen_run
from vae_core import codes, projecting
from vae_core.errors import ConfigError
from vae_core.projection import METHODS, Projection, Request
from vae_core.runs import Run

NUMBERS = {
    "trustworthiness": ("Trustworthiness", "Are neighbours on the map neighbours in latent space? 1 is always."),
    "continuity": ("Continuity", "Do neighbours in latent space stay neighbours on the map? 1 is always."),
    "neighbour_overlap": ("Same neighbours", "Share of the 15 nearest codes that are among the 15 nearest points."),
    "knn_accuracy": ("k-NN accuracy", "How often the five nearest points have the right class."),
}
MOST = 5_000  # codes that are projected unless all are asked for


def choose_request(run: Run, count: int) -> Request:
    """The projection that the controls ask for; what the URL names at first. Nothing is computed here."""
    latent_dim = run.config.model.latent_dim
    methods = [name for name in METHODS if name != "pca" or latent_dim > 1]
    usual = "raw" if latent_dim <= 2 else "tsne"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        asked = state.mode_in_url([usual, *methods])
        method = st.segmented_control(
            "Projection", methods, default=asked, format_func=lambda name: METHODS[name].title, key="embeddings.method"
        )
        method = method or usual
        with st.popover("Settings", icon=":material/tune:"):
            dims = st.segmented_control("Dimensions", [2, 3], default=2, key=f"embeddings.dims.{method}") or 2 if latent_dim > 2 else 2
            values = {name: _field(method, name, latent_dim) for name in METHODS[method].parameters}
            seed = st.number_input("Seed", 0, 10_000, 0, key=f"embeddings.seed.{method}")
            every = count > MOST and st.toggle(f"All {count:,} codes", key="embeddings.every", help=f"Otherwise the first {MOST:,}.")
        noise = st.toggle("Pure noise", key="embeddings.noise", help="The same method on as many random codes: what it makes of nothing.")
    if method == "raw" and latent_dim == 1:
        values["y"] = 0
    shown = {name: value for name, value in values.items() if method != "raw" or name in ("x", "y", "z")[:dims]}
    return Request(method, int(dims), shown, int(seed), count if every else min(count, MOST), bool(noise))


def _field(method: str, name: str, latent_dim: int) -> int | float | str:
    item, key = METHODS[method].parameters[name], f"embeddings.{method}.{name}"
    if item.choices:
        return st.selectbox(item.label, item.choices, help=item.help, key=key)
    if method == "raw":
        return st.number_input(item.label, 0, latent_dim - 1, min(int(item.default), latent_dim - 1), help=item.help, key=key)
    kind = type(item.default)
    return st.number_input(item.label, kind(item.minimum), kind(item.maximum), item.default, help=item.help, key=key)


def show(run: Run, request: Request, projection: Projection) -> None:
    """The points, then what the picture is worth."""
    drawn = projected.drawn(projection, METHODS[request.method].title)
    frames = projected.film(request, list(projection.frames)) if request.dims == 2 else []
    points = projected.points(run, (drawn,))
    scatter(cached.map_bundle(run), points, key=f"embeddings.scatter.{run.id}", view={"run": run.id}, frames=frames)
    honesty(run, request, projection)


def honesty(run: Run, request: Request, projection: Projection) -> None:
    """What was projected, the quality numbers, and the same for noise where that is known."""
    what = "standard normal noise" if request.noise else run.config.train.dataset
    total = len(codes.load(run.codes).mean)
    st.caption(
        f"{METHODS[request.method].about} Shown: {len(projection.points):,} of {total:,} codes of {what}, seed {request.seed}, "
        f"computed in {projection.facts['seconds']:.1f} s. {projection.facts.get('note', '')}"
    )
    if not projection.quality:
        return
    twin = None if request.noise else projecting.find(run, Request(**{**request.to_json(), "noise": True}))
    with st.container(horizontal=True, gap="large"):
        for name, (label, meaning) in NUMBERS.items():
            if name in projection.quality:
                noise = f"{twin.quality[name]:.3f} for noise" if twin and name in twin.quality else None
                st.metric(
                    label, f"{projection.quality[name]:.3f}", noise, delta_color="off", delta_arrow="off", help=meaning, width="content"
                )


def watch(run: Run, request: Request) -> None:
    """A projection that is being computed: progress, the stages so far, and a way to stop and keep them."""
    job = projecting.Job(run, request)
    standing = job.state()
    if standing.state in ("finished", "stopped") and projecting.find(run, request):
        st.rerun(scope="app")
    if standing.state in ("failed", "interrupted"):
        st.warning(standing.message, icon=":material/error:")
        if st.button("Compute it", icon=":material/play_arrow:", key="embeddings.start"):
            projecting.start(run, request)
            st.rerun(scope="app")
        return
    name = METHODS[request.method].title
    share = standing.iteration / standing.iterations if standing.iterations else 0.0
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(min(1.0, share), f"{name}: step {standing.iteration:,} of {standing.iterations:,}" if share else f"{name} is starting")
        st.button("Stop and keep", icon=":material/stop:", on_click=job.stop, disabled=not share, key="embeddings.stop")
    frames = job.frames() if request.dims == 2 else []
    if frames:
        drawn = projected.Drawn(name, frames[-1][1], film=projected.film_name(request))
        scatter(
            cached.map_bundle(run),
            projected.points(run, (projected.Drawn(name, frames[0][1], film=drawn.film),)),
            key=f"embeddings.scatter.{run.id}",
            view={"run": run.id, "live": True},
            frames=projected.film(request, frames),
        )


def prior(run: Run) -> None:
    """The aggregate posterior against the prior, and the way to its biggest hole."""
    edges, densities, expected = projected.histograms(run)
    by_dimension = (run.card() or {}).get("kl_by_dimension") or [0.0] * len(densities)
    ranked = sorted(range(len(densities)), key=lambda index: -by_dimension[index])[:4]
    st.subheader("All codes together, against the prior")
    st.caption(
        "Bars: where the posteriors of the held-out images lie, by dimension. Line: the prior. A good fit means that draws look real."
    )
    for column, index in zip(st.columns(len(ranked)), ranked, strict=True):
        with column:
            chart = charts.density(edges, densities[index], expected, f"z{index + 1}")
            st.echarts_chart(chart, height=200, key=f"embeddings.prior.{index}", alt=f"Codes along z{index + 1}, and the prior")
    if run.config.model.latent_dim == 2:
        hole = ",".join(f"{value:.3g}" for value in projected.biggest_hole(run))
        st.page_link(
            "pages/latent_map.py", label="Take me to the biggest hole", icon=":material/explore:", query_params={"run": run.id, "z": hole}
        )


with page("Embeddings"):
    run = chosen_run()
    if not run.codes.exists():
        st.info("This model's training has not ended yet; its codes come with its end.")
        st.stop()
    request = choose_request(run, len(codes.load(run.codes).mean))
    state.show_in_url(run, mode=request.method)
    try:
        projection = projected.found(run, request)
    except ConfigError as error:
        st.warning(str(error), icon=":material/tune:")
        st.stop()
    if projection:
        show(run, request, projection)
    else:
        projecting.start(run, request)
        st.fragment(watch, run_every=0.7)(run, request)
    if run.config.model.family == "vae":
        prior(run)
