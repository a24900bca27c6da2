"""Machine code is compiled once on a machine, and a damaged file of it is only compiled again."""

import os
import sys
from pathlib import Path

import pytest
import torch

from vae_core.acceleration import compiler, machine_code, vector_unit
from vae_core.acceleration.conv_layers import ConvShape, Layer
from vae_core.acceleration.conv_stack import Stack

if vector_unit.unit() is None:
    pytest.skip("this machine has no vector unit that we write code for", allow_module_level=True)

SHAPE = ConvShape((6, 5, 8), (3, 3, 16), 3, 2, 1, transposed=False, biased=False, relu=True)
X = torch.randn(3, 8, 6, 5, generator=torch.Generator().manual_seed(0)).contiguous(memory_format=torch.channels_last)
WEIGHT = torch.randn(16, 8, 3, 3, generator=torch.Generator().manual_seed(1)).contiguous(memory_format=torch.channels_last)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(machine_code, "FOLDER", tmp_path / "made")
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return tmp_path / "made"


def outputs() -> torch.Tensor:
    """Of code that this process has not read yet."""
    machine = vector_unit.unit()
    return Stack([Layer(SHAPE, machine)], machine, wants_grad_x=True).forward(X, [WEIGHT], [None])[0]


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    seen, compile_text = [], compiler._compile
    monkeypatch.setattr(compiler, "_compile", lambda text, machine: seen.append(text) or compile_text(text, machine))
    return seen


def test_the_same_function_is_compiled_once(compilations: list[str]):
    first = outputs()
    assert torch.equal(outputs(), first)
    assert len(compilations) == 1


@pytest.mark.parametrize("damage", [lambda code: code[:-1], lambda code: code[:40] + b"?" + code[41:], lambda code: b""])
def test_a_damaged_file_is_compiled_again(damage, folder: Path, compilations: list[str]):
    first = outputs()
    (path,) = folder.glob("*.code")
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert torch.equal(outputs(), first)
    assert path.read_bytes() == whole
    assert len(compilations) == 2


def test_another_unit_gets_code_of_its_own(folder: Path):
    outputs()
    narrow = vector_unit.Unit("haswell", "+avx2,+fma", 8, 16)
    Stack([Layer(SHAPE, narrow)], narrow, wants_grad_x=True).forward(X, [WEIGHT], [None])
    assert len(list(folder.glob("*.code"))) == 2


def test_nothing_is_kept_where_nothing_may_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    first = outputs()
    assert not folder.exists()
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    folder.write_text("a file where the folder should be")
    assert torch.equal(outputs(), first)


def test_the_oldest_code_is_forgotten(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(machine_code, "MAX_FILES", 3)
    for number in range(5):
        machine_code.save(str(number), bytes(number))
        for path in folder.glob("*.code"):
            os.utime(path, (path.stat().st_mtime - 10,) * 2)
    assert [machine_code.load(str(number)) for number in range(5)] == [None, None, bytes(2), bytes(3), bytes(4)]
