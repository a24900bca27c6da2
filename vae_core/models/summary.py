"""What a network is made of, found by sending images through it. `python -m vae_core.models.summary` answers for settings of a model.

They come as JSON, a line each, and so go the layers. Knows no run and no weights: a network's shape follows from its settings.
"""

import json
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from vae_core import console
from vae_core.config import FORMAT, ModelConfig, RunConfig, TrainConfig
from vae_core.errors import ConfigError
from vae_core.models.families import build
from vae_core.models.model import Batch
from vae_core.processes.answering import answer_lines

Shape = tuple[int, ...]
EXAMPLES = 2


class Layer(NamedTuple):
    """A layer: its name in PyTorch, its kind, the shapes of what it is given and gives for one image, and how many numbers are learned.

    The shapes are empty for numbers that nothing is sent through, such as those of a prior.
    """

    name: str
    kind: str
    takes: Shape
    gives: Shape
    parameters: int


def layers(config: ModelConfig) -> list[Layer]:
    """All layers, in the order in which a training step comes to them first: what it calls that calls nothing else.

    Their parameters add up to all of the model but the pixel sigma.
    """
    model = build(config).eval()
    modules = {name: module for name, module in model.named_modules() if name}
    shapes: dict[str, tuple[Shape, Shape]] = {}
    for name, module in modules.items():
        module.register_forward_hook(_noting(shapes, name))
    images = torch.zeros(EXAMPLES, *config.image_shape)
    labels = torch.zeros(EXAMPLES, dtype=torch.int64) if config.traits.is_conditional else None
    with torch.no_grad():
        model.losses(Batch(images, images, labels), TrainConfig(), 1.0, torch.Generator().manual_seed(0))
    called = [name for name in shapes if not any(other.startswith(f"{name}.") for other in shapes)]
    found = [Layer(name, _kind(modules[name]), *shapes[name], _parameters(modules[name])) for name in called]
    outside = {name: module for name, module in modules.items() if not any(f"{name}.".startswith(f"{one}.") for one in called)}
    silent = [Layer(name, _kind(module), (), (), _parameters(module, recurse=False)) for name, module in outside.items()]
    return found + [layer for layer in silent if layer.parameters]


def as_text(found: Sequence[Layer]) -> str:
    """Layers as a table, a line each, and the sum of their parameters."""
    rows = [(layer.name, layer.kind, " x ".join(map(str, layer.gives)), layer.parameters) for layer in found]
    rows.append(("all", "", "", sum(layer.parameters for layer in found)))
    return "\n".join(f"{name:26} {kind:34} {gives:16} {parameters:12,}" for name, kind, gives, parameters in rows)


def main() -> int:
    """Answer the questions on standard input, a line each. Returns the exit status, as `answer_lines` says."""
    console.tolerate_encoding_errors()
    return answer_lines(lambda question: json.dumps([layer._asdict() for layer in layers(_asked(question))]))


def _asked(question: str) -> ModelConfig:
    try:
        asked = json.loads(question)
    except ValueError:
        raise ConfigError(f"the question is {question[:60]!r}; expected JSON with the settings of a model") from None
    return RunConfig.from_json({"format": FORMAT, "preset": "layers", "model": asked, "train": {}}).model


def _noting(shapes: dict[str, tuple[Shape, Shape]], name: str) -> Callable[[nn.Module, tuple[Tensor, ...], object], None]:
    """A hook that keeps the shapes of a module the first time that it is called; no shape where it makes several tensors."""

    def note(module: nn.Module, given: tuple[Tensor, ...], made: object) -> None:
        shapes.setdefault(name, (_shape(given[0]), _shape(made, module) if isinstance(made, Tensor) else ()))

    return note


def _shape(numbers: Tensor, module: nn.Module | None = None) -> Shape:
    """Of one image, channels first: an embedding has them last."""
    shape = tuple(numbers.shape[1:])
    return (shape[-1], *shape[:-1]) if isinstance(module, nn.Embedding) else shape


def _kind(module: nn.Module) -> str:
    """The class, and of a convolution its kernel and stride."""
    name, kernel, stride = type(module).__name__, getattr(module, "kernel_size", ()), getattr(module, "stride", (1,))
    if not kernel:
        return name
    return f"{name} {' × '.join(map(str, kernel))}" + (f", stride {stride[0]}" if stride[0] > 1 else "")


def _parameters(module: nn.Module, *, recurse: bool = True) -> int:
    return sum(tensor.numel() for tensor in module.parameters(recurse) if tensor.requires_grad)


if __name__ == "__main__":
    sys.exit(main())
