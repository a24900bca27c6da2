"""How models are listed, named and chosen on pages."""

import math
from collections.abc import Iterator, Sequence

import streamlit as st

from ui import state
from ui.availability import why_missing
from ui.bar import Bar
from ui.boundary import fragment
from ui.glossary import term
from ui.markdown import escape
from ui.state import Session, Widgets
from vae_core import data
from vae_core import runs as run_folders
from vae_core.config import ModelConfig
from vae_core.errors import RunNotFound
from vae_core.runs.measurements import Card
from vae_core.runs.run import Run, about, is_title

DEFAULT = "mnist-2d"
SECONDS_BETWEEN_LOOKS = 3.0
MAX_NATS = 1e7


def explorable() -> list[Run]:
    """Runs that the browser can decode: own ones first, newest first, then the shipped ones."""
    return [run for run in run_folders.list_runs() if is_explorable(run)]


def is_explorable(run: Run) -> bool:
    """Whether the browser can decode it."""
    return run.network.exists() and run.status.state not in ("damaged", "queued")


def by_preference(listed: Sequence[Run]) -> Iterator[Run]:
    """The runs in the order in which a page would show one: those that this person asked for, the usual one, the shipped ones, all."""
    yield from state.preferred_runs(listed)
    yield from (run for run in listed if run.id == DEFAULT)
    yield from (run for run in listed if run.shipped)
    yield from listed


def pick_run(candidates: list[Run]) -> Run:
    """A select box of models, in step with the URL. Warns and shows another one when the URL names a run that cannot be shown."""
    known, chosen = {run.id: run for run in candidates}, next(by_preference(candidates))
    requested = state.requested_run()
    if requested is not None and requested not in known:
        st.warning(escape(f"The link names a model that {_absence(requested)} This is another one."), icon=":material/link_off:")
    if st.session_state.get(Session.MODEL) not in known:
        st.session_state[Session.MODEL] = chosen.id
    state.initialise(Session.MODEL, chosen.id, chosen.id)
    picked = st.selectbox(
        "Model",
        list(known),
        format_func=lambda run_id: known[run_id].title,
        label_visibility="collapsed",
        key=Session.MODEL,
        on_change=lambda: state.choose(st.session_state[Session.MODEL]),
    )
    return known[picked]


def _absence(run_id: str) -> str:
    """Why the run of that id cannot be shown."""
    try:
        return f"cannot be shown yet. {why_missing(run_folders.find(run_id), 'its pictures')}"
    except RunNotFound:
        return "is not here."


def chosen_run(bar: Bar) -> Run:
    """Draw the chooser of models and the facts of the chosen one into the bar, and return it. Without any model the page ends here."""
    runs = explorable()
    if not runs:
        st.info("There is no trained model yet.")
        st.page_link(state.TRAIN, label="Train one", icon=":material/model_training:", query_params=state.link(state.TRAIN))
        st.stop()
    with bar.chooser:
        run = pick_run(runs)
    status = run.status
    with bar.facts:
        st.caption(fact_line(run))
        if status.state == "running":
            fragment(_as_of, run_every=SECONDS_BETWEEN_LOOKS)(run, status.epoch)
    return run


def _as_of(run: Run, epoch: int) -> None:
    """The epoch of the model on a page that was opened while it is trained, where the training is now, and the way to that."""
    status = run.status
    now = f"the training is at epoch {status.epoch} of {status.epochs}" if status.state == "running" else "the training has ended"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"As of epoch {epoch}; {now}.", width="content")
        is_current = status.state == "running" and status.epoch == epoch
        if st.button("Refresh", icon=":material/refresh:", type="tertiary", disabled=is_current, key=Widgets.MODEL.of("refresh")):
            st.rerun(scope="app")


def fact_line(run: Run) -> str:
    """One line of markdown about a model, in plain words: size, β, how well it does on held-out images, data; the last is cut off first."""
    model, card = run.config.model, run.card() or {}
    facts = (
        [_codes(model)]
        if model.traits.is_discrete
        else [
            f"{model.latent_dim} {term('latent-dimension', 'latent dimension' + ('s' if model.latent_dim > 1 else ''))}",
            f"{term('beta', 'β')} = {run.config.train.beta:g}" if model.traits.has_prior else term("autoencoder", "plain autoencoder"),
        ]
    )
    if model.traits.is_conditional:
        facts.append(term("conditional", "told the label"))
    if not model.traits.minimises_total:
        facts.append(term("discriminator", "compared by a discriminator"))
    if card.get("few_validation_images"):
        facts.append(f"too few {term('held-out', 'held-out images')} to measure ({card['validation_images']})")
    elif "reconstruction_error" in card:
        facts.append(_quality(run, card))
    return " · ".join([*facts, escape(dataset_title(run))])


def _codes(model: ModelConfig) -> str:
    _, height, width = model.code_shape
    return f"{height} × {width} {term('codebook', 'codes')} out of {model.codebook}"


def _quality(run: Run, card: Card) -> str:
    """What an image costs where that is an amount of information and was trained for.

    A density says nothing to who does not know the likelihood.
    """
    if run.config.model.likelihood == "gaussian" or not run.config.model.traits.minimises_total:
        return f"{term('pixel-error', 'typical pixel error')} {math.sqrt(card['reconstruction_error']):.1%}"
    cost = "cost of a held-out image" + (" given its label" if run.config.model.traits.is_conditional else "")
    linked = term("elbo", cost) if run.config.model.traits.is_bound else term("reconstruction", cost)
    return f"{linked} {nats(-card['elbo'])} {term('nats', 'nats')}"


def image_shape(run: Run) -> tuple[int, int, int]:
    """Channels, height and width of the images of a run."""
    channels, height, width = run.config.model.image_shape
    return channels, height, width


def nats(value: float, digits: int = 1) -> str:
    """A loss as text; a number that only a broken model can have is not spelt out."""
    return f"{value:,.{digits}f}".replace("-", "−") if abs(value) < MAX_NATS else "more than 10,000,000"


def dataset_title(run: Run) -> str:
    """The title of the data set that the run was trained on, as plain text; of a deleted one, what it was called at the launch."""
    dataset = run.config.train.dataset
    if dataset in data.names():
        return data.describe(dataset).title
    title = about(run).get("dataset")
    return f"{title} (deleted)" if isinstance(title, str) and is_title(title) else dataset


def ranked_dims(run: Run) -> list[int]:
    """Latent dimensions by their KL, the largest first; if there are only two, in their order."""
    by_dimension = (run.card() or {}).get("kl_by_dimension") or [0.0] * run.config.model.latent_dim
    return sorted(range(len(by_dimension)), key=lambda index: -by_dimension[index] if len(by_dimension) > 2 else index)


def informative_axes(run: Run) -> tuple[str, str]:
    """The axes of the plane that is shown at first: the two dimensions with the largest KL."""
    first, second = [*ranked_dims(run), 1][:2]
    return f"z{first + 1}", f"z{second + 1}"
