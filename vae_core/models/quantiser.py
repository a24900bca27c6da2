"""A codebook: vectors become the nearest of its codes. It follows the vectors by moving averages, not by gradients. Knows no network."""

import torch
from torch import Tensor, nn

DECAY = 0.99
FEWEST = 0.1
"""Vectors of a batch, by its moving average, below which a code is dead."""


class Quantiser(nn.Module):
    """van den Oord et al. 2017, "Neural discrete representation learning", with the moving averages of its appendix A.1.

    Dead codes start again at vectors of the batch (Dhariwal et al. 2020, "Jukebox", section 3.2), as the whole codebook begins. These
    are drawn by their squared distance from their codes (Arthur & Vassilvitskii 2007, "k-means++"): where all is said, none starts.
    """

    codes: Tensor
    """(K, C)"""
    counts: Tensor
    """(K,), moving averages of how many vectors of a batch have a code"""
    sums: Tensor
    """(K, C), moving averages of the sums of those vectors"""

    def __init__(self, codebook: int, channels: int) -> None:
        super().__init__()
        self.register_buffer("codes", torch.randn(codebook, channels))
        self.register_buffer("counts", torch.zeros(codebook))
        self.register_buffer("sums", torch.zeros(codebook, channels))

    def nearest(self, vectors: Tensor) -> Tensor:
        """Vectors (..., C) -> numbers (...,) of the codes with the least squared distance."""
        with torch.autocast(vectors.device.type, enabled=False):
            distances = self.codes.square().sum(1) - 2 * vectors @ self.codes.T  # but for the vector's own square
        return distances.argmin(-1)

    @torch.no_grad()
    def follow(self, vectors: Tensor, indices: Tensor, generator: torch.Generator) -> None:
        """Move each code towards the mean of the vectors (M, C) that have it, by `indices` (M,); restart those that few have."""
        one_hot = nn.functional.one_hot(indices, len(self.codes)).to(vectors.dtype)
        with torch.autocast(vectors.device.type, enabled=False):
            sums = one_hot.T @ vectors
        self.counts.lerp_(one_hot.sum(0), 1 - DECAY)
        self.sums.lerp_(sums, 1 - DECAY)
        errors = (vectors - self.codes[indices]).square().sum(1) + torch.finfo(vectors.dtype).tiny
        drawn = torch.multinomial(errors, len(self.codes), replacement=True, generator=generator)
        dead = self.counts < FEWEST
        self.counts.masked_fill_(dead, 1.0)
        self.sums.copy_(torch.where(dead[:, None], vectors[drawn], self.sums))
        self.codes.copy_(self.sums / self.counts[:, None])


def perplexity(indices: Tensor, codebook: int) -> Tensor:
    """exp of the entropy of how often each code is used: K if all are used alike, 1 if one is used alone."""
    used = torch.bincount(indices.flatten(), minlength=codebook) / indices.numel()
    return torch.exp(torch.special.entr(used).sum())
