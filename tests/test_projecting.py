"""Projections as processes: found, shared, watched, stopped, killed, starved of disk, and never a wrong picture."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from vae_core.errors import DataError, RunDamaged, RunError
from vae_core.files.records import write_json
from vae_core.files.storage import PROGRAM
from vae_core.latent import codes, encoded_sets
from vae_core.latent.codes import Codes
from vae_core.presets import configure
from vae_core.projections import jobs as projection_jobs
from vae_core.projections import numba_cache, usual
from vae_core.projections.computation import compute
from vae_core.projections.jobs import Job, State, codes_of, find, keep, start
from vae_core.projections.numba_cache import compile_ahead
from vae_core.projections.projection import Projection
from vae_core.projections.request import Request
from vae_core.projections.stored import load, save
from vae_core.projections.usual import project_all
from vae_core.projections.worker import _work
from vae_core.runs import derived
from vae_core.runs.run import Run

QUICK = Request("tsne", parameters={"iterations": 100})
SLOW = Request("tsne", parameters={"iterations": 1000})

# Another page: waits for the starting shot, then asks for a projection.
PAGE = """
import sys, pathlib
from vae_core.projections import jobs
from vae_core.projections import Request
from vae_core.runs import Run
print("ready", flush=True)
sys.stdin.readline()
job = jobs.start(Run(pathlib.Path(sys.argv[1])), Request("tsne", parameters={"iterations": 1000}))
print(job.state().state)
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A run with codes of three clouds, whose processes do not survive the test."""
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    made = Run(tmp_path / "checkpoints" / "clouds")
    made.path.mkdir(parents=True)
    centres = np.repeat(6 * np.eye(3, 4), 100, axis=0)
    keep_codes(made, (centres + np.random.default_rng(0).normal(size=(300, 4))).astype(np.float32))
    yield made
    shutil.rmtree(made.path.parent / projection_jobs.PLACES, ignore_errors=True)  # whoever waits is not started any more
    kill_workers(made)


def keep_codes(run: Run, mean: np.ndarray) -> None:
    count = len(mean)
    labels = np.arange(count) * 3 // count
    codes.save(Codes(mean, np.zeros_like(mean), labels, np.arange(count), np.zeros(count, np.float32), count), run.codes)


def workers(run: Run) -> list[int]:
    """The living processes that compute for this run's folder."""
    found = subprocess.run(["ps", "-ww", "-eo", "pid=,stat=,args="], capture_output=True, text=True, check=True).stdout.splitlines()
    mine = [line.split(None, 2) for line in found if str(run.path.parent) in line and "-m vae_core.projections.worker" in line]
    return [int(pid) for pid, state, _ in mine if not state.startswith("Z")]


def kill_workers(run: Run) -> None:
    for process in workers(run):
        with suppress(ProcessLookupError):  # it has just ended by itself
            os.kill(process, signal.SIGKILL)
    until(lambda: not workers(run))


def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < seconds, "it did not come about in time"
        time.sleep(0.05)


def ended(job: Job) -> State:
    until(lambda: job.state().state not in ("waiting", "running"))
    return job.state()


def leftovers(run: Run) -> list[str]:
    """What processes left behind beside the runs."""
    home = run.path.parent / ".projecting"
    return [path.name for path in home.iterdir() if path.is_dir()] if home.exists() else []


def noise_of(run: Run, request: Request) -> dict[str, float]:
    """What a projection of noise that is asked for by itself says of itself."""
    quality = compute(codes.load(run.codes).mean, replace(request, noise=True)).quality
    return {name: quality[name] for name in ("trustworthiness", "continuity", "neighbour_overlap")}


def without_noise(job: Job) -> Projection:
    """The job's finished projection, as a process leaves it that dies before it has measured the noise."""
    found = replace(load(job.result_file), noise={})
    save(found, job.result_file)
    Job(job.run, replace(job.request, noise=True)).result_file.unlink(missing_ok=True)
    return found


