"""Codes of whole data sets: the encoder's own, in the promised order, honest about what was learned from, whole or absent, and small."""

import dataclasses
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from vae_core import data, models, runs
from vae_core.data.batches import Batches
from vae_core.data.own import collection
from vae_core.data.own.staging import new_set
from vae_core.errors import DataError, RunDamaged, RunError
from vae_core.files.records import read_json, write_json
from vae_core.latent import codes, encoded_sets
from vae_core.latent.encode import encode_images
from vae_core.latent.encoded_sets import encode_set, find
from vae_core.models import weights
from vae_core.presets import configure
from vae_core.runs.run import Run

ROOT = Path(__file__).parents[1]
TINY = {"channels": "4, 8", "hidden": "16", "device": "cpu"}

# Another page or shell: waits for the starting shot, encodes, and says how often it heard of images that it encoded itself.
PAGE = """
import sys, pathlib
from vae_core.latent import encoded_sets
from vae_core.runs import Run
print("ready", flush=True)
sys.stdin.readline()
heard = []
found = encoded_sets.encode_set(Run(pathlib.Path(sys.argv[1])), "digits", lambda done, total: heard.append(done))
print(sum(done > 0 for done in heard), len(found.mean))
"""

# A process that encodes a large set after a small one, and says by how many MB the second made it grow.
GROWTH = """
import sys, pathlib
from vae_core.latent import encoded_sets
from vae_core.runs import Run

def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM")) / 1000

run = Run(pathlib.Path(sys.argv[1]))
encoded_sets.encode_set(run, sys.argv[2])
before = peak()
found = encoded_sets.encode_set(run, sys.argv[3])
print(peak() - before, len(found.mean), found.mean.shape[1])
"""

# A server that draws seventy thousand codes flat, then looks at every one of them: by how many MB it grew at most, and what stays.
SERVER = """
import ctypes, sys, pathlib
from vae_core.projections import jobs as projecting
from vae_core.projections import Request
from vae_core.runs import Run

def memory(kind):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(kind)) / 1000

run, request = Run(pathlib.Path(sys.argv[1])), Request("pca", data=sys.argv[2])
before = memory("VmRSS")
found = projecting.find(run, request)
kept = projecting.codes_of(run, request)
total = kept.mean.sum() + kept.cost.sum()
most = memory("VmHWM") - before
del found, kept
getattr(ctypes.CDLL(None), "malloc_trim", int)(0)  # what is free again is not held
print(most, memory("VmRSS") - before)
"""


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own: nothing was downloaded, nobody brought images."""
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Run]:
    """make("name", dataset="digits", latent_dim=3) -> a run with an untrained network's weights."""

    def make(name: str = "tiny", **settings: object) -> Run:
        config = configure("mnist-2d-quick", {**TINY, "dataset": "digits", **settings})
        run = runs.create(config, tmp_path / "checkpoints", name=name)
        keep_weights(run)
        return run

    return make


def keep_weights(run: Run, seed: int = 1) -> None:
    weights.save_weights(models.build(run.config.model, seed=seed), run.weights)


def same(one: codes.Codes, other: codes.Codes) -> bool:
    return all(np.array_equal(getattr(one, item.name), getattr(other, item.name)) for item in dataclasses.fields(codes.Codes))


def kept(run: Run) -> list[str]:
    return sorted(path.suffix for path in (run.path / "encoded").iterdir())


def own_set(images: np.ndarray, title: str) -> str:
    """Bring images uint8 (N, C, H, W) in as a set of one's own; its name."""
    with new_set(images.shape[1:]) as staging:
        staging.open()
        for image in images:
            staging.append(image)
        return staging.publish(title, [""] * len(images), "Made for a test", 0, [])


def test_every_code_is_the_posterior_of_its_image(make):
    run = make(latent_dim=3)
    assert find(run, "digits") is None
    found, images, model = encode_set(run, "digits"), data.load("digits"), weights.load_model(run)
    assert sorted(found.index) == list(range(1797))
    np.testing.assert_array_equal(found.labels, images.labels[found.index])
    for place in (0, 200, found.validation, 1796):
        image = torch.from_numpy(images.images[found.index[place]].copy())[None] / 255
        with torch.no_grad():
            posterior = model.encode(image)
            decoded = model.decode(posterior.mean)
        np.testing.assert_allclose(found.mean[place], posterior.mean[0], atol=1e-5)
        np.testing.assert_allclose(found.log_var[place], posterior.log_var[0], atol=1e-5)
        cost = torch.nn.functional.binary_cross_entropy_with_logits(decoded, image, reduction="sum")
        assert found.reconstruction[place] == pytest.approx(float(cost), rel=1e-4)


