"""What pages say about a run in plain words, and which of its latent dimensions they show first."""

import math

from ui.glossary import term
from ui.markdown import escape
from vae_core import data
from vae_core.config import ModelConfig
from vae_core.runs.measurements import Card
from vae_core.runs.run import Run, about, is_title

MAX_NATS = 1e7
COMPARED = {
    "discriminator": term("discriminator", "compared by a discriminator"),
    "features": term("perceptual-loss", "compared by a perceptual loss"),
}
"""What is said of models whose training compared no pixels."""


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
    if model.traits.compared_by in COMPARED:
        facts.append(COMPARED[model.traits.compared_by])
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
    if run.config.model.scoring.is_density or not run.config.model.traits.minimises_total:
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
