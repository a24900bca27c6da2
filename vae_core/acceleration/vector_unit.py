"""The vector unit of this machine's CPU, and how results are tiled in its registers. Needs no compiler."""

import ctypes
import platform
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch

MAX_VECTORS = 4  # of a tile: one number, loaded once, is multiplied with four vectors
MAX_ROWS = 14


@dataclass(frozen=True)
class Unit:
    """A vector unit: its name and features for LLVM, the floats in a register, and how many registers there are."""

    cpu: str
    features: str
    lanes: int
    registers: int

    @property
    def name(self) -> str:
        """The instruction set that matters."""
        return "AVX-512" if self.lanes == 16 else "AVX2"


@cache
def unit() -> Unit | None:
    """This machine's vector unit; None where no code is made for it: llvmlite is absent, or PyTorch's threads are not GNU OpenMP's."""
    if not (sys.platform == "linux" and platform.machine() == "x86_64" and openmp()):
        return None
    try:
        import llvmlite.binding as llvm
    except (ImportError, OSError):
        return None
    features = llvm.get_host_cpu_features()
    if not (features.get("avx2") and features.get("fma")):
        return None
    lanes, registers = (16, 32) if features.get("avx512f") else (8, 16)
    return Unit(llvm.get_host_cpu_name(), features.flatten(), lanes, registers)


@cache
def openmp() -> ctypes.CDLL | None:
    """GNU OpenMP as PyTorch has loaded it: compiled code shares its threads, so that none waits for a core that another keeps busy."""
    found = sorted((Path(torch.__file__).parent / "lib").glob("libgomp*.so*"))
    return ctypes.CDLL(str(found[0])) if found else None


@dataclass(frozen=True)
class Tile:
    """Accumulators that stay in registers: `rows` outputs, each with `vectors` vectors of `lanes` floats side by side."""

    lanes: int
    vectors: int
    rows: int

    @property
    def width(self) -> int:
        """Floats of a row."""
        return self.lanes * self.vectors


def tile(machine: Unit, channels: int, outputs: int) -> Tile | None:
    """The tile that covers `outputs` rows of `channels` floats with the least waste; None when no vector divides the channels."""
    lanes = next((lanes for lanes in (16, 8) if lanes <= machine.lanes and channels % lanes == 0), None)
    if lanes is None:
        return None
    most = MAX_VECTORS if machine.registers == 32 else 2
    vectors = next(count for count in range(most, 0, -1) if channels // lanes % count == 0)
    tallest = min((machine.registers - 1 - vectors) // vectors, MAX_ROWS)
    rows = min(range(min(4, tallest), tallest + 1), key=lambda rows: (-(-outputs // rows) * rows, -rows))
    return Tile(lanes, vectors, rows)


def tile_of(machine: Unit, channels: int, outputs: int = 1) -> Tile:
    """The same, for channels that a vector divides."""
    found = tile(machine, channels, outputs)
    assert found is not None, f"no vector divides {channels} channels"
    return found