def test_they_come_in_the_order_of_the_runs_own_codes(make, monkeypatch):
    run, images = make(), data.load("digits")
    monkeypatch.setattr(codes, "MAX_TRAINING_CODES", 100)
    own = encode_images(weights.load_model(run), Batches(images.images, torch.device("cpu")), images)
    found = encode_set(run, "digits")
    assert found.validation == own.validation == len(images.validation)
    np.testing.assert_array_equal(found.index[: len(own.index)], own.index)
    np.testing.assert_allclose(found.mean[: len(own.index)], own.mean, atol=1e-5)
    np.testing.assert_allclose(found.cost[: len(own.index)], own.cost, rtol=1e-5)


def test_they_are_mapped_and_come_back_as_they_were(make):
    run, heard = make(), []
    first = encode_set(run, "digits", lambda done, total: heard.append((done, total)))
    again = find(run, "digits")
    assert same(first, again)
    assert heard == [(1000, 1797), (1797, 1797)]
    for array, dtype in ((again.mean, "f4"), (again.log_var, "f4"), (again.labels, "i8"), (again.index, "i8")):
        assert isinstance(array, np.memmap)
        assert array.dtype == dtype
        assert not array.flags.writeable
    assert same(encode_set(run, "digits", lambda done, total: pytest.fail("encoded again")), again)
    assert kept(run) == [".codes", ".lock"]


def test_a_plain_autoencoder_has_no_variances(make):
    found = encode_set(make(family="autoencoder", latent_dim=4), "digits")
    assert (found.mean.shape, found.log_var.shape) == ((1797, 4), (0, 4))
    np.testing.assert_array_equal(found.cost, found.reconstruction)


def test_images_without_classes_have_the_label_minus_one(make):
    name = own_set(np.random.default_rng(0).integers(0, 256, (30, 1, 8, 8), np.uint8), "Grain")
    assert set(encode_set(make(), name).labels) == {-1}


def test_held_out_is_what_was_never_learned_from_by_any_name(make):
    images = data.load("digits")
    strangers = np.random.default_rng(0).integers(0, 256, (50, 1, 8, 8), np.uint8)
    mixed = own_set(np.concatenate([images.images[images.train[:40]], images.images[images.validation[:20]], strangers]), "Mixed")
    found = encode_set(make(), mixed)
    assert found.validation == 70
    assert set(found.index[:70]) == set(range(40, 110))
    part = encode_set(make("part", images=500), "digits")
    learned = data.load("digits", images=500)
    pixels = {image.tobytes() for image in learned.images[learned.train]}
    for place in (0, part.validation - 1, part.validation, 1796):
        assert (images.images[part.index[place]].tobytes() in pixels) == (place >= part.validation)
    assert len(part.mean) == 1797


def test_a_class_left_out_is_held_out_whole_and_under_another_name(make):
    run, images = make("part", without="3"), data.load("digits")
    found = encode_set(run, "digits")
    assert set(found.index[: found.validation]) == {*images.validation, *np.flatnonzero(images.labels == 3)}
    assert 3 not in found.labels[found.validation :]
    mixed = own_set(images.images[images.train[:60]], "Mixed")
    assert encode_set(run, mixed).validation == (images.labels[images.train[:60]] == 3).sum()
    assert find(make("whole"), "digits") is None
    assert encoded_sets.file(run, "digits").name != encoded_sets.file(Run(run.path.parent / "whole"), "digits").name


def test_all_is_held_out_where_the_learned_images_are_gone(make, data_folder):
    name = own_set(data.load("digits").images[:40], "Gone")
    run = make(dataset=name)
    shutil.rmtree(collection.home() / name)
    assert encode_set(run, "digits").validation == 1797


def test_what_cannot_be_encoded_is_refused_in_one_sentence(make):
    run = make()
    for act in (find, encode_set):
        with pytest.raises(DataError, match="there is no data set 'cats'; choose one of mnist10k"):
            act(run, "cats")
        with pytest.raises(DataError, match="images of emoji are 3 × 64 × 64, but tiny takes 1 × 8 × 8; choose one of digits"):
            act(run, "emoji")
        with pytest.raises(DataError, match=r"kmnist is not in .* download"):
            act(make(f"large-{act.__name__}".replace("_", "-"), dataset="mnist10k"), "kmnist")
    assert encoded_sets.fitting(run) == ["digits"]
    run.weights.unlink()
    with pytest.raises(RunDamaged, match=r"weights\.safetensors cannot be read"):
        find(run, "digits")
    assert not (run.path / "encoded").exists()


def test_other_weights_and_other_images_ask_for_other_codes(make, monkeypatch):
    run = make()
    before = encode_set(run, "digits")
    keep_weights(run, seed=2)
    assert find(run, "digits") is None
    after = encode_set(run, "digits")
    assert np.abs(after.mean - before.mean).max() > 0.01
    assert kept(run) == [".codes", ".lock"]
    assert make("elsewhere", images=300).path != run.path
    name = own_set(np.arange(640, dtype=np.uint8).reshape(10, 1, 8, 8), "Ramps")
    keys = [encoded_sets.key(run, "digits"), encoded_sets.key(run, name)]
    about = collection.home() / name / collection.ABOUT
    write_json(about, read_json(about) | {"source": "Made for another test"})
    keys.append(encoded_sets.key(run, name))
    monkeypatch.setattr(encoded_sets, "FORMAT", 99)
    keys.append(encoded_sets.key(run, name))
    assert len(set(keys)) == 4


