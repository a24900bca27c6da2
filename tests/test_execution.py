"""Whole trainings: what lands in the run folder, and what is left after a stop, a kill, a full disk or a loss that explodes.

Small networks on small sets, one thread each: a training takes about a second, and is the same to the last bit each time.
"""

import dataclasses
import errno
import io
import itertools
import json
import math
import os
import random
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

from vae_core import data, runs
from vae_core.config import RunConfig
from vae_core.data import binarisation
from vae_core.files import atomic, records
from vae_core.files.pictures import read
from vae_core.files.tensors import read_packed
from vae_core.latent import codes
from vae_core.models import evaluation, weights
from vae_core.models.export import export
from vae_core.models.weights import load_model
from vae_core.presets import configure
from vae_core.runs.previews import frames
from vae_core.runs.run import Run
from vae_core.training import checkpoint, execution, jobs, previews, speed
from vae_core.training.checkpoint import load_training
from vae_core.training.execution import execute, measure
from vae_core.training.loop import Record, Training
from vae_core.traits import FAMILIES

SMALL = {"device": "cpu", "channels": "4,4", "hidden": "8", "batch_size": 32, "epochs": 3}
TIMINGS = ("seconds", "images_per_second")


def small(**settings: object) -> RunConfig:
    return configure("mnist-2d-quick", {**SMALL, "dataset": "digits", "images": 200, **settings})


def until(condition: Callable[[], object], seconds: float = 30.0) -> float:
    """Seconds until the condition held."""
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < seconds, "it did not come about in time"
        time.sleep(0.01)
    return time.monotonic() - begin


def losses(run: Run) -> list[dict]:
    """The metrics without what depends on the clock."""
    return [{name: value for name, value in record.items() if name not in TIMINGS} for record in run.metrics()]


