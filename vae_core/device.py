"""Which device computes, and what makes it fast: half precision where it pays, memory that stays. Knows no model."""

import ctypes
import sys
from dataclasses import dataclass

import torch

from vae_core.errors import DeviceError


@dataclass
class Means:
    """What this process computes with where the machine has it: a training that began without goes on without."""

    machine_code: bool = True
    half_precision: bool = True


MEANS = Means()


def choose(name: str) -> torch.device:
    """The device called auto, cpu, cuda or mps. Raises DeviceError when this machine has no such device."""
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, present in available.items() if present)
    if not available.get(name, False):
        present = ", ".join(kind for kind, here in available.items() if here)
        raise DeviceError(f"this machine has no {name} device that PyTorch can use; choose auto or one of {present}")
    return torch.device(name)


def autocast_dtype(device: torch.device) -> torch.dtype | None:
    """bfloat16 where the device multiplies it faster than float32, else None.

    On CPUs that means AMX tiles: with AVX-512 BF16 alone, the conversions cost more than the products save.
    """
    if not MEANS.half_precision:
        return None
    if device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.bfloat16
    if device.type == "cpu" and torch.cpu.get_capabilities().get("amx_bf16"):
        return torch.bfloat16
    return None


def keep_freed_memory() -> None:
    """Let this process keep the memory that tensors free, for the next step to use.

    Otherwise glibc returns every large block to the system, and faulting its pages in again costs a third of a training
    step on a CPU (mallopt(3): M_TRIM_THRESHOLD -1, M_TOP_PAD -2, M_MMAP_THRESHOLD -3, whose largest value is 32 MiB).
    """
    if not sys.platform.startswith("linux"):
        return
    library = ctypes.CDLL(None)
    if hasattr(library, "gnu_get_libc_version"):
        for parameter, value in ((-1, 2**31 - 1), (-2, 2**28), (-3, 2**25)):
            library.mallopt(parameter, value)
