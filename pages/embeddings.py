"""Projections of the codes with images under the pointer, and how far each can be trusted."""

from contextlib import suppress
from functools import partial

import streamlit as st

from ui import cached, inputs, projection_quality, projection_view
from ui.availability import why_missing
from ui.boundary import attempt, fragment, refusal
from ui.chosen_run import chosen_run
from ui.components.scatter import Own, scatter
from ui.components.scatter import Projection as Drawn
from ui.frame import page
from ui.markdown import escape
from ui.projection_form import projection_form
from ui.state import Key, Widgets
from vae_core.errors import ConfigError, RunError
from vae_core.projections import jobs as projection_jobs
from vae_core.projections.methods import METHODS
from vae_core.projections.projection import Projection
from vae_core.projections.request import Request
from vae_core.runs.run import Run

MAX_OWN = 12
PLACE = Widgets.EMBEDDINGS


def show(run: Run, found: list[Projection], clusters: str, own: list[Own]) -> None:
    """Draw the points of one projection, or of two side by side."""
    points, frames = projection_view.finished(run, found, clusters)
    view = {"run": run.id, "layout": "both" if len(found) > 1 else "0"}
    scatter(cached.map_bundle(run), points, key=PLACE.of("scatter", run.id), view=view, frames=frames, own=own)


def details(run: Run, found: list[Projection]) -> None:
    """What is known of projections, below them: how each was made, how far it can be trusted."""
    if run.config.model.traits.is_conditional:
        st.caption("This model is told the class of an image, so its codes need not show it: classes lie mixed where it has learned that.")
    for column, projection in zip(st.columns(len(found)), found, strict=True):
        with column:
            st.caption(projection_quality.summary(run, projection))
            if projection.facts["stopped_early"]:
                offer_again(run, projection.request)
            projection_quality.metrics(projection)
            if projection.lacks_noise:
                with suppress(RunError):  # a full disk takes nothing from what is shown
                    projection_jobs.start(run, projection.request)
                fragment(await_noise, run_every=1.5)(run, projection.request)


def offer_again(run: Run, request: Request) -> None:
    """A button that computes a projection which was stopped early once more, to its end."""
    key = PLACE.of(request.method, "again")
    if st.button("Compute again", icon=":material/replay:", key=key, help=METHODS[request.method].title) and attempt(
        partial(projection_jobs.discard, run, request), key
    ):
        st.rerun()
    refusal(key)


def place_of(request: Request) -> Key:
    """What the keys of what belongs to a projection begin with."""
    return PLACE.of(request.method, "noise") if request.noise else PLACE.of(request.method)


def title_of(request: Request) -> str:
    """What a projection is called."""
    title = METHODS[request.method].title
    return f"{title} of pure noise" if request.noise else title


def watch(run: Run, request: Request, clusters: str, number: int, live: bool) -> None:
    """Draw the progress of a projection, the first or the second, the button that stops and keeps it, and (if `live`) its steps so far."""
    job, title, key = projection_jobs.Job(run, request), title_of(request), place_of(request)
    standing = job.poll()
    if projection_jobs.find(run, request):
        st.rerun(scope="app")
    with st.container(key=PLACE.of("progress", number)):
        if standing.state in ("failed", "interrupted"):
            st.warning(escape(f"{title}: {standing.message}"), icon=":material/error:")
            pressed = st.button("Compute it", icon=":material/play_arrow:", key=key.of("compute"))
            if pressed and attempt(lambda: projection_jobs.start(run, request), key):
                st.rerun(scope="app")
            refusal(key)
            return
        share = standing.iteration / standing.iterations if standing.iterations else 0.0
        doing = "Encoding the images:" if standing.message == projection_jobs.ENCODING else f"{title}: step"
        progress = f"{doing} {standing.iteration:,} of {standing.iterations:,}" if share else _turn(title, job.position())
        st.progress(min(1.0, share), progress)
        place = key.of("stop")
        st.button("Stop and keep", icon=":material/stop:", on_click=_stop, args=(job, place), disabled=not share, key=place)
        refusal(place)
    frames = job.frames() if request.dims == 2 and live else []
    if frames:
        drawn = Drawn(title, frames[0][1], film=projection_view.frames_name(request))
        groups = projection_view.clusters(run, request, len(drawn.points), clusters)
        points, view = projection_view.points(run, request, (drawn,), groups), {"run": run.id, "live": True}
        parts = projection_view.frame_parts(request, frames)
        scatter(cached.map_bundle(run), points, key=PLACE.of("scatter", run.id), view=view, frames=parts)


def _stop(job: projection_jobs.Job, place: Key) -> None:
    attempt(job.stop, place)


def _turn(title: str, before: int | None) -> str:
    """What to say of a projection of which nothing is to be seen yet."""
    if before is None:
        return f"{title} is starting"
    return f"{title} waits: {before} before it" if before else f"{title} waits for its turn: it is the next one"


def await_noise(run: Run, request: Request) -> None:
    """Draw the progress of the noise baseline, whose numbers will be shown beside those of a projection."""
    found, standing = projection_jobs.find(run, request), projection_jobs.Job(run, request).poll()
    if found is None or not found.lacks_noise:
        st.rerun(scope="app")
    if standing.state == "running" and standing.iterations:
        st.caption(f"{METHODS[request.method].title} of pure noise, to compare with: {standing.iteration / standing.iterations:.0%}")


def own_images(run: Run) -> list[Own]:
    """A person's own images, to be seen among the others: at most twelve, the newest last."""
    place = PLACE.of("own")
    key = place.of(run.id)
    kept: list[Own] = st.session_state.setdefault(key, [])
    with st.popover("Own images" + (f" ({len(kept)})" if kept else ""), icon=":material/add_photo_alternate:"):
        sources = [source for source in inputs.SOURCES if source != "Sample"]
        source = inputs.choose_source(run, place, sources)
        chosen = inputs.choose(run, source, place)
        with st.container(horizontal=True):
            put = st.button("Put it on the map", icon=":material/add_location:", disabled=chosen is None, type="primary", key=key.of("add"))
            if put and chosen:
                st.session_state[key] = [*kept, Own(f"{chosen.title} {len(kept) + 1}", chosen.image)][-MAX_OWN:]
                st.rerun()
            if st.button("Remove all", icon=":material/delete:", disabled=not kept, key=key.of("clear")):
                st.session_state[key] = []
                st.rerun()
    return kept


with page("Embeddings", "Each point is the [code](#term-code) of one image; near points look alike.") as bar:
    run = chosen_run(bar)
    if not run.codes.exists():
        st.info(escape(why_missing(run)), icon=":material/hourglass_empty:")
        st.stop()
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=PLACE.of("controls")):
        requested = projection_form(run)
        own = own_images(run)
    try:
        results = [projection_jobs.find(run, request) for request in requested.requests]
    except ConfigError as error:
        st.warning(escape(str(error)), icon=":material/tune:")
        st.stop()
    found = [projection for projection in results if projection]
    with st.container(key=PLACE.of("stage"), gap=None):
        for number, (request, projection) in enumerate(zip(requested.requests, results, strict=True)):
            if projection is None:
                if attempt(partial(projection_jobs.start, run, request), place_of(request)):
                    fragment(watch, run_every=0.7)(run, request, requested.clusters, number, live=number == 0)
                else:
                    refusal(place_of(request))
        if results[0]:
            show(run, found, requested.clusters, own)
    if results[0]:  # what stands below the points comes with them
        details(run, found)
        if not run.config.model.traits.is_discrete:  # whose prior has no density over codes
            projection_quality.prior_comparison(run)