def as_written(value: object) -> object:
    """A value of a record as the metrics hold it: with six digits."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def contents(run: Run, *names: str) -> list[bytes]:
    return [(run.path / name).read_bytes() for name in names]


def listing(run: Run) -> set[str]:
    return {path.relative_to(run.path).as_posix() for path in run.path.rglob("*") if path.is_file()}


class Killed(BaseException):
    """Ends `execute` where it stands, as a kill would."""


# ---- From the first image to the last file ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, list[str]]:
    """A run carried out in this process, and the states that could be read while it went on."""
    run, states = runs.create(small(), tmp_path_factory.mktemp("finished")), []
    with jobs.held(run):
        last = execute(run, lambda record, training: states.append(run.status.state))
    return run, [*states, last.state]


def test_a_finished_run_has_exactly_these_files(finished):
    run, _ = finished
    frames = {f"previews/000{epoch}-{part}" for epoch in range(4) for part in ("codes.npz", "reconstructions.webp", "sheet.webp")}
    once = {"config.json", "status.json", "metrics.jsonl", "weights.safetensors", "network.bin", "codes.npz", "thumbnails.webp"}
    others = {"cover.webp", "card.json", "conditions.json", "worker.lock", "previews/probes.npz", "previews/originals.webp"}
    assert listing(run) == frames | once | others


def test_the_states_are_running_and_then_finished(finished):
    run, states = finished
    assert states == ["running"] * len(run.metrics()) + ["finished"]
    status = run.status
    assert (status.state, status.epoch, status.epochs, status.step, status.steps, status.message) == ("finished", 3, 3, 15, 15, "")
    assert status.seconds == pytest.approx(run.metrics()[-1]["seconds"], abs=1e-3)


def test_the_film_has_a_frame_an_epoch_and_one_before(finished):
    run, _ = finished
    assert frames(run.previews) == [0, 1, 2, 3]
    sheets = [(run.previews / f"000{epoch}-sheet.webp").read_bytes() for epoch in range(4)]
    assert len(set(sheets)) == 4
    assert read(sheets[0]).shape == (12 * 8, 12 * 8, 3)


def test_the_metrics_follow_the_training(finished):
    run, _ = finished
    records = run.metrics()
    assert [record["step"] for record in records if record["split"] == "train"] == list(range(1, 16))
    assert [record["epoch"] for record in records if record["split"] == "validation"] == [1, 2, 3]
    assert all(record["total"] == pytest.approx(record["reconstruction"] + record["kl"], rel=1e-5) for record in records)


def test_codes_begin_with_validation_and_thumbnails_show_their_images(finished):
    run, _ = finished
    found, images = codes.load(run.codes), data.load("digits", images=200)
    assert found.validation == len(images.validation) == 40
    assert set(found.index[:40]) == set(images.validation)
    assert set(found.index[40:]) == set(images.train)
    np.testing.assert_array_equal(found.labels, images.labels[found.index])
    sheet = read(run.thumbnails.read_bytes())[..., 0]
    assert sheet.shape == (5 * 8, 40 * 8)  # all of a small set
    tiles = sheet.reshape(5, 8, 40, 8).transpose(0, 2, 1, 3).reshape(200, 8, 8)
    np.testing.assert_array_equal(tiles, images.images[found.index, 0])
    with torch.no_grad():
        posterior = load_model(run).encode(torch.from_numpy(images.images[found.index]) / 255)
    np.testing.assert_allclose(found.mean, posterior.mean, atol=2e-3)
    np.testing.assert_allclose(found.log_var, posterior.log_var, atol=2e-3)


def test_more_thumbnails_than_a_row_holds_stand_in_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(codes, "SMALL", 0)
    monkeypatch.setattr(codes, "MAX_SHOWN", 23)
    monkeypatch.setattr(codes, "THUMBNAIL_COLUMNS", 10)
    run = runs.create(small(epochs=1), tmp_path)
    execute(run)
    sheet, images, found = read(run.thumbnails.read_bytes())[..., 0], data.load("digits", images=200), codes.load(run.codes)
    assert sheet.shape == (3 * 8, 10 * 8)
    np.testing.assert_array_equal(sheet[16:24, 16:24], images.images[found.index[22], 0])
    assert not sheet[16:, 24:].any()


def test_the_exported_network_is_that_of_the_saved_weights(finished):
    run, _ = finished
    assert run.network.read_bytes() == export(load_model(run))


def test_the_card_says_what_can_be_measured_again(finished):
    run, _ = finished
    card, again = run.card(), measure(run)
    assert {"epochs", "seconds", "images_per_second", "device", "machine"} <= card.keys() == again.keys()
    for name, value in again.items():
        assert card[name] == (value if isinstance(value, str) else pytest.approx(value, rel=1e-4, abs=2e-4)), name
    last = run.metrics()[-1]
    assert (card["elbo"], card["kl"]) == pytest.approx((-last["total"], last["kl"]), rel=1e-5)
    assert sum(card["kl_by_dimension"]) == pytest.approx(card["kl"], abs=1e-3)
    assert card["bits_per_dimension"] == pytest.approx(-card["elbo"] / 64 / math.log(2))
    assert card["bound"] >= card["elbo"] - 0.1
    assert (card["training_images"], card["validation_images"], card["epochs"]) == (160, 40, 3)
    assert card["parameters"] == sum(p.numel() for p in load_model(run).parameters()) - 1  # the pixel sigma is of no use here


@pytest.mark.parametrize(("likelihood", "family"), [*(("gaussian", family) for family in FAMILIES), ("logistic", "vae")])
def test_a_card_names_the_learned_sigma(tmp_path, likelihood, family):
    run = runs.create(small(epochs=1, likelihood=likelihood, sigma=0.3, learning_rate=0.02, family=family), tmp_path)
    assert execute(run).state == "finished"
    card = run.card()
    assert card["sigma"] == pytest.approx(math.exp(load_model(run).log_sigma.item()))
    assert card["sigma"] != pytest.approx(0.3, rel=1e-3)
    assert ("bound" in card) == (FAMILIES[family].is_bound and FAMILIES[family].is_stochastic)


def test_a_card_names_the_mean_of_a_sigma_for_each_pixel(tmp_path):
    run = runs.create(small(epochs=1, likelihood="logistic", learn_sigma="pixel", learning_rate=0.02), tmp_path)
    assert execute(run).state == "finished"
    log_sigma = load_model(run).log_sigma
    assert log_sigma.std() > 0
    assert run.card()["sigma"] == pytest.approx(log_sigma.exp().mean().item())
    assert math.isfinite(run.card()["bound"])


def test_a_linear_autoencoder_finds_the_plane_of_pca(tmp_path):
    run = runs.create(configure("linear-ae", {"dataset": "digits", "epochs": 100, "learning_rate": 0.1, "device": "cpu"}), tmp_path)
    assert execute(run).state == "finished"
    images = data.load("digits")
    pixels = images.images.reshape(len(images.images), -1) / 255
    pca = PCA(2).fit(pixels[images.train])
    weight = load_model(run).decoder[0].weight.detach().numpy()
    assert subspace_angles(weight, pca.components_.T).max() < 0.1
    validation = pixels[images.validation]
    lost = np.square(pca.inverse_transform(pca.transform(validation)) - validation).mean()
    assert run.card()["reconstruction_error"] == pytest.approx(lost, rel=0.02)


# ---- Stopped, killed, resumed -------------------------------------------------------------------------------------------


def test_stopped_in_an_epoch_and_resumed_in_a_new_process_is_never_stopped(finished, tmp_path):
    unbroken, _ = finished
    run = runs.create(small(), tmp_path)
    with jobs.held(run):
        status = execute(run, lambda record, training: run.stop_file.touch() if record.step == 7 else None)
    assert (status.state, status.step, status.epoch) == ("stopped", 7, 1)
    assert losses(run) == losses(unbroken)[:8]
    assert {"codes.npz", "card.json", "cover.webp", "network.bin", "resume.safetensors"} <= listing(run)
    assert codes.load(run.codes).validation == 40
    jobs.resume(run)
    until(lambda: run.status.state not in ("queued", "running"))
    until(lambda: not jobs.alive(run))
    assert run.status.state == "finished"
    assert losses(run) == losses(unbroken)
    same = ("weights.safetensors", "network.bin", "thumbnails.webp", "cover.webp", "previews/0003-sheet.webp", "previews/0000-codes.npz")
    assert contents(run, *same) == contents(unbroken, *same)
    assert listing(run) - listing(unbroken) == {"log.txt"}
    assert "Traceback" not in run.log.read_text()


@pytest.mark.parametrize("place", [("train", 1), ("train", 5), ("validation", 5), ("train", 8), ("validation", 15)], ids=str)
def test_killed_at_any_record_and_taken_up_is_never_killed(finished, tmp_path, monkeypatch, place):
    monkeypatch.setattr(execution, "SECONDS_BETWEEN_SAVES", 0.0)
    unbroken, _ = finished
    run = runs.create(small(), tmp_path)

    def watch(record: Record, training: Training) -> None:
        if (record.split, record.step) == place:
            raise Killed

    with pytest.raises(Killed):
        execute(run, watch)
    assert execute(run).state == "finished"
    assert losses(run) == losses(unbroken)
    assert contents(run, "weights.safetensors") == contents(unbroken, "weights.safetensors")
    assert frames(run.previews) == [0, 1, 2, 3]


# A file, which of the times that it is written, and how many of the 18 records are still to come then.
WRITES = [
    ("originals.webp", 1, 18),
    ("0000-sheet.webp", 1, 18),
    ("weights.safetensors", 1, 18),
    ("resume.safetensors", 1, 18),
    ("0001-sheet.webp", 1, 18),
    ("weights.safetensors", 2, 18),
    ("resume.safetensors", 2, 18),
    ("network.bin", 2, 6),
    ("0003-codes.npz", 1, 6),
    ("weights.safetensors", 5, 0),
    ("codes.npz", 1, 0),
    ("thumbnails.webp", 1, 0),
    ("card.json", 1, 0),
    ("status.json finished", 1, 0),
]


@pytest.mark.parametrize(("name", "nth", "to_come"), WRITES)
def test_killed_before_any_file_and_taken_up_lacks_nothing(finished, tmp_path, monkeypatch, name, nth, to_come):
    unbroken, _ = finished
    run, genuine, seen, again = runs.create(small(), tmp_path), atomic.write_atomic, [], []

    def fatal(path: Path, content: bytes) -> None:
        seen.append(path.name + (" finished" if b'"finished"' in content else ""))
        if seen.count(name) == nth and seen[-1] == name:
            raise Killed
        genuine(path, content)

    with monkeypatch.context() as patch:
        for module in (atomic, records, execution, checkpoint, weights, previews, codes):
            patch.setattr(module, "write_atomic", fatal)
        with pytest.raises(Killed):
            execute(run)
    assert execute(run, lambda record, training: again.append(record)).state == "finished"
    assert len(again) == to_come
    assert losses(run) == losses(unbroken)
    assert listing(run) | {"worker.lock"} == listing(unbroken)
    assert contents(run, "weights.safetensors", "cover.webp") == contents(unbroken, "weights.safetensors", "cover.webp")


def test_while_it_loads_a_resumed_run_says_where_it_was(tmp_path, monkeypatch):
    run, genuine, seen = runs.create(small(), tmp_path), data.load, []
    execute(run, lambda record, training: run.stop_file.touch() if record.step == 7 else None)

    def load(name: str, images: int) -> data.ImageSet:
        seen.append(run.stored_status())
        return genuine(name, images=images)

    monkeypatch.setattr(binarisation, "load", load)
    assert execute(run).step == 8  # nobody took the request to stop back
    assert [(status.state, status.epoch, status.step, status.steps) for status in seen] == [("running", 1, 7, 15)]


def test_a_run_without_a_saved_state_begins_anew(finished, tmp_path):
    run = runs.create(small(), tmp_path)
    execute(run, lambda record, training: run.stop_file.touch() if record.step == 7 else None)
    run.resume.unlink()
    run.stop_file.unlink()
    assert execute(run).state == "finished"
    assert losses(run) == losses(finished[0])


def test_stopping_at_the_very_end_finishes(tmp_path):
    run = runs.create(small(epochs=1), tmp_path)
    status = execute(run, lambda record, training: run.stop_file.touch() if record.split == "validation" else None)
    assert status.state == "finished"


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, subprocess.Popen]]:
    """The last worker process of each run folder; none survives the test."""
    started: dict[str, subprocess.Popen] = {}
    genuine = subprocess.Popen

    def popen(command: list[str], **options: object) -> subprocess.Popen:
        started[command[-1]] = genuine(command, **options)
        return started[command[-1]]

    monkeypatch.setattr("vae_core.processes.subprocesses.subprocess.Popen", popen)
    yield started
    for process in started.values():
        process.kill()
        process.wait(10)


LIVES = int(os.environ.get("VAE_KILLS", "8")) // 2
"""Of each of two trainings; `VAE_KILLS=20 pytest tests/test_execution.py` is the long version."""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_kills_of_real_workers_lose_and_damage_nothing(tmp_path, workers):
    config = small(dataset="mnist10k", images=64, epochs=1000, batch_size=16)
    with ThreadPoolExecutor(2) as pool:
        killed = list(pool.map(lambda seed: _kill_again_and_again(config, tmp_path / str(seed), seed, workers), (1, 2)))
    unbroken = Training(config, data.load("mnist10k", images=64))
    longest = max(killed, key=lambda run: len(run.metrics()))
    expected = [dataclasses.asdict(record) for record in itertools.islice(unbroken, len(longest.metrics()))]
    expected = [{name: as_written(value) for name, value in record.items() if name not in TIMINGS and value != {}} for record in expected]
    for run in killed:
        assert losses(run) == expected[: len(run.metrics())]
        assert run.status.epoch > 0.8 * LIVES
        assert frames(run.previews) == list(range(0, run.status.epoch + 1, 25))
        assert measure(run)["elbo"] == pytest.approx(run.card()["elbo"], rel=1e-4)


def _kill_again_and_again(config: RunConfig, root: Path, seed: int, workers: dict[str, subprocess.Popen]) -> Run:
    """Kill a training again and again: every fifth time at any moment from its launch on, else after one more epoch. Then stop it."""
    chance, run = random.Random(seed), jobs.launch(config, root)
    for life in range(LIVES):
        epoch = run.status.epoch
        if life % 5 != 2:
            until(lambda epoch=epoch: run.status.epoch > epoch, 60)
        time.sleep(chance.uniform(0, 0.3) if life % 5 != 2 else chance.uniform(0, 2))
        workers[str(run.path)].kill()
        until(lambda: run.status.state == "interrupted", 3.0)
        _check_what_is_left(run, config)
        jobs.resume(run)
    epoch = run.status.epoch
    until(lambda: run.status.epoch > epoch)
    jobs.stop(run)
    until(lambda: run.status.state == "stopped")
    until(lambda: not jobs.alive(run))
    return run


def _check_what_is_left(run: Run, config: RunConfig) -> None:
    """Everything in the folder is whole, and the metrics lead up to the saved state without a gap."""
    assert [listed.id for listed in runs.list_runs(run.path.parent)] == [run.id]
    assert run.config == config
    load_model(run)
    read_packed(run.network)
    state = Training(config, data.load("mnist10k", images=64))
    load_training(state, run.resume)
    known = {(record["step"], record["split"]) for record in run.metrics()}
    assert known >= {(step, "train") for step in range(1, state.step + 1)}
    assert not [path for path in run.path.rglob("*.npz") if not np.load(path).files]


# Launches a training and says its folder, then waits to be killed.
SERVER = """
import json, pathlib, sys
from vae_core.training import jobs
from vae_core.config import RunConfig
from vae_core.data import binarisation
run = jobs.launch(RunConfig.from_json(json.loads(sys.argv[2])), pathlib.Path(sys.argv[1]))
print(run.path, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(os.name == "nt", reason="there are no sessions there")
def test_a_worker_whose_server_is_killed_with_all_its_children_goes_on_to_the_end(finished, tmp_path):
    command = [sys.executable, "-c", SERVER, tmp_path, json.dumps(small().to_json())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True) as server:
        run = Run(Path(server.stdout.readline().strip()))
        until(lambda: jobs.alive(run))
        os.killpg(server.pid, signal.SIGKILL)
    assert run.status.state in ("queued", "running")
    until(lambda: run.status.state == "finished")
    until(lambda: not jobs.alive(run))
    assert losses(run) == losses(finished[0])
    assert run.status.epoch == 3


# ---- What can go wrong --------------------------------------------------------------------------------------------------

EXPLOSIVE = {"learning_rate": 1.0, "lr_schedule": "constant", "batch_norm": False, "network": "mlp", "activation": "relu"}


@pytest.mark.parametrize(("batch_size", "step"), [(32, 2), (160, 1)], ids=["between two steps", "before the validation"])
def test_a_training_that_explodes_fails_and_keeps_the_last_numbers(tmp_path, batch_size, step):
    run = runs.create(small(**EXPLOSIVE, hidden="8,8,8", batch_size=batch_size, epochs=30), tmp_path)
    status = execute(run)
    assert status.state == run.status.state == "failed"
    assert f"stopped being a number at step {step}" in status.message
    assert "smaller learning rate" in status.message
    assert all(torch.isfinite(value).all() for value in load_model(run).state_dict().values())
    assert all(math.isfinite(record["total"]) for record in run.metrics())
    assert frames(run.previews) == [0]


def test_weights_that_stop_being_numbers_are_not_saved(tmp_path, monkeypatch):
    monkeypatch.setattr(execution, "SECONDS_BETWEEN_SAVES", 0.0)
    run = runs.create(small(), tmp_path)

    def poison(record: Record, training: Training) -> None:
        if record.step == 8:
            before.extend(contents(run, "weights.safetensors", "resume.safetensors"))
            training.model.encoder[0].weight.data[0] = math.nan

    before: list[bytes] = []
    status = execute(run, poison)
    assert (status.state, status.step) == ("failed", 8)
    assert "a weight stopped being a number before step 9" in status.message
    assert contents(run, "weights.safetensors", "resume.safetensors") == before


def _no_space_when_synced(patch: pytest.MonkeyPatch) -> None:
    genuine = os.fsync

    def full(descriptor: int) -> None:
        found = os.fstat(descriptor)
        if stat.S_ISREG(found.st_mode) and found.st_size > 500:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        genuine(descriptor)

    patch.setattr(os, "fsync", full)


def _no_space_for_a_line(patch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    patch.setattr(os, "write", full)


@pytest.mark.parametrize("fill", [_no_space_when_synced, _no_space_for_a_line])
def test_a_full_disk_fails_the_run_and_harms_no_file(finished, tmp_path, fill):
    run, before = runs.create(small(), tmp_path), []
    kept = ("weights.safetensors", "resume.safetensors", "network.bin", "metrics.jsonl", "previews/0001-sheet.webp")
    with pytest.MonkeyPatch.context() as patch:

        def watch(record: Record, training: Training) -> None:
            if record.step == 9:
                before.extend(contents(run, *kept))
                fill(patch)

        status = execute(run, watch)
    assert status.state == run.status.state == "failed"
    assert status.message.startswith("the training cannot be kept: the disk with the checkpoints folder is full; delete what")
    assert status.message.endswith("; what was saved before is kept")
    assert [new.startswith(old) for new, old in zip(contents(run, *kept), before, strict=True)] == [True] * 5
    assert not list(run.path.rglob("*.tmp"))
    load_model(run)
    assert execute(run).state == "finished"  # there is room again
    assert losses(run) == losses(finished[0])


@pytest.mark.skipif(os.name == "nt", reason="needs limits of the system")
def test_a_limit_on_the_size_of_files_is_met_for_real(tmp_path):
    import resource

    run, before, unlimited = runs.create(small(), tmp_path), [], resource.getrlimit(resource.RLIMIT_FSIZE)

    def watch(record: Record, training: Training) -> None:
        if record.step == 9:
            before.extend(contents(run, "weights.safetensors", "resume.safetensors"))
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, unlimited[1]))

    try:
        status = execute(run, watch)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert status.state == run.status.state == "failed"
    assert status.message.startswith("the training cannot be kept: the system says “File too large”")
    assert contents(run, "weights.safetensors", "resume.safetensors") == before