def test_a_job_shows_its_stages_and_leaves_one_file(run):
    assert find(run, QUICK) is None
    assert Job(run, QUICK).state().state == "interrupted"
    job = start(run, QUICK)
    assert job.state().state in ("waiting", "running")
    until(lambda: job.frames())
    iteration, points = job.frames()[0]
    assert (iteration, points.shape, points.dtype) == (0, (300, 2), np.float32)
    assert job.frames(10_000) == []
    assert ended(job) == State("finished", 350, 350)
    until(lambda: not workers(run))
    found = find(run, QUICK)
    assert found.quality["knn_accuracy"] > 0.95
    assert found.noise == noise_of(run, QUICK)
    assert [iteration for iteration, _ in job.frames(300)] == [iteration for iteration, _ in found.frames if iteration > 300]
    twin = Job(run, replace(QUICK, noise=True))
    assert {path.name for path in derived.projections(run).iterdir()} == {job.result_file.name, twin.result_file.name}
    assert leftovers(run) == []


def test_the_noise_that_a_projection_is_compared_with_is_kept_to_be_seen(run):
    ended(start(run, QUICK))
    until(lambda: not workers(run))
    asked = replace(QUICK, noise=True)
    twin, expected = find(run, asked), compute(codes.load(run.codes).mean, asked)
    np.testing.assert_allclose(twin.points, expected.points, atol=2e-3 * np.ptp(expected.points))
    assert (twin.frames, twin.request) == ((), asked)
    assert start(run, asked).state().state == "finished"
    save(replace(find(run, QUICK), noise={}), Job(run, QUICK).result_file)
    before = Job(run, asked).result_file.stat().st_mtime_ns
    assert ended(start(run, QUICK)).state == "finished"
    until(lambda: not workers(run))
    assert find(run, QUICK).noise == noise_of(run, QUICK)
    assert find(run, asked).quality == twin.quality
    assert Job(run, asked).result_file.stat().st_mtime_ns >= before


def test_a_finished_projection_is_not_computed_again(run):
    ended(start(run, QUICK))
    until(lambda: not workers(run))
    before = Job(run, QUICK).result_file.stat().st_mtime_ns
    assert start(run, QUICK).state().state == "finished"
    assert workers(run) == []
    assert Job(run, QUICK).result_file.stat().st_mtime_ns == before


def test_the_projection_is_there_while_its_noise_is_measured(run):
    job = start(run, SLOW)
    until(lambda: find(run, SLOW))
    found = find(run, SLOW)
    assert (found.noise, len(found.frames)) == ({}, len(job.frames()))
    until(lambda: job.state().message)
    assert (job.state().state, job.state().message) == ("running", projection_jobs.MEASURING)
    assert start(run, SLOW).state().state == "running"
    assert len(workers(run)) == 1
    assert ended(job) == State("finished", 1250, 1250)
    again = find(run, SLOW)
    assert set(again.noise) == {"trustworthiness", "continuity", "neighbour_overlap"}
    np.testing.assert_array_equal(again.points, found.points)
    for (one, before), (other, after) in zip(found.frames, again.frames, strict=True):
        assert one == other
        np.testing.assert_array_equal(before, after)


def test_a_stop_leaves_the_noise_out_and_a_start_measures_it(run):
    job = start(run, SLOW)
    until(lambda: job.state().message == projection_jobs.MEASURING)
    job.stop()
    assert ended(job) == State("finished", 1250, 1250)
    until(lambda: not workers(run))
    found = find(run, SLOW)
    assert (found.noise, found.facts["stopped_early"], leftovers(run)) == ({}, False, [])
    start(run, SLOW)
    until(lambda: job.state().message == projection_jobs.MEASURING)
    assert list(job.folder.glob("*.frame")) == []
    assert [iteration for iteration, _ in job.frames()] == [iteration for iteration, _ in found.frames]
    assert ended(job).state == "finished"
    again = find(run, SLOW)
    assert again.noise
    np.testing.assert_allclose(again.points, found.points, rtol=1e-6, atol=1e-6)


