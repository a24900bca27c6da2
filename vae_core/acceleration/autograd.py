"""Compiled code in PyTorch's gradient graph. Second derivatives are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

if TYPE_CHECKING:
    from vae_core.acceleration.conv_stack import Stack
    from vae_core.acceleration.normalization import Normalization


def apply(function: type[torch.autograd.Function], *arguments: Any) -> Any:
    """What a function gives; PyTorch's `apply` has no types."""
    return function.apply(*arguments)  # type: ignore[no-untyped-call]


def channels_last(x: Tensor) -> Tensor:
    """The same, stored channels last."""
    return x.contiguous(memory_format=torch.channels_last)


class CompiledConvolutions(torch.autograd.Function):
    """A stack of conv_stack.py. Parameters are weight and bias, layer after layer."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, stack: Stack, *parameters: Tensor | None) -> Tensor:
        """Outputs by compiled code."""
        x, weights = channels_last(x), [channels_last(weight) for weight in parameters[::2] if weight is not None]
        outputs = stack.forward(x, weights, parameters[1::2])
        kept = outputs if stack.layers[-1].shape.relu else [*outputs[:-1], None]
        ctx.save_for_backward(x, *weights, *kept)
        ctx.stack = stack
        return outputs[-1]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients by compiled code."""
        x, *tensors = ctx.saved_tensors
        count = len(ctx.stack.layers)
        grad_x, grad_weights, grad_biases = ctx.stack.backward(x, channels_last(grad_output), tensors[count:], tensors[:count])
        return grad_x, None, *(part for pair in zip(grad_weights, grad_biases, strict=True) for part in pair)


class CompiledNormSiLU(torch.autograd.Function):
    """Code of normalization.py. Also gives the batch's mean and the population's variance, which no gradient goes through."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, code: Normalization) -> tuple[Tensor, Tensor, Tensor]:
        """Outputs by compiled code."""
        x = channels_last(x)
        y, statistics = code.forward(x, weight, bias)
        mean, variance, _ = statistics
        ctx.save_for_backward(x, weight, bias, statistics)
        ctx.mark_non_differentiable(mean, variance)
        ctx.code = code
        return y, mean, variance

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_output: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        """Gradients by compiled code."""
        x, *rest = ctx.saved_tensors
        return *ctx.code.backward(x, channels_last(grad_output), *rest), None