def test_a_damaged_file_counts_as_absent_and_is_written_again(make):
    run = make()
    good, path, chance = encode_set(run, "digits"), encoded_sets.file(run, "digits"), random.Random(0)
    whole, expected = path.read_bytes(), np.array(good.mean)
    for moment in range(200):
        flipped, place = bytearray(whole), chance.randrange(8 * len(whole) if moment % 2 else 8 * 300)
        flipped[place // 8] ^= 1 << (place % 8)
        replaced(path, bytes(flipped), moment)
        assert find(run, "digits") is None
    for moment, length in enumerate((0, 1, 64, 65, 66, 4095, 4096, 4097, len(whole) - 1)):
        replaced(path, whole[:length], moment)
        assert find(run, "digits") is None
    replaced(path, whole + b"\0", 0)
    assert find(run, "digits") is None
    np.testing.assert_array_equal(encode_set(run, "digits").mean, expected)


def replaced(path: Path, content: bytes, moment: int) -> None:
    """Put another content there, at a time of its own: the clock of a file system may stand still between two tests."""
    draft = path.with_name("draft")
    draft.write_bytes(content)
    os.utime(draft, ns=(moment + 1, moment + 1))
    os.replace(draft, path)


def test_what_interrupts_the_work_leaves_nothing(make):
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    run = make()
    with pytest.raises(KeyboardInterrupt):
        encode_set(run, "digits", interrupt)
    assert kept(run) == [".lock"]
    assert find(run, "digits") is None
    assert len(encode_set(run, "digits").mean) == 1797


def asking(run: Run) -> subprocess.Popen:
    """Another process that is ready to encode."""
    command = [sys.executable, "-c", PAGE, str(run.path)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    return process


def test_of_many_who_ask_at_once_one_encodes(make):
    run = make(latent_dim=64)
    pages = [asking(run) for _ in range(4)]
    for page in pages:
        page.stdin.write("go\n")
        page.stdin.flush()
    said = [page.communicate()[0].split() for page in pages]
    assert sorted(said) == [["0", "1797"]] * 3 + [["2", "1797"]]


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_killed_at_any_moment_there_is_all_or_nothing(make):
    run, moments = make(latent_dim=64), random.Random(3)
    for _ in range(6):
        page = asking(run)
        page.stdin.write("go\n")
        page.stdin.flush()
        time.sleep(moments.uniform(0, 0.15))
        page.send_signal(signal.SIGKILL)
        page.communicate()
        assert find(run, "digits") is None or find(run, "digits").mean.shape == (1797, 64)
    assert encode_set(run, "digits").mean.shape == (1797, 64)
    assert kept(run) == [".codes", ".lock"]


@pytest.mark.skipif(shutil.which("mount") is None, reason="no mount")
def test_a_full_disk_is_an_error_and_leaves_nothing(make, tmp_path):
    run, place = make(latent_dim=64), tmp_path / "small"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=800k", "tmpfs", str(place)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no small file system can be mounted here ({done.stderr.strip()})")
    try:
        tight = Run(place / "tiny")
        shutil.copytree(run.path, tight.path)
        with pytest.raises(RunError, match=r"the codes cannot be kept: the disk .* is full"):
            encode_set(tight, "digits")
        assert kept(tight) == [".lock"]
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc")
def test_seventy_thousand_images_are_encoded_in_little_memory(make):
    images = np.random.default_rng(0).integers(0, 256, (70_000, 1, 16, 16), np.uint8)
    few, many = own_set(images[:2000], "Few"), own_set(images, "Many")
    run = make(dataset=few, latent_dim=64)
    command = [sys.executable, "-c", GROWTH, str(run.path), few, many]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    grown, *shape = map(float, answer)
    assert shape == [70_000, 64]
    assert grown < 40  # MB: the images are 18, the codes 37
    for most in (80, 50):  # the first time it is computed there and then, then it is kept
        answer = subprocess.run([sys.executable, "-c", SERVER, str(run.path), many], cwd=ROOT, capture_output=True, text=True, check=True)
        peak, stays = map(float, answer.stdout.split())
        assert peak < most
        assert stays < 25


def test_looking_needs_no_torch(make):
    run = make()
    encode_set(run, "digits")
    script = "import sys, pathlib; from vae_core import runs; from vae_core.latent import encoded_sets; "
    script += "print(len(encoded_sets.find(runs.Run(pathlib.Path(sys.argv[1])), 'digits').mean), 'torch' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", script, run.path], cwd=ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["1797", "False"]
