"""What older versions wrote is read, shown and resumed: runs of the config formats 1 and 2, an own data set, links."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from visiting import EMBEDDINGS, HOME, INTERPOLATE, LATENT_MAP, RECONSTRUCT, TIMED, TRAIN, visit

from vae_core import data
from vae_core.config import RunConfig
from vae_core.data.catalogue import DatasetFacts
from vae_core.data.own import collection
from vae_core.files import file_cache
from vae_core.files.records import write_json
from vae_core.latent import codes
from vae_core.migration import SETTINGS, renamed
from vae_core.presets import configure
from vae_core.processes import asking
from vae_core.projections import jobs as projection_jobs
from vae_core.runs.previews import frames
from vae_core.runs.run import Run
from vae_core.training import jobs
from vae_core.training.execution import execute

FIXTURES, CHECKPOINTS = Path(__file__).parent / "fixtures", Path(__file__).parents[1] / "checkpoints"
FIRST = tuple(path.name for path in sorted((FIXTURES / "format-1" / "shipped").iterdir()))
"""The models that were shipped in the first format."""
OWN = "own-light-and-dark-001"


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs that the first format has, the shipped ones among them."""
    folder = tmp_path_factory.mktemp("older") / "checkpoints"
    shutil.copytree(FIXTURES / "format-1" / "runs", folder)
    for name in FIRST:
        shutil.copytree(CHECKPOINTS / name, folder / name)
        (folder / name / "previews").rename(folder / name / "film")
        shutil.copytree(FIXTURES / "format-1" / "shipped" / name, folder / name, dirs_exist_ok=True)
    return folder


