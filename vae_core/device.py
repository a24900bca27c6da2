"""Which device computes, and whether half precision pays there. Knows no model."""

import torch

from vae_core.errors import DeviceError


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
    if device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.bfloat16
    if device.type == "cpu" and torch.cpu.get_capabilities().get("amx_bf16"):
        return torch.bfloat16
    return None