def test_no_memory_is_a_failure_with_advice(tmp_path, monkeypatch):
    def hungry(name: str, images: int) -> None:
        raise MemoryError

    monkeypatch.setattr(binarisation, "load", hungry)
    status = execute(runs.create(small(), tmp_path))
    assert (status.state, status.message.split("; ")[0]) == ("failed", "there was not enough memory")


def test_a_data_set_that_is_not_here_fails_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "nothing"))
    run = runs.create(small(dataset="mnist"), tmp_path)
    status = execute(run)
    assert status.state == run.status.state == "failed"
    assert status.message.startswith("mnist is not in ")
    assert "download" in status.message
    assert listing(run) == {"config.json", "status.json"}


def test_a_damaged_state_fails_and_is_kept_for_inspection(tmp_path):
    run = runs.create(small(), tmp_path)
    run.resume.write_bytes(b"once upon a time")
    status = execute(run)
    assert status.state == "failed"
    assert "resume.safetensors is truncated" in status.message
    assert run.resume.read_bytes() == b"once upon a time"


# ---- How fast it will be ------------------------------------------------------------------------------------------------


def question(**settings: object) -> str:
    return json.dumps(small(**settings).to_json())


def test_the_speed_is_measured_by_a_process_of_its_own():
    done = subprocess.run([sys.executable, "-m", "vae_core.training.speed"], input=question(), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["images_per_second"] > 10
    assert done.stderr == ""


def test_one_process_times_many_questions_and_goes_on_after_nonsense(monkeypatch, capsys):
    monkeypatch.setattr(speed, "SECONDS", 0.05)
    monkeypatch.setattr(os, "nice", lambda increment: 0)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{question()}\nfast?\n{question(latent_dim=5)}\n"))
    assert speed.main() == 1
    first, nothing, last = capsys.readouterr().out.splitlines()
    assert nothing == ""
    assert min(json.loads(line)["images_per_second"] for line in (first, last)) > 10


def test_a_network_too_large_to_time_is_judged_by_its_first_steps(monkeypatch):
    monkeypatch.setattr(speed, "SECONDS", 0.02)
    monkeypatch.setattr(speed, "SECONDS_AT_MOST", 0.05)
    steps = []
    train = Training._step
    monkeypatch.setattr(Training, "_step", lambda self, indices: time.sleep(0.1) or steps.append(1) or train(self, indices))
    rate = speed.images_per_second(small())
    assert len(steps) == 1
    assert 0 < rate < small().train.batch_size / 0.1


def test_a_larger_network_is_slower(monkeypatch):
    monkeypatch.setattr(speed, "SECONDS", 0.1)
    tiny, large = small(), small(hidden="2048,2048")
    assert fastest(tiny) > 3 * fastest(large) > 0


def fastest(config: RunConfig) -> float:
    """Images a second, the best of three: a moment in which the machine did something else does not count."""
    return max(speed.images_per_second(config) for _ in range(3))


NONSENSE = [" ", "fast?", "[1, 2]", "{}", '{"model": 1, "train": 2}', '{"model": {}}', '{"model": {}, "train": {"speed": 1}}']


@pytest.mark.parametrize("asked", [*NONSENSE, '{"model": {"latent_dim": 0}, "train": {}}'])
def test_nonsense_is_refused_in_one_sentence(asked, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{asked}\n"))
    monkeypatch.setattr(os, "nice", lambda increment: 0)
    assert speed.main() == 1
    answer = capsys.readouterr()
    assert answer.out == "\n"
    assert answer.err.count("\n") == 1
    assert 10 < len(answer.err) < 250


def test_the_elbo_on_the_card_is_measured_on_validation_images_alone(finished):
    run, _ = finished
    images, model = data.load("digits", images=200), load_model(run)
    batches = execution.Batches(images.images, torch.device("cpu"))
    assert -run.card()["elbo"] == pytest.approx(evaluation.elbo(model, batches, torch.from_numpy(images.validation)).total, rel=1e-5)
    assert -run.card()["elbo"] != pytest.approx(evaluation.elbo(model, batches, torch.from_numpy(images.train)).total, rel=1e-5)
