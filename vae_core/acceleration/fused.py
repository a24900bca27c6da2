"""The pass over a model that makes its training steps faster on a CPU: layers that are faster together become one module.

Weights and results stay PyTorch's, up to rounding. What a fused module has no faster way for, its layers do one after another.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn import functional

from vae_core.acceleration import comparison, portable, vector_unit
from vae_core.acceleration.autograd import CompiledConvolutions, CompiledNormSiLU, apply, channels_last
from vae_core.acceleration.portable import Convolution
from vae_core.acceleration.report import Report
from vae_core.device import MEANS

if TYPE_CHECKING:
    from vae_core.acceleration import conv_stack, normalization

Model = TypeVar("Model", bound=nn.Module)


def accelerate(model: Model, report: Report) -> Model:
    """A twin of a model for training steps: it shares the parameters and buffers of `model`, which stays as it is.

    Every nn.Sequential in it becomes one of fused modules. Forward hooks of layers inside a fused one do not run when the twin is
    called; they do when `model` is. With `VAE_ACCELERATION=off` the twin is the model itself.
    """
    return model if report.mode == "off" else _twin(model, report)


def available() -> bool:
    """Whether this machine compiles layers, and nobody has turned it off."""
    return Report().mode != "off" and vector_unit.unit() is not None


def _twin(module: Any, report: Report) -> Any:
    if type(module) is nn.Sequential:
        return nn.Sequential(*fused(list(module), report))
    if not module._modules:
        return module
    twin = copy.copy(module)
    twin._modules = {name: _twin(child, report) for name, child in module._modules.items()}
    return twin


def fused(modules: Sequence[Any], report: Report) -> list[nn.Module]:
    """The same modules, those that are faster together made one."""
    found: list[nn.Module] = []
    while modules:
        convolutions = _convolutions(modules, report)
        if convolutions:
            used = sum(len(unit) for unit in convolutions)
            found.append(ConvolutionStack(convolutions, report))
        elif _are(modules, nn.BatchNorm2d, nn.SiLU):
            used = 2
            found.append(NormSiLU(modules[0], modules[1], report))
        elif _are(modules, nn.Flatten, nn.Linear) and (modules[0].start_dim, modules[0].end_dim) == (1, -1):
            used = 2
            found.append(FlattenLinear(*modules[:2]))
        elif _are(modules, nn.Linear, nn.ReLU, nn.Unflatten) and modules[2].dim == 1 and len(modules[2].unflattened_size) == 3:
            used = 3
            found.append(LinearUnflatten(*modules[:3]))
        else:
            used = 1
            found.append(_twin(modules[0], report))
        modules = modules[used:]
    return found


class Fused(nn.Sequential):
    """Modules that are computed at once where there is a faster way."""

    def forward(self, x: Tensor) -> Tensor:
        """x through all modules."""
        y = self.at_once(x)
        if y is None:
            y = super().forward(x)  # type: ignore[no-untyped-call]
        return y

    def at_once(self, x: Tensor) -> Tensor | None:
        """The same by the faster way; None where there is none."""
        raise NotImplementedError


class ConvolutionUnit(Fused):
    """A convolution with the ReLU behind it, if there is one."""

    def __init__(self, convolution: Convolution, relu: Sequence[nn.ReLU], report: Report) -> None:
        super().__init__(convolution, *relu)
        self.relu, self._report = bool(relu), report

    @property
    def convolution(self) -> Convolution:
        """The convolution without its ReLU."""
        module: Convolution = self[0]  # type: ignore[assignment]
        return module

    def at_once(self, x: Tensor) -> Tensor | None:
        """By compiled code, else by faster gradients; in half precision by the latter, where there is a bias."""
        if not _applies(x):
            return self._in_half_precision(x)
        y = _compiled([self], x, self._report)
        if y is not None:
            return y
        y = portable.convolve(self.convolution, x, self.sides_after(x.shape[2:]))
        return functional.relu_(y) if self.relu else y

    def _in_half_precision(self, x: Tensor) -> Tensor | None:
        if not (_is_trained_on_cpu(x) and torch.is_autocast_enabled("cpu") and self.convolution.bias is not None):
            return None
        y = portable.convolve_in_half_precision(self.convolution, x)
        return functional.relu_(y) if self.relu else y

    def sides_after(self, sides: Sequence[int]) -> tuple[int, int]:
        """Height and width of the output for those of the input."""
        module, kernel = self.convolution, self.convolution.kernel_size[0]
        stride, padding = int(module.stride[0]), int(module.padding[0])
        if module.transposed:
            height, width = (
                (side - 1) * stride + kernel - 2 * padding + extra for side, extra in zip(sides, module.output_padding, strict=True)
            )
        else:
            height, width = ((side + 2 * padding - kernel) // stride + 1 for side in sides)
        return height, width


class ConvolutionStack(Fused):
    """Convolutions one behind the other: compiled code takes an image through all of them while it is in the core's cache."""

    def __init__(self, units: Sequence[ConvolutionUnit], report: Report) -> None:
        super().__init__(*units)
        self._units, self._report = list(units), report

    def at_once(self, x: Tensor) -> Tensor | None:
        """By compiled code."""
        return _compiled(self._units, x, self._report) if len(self) > 1 and _applies(x) else None


