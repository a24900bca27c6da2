"""Residual blocks and nearest-neighbour upsampling against PyTorch's own operations, and what settings make of them."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_core import models
from vae_core.acceleration import Report, accelerate
from vae_core.config import ModelConfig
from vae_core.models.layers import NearestUpsample, Residual

SHARP = {"blocks": 1, "upsampling": "nearest"}


def seeded(*shape: int) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kernel", [3, 5, 7])
@pytest.mark.parametrize("sides", [(10, 12), (9, 12), (9, 11)], ids=str)
@pytest.mark.parametrize("bias", [False, True])
def test_nearest_upsampling_repeats_pixels_and_convolves(kernel: int, sides: tuple[int, int], bias: bool) -> None:
    """PyTorch's own two layers, less the row and the column that an odd side lacks."""
    layer, x = NearestUpsample(3, 4, kernel, sides, bias=bias), seeded(2, 3, 5, 6).requires_grad_()
    repeated = functional.interpolate(x, scale_factor=2, mode="nearest")
    expected = functional.conv2d(repeated, layer.convolution.weight, layer.bias, padding=kernel // 2)[..., : sides[0], : sides[1]]
    torch.testing.assert_close(layer(x), expected, rtol=1e-5, atol=1e-5)
    wanted = [x, *layer.parameters()]
    ours, theirs = (torch.autograd.grad(y.square().sum(), wanted) for y in (layer(x), expected))
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)


def test_an_even_surface_stays_even_where_a_transposed_convolution_draws_a_checkerboard() -> None:
    torch.manual_seed(0)
    nearest, transposed = NearestUpsample(1, 1, 3, (20, 20), bias=False), nn.ConvTranspose2d(1, 1, 3, 2, 1, 1, bias=False)
    even = torch.ones(1, 1, 10, 10)
    with torch.no_grad():
        by_nearest, by_transposed = (layer(even)[0, 0, 4:-4, 4:-4] for layer in (nearest, transposed))
    assert float(by_nearest.std()) < 1e-6
    assert float(by_transposed.std()) > 1e-2


def test_a_block_adds_its_convolutions_to_what_it_is_given() -> None:
    first, second = nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
    x = seeded(2, 4, 6, 5)
    torch.testing.assert_close(Residual(first, nn.SiLU(), second)(x), x + second(functional.silu(first(x))))
    nn.init.zeros_(second.weight)
    nn.init.zeros_(second.bias)
    assert torch.equal(Residual(first, nn.SiLU(), second)(x), x)


@pytest.mark.parametrize("family", ["vae", "vq"])
@pytest.mark.parametrize("head", ["direct", "conv"])
def test_every_convolution_but_the_last_has_its_blocks(family: str, head: str) -> None:
    model = models.build(ModelConfig(family=family, channels=(8, 16, 24), hidden=(12,), head=head, blocks=2))
    of_decoder = [16, 8] if head == "direct" else [24, 16, 8]
    for network, channels in ((model.encoder, [8, 16, 24]), (model.decoder, of_decoder)):
        blocks = [layer for layer in network if isinstance(layer, Residual)]
        assert [block.body[0].in_channels for block in blocks] == [count for count in channels for _ in range(2)]


def test_networks_without_blocks_and_nearest_upsampling_are_as_they_were() -> None:
    layers = {type(module) for module in models.build(ModelConfig()).modules()}
    assert not layers & {Residual, NearestUpsample}


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 17, 30)], ids=str)
@pytest.mark.parametrize(
    "settings", [{}, {"batch_norm": False, "activation": "relu"}, {"head": "conv", "activation": "leaky_relu"}], ids=str
)
def test_such_a_model_learns_alike_with_and_without_acceleration(settings: dict[str, object], shape: tuple[int, ...]) -> None:
    config = ModelConfig(image_shape=shape, channels=(8, 16), hidden=(12,), **SHARP, **settings)
    x, gradients = torch.rand(6, *shape, generator=torch.Generator().manual_seed(2)), []
    for faster in (True, False):
        model = models.build(config, seed=1)
        twin = accelerate(model, Report()) if faster else model
        model.reconstruction_cost(twin.decode(twin.encode(x).mean), x).mean().backward()
        gradients.append({name: parameter.grad for name, parameter in model.named_parameters() if parameter.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        assert float((gradient - gradients[1][name]).norm()) < 2e-3 * float(gradient.norm()) + 1e-3, name
