"""The one place that imports torchvision, and its downloader as a program of its own. Knows no data set of ours.

The wheels of torchvision on the package index are built for torch with CUDA. Beside a torch for the CPU their compiled operators do not
load, and importing torchvision ends with "operator torchvision::nms does not exist". Its data sets need none of these operators, so
declaring the two that the import asks for, without any code behind them, is enough. It is done only after the import has failed,
because a second declaration would clash with a torchvision whose operators do load.

    python -m vae_core.data.torchvision_import MNIST FOLDER
"""

import functools
import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.library import Library
    from torchvision.datasets import VisionDataset


@functools.cache
def import_torchvision() -> ModuleType:
    """torchvision with its data sets, even where its compiled operators do not fit the torch that is installed."""
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "torchvision::nms" not in str(error):
            raise
    _declare_operators()
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    return importlib.import_module("torchvision")


def open_part(kind: str, folder: Path, *, training: bool, download: bool = False) -> "VisionDataset":
    """torchvision's training or test part of the data set class `kind` in `folder`. Raises what torchvision raises."""
    part = {"split": "train" if training else "test"} if kind == "SVHN" else {"train": training}
    return getattr(import_torchvision().datasets, kind)(folder, **part, download=download)


def fetch(kind: str, folder: Path) -> None:
    """Download both parts of a data set into `folder`, in torchvision's layout. Raises what torchvision raises."""
    for training in (True, False):
        open_part(kind, folder, training=training, download=True)


@functools.cache
def _declare_operators() -> "Library":
    """Cached because the declarations last only as long as this object."""
    import torch

    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for operator in ("nms", "qnms"):
        library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")  # type: ignore[no-untyped-call]
    return library


if __name__ == "__main__":
    fetch(sys.argv[1], Path(sys.argv[2]))
