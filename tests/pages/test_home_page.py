"""Home and its gallery without a browser: without a model, with many, with what can be done to each."""

import base64
import os
import shutil
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from page_parts import choose, errors, links, put, titles, view
from streamlit.testing.v1 import AppTest
from visiting import EMBEDDINGS, EXPERIMENTS, HOME, INTERPOLATE, LATENT_MAP, RECONSTRUCT, TRAIN, checked, keys, visit

from ui import cached, gallery, warming
from ui.markdown import escape
from vae_core import runs
from vae_core.files.file_cache import FileCache
from vae_core.latent import codes
from vae_core.projections import jobs as projection_jobs
from vae_core.runs.run import Run
from vae_core.training import jobs


def entries(app: AppTest, run: str) -> list[str]:
    """What a card's menu offers."""
    return [option.split(" ")[-1] for option in app.menu_button(key=f"gallery.more.{run}").options]


def test_home_without_a_model_leads_to_training() -> None:
    app = visit(HOME)
    assert [caption.value for caption in app.caption] == ["There is no model here yet: train one to see it here."]
    assert links(app) == {"Train your own": "train?"}


@pytest.mark.parametrize("page", [LATENT_MAP, RECONSTRUCT, INTERPOLATE, EMBEDDINGS, EXPERIMENTS])
def test_a_page_about_a_model_leads_to_training_without_one(page: str) -> None:
    app = visit(page)
    assert [info.value for info in app.info] == ["There is no trained model yet."]
    assert links(app) == {"Train one": "train?"}


def test_training_needs_no_earlier_one() -> None:
    app = visit(TRAIN)
    assert app.selectbox(key="train.dataset").value == "mnist10k"
    assert [button.label for button in app.button if not button.disabled] == ["Train these three β", "Start training"]
    assert "Earlier trainings" not in [heading.value for heading in app.subheader]


def test_home_shows_the_shipped_model_to_who_has_trained_none_and_all_cards(models: Path) -> None:
    app = visit(HOME)
    stops = np.array(view(app)["tour"], np.float32)
    assert view(app) == {**view(app), "run": "mnist-2d", "point": view(app)["tour"][0], "compact": True}
    known = codes.load(models / "mnist-2d" / "codes.npz")
    held_out = known.mean[: known.validation]
    assert (np.abs(held_out[:, None] - stops).max(-1) < 1e-4).any(0).all()
    assert titles(app) == ["tiny-2d", "tiny-5d", "mnist-2d"]
    assert [caption.value.partition(":")[0] for caption in app.caption if "#term-" in caption.value] == [escape("mnist-2d")]  # not on cards
    doors = {"Explore it": "latent_map?run=mnist-2d", "Break it": "reconstruct?run=mnist-2d&mode=Draw", "Train one": "train?"}
    assert {label.strip("*"): to for label, to in links(app).items() if "**" in label} == doors


