"""The anomaly bench of a model: what it is asked to notice, by which score, and how well it does."""

import numpy as np
import streamlit as st

from ui import state
from ui.about_run import dataset_title, nats
from ui.components.anomalies import Chosen, Score, Top, anomalies, chosen_of
from ui.markdown import escape
from ui.measured import measured
from ui.picture import data_uri
from ui.state import Widgets
from vae_core import data
from vae_core.applications import anomaly, images
from vae_core.applications.anomaly import BLANK, LEFT_OUT, UPSIDE_DOWN, Scored
from vae_core.applications.questions import Question
from vae_core.applications.roc import roc_auc, roc_curve
from vae_core.files.pictures import contact_sheet, png
from vae_core.presets import PRESETS
from vae_core.runs.run import Run
from vae_core.traits import Traits

KEY = Widgets.EXPERIMENTS
DOING = f"Scoring up to {2 * anomaly.MOST:,} images, each by {anomaly.DRAWS} draws too."
HARD_CLASS = 1
"""That a link to a training leaves out: of digits, the one that is hardest to notice."""
CHEAP = (
    "**A blank image costs {cost} nats, less than {share:.0%} of the held-out images.** Nothing is in it that would have to be told, and "
    "a likelihood counts what has to be told: to ask whether an image is likely is not to ask whether it is like those one knows."
)


def anomaly_view(run: Run) -> None:
    """Draw the bench, or say in a sentence why there is none."""
    if reason := anomaly.refusal(run.config.model.traits):
        st.info(reason, icon=":material/label_off:")
        return
    group = _choose_group(run)
    known = images.dataset(run)
    arrays = measured(Question("anomaly", run, {"group": group}, (known, group) if group in data.names() else (known,)), DOING)
    if arrays is None:
        return
    scored, place = anomaly.from_arrays(arrays), KEY.of("anomalies", run.id)
    names = list(scored)
    chosen = Chosen(state.requested(state.SCORE, names) or names[0], state.requested_number(state.THRESHOLD))

    def changed() -> None:
        """Have the URL say which score is shown, and the threshold."""
        if told := chosen_of(st.session_state[place], names):
            threshold = "" if told.threshold is None else f"{told.threshold:.6g}"
            state.update_url(score="" if told.score == names[0] else told.score, threshold=threshold)

    groups = ("held-out images", in_words(run, group))
    shown = [_score(name, found, run.config.model.traits) for name, found in scored.items()]
    anomalies(shown, _top(chosen.score, scored[chosen.score]), chosen, groups, key=place, on_change=changed)
    if group == BLANK:
        _explain_blank(scored)


def in_words(run: Run, group: str) -> str:
    """What the images of a group are, as plain text."""
    if group == LEFT_OUT:
        names = data.describe(run.config.train.dataset).class_names
        return "images of " + " and ".join(f"“{names[label]}”" for label in run.config.train.without)
    return {UPSIDE_DOWN: "images upside down", BLANK: "blank image"}.get(group) or f"images of “{data.describe(group).title}”"


def _choose_group(run: Run) -> str:
    """Draw what can be put before the model; where it learned from all classes, the way to one that did not."""
    groups, key = anomaly.groups(run), KEY.of("group", run.id)
    state.initialise(key, state.requested(state.GROUP, groups), groups[0])
    with st.container(horizontal=True, vertical_alignment="center"):
        group = st.selectbox(
            "Is it noticed?", groups, format_func=lambda group: _title(run, group), key=key, label_visibility="collapsed", width=320
        )
        if LEFT_OUT not in groups:
            _offer_training(run)
    state.update_url(group="" if group == groups[0] else group)
    return group


def _title(run: Run, group: str) -> str:
    words = f"a {in_words(run, group)}" if group == BLANK else in_words(run, group)
    return words[:1].upper() + words[1:] + (", never seen" if group == LEFT_OUT else "")


def _offer_training(run: Run) -> None:
    dataset = images.dataset(run)
    if len(data.describe(dataset).class_names) < 2:
        return
    st.caption(f"This model has seen every class of {escape(dataset_title(run))}: none is new to it.", width="content")
    wanted = {"latent_dim": run.config.model.latent_dim, "without": HARD_CLASS}
    form = {state.DATASET: dataset, state.RECIPE: run.config.preset if run.config.preset in PRESETS else ""}
    st.page_link(
        state.TRAIN,
        label="Train one without a class",
        icon=":material/model_training:",
        query_params={**form, state.SETTINGS: state.as_settings(wanted)},
    )


def _score(name: str, scored: Scored, traits: Traits) -> Score:
    label, unit, about = _words(name, traits)
    known, anomalous = (np.sort(values).astype(float) for values in (scored.known, scored.anomalous))
    corners = roc_curve(known, anomalous).round(4).tolist()
    return Score(name, label, about, unit, _short(known), _short(anomalous), corners, roc_auc(known, anomalous))


def _words(name: str, traits: Traits) -> tuple[str, str, str]:
    """What a score is called, its unit, and what it is."""
    if name == "code" and traits.has_prior and not traits.is_normal:
        return "Cost of the code", "nats", "−log p(z), how unlikely the code is under the prior, in nats"
    middle = "the origin, where the prior is densest" if traits.has_prior else "the middle of all codes"
    return {
        "elbo": ("−ELBO", "nats", "what the image costs: reconstruction and KL, in nats"),
        "reconstruction": ("Reconstruction", "nats", "what the image costs when its code is decoded, in nats"),
        "draws": (
            f"Mean of {anomaly.DRAWS} draws",
            "nats",
            f"reconstruction, the mean of {anomaly.DRAWS} draws from the posterior, in nats",
        ),
        "code": ("Distance of the code", "", f"distance of the code from {middle}"),
        "nearest": ("Nearest code", "", "distance of the code from the nearest code of a training image"),
    }[name]


def _short(values: np.ndarray) -> list[float]:
    """Six significant digits are more than the screen shows."""
    return [float(f"{value:.6g}") for value in values]


def _top(name: str, scored: Scored) -> Top:
    count = len(scored.top)
    originals, reconstructions = (data_uri(png(contact_sheet(some, count))) for some in (scored.images, scored.reconstructions))
    return Top(name, originals, reconstructions, count, scored.top_is_anomalous.tolist(), _short(scored.top))


def _explain_blank(scored: dict[str, Scored]) -> None:
    """Say where the likelihood fails, if it does."""
    name = next(iter(scored))
    known, blank = scored[name].known, float(scored[name].anomalous[0])
    share = float((known > blank).mean())
    if share > 0.5:
        st.markdown(CHEAP.format(cost=nats(blank), share=share))
