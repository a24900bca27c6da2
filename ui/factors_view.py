"""The factor bench: which latent dimension follows which factor, the scores made of that, and what lies along a dimension."""

import numpy as np
import streamlit as st

from ui import state
from ui.chosen_run import explorable
from ui.components.shaded_table import Column, shaded_table
from ui.glossary import term
from ui.markdown import escape
from ui.measured import measured
from ui.picture_row import picture_row
from ui.state import Widgets
from vae_core import data
from vae_core.applications import disentanglement, factors
from vae_core.applications.disentanglement import SCORES
from vae_core.applications.factors import Followed
from vae_core.applications.questions import Question
from vae_core.runs.run import Run

KEY = Widgets.EXPERIMENTS
IMAGES = factors.LEARNED + factors.TESTED
DOING = f"Encoding {IMAGES:,} new images and predicting their factors from the codes."
MEANINGS = {
    "mig": (term("mig", "MIG"), "How much more of a factor the best dimension tells than the second best: the mean of the column “gap”."),
    "sap": (term("sap", "SAP"), "The same gap, of how well a dimension alone predicts a factor by a straight line."),
    "disentanglement": (term("dci", "DCI, disentanglement"), "Whether each dimension matters for one factor alone."),
    "completeness": ("DCI, completeness", "Whether each factor needs one dimension alone."),
    "informativeness": ("DCI, informativeness", "How well all dimensions together predict a factor: the mean of the column “all, R²”."),
}
TABLE = "What share of a factor each latent dimension tells alone"
ROTATION = (
    "Rotation is counted up to where a shape looks the same again, 90° of a square and 180° of an ellipse. It goes round in a circle, and "
    "no single number does so without a jump: a model needs two dimensions for it, or tells little of it."
)


def factors_view(run: Run) -> None:
    """Draw the bench, or say in a sentence why there is none."""
    if reason := factors.refusal(run):
        st.info(reason, icon=":material/category:")
        _lead_to_shapes()
        return
    arrays = measured(Question("factors", run), DOING)
    if arrays is None:
        return
    found = Followed(**arrays)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _table(run, found)
    with right:
        _scores(found)
    _images_along(run, found)


def _lead_to_shapes() -> None:
    """Link to a model with which there is something to see, a shipped one if there is one; without any, to its training."""
    known = sorted((run for run in explorable() if not factors.refusal(run)), key=lambda run: not run.shipped)
    if known:
        there = state.link_here(run=known[0].id)
        st.page_link(state.EXPERIMENTS, label=f"See {escape(known[0].title)}", icon=":material/category:", query_params=there)
    else:
        form = {state.DATASET: "shapes", state.RECIPE: "shapes-6d"}
        st.page_link(state.TRAIN, label="Train a model of shapes", icon=":material/model_training:", query_params=form)


def _table(run: Run, found: Followed) -> None:
    names = data.describe(run.config.train.dataset).factors
    shares = found.information.T.tolist()
    gaps = disentanglement.gap(found.information).tolist()
    columns = [
        *(Column(f"z{dimension + 1}", shares[dimension]) for dimension in found.dimensions),
        Column("gap", gaps, shaded=False),
        Column("all, R²", found.informativeness.tolist(), shaded=False),
    ]
    shaded_table(TABLE, [names[place] for place in found.factors], columns, key=KEY.of("information", run.id))
    left_out = found.information.shape[1] - len(found.dimensions)
    more = f" The other {left_out} dimensions tell less." if left_out else ""
    linked = term("factor", "factor")
    st.caption(f"How much of a {linked} a dimension tells alone, as a share of all there is to tell: I(z; v) / H(v).{more} {ROTATION}")


def _scores(found: Followed) -> None:
    """Draw each score with its meaning, and what it is where dimensions mean nothing."""
    for name, value, mixed in zip(SCORES, found.scores, found.mixed, strict=True):
        label, meaning = MEANINGS[name]
        number, words = st.columns([1, 2], vertical_alignment="center", wrap=False)
        number.metric(label, f"{value:.2f}")
        words.caption(f"{meaning} In axes that mix all dimensions: {mixed:.2f}.")


def _images_along(run: Run, found: Followed) -> None:
    """Draw decoded images along a dimension, with a choice of it."""
    names = [f"z{dimension + 1}" for dimension in found.dimensions]
    key, first = KEY.of("dimension", run.id), names[int(found.information.max(0)[found.dimensions].argmax())]
    state.initialise(key, state.requested(state.DIMENSION, names), first)
    picked: str | None = st.segmented_control(
        "Dimension", names, default=st.session_state[key], key=key, label_visibility="collapsed", required=True, wrap=True
    )
    chosen = picked or first
    state.update_url(dimension="" if chosen == first else chosen)
    along: np.ndarray = found.along[names.index(chosen)]
    picture_row(f"Along {chosen}", "all other dimensions stay as they are; from the 1st to the 99th percentile of the codes", along)