def test_noise_that_was_stopped_early_is_computed_anew(run):
    noise = replace(QUICK, noise=True)
    stopped = compute(codes.load(run.codes).mean, noise)
    keep(replace(stopped, facts={**stopped.facts, "stopped_early": True}), Job(run, noise).result_file)
    assert ended(start(run, QUICK)).state == "finished"
    until(lambda: not workers(run))
    assert find(run, QUICK).noise
    assert not find(run, noise).facts["stopped_early"]


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_killed_while_it_measures_noise_the_projection_stands(run):
    ended(start(run, SLOW))
    until(lambda: not workers(run))
    job, moments = Job(run, SLOW), random.Random(2)
    for _ in range(2):
        points = without_noise(job).points
        start(run, SLOW)
        time.sleep(moments.uniform(0.2, 1.5))
        kill_workers(run)
        state, found = ended(job), find(run, SLOW)
        assert state.state == ("finished" if found.noise else "interrupted")
        np.testing.assert_allclose(found.points, points, rtol=1e-5, atol=1e-5)
    without_noise(job)
    assert ended(start(run, SLOW)).state == "finished"
    assert find(run, SLOW).noise
    until(lambda: not workers(run))
    assert leftovers(run) == []


def test_other_codes_ask_for_another_projection(run):
    ended(start(run, QUICK))
    until(lambda: not workers(run))
    keep_codes(run, np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32))
    assert find(run, QUICK) is None


@pytest.mark.parametrize("method", ["raw", "pca"])
def test_a_flat_view_is_there_at_once_and_kept(run, method, monkeypatch):
    found = find(run, Request(method))
    assert found.points.shape == (300, 2)
    assert found.noise == noise_of(run, Request(method))
    assert start(run, Request(method)).state().state == "finished"
    monkeypatch.setattr(projection_jobs, "compute", None)
    again = find(run, Request(method))
    assert again.noise == found.noise
    np.testing.assert_allclose(again.points, found.points, atol=1e-3)
    assert workers(run) == []


def test_a_flat_view_is_shown_even_where_nothing_can_be_kept(run):
    derived.projections(run).write_text("in the way")
    assert find(run, Request("pca")).points.shape == (300, 2)


