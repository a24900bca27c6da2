"""What ships is small, whole and found by the page; what its cards say is true of the codes that ship with them."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from visiting import INTERPOLATE, visit

from vae_core import runs
from vae_core.files import pictures
from vae_core.files.pictures import read_picture
from vae_core.files.records import read_json, read_lines
from vae_core.latent import codes
from vae_core.projections.jobs import Job
from vae_core.projections.quality import quality
from vae_core.projections.request import Request
from vae_core.projections.stored import load
from vae_core.projections.usual import SHIPPED_METHODS, USUAL_COUNT
from vae_core.runs.run import SHIPPED, Run

HOME = Path(__file__).parents[1] / "checkpoints"
SHIP = HOME.parent / "scripts" / "ship.py"
MAX_BYTES = 24_000_000


def tracked() -> list[Path]:
    """The files of the shipped runs that git knows; all of them where there is no git."""
    found = subprocess.run(["git", "ls-files", "-z", "."], cwd=HOME, capture_output=True, text=True)
    if found.returncode or not found.stdout:
        return [path for name in SHIPPED for path in (HOME / name).rglob("*") if path.is_file()]
    return [HOME / name for name in found.stdout.split("\0") if name]


def requests(run: Run) -> Iterator[Request]:
    """What the Embeddings page asks for when nobody has changed a setting."""
    mean = codes.load(run.codes).mean
    for method in SHIPPED_METHODS:
        for dims in (2, 3) if mean.shape[1] > 2 else (2,):
            for noise in (False, True):
                yield Request(method, dims, count=min(USUAL_COUNT, len(mean)), noise=noise)


@pytest.fixture(params=SHIPPED)
def run(request: pytest.FixtureRequest) -> Run:
    return runs.find(request.param, HOME)


def test_all_of_it_is_small_and_nothing_is_left_over():
    files = tracked()
    assert sum(path.stat().st_size for path in files) < MAX_BYTES
    assert {path.relative_to(HOME).parts[0] for path in files} == set(SHIPPED)
    assert not [
        path for path in files if path.name in ("log.txt", "worker.lock", "resume.safetensors", "cover.png") or path.suffix == ".tmp"
    ]


def test_the_usual_projections_are_there_with_what_noise_would_give(run):
    files, kept = tracked(), codes.load(run.codes)
    for asked in [request for request in requests(run) if not request.noise]:
        path = Job(run, asked).result_file
        assert path in files
        found = load(path)
        assert (found.request, len(found.points), found.frames) == (asked, asked.count, ())
        assert not found.facts["stopped_early"]
        assert found.noise.keys() == {"trustworthiness", "continuity", "neighbour_overlap"}
        if kept.mean.shape[1] > 2:  # two dimensions are drawn as they are, also those of noise
            assert found.noise["trustworthiness"] < found.quality["trustworthiness"]
        twin = load(Job(run, replace(asked, noise=True)).result_file)
        assert found.noise == pytest.approx({name: twin.quality[name] for name in found.noise}, abs=0.002)
        assert (len(twin.points), twin.frames) == (asked.count, ())
        again = quality(kept.mean[: asked.count], found.points, labels=kept.labels[: asked.count])
        assert again == pytest.approx(found.quality, abs=0.005)


def test_no_other_projections_are_shipped():
    expected = {Job(run, asked).result_file for run in map(runs.find, SHIPPED, [HOME] * len(SHIPPED)) for asked in requests(run)}
    assert {path for path in tracked() if path.suffix == ".projection"} == expected


def test_every_file_is_signed(run):
    """Facts and pictures carry a checksum that is demanded of them; the rest is held by its format: sha256, or CRC-32 in npz."""
    assert run.signed
    read_json(run.path / "status.json", signed=True)
    assert read_json(run.path / "about.json", signed=True) == {"title": run.title}
    read_json(run.card_file, signed=True)
    assert len(read_lines(run.metrics_file, signed=True)) == len(run.metrics_file.read_bytes().splitlines())
    for path in [path for path in tracked() if path.suffix == ".webp" and run.path in path.parents]:
        read_picture(path, signed=True)
    others = {path.name for path in tracked() if run.path in path.parents and path.suffix not in (".webp", ".npz", ".projection")}
    assert others == {"about.json", "config.json", "status.json", "card.json", "metrics.jsonl", "weights.safetensors", "network.bin"}


def test_signing_changes_no_fact_and_no_pixel(tmp_path):
    """A run as it was before there were checksums, given them by the script."""
    old = Run(tmp_path / "mnist-2d")
    shutil.copytree(HOME / "mnist-2d", old.path)
    for name in ("status.json", "card.json"):
        (old.path / name).write_text(json.dumps(read_json(old.path / name)))
    (old.path / "config.json").write_text(json.dumps(read_json(old.path / "config.json") | {"format": 1}))
    (old.path / "previews").rename(old.path / "film")
    old.metrics_file.write_text("".join(json.dumps(record) + "\n" for record in old.metrics()))
    shown = pictures.read(old.picture(old.cover))
    before = old.config, old.status, old.card(), old.metrics()
    assert not old.signed
    subprocess.run([sys.executable, SHIP, "--only", "sign", "mnist-2d"], env=os.environ | {"VAE_CHECKPOINTS": str(tmp_path)}, check=True)
    assert old.signed
    assert (old.config, old.status, old.card(), old.metrics()) == before
    np.testing.assert_array_equal(pictures.read(old.picture(old.cover)), shown)
    for path in tracked():
        if HOME / "mnist-2d" in path.parents:
            assert (tmp_path / path.relative_to(HOME)).read_bytes() == path.read_bytes(), path


def test_covers_show_six_by_six_sharp_pictures(run):
    picture = pictures.read(run.cover.read_bytes())
    side = run.config.model.image_shape[1]
    assert picture.shape[0] == picture.shape[1] == 6 * side * max(1, 384 // (6 * side))
    assert picture.std() > 20


def test_codes_of_sixteen_dimensions_tell_the_digits_of_the_test_set():
    from sklearn.neighbors import KNeighborsClassifier

    run = runs.find("mnist-16d", HOME)
    kept, card = codes.load(run.codes), run.card()
    asked, known = slice(0, kept.validation), slice(kept.validation, None)
    assert run.config.train.dataset == "mnist"
    np.testing.assert_array_equal(np.sort(kept.index[asked]), np.arange(60_000, 70_000))  # MNIST's test images, all of them
    assert kept.index[known].max() < 60_000
    accuracy = KNeighborsClassifier(5).fit(kept.mean[known], kept.labels[known]).score(kept.mean[asked], kept.labels[asked])
    assert accuracy >= 0.95
    assert card["knn_accuracy"] == pytest.approx(accuracy, abs=0.002)  # measured before the codes were rounded


@pytest.mark.parametrize("link", [{}, {"mode": "direction"}])
def test_codes_that_do_not_have_the_class_are_not_moved_towards_one(link: dict[str, str]) -> None:
    app = visit(INTERPOLATE, run="mnist-2d-conditional", **link)
    [modes] = [group.proto for group in app.get("button_group") if group.proto.label == "What to do"]
    assert [option.content for option in modes.options] == ["From A to B", "Four corners", "A − B + C"]
