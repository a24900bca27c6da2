"""What a look at the numbers of a training tells: what went wrong or cannot be said, in a sentence each. Knows no disk and no screen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from vae_core.config import RunConfig
from vae_core.runs.measurements import Card, Metrics

FEW = 10
"""Held-out images below which a measured number says next to nothing."""
WENT_WRONG = "the training went wrong: held-out images cost absurdly many nats; try batch norm off, or a smaller learning rate"

_NO_CODE_KL = 0.02
_LEAST_DIVERSITY = 0.4  # of draws, over that of real images
_MAX_SPREAD = 2.0  # of codes, in standard deviations of the prior
_FIRST_EPOCHS = 2  # a code may come late
_MAX_NATS_PER_PIXEL = 1e5


@dataclass(frozen=True)
class Finding:
    """One thing that people should know of a training."""

    sentence: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.sentence} {self.remedy}"


COLLAPSED = Finding(
    "The code carries nothing: all images decode alike (posterior collapse).",
    "Lower beta or add free bits.",
)

REPEATING = Finding(
    "Draws hardly differ: most codes decode to one of few images (mode collapse).",
    "Train again, with a smaller learning rate.",
)


def look(
    config: RunConfig, card: Card, records: Sequence[Metrics] = (), *, held_out: int | None = None, spread: float = 0.0
) -> list[Finding]:
    """Find what people should know of a training.

    Args:
        config: what was trained.
        card: its measured facts; empty before its end.
        records: its metrics, oldest first.
        held_out: how many images are held out, where the card does not say so yet.
        spread: the root mean square of the codes.
    """
    found = [COLLAPSED] if config.model.traits.has_prior and _is_collapsed(card, records) else []
    if _is_repeating(records):
        found.append(REPEATING)
    if config.model.traits.is_normal and spread > _MAX_SPREAD:
        found.append(_astray(spread))
    count = int(card.get("validation_images", FEW if held_out is None else held_out))
    if card.get("few_validation_images", count < FEW):
        number = f"{count} held-out image{'s are' if count != 1 else ' is'}"
        found.append(Finding(f"{number} too few to measure: the numbers may be chance.", "Train on more images."))
    return found


def _astray(spread: float) -> Finding:
    return Finding(
        f"The codes have left the prior: a typical one lies {spread:.0f} σ from its centre. "
        "What is decoded from the prior is not where images are.",
        "Look at the reconstructions, or raise beta.",
    )


def is_absurd(config: RunConfig, nats: float) -> bool:
    """Whether no working model could cost so many nats an image, however bad it is."""
    most = _MAX_NATS_PER_PIXEL * math.prod(config.model.image_shape)
    scale = max(1.0, 0.01 / config.model.sigma) ** 2 if config.model.scoring.is_density else 1.0
    return not abs(nats) <= most * scale


def _is_repeating(records: Sequence[Metrics]) -> bool:
    """Whether draws of the last epoch are all like a few, by the diversity that a family with a discriminator tells."""
    told = [(record["epoch"], record["terms"]["diversity"]) for record in records if "diversity" in record.get("terms", {})]
    last = [diversity for epoch, diversity in told if epoch > told[-1][0] - 1]
    return bool(told) and told[-1][0] >= _FIRST_EPOCHS and sum(last) / len(last) < _LEAST_DIVERSITY


def _is_collapsed(card: Card, records: Sequence[Metrics]) -> bool:
    if "active_units" in card:
        return card["active_units"] == 0
    measured = [record for record in records if record.get("split") == "validation" and record.get("epoch", 0) >= _FIRST_EPOCHS]
    return bool(measured) and measured[-1]["kl"] < _NO_CODE_KL
