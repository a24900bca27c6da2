"""Flipped bits and cut ends in every file of a run: what pages show is as it was written, or is refused. Never anything else.

A sample by default; `VAE_FLIPS=500 pytest tests/test_integrity.py -s` makes so many flips a file, a fifth as many cuts, and takes every
frame of the film; it prints what became of them.
"""

import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pytest

from ui import cached
from ui.components import film
from vae_core import data, runs
from vae_core.errors import RunDamaged
from vae_core.files import digests, pictures
from vae_core.files.tensors import unpack
from vae_core.latent import encoded_sets
from vae_core.models.weights import load_model
from vae_core.projections import computation
from vae_core.projections import jobs as projection_jobs
from vae_core.projections.stored import load
from vae_core.runs.run import Run
from vae_core.training import conditions
from vae_core.training.checkpoint import load_training, save_training
from vae_core.training.loop import Training

FLIPS = int(os.environ.get("VAE_FLIPS", "30"))
CUTS = max(4, FLIPS // 5)
SET, REQUEST = "mnist10k", computation.Request("pca", count=100)


@pytest.fixture(scope="module")
def run(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A trained model with every file that a run can have."""
    run = Run(tmp_path_factory.mktemp("run") / "tiny-5d")
    shutil.copytree(trained / "tiny-5d", run.path)
    runs.rename(run, "A name of its own")
    projection_jobs.find(run, REQUEST)
    encoded_sets.encode_set(run, SET)
    save_training(_training(run), run.resume)
    return run


def _training(run: Run) -> Training:
    return Training(run.config, data.load(run.config.train.dataset, images=run.config.train.images))


def _status(run: Run) -> object:
    """What a page believes of the state; `damaged` is a refusal."""
    status = run.status
    if status.state == "damaged":
        raise RunDamaged(status.message)
    return status


def _conditions(run: Run) -> object:
    """By what the training was computed; nothing known is a refusal."""
    found = conditions.kept(run)
    if found is None:
        raise RunDamaged("not known")
    return found, conditions.remark(run)


def _title(run: Run) -> str:
    """The title; the id in its place is a refusal."""
    if run.title == run.id:
        raise RunDamaged("no title")
    return run.title


def _weights(run: Run) -> dict[str, bytes]:
    return {name: tensor.numpy().tobytes() for name, tensor in load_model(run).state_dict().items()}


def _resumed(run: Run) -> object:
    training = _training(run)
    load_training(training, run.resume)
    tensors, numbers = training.state()
    return {name: tensor.numpy().tobytes() for name, tensor in tensors.items()}, numbers


def _map(run: Run) -> object:
    originals = cached.originals(run)
    return cached.map_bundle(run), originals.images.tobytes(), originals.labels.tobytes()


def _film(run: Run) -> object:
    """What the browser is sent; an empty picture, in the place of which the page says so, is a refusal."""
    parts = [unpack(part, "film")[0] for part in film._parts(run.previews, "film", run.signed)]
    if any(array.size == 0 for part in parts for array in part.values()):
        raise RunDamaged("a picture is left out")
    return [{name: array.tobytes() for name, array in part.items()} for part in parts], film.followed_in(run.previews).labels.tobytes()


def _encoded(run: Run) -> object:
    """What was encoded of a whole data set; None, which has it encoded again, is a refusal."""
    found = encoded_sets.find(run, SET)
    if found is None:
        raise RunDamaged("not encoded")
    return [np.asarray(value).tobytes() for value in astuple(found)]


def _projected(run: Run) -> object:
    found = load(projection_jobs.Job(run, REQUEST).result_file)
    return found.points.tobytes(), found.quality, found.noise, found.facts, found.request


SEEN: dict[str, Callable[[Run], object]] = {
    "config.json": lambda run: (run.config, _status(run)),
    "status.json": _status,
    "card.json": lambda run: run.card(),
    "about.json": _title,
    "conditions.json": _conditions,
    "metrics.jsonl": lambda run: run.metrics(),
    "weights.safetensors": _weights,
    "resume.safetensors": _resumed,
    "network.bin": _map,
    "codes.npz": _map,
    "thumbnails.webp": _map,
    "cover.webp": lambda run: pictures.read(run.picture(run.cover)).tobytes(),
    "previews": _film,
    "projections": _projected,
    "encoded": _encoded,
}


def _files(run: Run) -> Iterator[Path]:
    """Every file that says something; of a film, in a sample, those of one frame."""
    for path in sorted(run.path.rglob("*")):
        is_frame = path.parent == run.previews and path.name[0].isdigit()
        if path.is_file() and path.suffix != ".lock" and (FLIPS > 100 or not is_frame or path.name.startswith("0002")):
            yield path


def _outcome(look: Callable[[Run], object], run: Run, before: object, most_lost: int) -> str:
    """same, refused or WRONG. Of records some may be skipped, but none may be another, and an error of another kind is raised."""
    for function in (film._pack_images, film._pack_frames):
        function.clear()
    digests._taken.cache_clear()
    try:
        after = look(run)
    except RunDamaged:
        return "refused"
    if after == before:
        return "same"
    if isinstance(before, list) and isinstance(before[0], dict):
        kept = [record for record in before if record in after]
        return "skipped" if kept == after and len(before) - len(after) <= most_lost else "WRONG"
    return "WRONG"


def _flips(whole: bytes, chance: random.Random) -> Iterator[bytes]:
    for _ in range(FLIPS):
        place = chance.randrange(len(whole))
        yield whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :]


def _cuts(whole: bytes, chance: random.Random) -> Iterator[bytes]:
    for _ in range(CUTS):
        yield whole[: chance.randrange(len(whole))]


@pytest.mark.parametrize("name", SEEN)
def test_a_flipped_bit_or_a_cut_end_shows_nothing_else(run: Run, name: str):
    look = SEEN[name]
    before, files = look(run), [path for path in _files(run) if name in path.relative_to(run.path).parts]
    assert files
    for path in files:
        whole, chance, found = path.read_bytes(), random.Random(path.name), Counter()
        for kind, contents in (("flip", _flips(whole, chance)), ("cut", _cuts(whole, chance))):
            for content in contents:
                path.write_bytes(content)
                found[f"{kind} {_outcome(look, run, before, 2 if kind == 'flip' else len(whole))}"] += 1
        path.write_bytes(whole)
        print(f"{path.relative_to(run.path)!s:50} {len(whole):9,} bytes  {dict(found)}")
        assert not [kind for kind in found if "WRONG" in kind], path
        assert found["cut same"] < CUTS
    assert look(run) == before


def test_no_file_of_a_run_is_left_out(run: Run):
    assert {path.relative_to(run.path).parts[0] for path in _files(run)} == SEEN.keys()
