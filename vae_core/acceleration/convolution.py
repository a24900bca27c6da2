"""Convolutions that train faster on a CPU than PyTorch's own, with the same weights and results. Knows no network.

Where the machine allows, layers are compiled for their shapes (kernels.py), a ReLU behind them included. Elsewhere two
things would be slow, measured on AVX-512 cores: the bias gradient of a channels-last tensor takes longer than the other
gradients together, so it is a matrix product here. And layers with one to three output channels run at a few percent of
what the cores can do; those are a matrix product too: every input pixel is multiplied with the whole kernel, and the
products are added where they fall.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from vae_core.acceleration import kernels, normalization
from vae_core.acceleration.kernels import FEW_OUTPUTS
from vae_core.device import MEANS


class Conv2d(nn.Conv2d):
    """nn.Conv2d, square kernel, "same" zero padding."""

    def sides_after(self, sides: Sequence[int]) -> tuple[int, int]:
        """Height and width of the output."""
        height, width = ((side + 2 * self.padding[0] - self.kernel_size[0]) // self.stride[0] + 1 for side in sides)
        return height, width

    def forward(self, x: Tensor, relu: bool = False) -> Tensor:
        """x (N, C, H, W) -> (N, O, H', W'), negative ones set to zero if `relu`."""
        if not _ours(x):
            return _activated(super().forward(x), relu)
        compiled = _compiled([(self, relu)], x)
        if compiled is not None:
            return compiled
        if self.out_channels <= FEW_OUTPUTS and self.stride == (1, 1):
            kernel = self.weight.flip(2, 3).transpose(0, 1)
            return _activated(_Spread.apply(x, kernel, self.bias, 1, self.padding[0], (x.shape[2], x.shape[3])), relu)
        return _activated(_Convolution.apply(x, self.weight, self.bias, self.stride, self.padding, False, (0, 0)), relu)


class ConvTranspose2d(nn.ConvTranspose2d):
    """nn.ConvTranspose2d, square kernel."""

    def sides_after(self, sides: Sequence[int]) -> tuple[int, int]:
        """Height and width of the output."""
        (stride, _), less = self.stride, self.kernel_size[0] - 2 * self.padding[0]
        height, width = ((side - 1) * stride + less + extra for side, extra in zip(sides, self.output_padding, strict=True))
        return height, width

    def forward(self, x: Tensor, relu: bool = False) -> Tensor:
        """x (N, C, H, W) -> (N, O, H', W'), negative ones set to zero if `relu`."""
        if not _ours(x):
            return _activated(super().forward(x), relu)
        compiled = _compiled([(self, relu)], x)
        if compiled is not None:
            return compiled
        if self.out_channels <= FEW_OUTPUTS:
            sides = self.sides_after(x.shape[2:])
            return _activated(_Spread.apply(x, self.weight, self.bias, self.stride[0], self.padding[0], sides), relu)
        return _activated(_Convolution.apply(x, self.weight, self.bias, self.stride, self.padding, True, self.output_padding), relu)


class Layers(nn.Sequential):
    """Modules one after another, some at once where that is quicker.

    A convolution does the ReLU behind it while it still holds the pixels, and a batch norm the SiLU. Linear layers behind
    a flattening or before its inverse turn their weights to pixels that are stored channels last, not the pixels to their weights.
    """

    def forward(self, x: Tensor) -> Tensor:
        """x through all modules."""
        modules = list(self)
        while modules:
            run, after = _convolutions(modules)
            compiled = _compiled(run, x) if len(run) > 1 else None
            if compiled is not None:
                x, modules = compiled, after
                continue
            module, *modules = modules
            following = modules[0] if modules else None
            if run:
                _, relu = run[0]
                x, modules = module(x, relu), modules[relu:]
            elif isinstance(module, nn.BatchNorm2d) and isinstance(following, nn.SiLU) and _ours(x):
                normalized = normalization.with_silu(module, x)
                x, modules = (module(x), modules) if normalized is None else (normalized, modules[1:])
            elif isinstance(module, nn.Flatten) and isinstance(following, nn.Linear) and _is_channels_last(x):
                x, modules = _after_flattening(following, x), modules[1:]
            elif isinstance(module, nn.Linear) and [type(after) for after in modules[:2]] == [nn.ReLU, nn.Unflatten]:
                x, modules = _before_unflattening(module, modules[1].unflattened_size, x), modules[2:]
            else:
                x = module(x)
        return x


def _after_flattening(linear: nn.Linear, x: Tensor) -> Tensor:
    """x (N, C, H, W), stored channels last, flattened and through the layer."""
    weight = linear.weight.unflatten(1, x.shape[1:]).permute(0, 2, 3, 1).flatten(1)
    return functional.linear(x.permute(0, 2, 3, 1).flatten(1), weight, linear.bias)


def _before_unflattening(linear: nn.Linear, shape: tuple[int, int, int], x: Tensor) -> Tensor:
    """x (N, D) through the layer and a ReLU, as images of a shape (C, H, W), stored channels last."""
    channels, height, width = shape
    weight = linear.weight.unflatten(0, shape).permute(1, 2, 0, 3).flatten(0, 2)
    bias = None if linear.bias is None else linear.bias.unflatten(0, shape).permute(1, 2, 0).flatten()
    return functional.relu_(functional.linear(x, weight, bias)).view(-1, height, width, channels).permute(0, 3, 1, 2)


def _ours(x: Tensor) -> bool:
    return MEANS.machine_code and x.device.type == "cpu" and x.dtype == torch.float32 and not torch.is_autocast_enabled("cpu")


def _is_channels_last(x: Tensor) -> bool:
    return x.dim() == 4 and x.is_contiguous(memory_format=torch.channels_last)


def _activated(x: Tensor, relu: bool) -> Tensor:
    return functional.relu_(x) if relu else x


def _convolutions(modules: list[nn.Module]) -> tuple[list[tuple[Conv2d | ConvTranspose2d, bool]], list[nn.Module]]:
    """The convolutions that the modules begin with, each with whether a ReLU follows, and the modules after them."""
    run = []
    while modules and isinstance(modules[0], Conv2d | ConvTranspose2d):
        module, *modules = modules
        relu = bool(modules) and isinstance(modules[0], nn.ReLU)
        run.append((module, relu))
        modules = modules[relu:]
    return run, modules


def _compiled(run: list[tuple[Conv2d | ConvTranspose2d, bool]], x: Tensor) -> Tensor | None:
    """x through convolutions by code for training on such inputs, if there is any; a mere look is not worth compiling it."""
    learns = torch.is_grad_enabled() and (x.requires_grad or any(module.weight.requires_grad for module, _ in run))
    if not (learns and _ours(x)):
        return None
    shapes, image = [], (x.shape[2], x.shape[3], x.shape[1])
    for module, relu in run:
        output = (*module.sides_after(image[:2]), module.out_channels)
        geometry = (module.kernel_size[0], module.stride[0], module.padding[0], module.transposed)
        shapes.append(kernels.Convolution(image, output, *geometry, module.bias is not None, relu))
        image = output
    stack = kernels.stack(tuple(shapes), x.requires_grad)
    if stack is None:
        return None
    return _Compiled.apply(x, stack, *(parameter for module, _ in run for parameter in (module.weight, module.bias)))


class _Compiled(torch.autograd.Function):
    """A stack of kernels.py. Parameters are weight and bias, layer after layer."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, stack: kernels.Stack, *parameters: Tensor | None) -> Tensor:
        x, weights = _channels_last(x), [_channels_last(weight) for weight in parameters[::2]]
        outputs = stack.forward(x, weights, parameters[1::2])
        kept = outputs if stack.layers[-1].shape.relu else [*outputs[:-1], None]
        ctx.save_for_backward(x, *weights, *kept)
        ctx.stack = stack
        return outputs[-1]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, *tensors = ctx.saved_tensors
        count = len(ctx.stack.layers)
        of_x, of_weights, of_biases = ctx.stack.backward(x, _channels_last(gradient), tensors[count:], tensors[:count])
        return of_x, None, *(part for pair in zip(of_weights, of_biases, strict=True) for part in pair)


