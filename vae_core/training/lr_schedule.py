"""The learning rate over a training: one cycle, or constant. Knows no optimizer."""

import math

from vae_core.config import TrainConfig


def learning_rate_at(config: TrainConfig, fraction: float) -> float:
    """The learning rate after `fraction` (0..1) of the training; one cycle: Smith & Topin 2018, cosine, peak at 0.3."""
    if config.lr_schedule == "constant":
        return config.learning_rate
    if fraction < 0.3:
        return _cosine(config.learning_rate / 25, config.learning_rate, fraction / 0.3)
    return _cosine(config.learning_rate, config.learning_rate / 250_000, (fraction - 0.3) / 0.7)


def _cosine(start: float, end: float, fraction: float) -> float:
    return end + (start - end) * 0.5 * (1 + math.cos(math.pi * fraction))
