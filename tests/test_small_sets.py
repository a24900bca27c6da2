"""People's own sets in odd combinations with settings: a training ends with a result or with one clear sentence."""

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from odd_images import array_png
from test_own_sets import zipped

from vae_core import data, runs
from vae_core.data import own
from vae_core.data.own.staging import new_set
from vae_core.errors import ConfigError, DataError
from vae_core.files.records import read_json, write_json
from vae_core.presets import configure
from vae_core.runs import findings
from vae_core.runs.run import Run
from vae_core.runs.status import Status
from vae_core.training import execution, jobs
from vae_core.training.loop import Record, Training

GREY = (1, 8, 8)
LIGHT = {"epochs": 2, "channels": "4,4", "hidden": "8", "device": "cpu"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder."""
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def brought(counts: Mapping[str, int], seed: int = 0) -> str:
    """An own set of noise with so many images of each class; "" has none."""
    random = np.random.default_rng(seed)
    files = {
        f"{label or '.'}/{number}.png".removeprefix("./"): array_png(random.integers(0, 256, (8, 8), np.uint8))
        for label, count in counts.items()
        for number in range(count)
    }
    return own.import_zip(zipped(files), title="Mine", image_shape=GREY)[0]


def equal(count: int, shade: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """An own set of equal images, as it could be made when they were not refused."""
    with monkeypatch.context() as patch, new_set(GREY) as staging:
        patch.setattr("vae_core.data.own.staging.are_the_same", lambda images: False)
        staging.open()
        for _ in range(count):
            staging.append(np.full(GREY, shade, np.uint8))
        return staging.publish("Equal", [""] * count, "Made", 0, [])


def trained(name: str, root: Path, **settings: object) -> tuple[Run, Status]:
    run = runs.create(configure("mnist-2d-quick", {**LIGHT, "dataset": name, **settings}), root)
    with jobs.held(run):
        return run, execution.execute(run)


SETS = {
    "four without classes": {"": 4},
    "four of one class": {"cat": 4},
    "four of four classes": {"a": 1, "b": 1, "c": 1, "d": 1},
    "classes of one to three": {"a": 1, "b": 2, "c": 3},
    "an odd number": {"a": 9, "b": 8},
}
SETTINGS = (
    {"batch_size": 2},
    {"batch_size": 2, "family": "autoencoder"},
    {"batch_size": 2, "family": "mixture"},
    {"batch_size": 2, "family": "ladder"},
    {"batch_size": 2, "family": "stacked", "latent_dim": 3, "dropout": 0.2},
    {"batch_size": 2, "family": "vq", "codebook": 8},
    {"batch_size": 2, "family": "vaegan", "batch_norm": False},
    {"batch_size": 2, "family": "perceptual", "blocks": 1, "upsampling": "nearest"},
    {"batch_size": 3, "network": "mlp", "likelihood": "gaussian", "patience": 1},
    {"batch_size": 2, "likelihood": "logistic", "learn_sigma": "pixel"},
    {"batch_size": 2, "batch_norm": False, "beta": 0.0, "flip": True, "rotation": 20.0},
    {"batch_size": 8192, "latent_dim": 8, "free_bits": 0.5, "beta_schedule": "cyclical"},
)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("counts", SETS.values(), ids=SETS)
def test_a_small_set_is_learned_from(counts: dict[str, int], settings: dict[str, object], tmp_path: Path):
    run, status = trained(brought(counts), tmp_path, **settings)
    assert (status.state, status.message) == ("finished", "")
    card = run.card()
    assert all(math.isfinite(value) for value in card.values() if isinstance(value, float))
    assert card["few_validation_images"]
    assert card["validation_images"] + card["training_images"] == sum(counts.values())
    assert any("too few to measure" in found.sentence for found in findings.look(run.config, card))


@pytest.mark.parametrize("counts", [counts for counts in SETS.values() if len(counts) > 1], ids=str)
def test_a_small_set_is_learned_from_with_its_labels(counts: dict[str, int], tmp_path: Path):
    run, status = trained(brought(counts), tmp_path, family="conditional", batch_size=2)
    assert (status.state, status.message, run.config.model.classes) == ("finished", "", len(counts))
    assert all(math.isfinite(value) for value in run.card().values() if isinstance(value, float))


@pytest.mark.parametrize("images", [1, 2])
def test_too_few_images_are_refused_before_a_training_begins(images: int):
    with pytest.raises(ConfigError, match=f"images is {images}; at least 3 are needed"):
        configure("mnist-2d-quick", {**LIGHT, "dataset": brought({"": 12}), "images": images})


def test_three_of_many_images_are_enough_to_begin(tmp_path: Path):
    run, status = trained(brought({"a": 6, "b": 6}), tmp_path, images=3, batch_size=2)
    assert status.state == "finished"
    assert (run.card()["training_images"], run.card()["validation_images"]) == (2, 1)


def test_three_pictures_make_no_set():
    with pytest.raises(DataError, match="a set needs at least 4 pictures that can be used; here are 3"):
        brought({"": 3})


@pytest.mark.parametrize("shade", [0, 130, 255])
def test_equal_pictures_make_no_set_and_no_training(shade: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files = {f"{number}.png": array_png(np.full((8, 8), shade, np.uint8)) for number in range(40)}
    sentence = "images are the same: there is nothing to learn"
    with pytest.raises(DataError, match=f"all 40 {sentence}"):
        own.import_zip(zipped(files), title="Equal", image_shape=GREY)
    assert data.names()[-1] == "svhn"
    run, status = trained(equal(40, shade, monkeypatch), tmp_path)
    assert status.state == "failed"
    assert f"all 32 {sentence}; choose pictures that differ" in status.message
    assert run.card() is None


def test_a_loss_beyond_reason_is_no_result(tmp_path: Path):
    """As equal images gave with batch norm: its running statistics lag behind values that have no variance at all."""

    def spoil(record: Record, training: Training) -> None:
        if record.split == "train" and training.step == training.steps:
            list(training.model.decoder.parameters())[-1].data.fill_(1e9)

    run = runs.create(configure("mnist-2d-quick", {**LIGHT, "dataset": brought({"": 40})}), tmp_path)
    with jobs.held(run):
        status = execution.execute(run, spoil)
    assert run.metrics()[-1]["total"] > 1e9
    assert status.state == "failed"
    assert "went wrong" in status.message
    assert "batch norm off" in status.message
    assert run.card() is None
    with jobs.held(run):
        assert execution.execute(run).state == "failed"  # there is nothing left to train


# The split


def test_classes_are_held_out_one_by_one_and_old_sets_keep_their_split(folder: Path):
    name = brought({"a": 1, "b": 2, "c": 3, "d": 30})
    about = folder / "own" / name / "about.json"
    new = data.load(name)
    assert np.bincount(new.labels[new.validation], minlength=4).tolist() == [0, 1, 1, 6]
    assert read_json(about)["split"] == "by class"
    write_json(about, {key: value for key, value in read_json(about).items() if key != "split"})
    old = data.load(name)
    np.testing.assert_array_equal(old.train, data.split(36)[0])
    np.testing.assert_array_equal(old.validation, data.split(36)[1])


def test_accuracy_stands_beside_that_of_guessing(tmp_path: Path):
    run, _ = trained(brought({"a": 45, "b": 15}), tmp_path)
    assert run.card()["largest_class"] == pytest.approx(9 / 12)
    assert not run.card()["few_validation_images"]
