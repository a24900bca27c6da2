"""A training that starts from the weights of another run: what it takes, what it says, what it needs no more once it has begun."""

import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from vae_core import runs
from vae_core.__main__ import main
from vae_core.config import RunConfig
from vae_core.data.binarisation import load_for
from vae_core.errors import RunError
from vae_core.models import build, evaluation, load_model, transfer
from vae_core.presets import configure
from vae_core.runs.run import Run
from vae_core.training import conditions, fitting, jobs
from vae_core.training.execution import execute
from vae_core.training.loop import Record, Training

SOURCE = "tiny-5d"
PROJECT = Path(__file__).parents[1]
LIKE_IT = {"images": 200, "epochs": 2, "batch_size": 32, "channels": "4, 8", "hidden": "16", "latent_dim": 5, "device": "cpu"}


@pytest.fixture
def home(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoints folder with the source in it."""
    home = tmp_path / "checkpoints"
    shutil.copytree(trained / SOURCE, home / SOURCE)
    monkeypatch.setenv("VAE_CHECKPOINTS", str(home))
    return home


def config(**settings: object) -> RunConfig:
    return configure("mnist-2d-quick", {**LIKE_IT, "start_from": SOURCE, **settings})


def carried_out(home: Path, settings: RunConfig, watch: Callable[[Record, Training], None] = lambda record, training: None) -> Run:
    run = runs.create(settings, home)
    execute(run, watch)
    return run


def is_one_sentence(text: str) -> bool:
    return 10 < len(text) < 250 and "\n" not in text.strip() and "Traceback" not in text


def test_where_all_fits_a_training_begins_at_the_cost_of_its_source(home: Path) -> None:
    source, training = Run(home / SOURCE), Training(config(), load_for(config().train))
    found = transfer.plan(source, config().model)
    transfer.apply(found, training.model)
    assert (found.new, len(found.taken)) == ((), len(training.model.state_dict()))
    costs = [evaluation.elbo(model, training.batches, training.validation_indices) for model in (training.model, load_model(source))]
    assert costs[0].total == costs[1].total
    slow = carried_out(home, config(learning_rate=1e-6, epochs=1))
    assert conditions.start(slow) == f"All {len(found.taken)} tensors come from {SOURCE}."
    assert slow.metrics()[-1]["total"] == pytest.approx(costs[0].total, rel=0.02)
    assert str(found) not in (home / SOURCE / "conditions.json").read_text()


def test_with_other_latent_dimensions_all_but_the_layers_at_the_code_are_taken(home: Path) -> None:
    found = transfer.plan(Run(home / SOURCE), config(latent_dim=3).model)
    last = max(int(name.split(".")[1]) for name in found.taken if name.startswith("encoder.")) + 2
    assert set(found.new) == {f"encoder.{last}.weight", f"encoder.{last}.bias", "decoder.0.weight"}
    model, fresh, source = (build(config(latent_dim=3).model), build(config(latent_dim=3).model), load_model(Run(home / SOURCE)))
    transfer.apply(found, model)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, (fresh if name in found.new else source).state_dict()[name]), name


def test_a_vae_gan_takes_a_vae_whole_and_learns_on(home: Path) -> None:
    run = carried_out(home, config(family="vaegan", epochs=1))
    assert run.status.state == "finished"
    found = transfer.plan(Run(home / SOURCE), run.config.model)
    assert {name.split(".")[0] for name in found.new} == {"discriminator"}
    said = conditions.start(run)
    assert said.startswith(f"{len(found.taken)} of {len(found.taken) + len(found.new)} tensors come from {SOURCE}; new: discriminator.")
    assert said.endswith(f" and {len(found.new) - transfer.MOST_NAMED} more.")


def test_where_no_layer_fits_nothing_begins(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = {"network": "mlp", "hidden": "9", "latent_dim": 3}
    run = carried_out(home, config(**other))
    assert (run.status.state, run.metrics()) == ("failed", [])
    assert f"no layer of {SOURCE} has a name and a shape of this network" in run.status.message
    assert is_one_sentence(run.status.message)
    before = os.listdir(home)
    given = [f"--set={name}={value}" for name, value in {**LIKE_IT, "start_from": SOURCE, **other}.items()]
    assert main(["train", "--preset", "mnist-2d-quick", *given]) == 1
    assert "no layer of" in capsys.readouterr().err
    assert os.listdir(home) == before


DAMAGE: dict[str, Callable[[Run], object]] = {
    "absent": lambda run: shutil.rmtree(run.path),
    "without weights": lambda run: run.weights.unlink(),
    "damaged": lambda run: run.weights.write_bytes(run.weights.read_bytes()[:-1] + b"!"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_a_source_that_cannot_be_used_is_refused_before_anything_starts(home: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    DAMAGE[kind](Run(home / SOURCE))
    before = os.listdir(home)
    with pytest.raises(RunError, match=f"the training cannot start from '{SOURCE}': ") as refusal:
        jobs.launch(config(), home)
    assert is_one_sentence(str(refusal.value))
    assert main(["train", "--preset", "mnist-2d-quick", "--set", f"start_from={SOURCE}"]) == 1
    answer = capsys.readouterr()
    assert is_one_sentence(answer.err)
    assert "cannot start from" in answer.err
    assert os.listdir(home) == before


def test_a_name_that_is_no_run_is_refused(home: Path) -> None:
    with pytest.raises(RunError, match=r"cannot start from '\.\./tiny-5d': there is no run"):
        jobs.launch(config(start_from="../tiny-5d"), home)


def test_a_source_that_is_deleted_while_the_training_waits_is_named(home: Path) -> None:
    run = runs.create(config(), home)
    runs.delete(Run(home / SOURCE))
    assert execute(run).state == "failed"
    assert is_one_sentence(run.status.message)
    assert f"the training cannot start from '{SOURCE}': there is no run" in run.status.message


def test_killed_and_resumed_without_its_source_it_ends_as_it_would_have(home: Path) -> None:
    unbroken = carried_out(home, config(epochs=12))
    run = runs.create(config(epochs=12), home)
    worker = subprocess.Popen([sys.executable, "-m", "vae_core.training.worker", run.path], cwd=PROJECT, stderr=subprocess.DEVNULL)
    begun = time.monotonic()
    while not run.status.epoch and time.monotonic() - begun < 30:
        time.sleep(0.005)
    worker.kill()
    worker.wait(10)
    assert run.status.state == "interrupted"
    runs.delete(Run(home / SOURCE))
    assert execute(run).state == "finished"
    assert run.weights.read_bytes() == unbroken.weights.read_bytes()
    assert conditions.start(run) == conditions.start(unbroken) != ""


def test_the_command_line_says_what_was_taken(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = [f"--set={name}={value}" for name, value in {**LIKE_IT, "epochs": 1, "start_from": SOURCE}.items()]
    assert main(["train", "--preset", "mnist-2d-quick", *given]) == 0
    assert f"tensors come from {SOURCE}." in capsys.readouterr().out


def answers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *questions: str) -> list[str]:
    monkeypatch.setattr(os, "nice", lambda increment: 0)
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{question}\n" for question in questions)))
    fitting.main()
    return capsys.readouterr().out.splitlines()


def test_what_would_fit_is_answered_by_a_process_of_its_own(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = config(latent_dim=3)
    asked = [mine, config(network="mlp", hidden="9", latent_dim=3), config(start_from="nobody")]
    asked = [json.dumps(one.to_json()) for one in (*asked, replace(mine, train=replace(mine.train, start_from="")))]
    some, none, absent, anew = (json.loads(line) for line in answers(monkeypatch, capsys, *asked))
    assert some == {"fits": True, "sentence": str(transfer.plan(Run(home / SOURCE), mine.model))}
    assert (none["fits"], absent["fits"], anew) == (False, False, {"fits": True, "sentence": ""})
    assert "no layer" in none["sentence"]
    assert "there is no run 'nobody'" in absent["sentence"]
    assert answers(monkeypatch, capsys, "fits?", "[]", "{}") == ["", "", ""]
