"""The dialog with a model's measurements, each with its unit and its meaning."""

import math
from collections.abc import Callable

import streamlit as st

from ui import charts
from ui.about_run import dataset_title, nats
from ui.markdown import escape
from vae_core.runs import findings
from vae_core.runs.measurements import Card
from vae_core.runs.run import Run
from vae_core.training import conditions

MEANINGS: tuple[tuple[str, str, Callable[[Card], str], str], ...] = (
    (
        "elbo",
        "−ELBO",
        lambda card: _nats(-card["elbo"]),
        "What a held-out image costs on average: reconstruction and KL. Lower is better.{of_label}",
    ),
    ("reconstruction", "Reconstruction", lambda card: _nats(card["reconstruction"]), "How badly the decoder's pixels explain the image."),
    (
        "kl",
        "KL",
        lambda card: _nats(card["kl"]),
        "How much information the code carries: how far the [posterior](#term-posterior) is from the prior.",
    ),
    (
        "uniform",
        "KL under the uniform prior",
        lambda card: _nats(card["uniform"]),
        "What every map of codes would cost if all codes were equally likely; the learned [prior](#term-prior) saves the rest.",
    ),
    (
        "perplexity",
        "Codes in use",
        lambda card: f"{card['perplexity']:.1f}",
        "Perplexity of the codes: so many codes used alike would be as varied. An even background takes one code at many places.",
    ),
    (
        "bound",
        "Importance-weighted bound",
        lambda card: _nats(-card["bound"]),
        "An [upper bound](#term-bound) on −{evidence}, tighter than −ELBO: {bound_samples:,} posterior samples "
        "per image, {bound_images:,} images.",
    ),
    (
        "bits_per_dimension",
        "Bits per dimension",
        lambda card: f"{card['bits_per_dimension']:.3f}",
        "−ELBO per pixel and channel, in bits: comparable between image sizes. {comparison}",
    ),
    (
        "sigma",
        "Pixel sigma",
        lambda card: f"{card['sigma']:.3f}",
        "The [standard deviation](#term-pixel-sigma) of a pixel around the decoded one{of_pixels}; pixels are between 0 and 1.",
    ),
    (
        "reconstruction_error",
        "Squared error",
        lambda card: f"{card['reconstruction_error']:.4f}",
        "Mean squared error per pixel (0 black to 1 white) of images decoded from their posterior mean.",
    ),
    (
        "active_units",
        "Active units",
        lambda card: f"{card['active_units']:,}",
        "[Dimensions](#term-active-units) whose encoded mean varies between images (variance above 0.01). If none does, the posterior has "
        "[collapsed](#term-collapse).",
    ),
    (
        "knn_accuracy",
        "k-NN accuracy",
        lambda card: f"{card['knn_accuracy']:.1%}",
        "How often a vote of the five nearest training codes gives a held-out image's class: high if classes are separated."
        "{by_guessing}{of_code}",
    ),
)
OF_A_BOUND = ("elbo", "bound", "bits_per_dimension")
OF_LABEL = (
    " This [conditional VAE](#term-conditional) is told the label y: it is an upper bound on −log p(x | y). "
    "With ln {classes} = {nats:.3f} nats added for the label it bounds −log p(x), as it does for models that are told none."
)
OF_CODE = " Here a low one is good: the label is told, so the code need not repeat it."


@st.dialog("What was measured", width="medium")
def facts(run: Run) -> None:
    """Open the dialog with a run's measurements."""
    card: Card = run.card() or {}
    traits, latent_dim = run.config.model.traits, run.config.model.latent_dim
    st.caption(
        f"{escape(run.title)}: {card.get('parameters', 0):,} parameters, trained on {card.get('training_images', 0):,} images of "
        f"{escape(dataset_title(run))}, measured on {card.get('validation_images', 0):,} others. Losses are in nats per image."
    )
    if start := conditions.start(run):
        st.caption(escape(start))
    for finding in findings.look(run.config, card, run.metrics()):
        st.info(str(finding), icon=":material/info:")
    by_guessing = f" Always naming the largest class gives {card['largest_class']:.1%}." if "largest_class" in card else ""
    classes = run.config.model.classes
    of_label = OF_LABEL.format(classes=classes, nats=math.log(classes)) if traits.is_conditional else ""
    words = {
        "by_guessing": by_guessing,
        "of_label": of_label,
        "of_code": OF_CODE if traits.is_conditional else "",
        "comparison": run.config.model.scoring.comparison,
        "of_pixels": ", the mean of all pixels" if run.config.model.learn_sigma == "pixel" else "",
        "evidence": traits.evidence,
    }
    for name, label, value, meaning in MEANINGS:
        if name in card and (traits.is_bound or name not in OF_A_BOUND) and (traits.has_prior or name != "kl"):
            number, explanation = st.columns([1, 2], vertical_alignment="center", wrap=False)
            number.metric(label, value(card) + (f" of {latent_dim:,}" if name == "active_units" else ""))
            explanation.caption(meaning.format(**card, **words))
    by_dimension = card.get("kl_by_dimension") or []
    if traits.is_stochastic and len(by_dimension) > 1:
        st.caption("KL by latent dimension, in nats: how much information each one carries. One near zero is unused.")
        charts.draw(charts.bars([f"z{place + 1}" for place in range(len(by_dimension))], by_dimension, "nats"), height=12.5)
    shares = card.get("component_shares") or []
    if len(shares) > 1:
        st.caption("Share of the codes by component of the [mixture](#term-mixture). One near zero is unused.")
        charts.draw(charts.bars([f"{place + 1}" for place in range(len(shares))], shares, "share"), height=12.5)


def _nats(value: float) -> str:
    return f"{nats(value)} nats"
