"""A small network in whose features images are compared, taught to tell the classes of a data set apart. Knows no VAE."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_core.data.batches import Batches

CHANNELS = (16, 32, 32)
CONTRAST = 8.0
"""Makes differences of neighbouring pixels about 1, from which the network learns quickly."""
STEPS, PASSES = 300, 20
"""At most so many steps, and so many times all images."""
LEAST_ENERGY = 1e-4
"""Added to mean squares, for a root has no slope at zero."""
LEAST_VARIANCE = 0.01
"""Of features that are compared: in a batch of flat images they have none."""
BATCH, LEARNING_RATE, MOMENTUM = 32, 0.05, 0.9


class FeatureNetwork(nn.Module):
    """Says that an edge is there, and ever less exactly where: three convolutions, each followed by the energy of 4 x 4 places.

    Energy is the root of the mean square (Hénaff & Simoncelli 2016: where the maximum is taken, images get a grid).
    It is given how much each pixel differs from the mean around it, so it does not see flat colour. Its weights are as they were drawn
    until `teach`, and nothing else changes them. It has no batch norm, so what it says of an image does not depend on others.
    """

    def __init__(self, image_channels: int) -> None:
        super().__init__()
        channels = zip((image_channels, *CHANNELS), CHANNELS, strict=False)
        self.stages = nn.ModuleList(nn.Sequential(_convolution(before, after), nn.ReLU()) for before, after in channels)
        self.requires_grad_(False)

    def forward(self, x: Tensor) -> list[Tensor]:
        """Images (N, C, H, W) in [0, 1] -> the energies (N, C', h, w) of each convolution, the finest first."""
        features, y = [], CONTRAST * (x - functional.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False))
        for stage in self.stages:
            y = _energy(stage(y))
            features.append(y)
        return features


def distance(features: list[Tensor], wanted: list[Tensor]) -> Tensor:
    """How far the features of images are from those wanted (N,): the mean square, over the variance of these, averaged over layers.

    Means over channels and places as in Johnson et al. 2016, eq. 2; the variance makes layers count alike.
    """
    by_layer = [
        (one.float() - other.float()).square().mean((1, 2, 3)) / other.float().var().clamp_min(LEAST_VARIANCE)
        for one, other in zip(features, wanted, strict=True)
    ]
    return torch.stack(by_layer).mean(0)


def teach(network: FeatureNetwork, images: Batches, indices: Tensor, seed: int) -> None:
    """Teach it to tell the classes of images apart, by a linear layer on the means of its last features; the seed decides all.

    Stochastic gradient descent with momentum, at a rate that falls to zero. Images without labels, or of one class, leave its weights
    as they were drawn.
    """
    labels = images.labels(indices)
    if labels is None or len(set(labels.tolist())) < 2:
        return
    order, steps = torch.Generator().manual_seed(seed), min(STEPS, PASSES * -(-len(indices) // BATCH))
    head = torch.zeros(int(labels.max()) + 1, CHANNELS[-1], device=images.device)
    weights = [*network.parameters(), head]
    velocities = [torch.zeros_like(weight) for weight in weights]
    for step in range(steps):
        some = torch.randint(len(indices), (BATCH,), generator=order)
        gradients = _gradients(network, head, weights, images[indices[some]], labels[some.to(labels.device)])
        for weight, velocity, gradient in zip(weights, velocities, gradients, strict=True):
            velocity.mul_(MOMENTUM).add_(gradient)
            weight.sub_(velocity, alpha=LEARNING_RATE * (1 - step / steps))


def _gradients(network: FeatureNetwork, head: Tensor, weights: list[Tensor], x: Tensor, targets: Tensor) -> tuple[Tensor, ...]:
    """Of the cross-entropy of classes (N,) that images (N, C, H, W) belong to."""
    for weight in weights:
        weight.requires_grad_(True)
    logits = network(x)[-1].mean((2, 3)) @ head.t()
    gradients = torch.autograd.grad(functional.cross_entropy(logits, targets), weights)
    for weight in weights:
        weight.requires_grad_(False)
    return gradients


def _energy(y: Tensor) -> Tensor:
    """Of windows of 4 x 4 places, half as many along each side as there are places, so that each place counts as much."""
    return (functional.avg_pool2d(y.square(), 4, stride=2, padding=1) + LEAST_ENERGY).sqrt()


def _convolution(inputs: int, outputs: int) -> nn.Conv2d:
    """With weights drawn so that features are about as large as what they are made of (He et al. 2015)."""
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1)
    nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
    return convolution