def _channels_last(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)


class _Convolution(torch.autograd.Function):
    """PyTorch's convolution with our bias gradient."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: Any, padding: Any, transposed: bool, extra: Any
    ) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.geometry = (stride, padding, (1, 1), transposed, extra, 1)
        return torch.ops.aten.convolution(x, weight, bias, *ctx.geometry)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        wanted = [*ctx.needs_input_grad[:2], False]
        of_x, of_weight, _ = torch.ops.aten.convolution_backward(gradient, x, weight, None, *ctx.geometry, wanted)
        of_bias = _sum_by_channel(gradient) if ctx.needs_input_grad[2] else None
        return of_x, of_weight, of_bias, None, None, None, None


def _sum_by_channel(gradient: Tensor) -> Tensor:
    """(N, C, H, W) -> (C,)."""
    pixels = gradient.permute(0, 2, 3, 1).reshape(-1, gradient.shape[1])
    return pixels.new_ones(len(pixels)) @ pixels


class _Spread(torch.autograd.Function):
    """A transposed convolution as one matrix product: each input pixel is spread over the outputs under its kernel.

    x (N, C, H, W), weight (C, O, K, K) -> (N, O, *sides): the products, (O, K, K, N, H, W), are added at stride * place + offset - padding.
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
        spread = canvas[:, :, padding : padding + sides[0], padding : padding + sides[1]].transpose(0, 1)
        return spread.contiguous() if bias is None else spread + bias[:, None, None]

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        pixels, weight = ctx.saved_tensors
        stride, padding, (count, channels, height, width) = ctx.geometry
        _, outputs, kernel, _ = weight.shape
        canvas = functional.pad(gradient.transpose(0, 1), (padding, padding + stride, padding, padding + stride))
        gathered = gradient.new_empty(outputs, kernel, kernel, count, height, width)
        for row in range(kernel):
            for column in range(kernel):
                gathered[:, row, column] = _under(canvas, row, column, stride, height, width)
        gathered = gathered.view(-1, len(pixels))
        of_x = (gathered.t() @ weight.reshape(channels, -1).t()).view(count, height, width, channels).permute(0, 3, 1, 2)
        of_weight = (gathered @ pixels).t().reshape(weight.shape)
        of_bias = gradient.sum((0, 2, 3)) if ctx.needs_input_grad[2] else None
        return of_x, of_weight, of_bias, None, None, None


def _under(canvas: Tensor, row: int, column: int, stride: int, height: int, width: int) -> Tensor:
    """The part of a canvas (O, N, ., .) on which the kernel's entry (row, column) falls, for inputs of height x width."""
    return canvas[:, :, row : row + stride * height : stride, column : column + stride * width : stride]
