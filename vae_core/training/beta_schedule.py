"""Beta, the weight of the KL, over a training: constant, or risen to by a ramp, an S-curve, or again and again."""

import math

from vae_core.config import TrainConfig


def beta_at(config: TrainConfig, fraction: float) -> float:
    """Beta after `fraction` (0..1) of the training.

    linear: a ramp over `beta_warmup` of the training; sigmoid: an S-curve over the same part; cyclical: `beta_cycles`
    ramps, each over `beta_warmup` of its cycle (Fu et al. 2019).
    """
    if config.beta_schedule == "constant":
        return config.beta
    if config.beta_schedule == "cyclical":
        fraction = 1.0 if fraction >= 1.0 else fraction * config.beta_cycles % 1.0
    risen = min(1.0, fraction / config.beta_warmup)
    if config.beta_schedule == "sigmoid":
        risen = _s_curve(risen)
    return config.beta * risen


def _s_curve(risen: float) -> float:
    """A logistic curve of steepness 12 scaled to run exactly from 0 to 1."""
    low, high = 1 / (1 + math.exp(6)), 1 / (1 + math.exp(-6))
    return (1 / (1 + math.exp(-12 * (risen - 0.5))) - low) / (high - low)
