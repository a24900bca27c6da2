"""Labels for a model of any family. Knows no data set."""

import torch
from torch import Tensor

from vae_core.config import ModelConfig


def labels_for(config: ModelConfig, count: int) -> Tensor | None:
    """int64 (count,), every class in turn; None for a model that is told none."""
    return torch.arange(count) % config.classes if config.traits.is_conditional else None