def test_a_cover_is_read_and_converted_once(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    time.sleep(0.2)
    monkeypatch.setattr(cached, "_COVERS", FileCache(max_entries=8))
    mime, converted = cached.mime, []
    monkeypatch.setattr(cached, "mime", lambda picture: converted.append(picture) or mime(picture))
    app = visit(HOME)
    shown = [image.value[0] for image in app.get("image")]
    assert [base64.b64decode(url.removeprefix("data:image/webp;base64,")) for url in shown] == converted
    assert len(converted) == 3
    assert [image.value[0] for image in checked(app.run()).get("image")] == shown
    assert len(converted) == 3


@pytest.fixture
def many(models: Path) -> list[str]:
    """14 own models, the newest first, and the one that plays a shipped one."""
    for number in range(12):
        shutil.copytree(models / "tiny-2d", models / f"copy-{number:02}")
        os.utime(models / f"copy-{number:02}" / "config.json", (2e9 + number,) * 2)
    return [run.title for run in runs.list_runs()]


def test_many_own_models_are_shown_a_page_at_a_time(many: list[str]) -> None:
    def turn(page: int) -> None:
        checked(app.get("pagination")[0].select(page).run())

    app = visit(HOME)
    assert titles(app) == [*many[:3], many[-1]]
    turn(2)
    assert titles(app) == [*many[3:6], many[-1]]
    assert app.query_params["page"] == "2"
    turn(5)
    assert titles(app) == many[12:]
    turn(1)
    assert titles(app) == [*many[:3], many[-1]]
    assert "page" not in app.query_params


@pytest.mark.parametrize(("page", "first"), [("5", 12), ("3", 6), ("1", 0), ("0", 0), ("6", 0), ("-1", 0), ("two", 0), ("2,3", 0), ("", 0)])
def test_a_link_leads_to_a_page_of_models_if_there_is_one(many: list[str], page: str, first: int) -> None:
    assert titles(visit(HOME, page=page))[0] == many[first]


def test_a_page_whose_models_were_deleted_is_the_first(many: list[str], models: Path) -> None:
    app = visit(HOME, page="5")
    for title in many[3:14]:
        shutil.rmtree(models / title)
    assert titles(checked(app.run())) == [*many[:3], many[-1]]
    assert not app.get("pagination")


def test_a_title_formats_nothing(models: Path) -> None:
    hostile = "**bold** [x](y) :red[z]"
    runs.rename(Run(models / "tiny-5d"), hostile)
    app = choose(visit(HOME), "tiny-5d", "Facts")
    assert [caption for caption in app.caption if caption.value.startswith(escape(hostile))]
    assert not [caption for caption in app.caption if hostile in caption.value]


def test_delete_asks_first(models: Path) -> None:
    app = visit(HOME)
    choose(app, "tiny-2d", "Delete")
    assert "trash folder" in "".join(text.value for text in app.markdown)
    assert {"gallery.delete.confirm", "gallery.delete.cancel"} <= set(keys(app))
    assert (models / "tiny-2d").exists()


def test_a_deleted_model_can_be_brought_back_under_its_id(models: Path) -> None:
    runs.rename(Run(models / "tiny-2d"), "My *model*")
    assert not [key for key in keys(visit(HOME)) if "restore" in key]
    away = runs.delete(Run(models / "tiny-2d"))
    app = visit(HOME)
    assert "My *model*" not in titles(app)
    checked(app.button(key=f"gallery.restore.{away.name}").click().run())
    assert "My *model*" in titles(app)
    assert (models / "tiny-2d").is_dir()
    assert [toast.value for toast in app.toast] == [escape("My *model* is back")]
    assert runs.trashed() == []


def test_a_model_whose_id_is_taken_is_not_brought_back(models: Path) -> None:
    away = runs.delete(Run(models / "tiny-2d"))
    shutil.copytree(models / "tiny-5d", models / "tiny-2d")
    app = visit(HOME)
    checked(app.button(key=f"gallery.restore.{away.name}").click().run())
    assert errors(app) == ["There is another run tiny-2d now; delete it first"]


def test_only_cards_of_runs_at_work_are_drawn_again(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    polled = []
    monkeypatch.setattr(gallery, "fragment", lambda draw, run_every: lambda run, drawn: (polled.append((run.id, drawn)), draw(run, drawn)))
    with jobs.held(put(models, state="running")):
        app = visit(HOME)
    assert polled == [("tiny-2d", ("running", True))]
    assert "tiny-2d" in titles(app)
    polled.clear()
    visit(HOME)
    assert polled == []


def test_shipped_models_and_those_at_work_cannot_be_deleted(models: Path) -> None:
    with jobs.held(put(models, state="running")):
        app = visit(HOME)
    assert entries(app, "mnist-2d") == ["Facts", "Inside", "Download"]
    assert entries(app, "tiny-2d") == ["Facts", "Inside", "Download", "Rename"]
    assert entries(app, "tiny-5d") == ["Facts", "Inside", "Download", "Rename", "Delete"]


def test_compiling_waits_until_the_first_page_is_there(models, monkeypatch):
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()  # begun by an earlier test
    compiled, begin = [], time.monotonic()
    monkeypatch.setattr(projection_jobs, "warm_up", lambda: compiled.append(time.monotonic() - begin))
    monkeypatch.setattr(warming, "COMPILE_AFTER", 2.0)
    warming.begin.cache_clear()
    visit(HOME)
    visit(LATENT_MAP)
    time.sleep(max(0.0, begin + 5 - time.monotonic()))
    assert [seconds > 2 for seconds in compiled] == [True]
