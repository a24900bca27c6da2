"""Our convolutions are PyTorch's: the same outputs and gradients, in whatever form they are computed."""

import pytest
import torch
from torch import nn

from vae_core.convolution import Conv2d, ConvTranspose2d

KINDS = {
    "to one channel": (Conv2d, nn.Conv2d, (8, 1, 3), {"padding": 1}),
    "to three channels": (Conv2d, nn.Conv2d, (8, 3, 5), {"padding": 2}),
    "to many channels": (Conv2d, nn.Conv2d, (8, 6, 3), {"padding": 1}),
    "halving": (Conv2d, nn.Conv2d, (8, 6, 3), {"stride": 2, "padding": 1}),
    "halving, to one channel": (Conv2d, nn.Conv2d, (8, 1, 3), {"stride": 2, "padding": 1}),
    "doubling, to one channel": (ConvTranspose2d, nn.ConvTranspose2d, (8, 1, 3), {"stride": 2, "padding": 1, "output_padding": (1, 0)}),
    "doubling, large kernel": (ConvTranspose2d, nn.ConvTranspose2d, (8, 3, 7), {"stride": 2, "padding": 3, "output_padding": (0, 1)}),
    "doubling, to many channels": (ConvTranspose2d, nn.ConvTranspose2d, (8, 5, 3), {"stride": 2, "padding": 1, "output_padding": 1}),
    "without a bias": (ConvTranspose2d, nn.ConvTranspose2d, (8, 2, 3), {"stride": 2, "padding": 1, "output_padding": 1, "bias": False}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_outputs_and_gradients_are_those_of_pytorch(kind: str, layout: torch.memory_format):
    ours, theirs, arguments, options = KINDS[kind]
    torch.manual_seed(0)
    layer, reference = ours(*arguments, **options).to(memory_format=layout), theirs(*arguments, **options)
    reference.load_state_dict(layer.state_dict())
    x = torch.randn(4, 8, 7, 9)
    inputs = [x.clone(memory_format=layout).requires_grad_(), x.clone().requires_grad_()]
    outputs = [layer(inputs[0]), reference(inputs[1])]
    gradient = torch.randn_like(outputs[1])
    for output in outputs:
        output.backward(gradient)
    torch.testing.assert_close(outputs[0], outputs[1], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(inputs[0].grad, inputs[1].grad, atol=1e-5, rtol=1e-5)
    for mine, known in zip(layer.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, known.grad, atol=1e-4, rtol=1e-5)


def test_gradients_are_only_made_where_they_are_wanted():
    layer = ConvTranspose2d(4, 1, 3, stride=2, padding=1, output_padding=1)
    layer.weight.requires_grad_(False)
    x = torch.randn(2, 4, 3, 3, requires_grad=True)
    layer(x).sum().backward()
    assert layer.weight.grad is None
    assert x.grad is not None
    assert layer.bias.grad == pytest.approx(2 * 36)


def test_half_precision_is_left_to_pytorch():
    layer = Conv2d(4, 1, 3, padding=1)
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(torch.randn(2, 4, 5, 5)).dtype == torch.bfloat16