def test_a_damaged_file_counts_as_absent_and_is_replaced(run):
    ended(start(run, QUICK))
    until(lambda: not workers(run))
    file, random_places = Job(run, QUICK).result_file, random.Random(0)
    whole = file.read_bytes()
    for _ in range(200):
        flipped = bytearray(whole)
        place = random_places.randrange(8 * len(whole))
        flipped[place // 8] ^= 1 << (place % 8)
        file.write_bytes(flipped)
        assert find(run, QUICK) is None
    for length in {0, 1, 7, 8, 9, 100, *range(0, len(whole), 97)}:
        file.write_bytes(whole[:length])
        assert find(run, QUICK) is None
    assert ended(start(run, QUICK)).state == "finished"
    np.testing.assert_array_equal(find(run, QUICK).points, np.array(load(file).points))
    assert file.stat().st_size > len(whole) * 0.9


def test_a_stop_keeps_the_last_stage_and_a_start_begins_anew(run):
    job = start(run, SLOW)
    until(lambda: len(job.frames()) >= 3)
    job.stop()
    assert ended(job).state == "stopped"
    found = find(run, SLOW)
    assert found.facts["stopped_early"]
    assert 0 < found.facts["iterations"] < 2250
    np.testing.assert_array_equal(found.points, found.frames[-1][1])
    until(lambda: not workers(run))
    assert leftovers(run) == []
    assert start(run, SLOW).state().state in ("waiting", "running")


def test_who_waits_for_a_turn_can_be_stopped(run, monkeypatch):
    monkeypatch.setattr(projection_jobs, "SLOTS", 0)
    job = start(run, QUICK)
    assert (job.state().state, job.position()) == ("waiting", 0)
    job.stop()
    assert job.state() == State("stopped", message="Stopped before it began.")
    assert job.position() is None
    monkeypatch.setattr(projection_jobs, "SLOTS", 1)
    assert ended(start(run, QUICK)).state == "finished"


def test_who_waits_starts_when_somebody_asks_and_is_dropped_when_nobody_does(run, monkeypatch):
    monkeypatch.setattr(projection_jobs, "SLOTS", 0)
    abandoned, followed = start(run, SLOW), start(run, QUICK)
    assert [job.position() for job in (abandoned, followed)] == [0, 1]
    for place in (run.path.parent / projection_jobs.PLACES).glob("0*"):
        os.utime(place, (0, 0))
    assert followed.poll().state == "waiting"
    assert (abandoned.position(), followed.position(), leftovers(run)) == (None, 0, [followed.folder.name])
    assert abandoned.poll().state == "waiting"  # somebody came back
    assert (abandoned.position(), followed.position()) == (1, 0)
    abandoned.stop()
    monkeypatch.setattr(projection_jobs, "SLOTS", 1)
    followed.poll()
    assert ended(followed).state == "finished"


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("missing", ["all", "noise"])
def test_of_eight_pages_one_computes(run, missing):
    if missing == "noise":
        ended(start(run, SLOW))
        until(lambda: not workers(run))
        without_noise(Job(run, SLOW))
    command = [sys.executable, "-c", PAGE, str(run.path)]
    pages = [subprocess.Popen(command, cwd=PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(8)]
    for page in pages:
        assert page.stdout.readline() == "ready\n"
    for page in pages:
        page.stdin.write("go\n")
        page.stdin.flush()
    seen = [page.communicate()[0].strip() for page in pages]
    assert set(seen) <= {"waiting", "running"}
    until(lambda: Job(run, SLOW).state().iterations)
    assert len(workers(run)) == 1


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_killed_at_any_moment_it_says_so_and_begins_anew(run):
    moments = random.Random(1)
    for _ in range(4):
        job = start(run, QUICK)
        time.sleep(moments.uniform(0, 1.2))
        kill_workers(run)
        assert ended(job).state in ("interrupted", "finished")
        assert all(points.shape == (300, 2) for _, points in job.frames())
        found = find(run, QUICK)
        assert found is None or not found.facts["stopped_early"]
        job.result_file.unlink(missing_ok=True)
    assert ended(start(run, QUICK)).state == "finished"
    until(lambda: not workers(run))
    assert leftovers(run) == []


def test_codes_that_cannot_be_drawn_end_in_a_sentence(run):
    keep_codes(run, np.full((20, 3), np.nan, np.float32))
    state = ended(start(run, QUICK))
    assert state.state == "failed"
    assert "something else than numbers" in state.message
    with pytest.raises(RunDamaged, match="something else than numbers"):
        find(run, Request("pca"))
    run.codes.unlink()
    with pytest.raises(RunDamaged, match=r"codes\.npz cannot be read"):
        start(run, QUICK)


@pytest.fixture
def model(run) -> Run:
    """The run, with a network for images of eight by eight, so that it can encode the data set `digits`."""
    from vae_core import models
    from vae_core.models import weights

    settings = {"dataset": "digits", "channels": "4, 8", "hidden": "16", "latent_dim": 4, "device": "cpu"}
    config = configure("mnist-2d-quick", settings)
    write_json(run.path / "config.json", config.to_json())
    weights.save_weights(models.build(config.model, seed=1), run.weights)
    return run


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_a_data_set_is_encoded_and_then_drawn(model, method):
    request = Request(method, parameters={} if method == "pca" else {"iterations": 100}, count=500, data="digits")
    assert find(model, request) is None
    assert codes_of(model, request) is None
    job = start(model, request)
    assert job.state().state in ("waiting", "running")
    assert ended(job).state == "finished"
    until(lambda: not workers(model))
    assert leftovers(model) == []
    kept, found = codes_of(model, request), find(model, request)
    assert (len(kept.mean), found.points.shape) == (1797, (500, 2))
    again = compute(kept.mean, request, labels=kept.labels)
    assert {name: found.quality[name] for name in ("trustworthiness", "knn_accuracy_codes")} == pytest.approx(
        {name: again.quality[name] for name in ("trustworthiness", "knn_accuracy_codes")}, abs=0.02
    )
    assert found.noise
    before = len(list(derived.projections(model).iterdir()))
    assert find(model, Request("raw", data="digits")).points.shape == (1797, 2)
    assert len(list(derived.projections(model).iterdir())) == before + 1
    assert workers(model) == []


def test_encoding_is_seen_and_can_be_stopped(model, monkeypatch, tmp_path):
    request, folder = Request("pca", data="digits"), tmp_path / "work"
    folder.mkdir()
    seen = []

    def encode_set(run: Run, name: str, on_progress: Callable[[int, int], None]) -> None:
        on_progress(1000, 1797)
        seen.append(projection_jobs.read_json(folder / "state.json"))
        (folder / "stop").touch()
        on_progress(1797, 1797)

    monkeypatch.setattr(encoded_sets, "encode_set", encode_set)
    write_json(folder / "request.json", {"run": str(model.path), "request": request.to_json()})
    assert not _work(folder)
    assert State(**seen[0]) == State("running", 1000, 1797, projection_jobs.ENCODING)
    assert State(**projection_jobs.read_json(folder / "state.json")) == State("stopped", message="Stopped before it began.")


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_killed_while_it_encodes_it_begins_anew(model):
    request, moments = Request("raw", data="digits"), random.Random(4)
    for _ in range(2):
        job = start(model, request)
        time.sleep(moments.uniform(0.5, 3.0))
        kill_workers(model)
        state, kept = ended(job), codes_of(model, request)
        assert state.state in ("interrupted", "finished")
        assert kept is None or kept.mean.shape == (1797, 4)
        shutil.rmtree(model.path / "encoded", ignore_errors=True)
        shutil.rmtree(derived.projections(model), ignore_errors=True)
    assert ended(start(model, request)).state == "finished"
    np.testing.assert_allclose(find(model, request).points, codes_of(model, request).mean[:, :2], atol=1e-3)
    until(lambda: not workers(model))
    assert leftovers(model) == []


def test_a_data_set_that_does_not_fit_is_refused_before_anything_starts(model):
    for request in (Request("pca", data="emoji"), Request("tsne", data="emoji")):
        for act in (find, start, codes_of):
            with pytest.raises(DataError, match="images of emoji are 3 × 64 × 64, but clouds takes 1 × 8 × 8"):
                act(model, request)
    with pytest.raises(DataError, match="there is no data set"):
        find(model, Request("pca", data="../clouds"))
    assert workers(model) == []


def test_what_was_made_with_other_weights_goes(model):
    encoded_sets.encode_set(model, "digits")
    find(model, Request("pca"))
    find(model, Request("pca", data="digits"))
    assert len([*derived.projections(model).iterdir(), *derived.encoded(model).glob("*.codes")]) == 3
    derived.forget(model)
    assert [*derived.projections(model).iterdir(), *derived.encoded(model).glob("*.codes")] == []
    assert find(model, Request("pca")) is not None


def test_old_job_folders_are_swept(run):
    home = run.path.parent / ".projecting"
    (home / "old").mkdir(parents=True)
    (home / "young").mkdir()
    (home / ".half-removed.123").mkdir()  # by a worker that was killed
    os.utime(home / "old", (0, 0))
    ended(start(run, QUICK))
    until(lambda: not workers(run))
    assert leftovers(run) == ["young"]


@pytest.mark.parametrize("moment", [1_924_992_000, 1_000_000])
def test_a_clock_that_was_wrong_keeps_nothing_from_starting(run, moment):
    home = run.path.parent / ".projecting"
    leftover = Job(run, QUICK).folder
    for place in (leftover, home / "other"):
        place.mkdir(parents=True)
        (place / "worker.lock").write_bytes(b"..")
        (place / "request.json").write_text("{}")
    (leftover / "state.json").write_text('{"state": "running"}')
    for path in (*run.path.parent.rglob("*"), run.path.parent):
        os.utime(path, (moment, moment))
    assert Job(run, QUICK).state().state == "interrupted"
    job = start(run, QUICK)
    assert job.state().state in ("waiting", "running")
    assert ended(job).state == "finished"
    until(lambda: not workers(run))
    assert leftovers(run) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 kB."""
    place = tmp_path / "small"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no small file system can be mounted here ({done.stderr.strip()})")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.skipif(shutil.which("mount") is None, reason="no mount")
def test_a_disk_too_full_for_the_noise_leaves_the_projection(run, small_disk):
    tight = Run(small_disk / "clouds")
    shutil.copytree(run.path, tight.path)
    ended(start(tight, QUICK))
    until(lambda: not workers(tight))
    found = without_noise(Job(tight, QUICK))
    job = start(tight, QUICK)
    until(lambda: job.state().message == projection_jobs.MEASURING)
    with suppress(OSError), (small_disk / "ballast").open("wb", buffering=0) as ballast:
        while True:
            ballast.write(bytes(512))
    assert ended(job).state in ("failed", "interrupted")  # there is hardly room to say so
    np.testing.assert_allclose(find(tight, QUICK).points, found.points, rtol=1e-5, atol=1e-5)
    assert find(tight, QUICK).noise == {}


@pytest.mark.skipif(shutil.which("mount") is None, reason="no mount")
def test_a_full_disk_ends_in_a_sentence_and_leaves_nothing(run, small_disk):
    tight = Run(small_disk / "clouds")
    shutil.copytree(run.path, tight.path)
    keep_codes(tight, np.random.default_rng(0).normal(size=(3000, 2)).astype(np.float32))
    state = ended(start(tight, QUICK))
    assert state.state == "failed"
    assert "the disk with the checkpoints folder is full" in state.message
    until(lambda: not workers(tight))
    assert find(tight, QUICK) is None
    assert list(small_disk.rglob("*.frame")) == []
    assert list(small_disk.rglob("*.tmp")) == []
    with pytest.raises(OSError, match="No space"):
        (small_disk / "ballast").write_bytes(bytes(1 << 20))
    with pytest.raises(RunError, match=r"cannot be started: the disk .* is full"):
        start(tight, Request("umap"))
    assert workers(tight) == []
    assert find(tight, Request("pca")).points.shape == (3000, 2)


@pytest.mark.parametrize(("latent_dim", "dims"), [(4, [2, 3]), (2, [2])])
def test_what_ships_is_what_the_page_asks_for(run, monkeypatch, latent_dim, dims):
    monkeypatch.setattr(usual, "SHIPPED_METHODS", ("tsne",))
    monkeypatch.setattr(usual, "set_numba_cache", lambda: None)
    keep_codes(run, np.random.default_rng(0).normal(size=(150, latent_dim)).astype(np.float32))
    for asked, count in ((120, 120), (usual.USUAL_COUNT, 150)):
        files = project_all(run, asked)
        pairs = [(Request("tsne", each, count=count), Request("tsne", each, count=count, noise=True)) for each in dims]
        assert files == [Job(run, request).result_file for pair in pairs for request in pair]
        for each in dims:
            found = find(run, Request("tsne", each, count=count))
            assert (found.points.shape, found.frames) == ((count, each), ())
            assert found.noise["trustworthiness"] > 0.5
            assert find(run, replace(found.request, noise=True)).quality["trustworthiness"] == found.noise["trustworthiness"]
    assert len(list(derived.projections(run).iterdir())) == 4 * len(dims)


def test_compiling_happens_once(tmp_path, monkeypatch):
    monkeypatch.setenv("VAE_DATA", str(tmp_path))
    asked, spawned = [], []
    monkeypatch.setattr("vae_core.projections.numba_cache.compute", lambda few, request: asked.append(request.method))
    monkeypatch.setattr(projection_jobs, "spawn_detached", lambda module, argument, log: spawned.append(argument))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / ".numba"))
    projection_jobs.warm_up()
    assert spawned == []  # compiled code is kept elsewhere
    with monkeypatch.context() as usual:
        usual.delenv("NUMBA_CACHE_DIR")
        projection_jobs.warm_up()
    assert spawned == ["warm"]
    compile_ahead()
    assert asked == ["umap", "pacmap"]
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    projection_jobs.warm_up()
    assert len(spawned) == 1


def test_compiled_code_has_a_place_where_the_data_folder_takes_nothing(tmp_path, monkeypatch):
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    for taken in (False, True):
        monkeypatch.setenv("VAE_DATA", str(tmp_path / "file" / "data" if taken else tmp_path / "data"))
        (tmp_path / "file").touch()
        numba_cache.set_numba_cache()
        place = Path(os.environ.pop("NUMBA_CACHE_DIR"))
        assert (place == tmp_path / "data" / ".numba") == (not taken)
        (place / "code").write_bytes(b"code")


def test_a_torn_state_is_no_state(run):
    job = Job(run, QUICK)
    job.folder.mkdir(parents=True)
    for values in ({"state": "running", "epoch": 3}, {"iteration": 1}):
        write_json(job.folder / "state.json", values)
        assert job.state().state == "interrupted"
