"""How far compiled code is from PyTorch on a batch: the largest relative error of outputs and gradients. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from vae_core.acceleration.conv_layers import ConvShape
    from vae_core.acceleration.conv_stack import Stack
    from vae_core.acceleration.normalization import Normalization

Results = Iterable[tuple[Tensor | None, Tensor | None]]


@torch.no_grad()
def convolution_error(stack: Stack, x: Tensor, weights: list[Tensor], biases: list[Tensor | None]) -> float:
    """Of convolutions one behind the other, each compared on the inputs that the compiled code gave it."""
    outputs = stack.forward(x, weights, biases)
    grad_output = _noise_like(outputs[-1])
    grad_x, grad_weights, grad_biases = stack.backward(x, grad_output, outputs, weights)
    results: list[tuple[Tensor | None, Tensor | None]] = []
    layers = list(zip([x, *outputs[:-1]], weights, biases, outputs, grad_weights, grad_biases, strict=True))
    for layer, (image, weight, bias, output, grad_weight, grad_bias) in reversed(list(zip(stack.layers, layers, strict=True))):
        shape, geometry = layer.shape, _geometry(layer.shape)
        expected = torch.ops.aten.convolution(image, weight, bias, *geometry)
        results.append((output, expected.relu() if shape.relu else expected))
        if shape.relu:
            grad_output = grad_output * (output > 0)
        wanted = [image is not x or grad_x is not None, True, bias is not None]
        sizes = None if bias is None else [len(bias)]
        expected_x, expected_weight, expected_bias = torch.ops.aten.convolution_backward(
            grad_output, image, weight, sizes, *geometry, wanted
        )
        results += [(grad_weight, expected_weight), (grad_bias, expected_bias)]
        grad_output = expected_x
    return _largest_error([*results, (grad_x, grad_output)])


def normalization_error(code: Normalization, x: Tensor, weight: Tensor, bias: Tensor) -> float:
    """Of a batch norm and the SiLU behind it."""
    with torch.enable_grad():
        inputs = [tensor.detach().requires_grad_() for tensor in (x, weight, bias)]
        expected = functional.silu(functional.batch_norm(inputs[0], None, None, inputs[1], inputs[2], training=True, eps=code.epsilon))
        grad_output = _noise_like(expected)
        gradients = torch.autograd.grad(expected, inputs, grad_output)
    with torch.no_grad():
        y, statistics = code.forward(x, weight, bias)
        found = code.backward(x, grad_output, weight, bias, statistics)
    return _largest_error([(y, expected.detach()), *zip(found, gradients, strict=True)])


def _geometry(shape: ConvShape) -> tuple[Any, ...]:
    """Stride, padding, dilation, transposed, output padding and groups."""
    extra = (0, 0)
    if shape.transposed:
        plain = [(side - 1) * shape.stride + shape.kernel - 2 * shape.padding for side in shape.image[:2]]
        extra = (shape.output[0] - plain[0], shape.output[1] - plain[1])
    return [shape.stride] * 2, [shape.padding] * 2, [1, 1], shape.transposed, extra, 1


def _noise_like(x: Tensor) -> Tensor:
    noise = torch.randn(x.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float32, device="cpu")
    return noise.contiguous(memory_format=torch.channels_last)


def _largest_error(results: Results) -> float:
    """Largest difference of a tensor over the largest number in it; where PyTorch's own result is not finite nothing is compared."""
    errors = [0.0]
    for found, expected in results:
        if found is not None and expected is not None and expected.isfinite().all():
            difference, size = (found - expected).abs().max(), expected.abs().max()
            errors.append(float(difference / size) if size > 0 else float(difference))
    return max(errors, key=lambda error: (error != error, error))
