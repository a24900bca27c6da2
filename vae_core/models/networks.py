"""Encoders and decoders from a ModelConfig; every shape follows from the image shape. Knows no likelihood and no loss."""

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise

from torch import nn

from vae_core.config import ModelConfig
from vae_core.models.layers import NearestUpsample, Residual

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "silu": nn.SiLU,
    "relu": partial(nn.ReLU, inplace=True),
    "leaky_relu": partial(nn.LeakyReLU, inplace=True),
    "tanh": nn.Tanh,
    "linear": nn.Identity,
}


def encoder(config: ModelConfig, outputs: int) -> nn.Sequential:
    """Images (N, C, H, W) -> (N, outputs). Convolutions of stride 2 (if `network` is conv), then dense layers.

    The first dense layer has an input more for each class of a conditional model.
    """
    layers = [*_downsampling(config), nn.Flatten()]
    sizes = (math.prod(feature_shape(config)) + config.classes, *config.scaled(config.hidden))
    layers += dense(config, sizes)
    layers.append(nn.Linear(sizes[-1], outputs))
    return nn.Sequential(*layers)


def decoder(config: ModelConfig, inputs: int) -> nn.Sequential:
    """Codes (N, inputs) -> (N, C, H, W) before the output's sigmoid. Dense layers, then the encoder's convolutions transposed."""
    hidden = tuple(reversed(config.hidden)) if config.decoder_hidden is None else config.decoder_hidden
    sizes = (inputs, *config.scaled(hidden))
    feature = feature_shape(config)
    if config.network == "mlp" or not config.channels:
        return nn.Sequential(*dense(config, sizes), nn.Linear(sizes[-1], math.prod(feature)), nn.Unflatten(1, feature))
    layers = dense(config, (*sizes, math.prod(feature)))
    return nn.Sequential(*layers, nn.Unflatten(1, feature), *_upsampling(config))


def map_encoder(config: ModelConfig) -> nn.Sequential:
    """Images (N, C, H, W) -> a vector for every place (N, code_channels, h, w): convolutions alone."""
    last = config.scaled(config.channels)[-1]
    return nn.Sequential(*_downsampling(config), nn.Conv2d(last, config.code_channels, 1))


def map_decoder(config: ModelConfig) -> nn.Sequential:
    """Maps of codes, flat (N, D) -> (N, C, H, W) before the output's sigmoid: convolutions alone."""
    first, kernel = config.scaled(config.channels)[-1], config.kernel
    convolution = nn.Conv2d(config.code_channels, first, kernel, padding=kernel // 2, bias=not config.batch_norm)
    return nn.Sequential(nn.Unflatten(1, config.code_shape), convolution, *_after(config, nn.BatchNorm2d, first), *_upsampling(config))


def glorot(network: nn.Module) -> None:
    """Draw weights anew, uniform within sqrt(6 / (fan_in + fan_out)), biases zero: Glorot & Bengio 2010, as Keras begins."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def _downsampling(config: ModelConfig) -> list[nn.Module]:
    """Convolutions of stride 2, each with its residual blocks."""
    layers: list[nn.Module] = []
    channels = _channels(config)
    for before, after in zip((config.image_shape[0], *channels), channels, strict=False):
        convolution = nn.Conv2d(before, after, config.kernel, stride=2, padding=config.kernel // 2, bias=not config.batch_norm)
        layers += [convolution, *_after(config, nn.BatchNorm2d, after), *_blocks(config, after)]
    return layers


def _upsampling(config: ModelConfig) -> list[nn.Module]:
    """Layers that retrace the encoder's sides exactly, odd ones too, each with its residual blocks."""
    channels, image = _channels(config), config.image_shape
    outputs = (*reversed(channels), image[0])
    steps = list(pairwise(outputs)) if config.head == "direct" else list(zip((outputs[0], *outputs), outputs[:-1], strict=False))
    sides = list(reversed(_sides(config)))
    layers: list[nn.Module] = []
    for index, (before, after) in enumerate(steps):
        last = config.head == "direct" and index == len(steps) - 1
        layers.append(_upsample(config, before, after, sides[index + 1], bias=last or not config.batch_norm))
        layers += [] if last else [*_after(config, nn.BatchNorm2d, after), *_blocks(config, after)]
    if config.head == "conv":
        layers.append(nn.Conv2d(channels[0], image[0], config.kernel, padding=config.kernel // 2))
    return layers


def _upsample(config: ModelConfig, before: int, after: int, target: tuple[int, int], bias: bool) -> nn.Module:
    """side -> 2 side - 1 for an odd target, 2 side for an even one: the inverse of ceil(side / 2)."""
    if config.upsampling == "nearest":
        return NearestUpsample(before, after, config.kernel, target, bias=bias)
    extra = (1 - target[0] % 2, 1 - target[1] % 2)
    return nn.ConvTranspose2d(before, after, config.kernel, stride=2, padding=config.kernel // 2, output_padding=extra, bias=bias)


def _blocks(config: ModelConfig, channels: int) -> list[nn.Module]:
    """Residual blocks of two convolutions, each followed by the non-linearity."""
    layers: list[nn.Module] = []
    for _ in range(config.blocks):
        first, second = (
            nn.Conv2d(channels, channels, config.kernel, padding=config.kernel // 2, bias=not config.batch_norm) for _ in range(2)
        )
        norm = [nn.BatchNorm2d(channels)] if config.batch_norm else []
        layers += [Residual(first, *_after(config, nn.BatchNorm2d, channels), second, *norm), ACTIVATIONS[config.activation]()]
    return layers


def dense(config: ModelConfig, sizes: tuple[int, ...]) -> list[nn.Module]:
    """Dense layers of such inputs and outputs, each with its norm and non-linearity."""
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after, bias=not config.batch_norm), *_after(config, nn.BatchNorm1d, after)]
    return layers


def _after(config: ModelConfig, norm: type[nn.Module], features: int) -> list[nn.Module]:
    layers = [norm(features)] if config.batch_norm else []
    layers.append(ACTIVATIONS[config.activation]())
    return [*layers, nn.Dropout(config.dropout)] if config.dropout else layers


def _channels(config: ModelConfig) -> tuple[int, ...]:
    return config.scaled(config.channels) if config.network == "conv" else ()


def _sides(config: ModelConfig) -> list[tuple[int, int]]:
    """(height, width) of the image and after each convolution; every convolution halves, rounding up."""
    height, width = config.image_shape[1:]
    sides = [(height, width)]
    for _ in _channels(config):
        height, width = math.ceil(height / 2), math.ceil(width / 2)
        sides.append((height, width))
    return sides


def feature_shape(config: ModelConfig) -> tuple[int, int, int]:
    """(channels, height, width) between the convolutions and the dense layers."""
    return ((config.image_shape[0], *_channels(config))[-1], *_sides(config)[-1])