class NormSiLU(Fused):
    """A batch norm and the SiLU behind it: what lies between them is never put in memory."""

    def __init__(self, norm: nn.BatchNorm2d, silu: nn.SiLU, report: Report) -> None:
        super().__init__(norm, silu)
        self._report = report

    def at_once(self, x: Tensor) -> Tensor | None:
        """By compiled code, while the norm learns from its batches."""
        norm: Any = self[0]
        learns = norm.training and norm.affine and norm.track_running_stats and norm.momentum is not None
        if not (learns and _applies(x) and len(x) > 1 and vector_unit.unit()):
            return None
        from vae_core.acceleration import normalization  # needs llvmlite, which may be absent

        code = normalization.normalization(norm.num_features, norm.eps)
        if code is None or not self._accepts(code, norm, x):
            return None
        y: Tensor
        y, mean, variance = apply(CompiledNormSiLU, x, norm.weight, norm.bias, code)
        with torch.no_grad():
            norm.num_batches_tracked += 1
            norm.running_mean.lerp_(mean, norm.momentum)
            norm.running_var.lerp_(variance, norm.momentum)
        return y

    def _accepts(self, code: normalization.Normalization, norm: nn.BatchNorm2d, x: Tensor) -> bool:
        x, weight, bias = channels_last(x.detach()), norm.weight.detach(), norm.bias.detach()
        name = f"batch norm of {norm.num_features} channels"
        return self._report.accepts(code, name, lambda: comparison.normalization_error(code, x, weight, bias))


class FlattenLinear(Fused):
    """A linear layer behind a flattening turns its weights to pixels stored channels last, not the pixels to its weights."""

    def at_once(self, x: Tensor) -> Tensor | None:
        """x (N, C, H, W) -> (N, D), if it is stored channels last."""
        if x.dim() != 4 or not x.is_contiguous(memory_format=torch.channels_last):
            return None
        linear: Any = self[1]
        weight = linear.weight.unflatten(1, x.shape[1:]).permute(0, 2, 3, 1).flatten(1)
        return functional.linear(x.permute(0, 2, 3, 1).flatten(1), weight, linear.bias)


class LinearUnflatten(Fused):
    """A linear layer, a ReLU and the inverse of a flattening make images that are stored channels last."""

    def at_once(self, x: Tensor) -> Tensor | None:
        """x (N, D) -> (N, C, H, W)."""
        linear: Any = self[0]
        shape: Any = self[2].unflattened_size
        channels, height, width = shape
        weight = linear.weight.unflatten(0, shape).permute(1, 2, 0, 3).flatten(0, 2)
        bias = None if linear.bias is None else linear.bias.unflatten(0, shape).permute(1, 2, 0).flatten()
        return functional.relu_(functional.linear(x, weight, bias)).view(-1, height, width, channels).permute(0, 3, 1, 2)


def _are(modules: Sequence[Any], *kinds: type[nn.Module]) -> bool:
    return [type(module) for module in modules[: len(kinds)]] == list(kinds)


def _convolutions(modules: Sequence[Any], report: Report) -> list[ConvolutionUnit]:
    """The convolutions that the modules begin with, each with its ReLU."""
    units: list[ConvolutionUnit] = []
    while modules and _is_usual(modules[0]):
        relu = modules[1:2] if _are(modules[1:], nn.ReLU) else []
        units.append(ConvolutionUnit(modules[0], relu, report))
        modules = modules[1 + len(relu) :]
    return units


def _is_usual(module: Any) -> bool:
    """Whether it is a convolution with a square kernel that is moved alike in both directions over a border of zeros."""
    if type(module) not in (nn.Conv2d, nn.ConvTranspose2d) or isinstance(module.padding, str):
        return False
    pairs = (module.kernel_size, module.stride, module.padding)
    usual = module.dilation == (1, 1) and module.groups == 1 and module.padding_mode == "zeros"
    return bool(usual and all(one == other for one, other in pairs) and module.padding[0] < module.kernel_size[0])


def _is_trained_on_cpu(x: Tensor) -> bool:
    return MEANS.machine_code and x.device.type == "cpu" and torch.is_grad_enabled()


def _applies(x: Tensor) -> bool:
    return _is_trained_on_cpu(x) and x.dtype == torch.float32 and not torch.is_autocast_enabled("cpu")


def _compiled(units: Sequence[ConvolutionUnit], x: Tensor, report: Report) -> Tensor | None:
    """x through convolutions by code compiled for such inputs; None where there is none, or no weight learns."""
    parameters = [parameter for unit in units for parameter in (unit.convolution.weight, unit.convolution.bias)]
    learns = x.requires_grad or any(unit.convolution.weight.requires_grad for unit in units)
    stack = _stack(units, x) if learns and vector_unit.unit() else None
    if stack is None or not _is_accepted(stack, x, parameters, report):
        return None
    y: Tensor = apply(CompiledConvolutions, x, stack, *parameters)
    return y


def _stack(units: Sequence[ConvolutionUnit], x: Tensor) -> conv_stack.Stack | None:
    from vae_core.acceleration import conv_layers, conv_stack  # needs llvmlite, which may be absent

    shapes, image = [], (x.shape[2], x.shape[3], x.shape[1])
    for unit in units:
        module = unit.convolution
        output = (*unit.sides_after(image[:2]), module.out_channels)
        geometry = (module.kernel_size[0], int(module.stride[0]), int(module.padding[0]), module.transposed)
        shapes.append(conv_layers.ConvShape(image, output, *geometry, module.bias is not None, unit.relu))
        image = output
    return conv_stack.stack(tuple(shapes), x.requires_grad)


def _is_accepted(stack: conv_stack.Stack, x: Tensor, parameters: Sequence[Tensor | None], report: Report) -> bool:
    def compare() -> float:
        weights = [channels_last(weight.detach()) for weight in parameters[::2] if weight is not None]
        biases = [None if bias is None else bias.detach() for bias in parameters[1::2]]
        return comparison.convolution_error(stack, channels_last(x.detach()), weights, biases)

    height, width, channels = stack.layers[0].shape.image
    return report.accepts(stack, f"{len(stack.layers)} convolutions of {height} x {width} x {channels}", compare)
