"""The terms of the objective in nats per image: likelihoods, the KL to N(0, I), their sum. Knows no network, no loop, no other prior."""

import math

import torch
from torch import Tensor
from torch.nn import functional


def bernoulli(logits: Tensor, x: Tensor) -> Tensor:
    """-log p(x) in nats per image (N,), pixels independent with probability sigmoid(logits); x in [0, 1].

    For grey pixels it is the usual expected value over a black or white pixel: -x log p - (1 - x) log(1 - p).
    """
    return functional.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(1)


def gaussian(mean: Tensor, x: Tensor, log_sigma: Tensor) -> Tensor:
    """-log p(x) in nats per image (N,), pixels independent and normal; log_sigma: of the standard deviation, () or (C, H, W)."""
    standardised = (x - mean) * torch.exp(-log_sigma)
    return (0.5 * standardised.square() + log_sigma + 0.5 * math.log(2 * math.pi)).flatten(1).sum(1)


def logistic(mean: Tensor, x: Tensor, log_sigma: Tensor) -> Tensor:
    """-log P(x) in nats per image (N,), pixels independent and logistic, rounded to 256 values; log_sigma: as for `gaussian`.

    The value k has the probability of (k - 1/2, k + 1/2) / 255, the first and the last one all beyond, too (Salimans et al. 2017, eq. 2);
    x in [0, 1] is rounded to its value. It is sigmoid(a) - sigmoid(b) = sigmoid(a) sigmoid(-b) (1 - exp(b - a)).
    """
    value = torch.round(x * 255)
    inverse_scale = torch.exp(-log_sigma) * (math.pi / math.sqrt(3))
    is_first, is_last = value == 0, value == 255
    below_upper_edge = functional.softplus(((mean - (value + 0.5) / 255) * inverse_scale).masked_fill(is_last, -math.inf))
    above_lower_edge = functional.softplus((((value - 0.5) / 255 - mean) * inverse_scale).masked_fill(is_first, -math.inf))
    log_width = torch.log(-torch.expm1(-inverse_scale / 255)).expand_as(x).masked_fill(is_first | is_last, 0)
    return (below_upper_edge + above_lower_edge - log_width).flatten(1).sum(1)


def kl_to_standard_normal(mean: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mean, exp(log_var)) || N(0, 1)) in nats per image and dimension (N, D); Kingma & Welling 2014, appendix B."""
    return 0.5 * (mean.square() + log_var.exp() - 1.0 - log_var)


def training_loss(reconstruction: Tensor, kl: Tensor, beta: float, free_bits: float) -> Tensor:
    """What is minimised: reconstruction (N,) and KL (N, D), averaged over images, the KL weighted by beta.

    Each dimension's KL is held above `free_bits` nats (Kingma et al. 2016, section 2.5).
    """
    per_dimension = kl.mean(0)
    held = per_dimension.clamp_min(free_bits) if free_bits else per_dimension
    return reconstruction.mean() + beta * held.sum()


def importance_weighted_loss(log_weights: Tensor) -> Tensor:
    """What is minimised by an importance-weighted autoencoder: -log of the mean weight, averaged over images, in nats.

    log_weights (K, N): log p(x, z) - log q(z | x) of K samples for each of N images (Burda et al. 2016, eq. 8).
    """
    return math.log(len(log_weights)) - torch.logsumexp(log_weights, 0).mean()
