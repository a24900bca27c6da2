"""What a training's last bits depend on: kept, set again where it goes on, in whatever process, and told where that cannot be."""

import dataclasses
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from vae_core import runs
from vae_core.device import MEANS
from vae_core.files.records import read_json, write_json
from vae_core.presets import configure
from vae_core.runs.run import Run
from vae_core.training import conditions, jobs
from vae_core.training.conditions import remark
from vae_core.training.execution import execute
from vae_core.training.loop import Record, Training

PROJECT = Path(__file__).parents[1]
SMALL = {"dataset": "mnist10k", "images": 400, "device": "cpu", "channels": "8,16", "hidden": "16", "batch_size": 64, "epochs": 3}
THREADS, OTHERS = 1, 2  # few, for threads that wait for each other are slow where others work
STOP_AT = 7


@pytest.fixture(autouse=True)
def threads() -> None:
    """As many threads in this process as the trainings here ask for."""
    torch.set_num_threads(THREADS)


def trained(home: Path, name: str, watch: Callable[[Run], Callable[[Record, Training], None]] | None = None, **more: object) -> Run:
    run = runs.create(configure("mnist-2d-quick", SMALL | more), home, name=name)
    with jobs.held(run):
        execute(run, watch(run) if watch else lambda record, training: None)
    return run


def stopping(run: Run) -> Callable[[Record, Training], None]:
    return lambda record, training: run.stop_file.touch() if record.step == STOP_AT else None


def resumed_by_command(run: Run, threads: int) -> str:
    """The README's own line, on a machine whose PyTorch would use another number of threads."""
    environment = os.environ | {"VAE_CHECKPOINTS": str(run.path.parent), "OMP_NUM_THREADS": str(threads)}
    command = [sys.executable, "-m", "vae_core", "resume", run.id]
    done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True)
    assert run.status.state == "finished", done.stdout
    return done.stderr


def resumed(run: Run) -> str:
    """The same in this process. Returns what has to be said."""
    with jobs.held(run):
        run.stop_file.unlink()
        assert execute(run).state == "finished"
    return remark(run)


def test_threads_are_set_again_and_would_make_a_difference(tmp_path: Path) -> None:
    whole, run = trained(tmp_path, "whole"), trained(tmp_path, "broken", stopping)
    assert (run.status.state, run.status.step) == ("stopped", STOP_AT)
    other = Run(Path(shutil.copytree(run.path, tmp_path / "other")))
    other.conditions_file.unlink()
    for one, same in ((run, True), (other, False)):
        torch.set_num_threads(OTHERS)
        assert resumed(one) == ""
        assert (one.weights.read_bytes() == whole.weights.read_bytes()) == same


def test_the_worker_of_the_app_and_the_command_line_are_a_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", str(THREADS))
    run = jobs.launch(configure("mnist-2d-quick", SMALL | {"epochs": 12}), tmp_path)
    _until(lambda: run.status.step > 0)
    jobs.stop(run)
    _until(lambda: run.status.state == "stopped" and not jobs.alive(run))
    resumed_by_command(run, threads=OTHERS)
    assert run.weights.read_bytes() == trained(tmp_path, "whole", epochs=12).weights.read_bytes()
    assert f"threads={THREADS}" in run.log.read_text()


def _until(condition: Callable[[], object], seconds: float = 90.0) -> None:
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < seconds, "it did not come about in time"
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("torch", "1.0.0", "version of PyTorch: "),
        ("processor", "an abacus", "before an abacus"),
        ("device", "cuda", "device: cpu, before cuda"),
        ("precision", "float8", "precision: "),
    ],
)
def test_what_cannot_be_set_again_is_told(tmp_path: Path, name: str, value: str, says: str) -> None:
    run = Run(tmp_path)
    conditions.begin(run, "cpu")
    assert (conditions.take_up(run, "cpu"), remark(run)) == ("", "")
    kept = read_json(run.conditions_file)
    write_json(run.conditions_file, kept | {"began": kept["began"] | {name: value}})
    assert says in conditions.take_up(run, "cpu") == remark(run)
    assert remark(run).startswith("It went on by other means than it began with, so it may differ a little")


def test_compiled_layers_that_were_not_used_before_are_not_used_now(tmp_path: Path) -> None:
    MEANS.machine_code = False
    whole, run = trained(tmp_path, "whole"), trained(tmp_path, "broken", stopping)
    MEANS.machine_code = True
    assert resumed(run) == ""
    assert run.weights.read_bytes() == whole.weights.read_bytes()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"began": {"threads": "many"}}', '{"began": null, "changed": 7}'])
def test_what_nobody_wrote_is_no_condition_and_no_remark(tmp_path: Path, content: str) -> None:
    run = Run(tmp_path)
    run.conditions_file.write_text(content)
    assert remark(run) == ""
    assert "nobody kept" in conditions.take_up(run, "cpu")
    assert torch.get_num_threads() == THREADS


@pytest.mark.parametrize("threads", [0, -1, 10**9, True])
def test_absurd_threads_are_not_set(tmp_path: Path, threads: int) -> None:
    run = Run(tmp_path)
    began = dataclasses.asdict(conditions.here("cpu")) | {"threads": threads}
    run.conditions_file.write_text(json.dumps({"began": began, "changed": ""}))
    conditions.take_up(run, "cpu")
    assert torch.get_num_threads() == THREADS


def test_an_altered_file_is_not_believed(tmp_path: Path) -> None:
    run = Run(tmp_path)
    conditions.begin(run, "cpu")
    whole = run.conditions_file.read_text()
    run.conditions_file.write_text(whole.replace(f'"threads": {THREADS}', f'"threads": {OTHERS}'))
    assert "nobody kept" in conditions.take_up(run, "cpu")
    run.conditions_file.write_text(whole.replace('"changed": ""', '"changed": "all is well"'))
    assert remark(run) == ""
