"""Convolutions whose gradients are faster than PyTorch's on any CPU, as matrix products. Knows no compiled code.

Two things are slow in PyTorch, measured on AVX-512 cores: the bias gradient of a channels-last tensor takes longer than the
other gradients together, and layers with one to three output channels run at a few percent of what the cores can do.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

FEW_OUTPUTS = 3

Convolution = nn.Conv2d | nn.ConvTranspose2d


def convolve(module: Convolution, x: Tensor, sides: tuple[int, int]) -> Tensor:
    """module(x) for x (N, C, H, W), whose outputs have these sides (height, width)."""
    stride, padding = int(module.stride[0]), int(module.padding[0])
    few = module.out_channels <= FEW_OUTPUTS
    if few and module.transposed:
        return _apply(_FewOutputs, x, module.weight, module.bias, stride, padding, sides)
    if few and stride == 1:
        mirrored = module.weight.flip(2, 3).transpose(0, 1)
        return _apply(_FewOutputs, x, mirrored, module.bias, 1, module.kernel_size[0] - 1 - padding, sides)
    return _apply(_FastBiasGradient, x, module.weight, module.bias, _geometry(module))


def convolve_in_half_precision(module: Convolution, x: Tensor) -> Tensor:
    """module(x) in the number format that autocast has chosen."""
    dtype = torch.get_autocast_dtype("cpu")
    bias = None if module.bias is None else module.bias.to(dtype)
    with torch.autocast("cpu", enabled=False):
        return _apply(_FastBiasGradient, x.to(dtype), module.weight.to(dtype), bias, _geometry(module))


def _geometry(module: Convolution) -> tuple[Any, ...]:
    """What PyTorch's operation is told besides tensors: stride, padding, dilation, transposed, output padding, groups."""
    return module.stride, module.padding, module.dilation, module.transposed, module.output_padding, module.groups


def _apply(function: type[torch.autograd.Function], *arguments: Any) -> Tensor:
    y: Tensor = function.apply(*arguments)  # type: ignore[no-untyped-call]
    return y


class _FastBiasGradient(torch.autograd.Function):
    """PyTorch's convolution; the bias gradient is a matrix product."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, geometry: Any) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.geometry = geometry
        y: Tensor = torch.ops.aten.convolution(x, weight, bias, *geometry)
        return y

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        wanted = [*ctx.needs_input_grad[:2], False]
        grad_x, grad_weight, _ = torch.ops.aten.convolution_backward(grad_output, x, weight, None, *ctx.geometry, wanted)
        grad_bias = _sum_by_channel(grad_output) if ctx.needs_input_grad[2] else None
        return grad_x, grad_weight, grad_bias, None


def _sum_by_channel(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (C,)."""
    pixels = x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])
    return pixels.new_ones(len(pixels)) @ pixels


class _FewOutputs(torch.autograd.Function):
    """A transposed convolution as one matrix product: every pixel is multiplied with the whole kernel, products are added where they fall.

    x (N, C, H, W), weight (C, O, K, K) -> (N, O, *sides): the products, (O, K, K, N, H, W), are added at stride * pixel + offset - padding.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int, sides: tuple[int, int]) -> Tensor:
        (count, channels, height, width), (_, outputs, kernel, _) = x.shape, weight.shape
        pixels = x.permute(0, 2, 3, 1).reshape(-1, channels)
        products = (weight.reshape(channels, -1).t() @ pixels.t()).view(outputs, kernel, kernel, count, height, width)
        canvas = x.new_zeros(outputs, count, *(side + 2 * padding + stride for side in sides))
        for row in range(kernel):
            for column in range(kernel):
                _under(canvas, row, column, stride, height, width).add_(products[:, row, column])
        ctx.save_for_backward(pixels, weight)
        ctx.geometry = (stride, padding, x.shape)
        y = canvas[:, :, padding : padding + sides[0], padding : padding + sides[1]].transpose(0, 1)
        return y.contiguous() if bias is None else y + bias[:, None, None]

    @staticmethod
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        pixels, weight = ctx.saved_tensors
        stride, padding, (count, channels, height, width) = ctx.geometry
        _, outputs, kernel, _ = weight.shape
        canvas = functional.pad(grad_output.transpose(0, 1), (padding, padding + stride, padding, padding + stride))
        columns = grad_output.new_empty(outputs, kernel, kernel, count, height, width)
        for row in range(kernel):
            for column in range(kernel):
                columns[:, row, column] = _under(canvas, row, column, stride, height, width)
        columns = columns.view(-1, len(pixels))
        grad_x = (columns.t() @ weight.reshape(channels, -1).t()).view(count, height, width, channels).permute(0, 3, 1, 2)
        grad_weight = (columns @ pixels).t().reshape(weight.shape)
        grad_bias = grad_output.sum((0, 2, 3)) if ctx.needs_input_grad[2] else None
        return grad_x, grad_weight, grad_bias, None, None, None


def _under(canvas: Tensor, row: int, column: int, stride: int, height: int, width: int) -> Tensor:
    """The part of a canvas (O, N, ., .) on which the kernel's entry (row, column) falls, for inputs of height x width."""
    return canvas[:, :, row : row + stride * height : stride, column : column + stride * width : stride]