@pytest.fixture(autouse=True)
def homes(older: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(FIXTURES / "format-1" / "data", tmp_path / "data")
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("VAE_CHECKPOINTS", str(older))


@pytest.mark.parametrize("name", [*FIRST, "finished-000", "stopped-000"])
def test_a_run_of_the_first_format_opens(older: Path, name: str) -> None:
    run = Run(older / name)
    assert json.loads((run.path / "config.json").read_text())["format"] == 1
    assert run.status.state == ("stopped" if name == "stopped-000" else "finished")
    assert frames(run.previews)[0] == 0
    assert set(run.card()) >= {"elbo", "background"}
    assert "ground" not in run.card()
    assert len(codes.load(run.codes).mean) == len(codes.load(run.codes).index)


@pytest.mark.parametrize("name", FIRST)
def test_the_shipped_runs_have_the_same_config_as_in_the_first_format(older: Path, name: str) -> None:
    assert Run(older / name).config == Run(CHECKPOINTS / name).config
    assert Run(older / name).card() == Run(CHECKPOINTS / name).card()


@pytest.mark.parametrize("format", [1, 2])
def test_a_training_of_an_older_format_goes_on_where_it_stopped(format: int, tmp_path: Path) -> None:
    run = Run(shutil.copytree(FIXTURES / f"format-{format}" / "runs" / "stopped-000", tmp_path / "stopped-000"))
    assert (run.config.train.adam_beta2, run.config.train.lr_schedule) == (0.9, "constant")
    _shorten(run, epochs=4)
    before = run.status.step
    with jobs.held(run):
        ended = execute(run)
    assert (ended.state, ended.epoch, ended.message) == ("finished", 4, "")
    assert [record["step"] for record in run.metrics()] == sorted(record["step"] for record in run.metrics())
    assert run.metrics()[0]["step"] <= before
    assert frames(run.path / "film")[0] == 0
    assert frames(run.path / "film")[-1] == 4
    assert not (run.path / "previews").exists()


def _shorten(run: Run, epochs: int) -> None:
    """Let a training end soon, in a config that keeps its format and its names."""
    config = json.loads((run.path / "config.json").read_text())
    config.pop("checksum", None)
    config["train"]["epochs"] = epochs
    if config["format"] == 1:
        (run.path / "config.json").write_text(json.dumps(config))
    else:
        write_json(run.path / "config.json", config)


def test_an_own_data_set_of_an_older_version_is_loaded() -> None:
    images = data.load(OWN)
    assert (images.images.shape, data.describe(OWN).title) == ((20, 1, 8, 8), "Light and dark")
    assert set(images.labels) == {0, 1}


def test_what_is_known_of_an_own_data_set_is_read_once_until_it_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = tmp_path / "data" / "own" / OWN / "about.json"
    os.utime(about, (1e9, 1e9))
    time.sleep(file_cache.SETTLED_SECONDS + 0.05)
    data.describe(OWN)
    with monkeypatch.context() as patch:
        patch.setattr(collection, "read_json", lambda path: pytest.fail("it was read again"))
        assert data.describe(OWN).title == "Light and dark"
    about.write_text(about.read_text().replace("Light and dark", "Dark and light"))
    assert data.describe(OWN).title == "Dark and light"


def test_a_run_knows_what_a_picture_has_to_become_like_for_it(older: Path) -> None:
    assert Run(older / "mnist-2d").dataset_facts == DatasetFacts(0.0002, handwritten=True)
    assert Run(older / "emoji-32d").dataset_facts.handwritten is False
    shutil.rmtree(collection.home() / OWN)
    assert Run(older / "finished-000").dataset_facts.handwritten is False


def test_settings_are_known_by_their_older_names() -> None:
    older = configure("tutorial-keras", {"second_moment": "0.9", "rate_schedule": "one_cycle"})
    assert older == configure("tutorial-keras", {"adam_beta2": 0.9, "lr_schedule": "one_cycle"})
    assert RunConfig.from_json(older.to_json()) == older
    assert renamed({"second_moment": 1, "adam_beta2": 2, "beta": 3}, SETTINGS) == {"adam_beta2": 2, "beta": 3}


@pytest.mark.parametrize(
    ("older", "now"), [(True, "one"), ("True", "one"), ("yes", "one"), (False, "no"), ("false", "no"), ("pixel", "pixel")]
)
def test_a_sigma_that_was_learned_or_not_is_so_still(older: object, now: str) -> None:
    assert configure("emoji-32d", {"learn_sigma": older}).model.learn_sigma == now
    written = configure("emoji-32d").to_json()
    assert RunConfig.from_json({**written, "model": {**written["model"], "learn_sigma": older}}).model.learn_sigma == now


POINT = ",".join(["0.5"] * 16)
LINKS = [
    (HOME, {}),
    (LATENT_MAP, {"run": "mnist-2d"}),
    (LATENT_MAP, {"run": "mnist-2d", "z": "0.5,-1.25"}),
    (LATENT_MAP, {"run": "mnist-16d", "z": POINT, "axes": "z2,z7"}),
    (LATENT_MAP, {"run": "shapes-6d", "axes": "pc1,pc2"}),
    (LATENT_MAP, {"run": "mnist-ae-2d", "z": "0,0"}),
    (LATENT_MAP, {"run": "finished-000"}),
    (RECONSTRUCT, {"run": "mnist-2d", "samples": "3"}),
    (RECONSTRUCT, {"run": "emoji-32d"}),
    (RECONSTRUCT, {"run": "finished-000", "samples": "2"}),
    (INTERPOLATE, {"run": "mnist-16d", "samples": "1,2"}),
    (INTERPOLATE, {"run": "mnist-16d", "mode": "corners", "samples": "1,2,3,4"}),
    (INTERPOLATE, {"run": "mnist-2d", "mode": "arithmetic", "samples": "7,8,9"}),
    (INTERPOLATE, {"run": "shapes-6d", "mode": "direction"}),
    (EMBEDDINGS, {"run": "mnist-16d", "mode": "umap"}),
    (EMBEDDINGS, {"run": "emoji-32d", "mode": "pacmap", "settings": "dims:3"}),
    (EMBEDDINGS, {"run": "mnist-2d", "settings": "beside:tsne"}),
    (EMBEDDINGS, {"run": "shapes-6d", "mode": "raw", "settings": "x:3,y:1"}),
    (TRAIN, {"run": "stopped-000"}),
    (TRAIN, {"run": "finished-000"}),
]


@pytest.mark.parametrize(("page", "link"), LINKS, ids=str)
def test_a_link_of_an_older_version_shows_what_it_named(page: str, link: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "answer", lambda *question: asking.Answer(True, TIMED))
    monkeypatch.setattr(projection_jobs, "SLOTS", 0)
    app = visit(page, **link)
    assert [error.value for error in app.error] == []
    assert app.query_params == link


def test_a_link_with_older_names_of_settings_opens_the_form_with_their_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "answer", lambda *question: asking.Answer(True, TIMED))
    app = visit(TRAIN, data="mnist10k", settings="second_moment:0.9,rate_schedule:constant,beta:4.0")
    assert app.query_params["settings"] == "lr_schedule:constant,adam_beta2:0.9,beta:4.0"
