"""One uint8 array of images on a device, and batches of it as floats, with their labels. Knows no data set by name and no model."""

import warnings

import numpy as np
import torch
from torch import Tensor


class Batches:
    """Images held once, as bytes; a batch is a slice turned into floats in [0, 1], channels last."""

    def __init__(self, images: np.ndarray, device: torch.device, labels: np.ndarray | None = None) -> None:
        """images: uint8 (N, C, H, W). On the CPU the array is shared, not copied; on a GPU that has room it moves there.

        labels: whole numbers (N,), if the images have any.
        """
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
            self._images = torch.from_numpy(images)
        self._labels = None if labels is None else torch.from_numpy(labels.astype(np.int64)).to(device)
        self.device = device
        if device.type == "cuda" and self._images.nbytes < 0.5 * torch.cuda.mem_get_info(device)[0]:
            self._images = self._images.to(device)

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, indices: Tensor) -> Tensor:
        """indices: int64 (n,) on the CPU -> float32 (n, C, H, W) in [0, 1] on the device."""
        chosen = self._images[indices.to(self._images.device)].to(self.device, non_blocking=True)
        return chosen.to(torch.float32, memory_format=torch.channels_last).div_(255)

    def labels(self, indices: Tensor) -> Tensor | None:
        """indices: int64 (n,) on the CPU -> labels int64 (n,) on the device, if the images have any."""
        return None if self._labels is None else self._labels[indices.to(self.device)]
