"""What the tests of pages share: no model, small ones, and launches that start nothing."""

import shutil
from pathlib import Path

import pytest
from visiting import TIMED

from vae_core.config import RunConfig
from vae_core.processes import asking
from vae_core.projections import jobs as projection_jobs
from vae_core.training import jobs


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoints folder that is not there yet; estimates that cost no time, and projections that nobody waits for."""
    monkeypatch.setenv("VAE_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr(asking, "answer", lambda *question: asking.Answer(True, TIMED))
    monkeypatch.setattr(projection_jobs, "SLOTS", 0)
    return tmp_path / "checkpoints"


@pytest.fixture
def models(folder: Path, trained: Path) -> Path:
    """The folder with `tiny-2d`, `tiny-5d`, and a copy of the former as the shipped `mnist-2d`."""
    shutil.copytree(trained, folder)
    shutil.copytree(folder / "tiny-2d", folder / "mnist-2d")
    return folder


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[RunConfig]:
    """What the pages launched; it is created and waits, for no process is started."""
    configs = []
    monkeypatch.setattr(jobs, "start", lambda run: configs.append(run.config))
    return configs
