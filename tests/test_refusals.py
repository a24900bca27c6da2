"""Every action that writes, in a read-only folder, on a full disk and among somebody else's files: a sentence, and all as before."""

import dataclasses
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import places
import pytest
import streamlit as st
from odd_archives import ordinary
from refused import CONFIG, REMOVING, UNDER_WAY, WRITING, World, answer
from streamlit.testing.v1 import AppTest
from visiting import EMBEDDINGS, EXPERIMENTS, HOME, INTERPOLATE, LATENT_MAP, RECONSTRUCT, TIMED, TRAIN, checked, losses, visit

from ui import class_drawings, import_form, training_view
from ui.components.mount import as_text
from ui.state import Session
from vae_core import runs
from vae_core.data import own
from vae_core.data.own import intake
from vae_core.files.tensors import read_packed
from vae_core.presets import configure
from vae_core.processes import asking
from vae_core.projections import jobs as projection_jobs
from vae_core.projections.request import Request
from vae_core.runs.run import Run
from vae_core.runs.status import PLACES
from vae_core.training import jobs

REMEDIES = re.compile(r"set VAE_(CHECKPOINTS|DATA) to a folder")


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker that would train, and variables that the test's world may set."""
    monkeypatch.setattr(jobs, "WORKER", "no_such_worker")
    monkeypatch.setenv("VAE_CHECKPOINTS", "")
    monkeypatch.setenv("VAE_DATA", "")


@pytest.fixture(scope="module")
def model(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world that is copied."""
    folder = tmp_path_factory.mktemp("worlds") / "one"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_CHECKPOINTS", "")
        patch.setenv("VAE_DATA", "")
        World(folder).make(trained)
    return folder


@pytest.fixture
def world(model: Path, tmp_path: Path) -> Iterator[World]:
    """A world whose busy run is at work."""
    found = World(Path(shutil.copytree(model, tmp_path / "world")))
    found.settle()
    with jobs.held(found.run("busy")):
        yield found


def is_useful(sentence: str, why: str) -> bool:
    """Whether it says what is refused and why, and names a remedy and no folder of the machine."""
    return bool(re.match(r"[\w ]+: ", sentence)) and why in sentence and bool(REMEDIES.search(sentence)) and "/tmp" not in sentence


# ---- The core -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def read_only_world(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    found = World(Path(shutil.copytree(model, tmp_path_factory.mktemp("read") / "world")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_CHECKPOINTS", str(found.checkpoints))
        patch.setenv("VAE_DATA", str(found.data))
        with jobs.held(found.run("busy")), places.read_only(found.folder):
            yield found


@pytest.mark.parametrize("name", [*WRITING, *REMOVING])
def test_a_read_only_folder_is_a_sentence(read_only_world: World, name: str) -> None:
    read_only_world.settle()
    before = read_only_world.contents()
    said = answer((WRITING | REMOVING)[name], read_only_world)
    assert is_useful(said, "folder is read-only"), said
    assert read_only_world.contents() == before


@pytest.mark.parametrize("name", [*WRITING, *REMOVING])
def test_a_full_disk_is_a_sentence_and_keeps_nobody_from_making_room(model: Path, tmp_path: Path, name: str) -> None:
    with places.small_disk(tmp_path / "small", "4m") as place:
        full = World(Path(shutil.copytree(model, place / "world")))
        full.settle()
        with jobs.held(full.run("busy")):
            places.fill(place)
            before = full.contents()
            said = answer((WRITING | REMOVING)[name], full)
            assert (said == "done") == (name in REMOVING), said
            assert name in REMOVING or is_useful(said, "is full") or is_useful(said, "has room for 0 MB only"), said
            after = {path: content for path, content in full.contents().items() if "/.unfinished-" not in path}
            assert name in REMOVING or after == before


def test_somebody_elses_files_are_a_sentence(model: Path) -> None:
    with places.open_to_all() as folder:
        foreign = World(Path(shutil.copytree(model, folder / "world")))
        before = foreign.contents()
        with jobs.held(foreign.run("busy")):
            rehearsal = shutil.copytree(model, folder / "rehearsal")
            said = json.loads(places.as_nobody("tests/refused.py", str(foreign.folder), str(rehearsal)))
            assert foreign.contents() == before
    assert said.keys() == (WRITING | REMOVING).keys()
    assert {name: sentence for name, sentence in said.items() if not is_useful(sentence, "this program may not use")} == {}


def test_the_same_actions_are_done_where_nothing_refuses(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asserted above would hold of actions that never write."""
    monkeypatch.setattr(projection_jobs, "SLOTS", 0)
    for name in ("create", "rename", "import a ZIP", "add a drawing", *REMOVING):
        before = world.contents()
        assert answer((WRITING | REMOVING)[name], world) == "done", name
        assert world.contents() != before, name


def test_a_training_that_fills_the_disk_says_so_keeps_all_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "WORKER", "vae_core.training.worker")
    few = {"dataset": "digits", "images": 200, "channels": "4,4", "hidden": "8", "batch_size": 32, "epochs": 400, "device": "cpu"}
    with places.small_disk(tmp_path / "small", "12m") as place:
        run = jobs.launch(configure("mnist-2d-quick", few), place)
        until(lambda: run.status.epoch > 1)
        places.fill(place)
        until(lambda: run.status.state not in ("running", "queued") and not jobs.alive(run))
        assert run.status.state == "failed"
        assert "the disk with the checkpoints folder is full; delete" in run.status.message
        assert run.status.message.endswith("what was saved before is kept")
        assert not [path for path in place.rglob(".*") if path.is_file()]
        read_packed(run.weights)
        step = json.loads(read_packed(run.resume)[1]["numbers"])["step"]
        (place / "ballast").unlink()
        jobs.resume(run)
        until(lambda: run.status.state == "running" and run.status.step > step)
        jobs.stop(run)
        until(lambda: run.status.state == "stopped")


def test_a_worker_that_died_is_quoted_without_folders(tmp_path: Path) -> None:
    run = runs.create(CONFIG, tmp_path)
    run.write_status(dataclasses.replace(run.stored_status(), state="running"))
    assert run.status.message == "The training ended without a word. Resume takes up its last saved epoch."
    for line, quoted in {
        "MemoryError": "ends with “MemoryError”",
        "OSError: [Errno 28] No space left on device: '/home/me/a b/x.bin'": "No space left on device: 'x.bin'” ",
        "/usr/bin/python: No module named x\n\n": "ends with “python: No module named x”",
        "2026-01-01 00:00:00,000 INFO the training begins": "without a word. Resume",
        "\x00\xff" * 3000: "without a word.",
    }.items():
        run.log.write_text(line)
        assert quoted.strip() in run.status.message, run.status.message
        assert "/home" not in run.status.message
    with places.small_disk(tmp_path / "small", "1m") as place:
        shutil.copytree(run.path, place / run.id)
        places.fill(place)
        assert "Now the disk with the checkpoints folder has room for 0 MB only; delete" in Run(place / run.id).status.message


def until(condition: Callable[[], object], seconds: float = 90.0) -> None:
    begin = time.monotonic()
    while not condition():
        assert time.monotonic() - begin < seconds, "it did not come about in time"
        time.sleep(0.02)


# ---- The pages: every button that writes --------------------------------------------------------------------------------


@pytest.fixture
def sealed(read_only_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A read-only world with the pages before it; afterwards it is as before."""
    read_only_world.settle()
    monkeypatch.setattr(asking, "ask", lambda module, question, seconds: TIMED)
    st.cache_data.clear()
    st.cache_resource.clear()
    before = read_only_world.contents()
    yield read_only_world
    assert read_only_world.contents() == before


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def errors(app: AppTest) -> list[str]:
    return [unescaped(error.value) for error in app.error]


def refused(app: AppTest) -> bool:
    """Whether the page says that it may not write, usefully, and only that."""
    return len(errors(app)) == 1 and is_useful(errors(app)[0], "folder is read-only")


def press(app: AppTest, key: str) -> AppTest:
    return checked(app.button(key=key).click().run())


def test_start_warns_refuses_and_keeps_what_was_typed(sealed: World) -> None:
    app = visit(TRAIN)
    (warning,) = app.warning
    assert unescaped(warning.value).startswith("Before you start: the checkpoints folder is read-only; ")
    checked(app.number_input(key="train.mnist-2d-quick.epochs").set_value(3).run())
    [start] = [button for button in app.button if button.label == "Start training"]
    checked(start.click().run())
    assert refused(app)
    assert app.number_input(key="train.mnist-2d-quick.epochs").value == 3
    assert "Earlier trainings" in [heading.value for heading in app.subheader]


def test_a_disk_with_little_room_is_said_before_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ask", lambda module, question, seconds: TIMED)
    with places.small_disk(tmp_path / "small", "3m") as place:
        monkeypatch.setenv("VAE_CHECKPOINTS", str(place / "not" / "yet"))
        (warning,) = visit(TRAIN).warning
    assert "the disk with the checkpoints folder has room for 3 MB only; delete" in unescaped(warning.value)
    monkeypatch.setenv("VAE_CHECKPOINTS", str(tmp_path))
    assert not visit(TRAIN).warning


def test_stop_and_resume(sealed: World) -> None:
    app = press(visit(TRAIN, run="busy"), "watch.stop")
    assert refused(app)
    assert not app.button(key="watch.stop").disabled
    assert refused(checked(app.run()))  # a poll does not wipe it away
    app = press(visit(TRAIN, run="stopped"), "watch.resume")
    assert refused(app)
    assert losses(app)["KL"]["validation"]  # what is known of the run is still there


def test_resume_is_followed_though_the_clock_was_ahead(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is slow to begin, in a folder whose files say 2031."""
    monkeypatch.setattr(asking, "ask", lambda module, question, seconds: TIMED)
    monkeypatch.setattr(jobs, "SLOTS", 0)
    world = World(Path(shutil.copytree(model, tmp_path / "world")))
    world.settle()
    for path in world.folder.rglob("*"):
        os.utime(path, (1_924_992_000, 1_924_992_000))
    app = press(visit(TRAIN, run="stopped"), "watch.resume")
    assert not app.error
    assert any("Waiting for its turn" in text.value for text in app.markdown)
    shutil.rmtree(world.checkpoints / PLACES)  # as if it had been launched in vain
    monkeypatch.setattr("vae_core.runs.status.STARTING_SECONDS", 0.0)  # whatever the state says
    assert any("Interrupted" in text.value for text in checked(app.run()).markdown)
    polled = []
    monkeypatch.setattr(training_view.st, "fragment", lambda draw, run_every: polled.append(run_every) or draw)
    checked(app.run())
    assert polled == [1.0]


def _renaming() -> None:
    from ui import model_menu
    from vae_core import runs

    model_menu._rename(runs.find("old"))


def _deleting() -> None:
    from ui import model_menu
    from vae_core import runs

    model_menu._delete(runs.find("old"))


def _deleting_a_set() -> None:
    from ui import dataset_card

    dataset_card._delete("own-mine-001", "Mine")


def test_the_dialogs_rename_and_delete(sealed: World) -> None:
    app = checked(AppTest.from_function(_renaming, default_timeout=30).run())
    app.text_input[0].set_value("A new name")
    checked(app.button[0].click().run())
    assert refused(app)
    assert app.text_input[0].value == "A new name"
    for dialog, key in ((_deleting, "gallery.delete.confirm"), (_deleting_a_set, "train.delete.confirm")):
        assert refused(press(checked(AppTest.from_function(dialog, default_timeout=30).run()), key))


def test_a_download(sealed: World) -> None:
    app = checked(visit(TRAIN).selectbox(key="train.dataset").set_value("mnist").run())
    checked(app.number_input(key="train.mnist-2d.epochs").set_value(3).run())
    app = press(app, "train.download")
    assert refused(app)
    assert app.number_input(key="train.mnist-2d.epochs").value == 3


def test_an_import(sealed: World) -> None:
    app = checked(visit(TRAIN, mode="own").segmented_control(key="import.way").set_value(import_form.ZIP).run())
    checked(app.file_uploader(key="import.zip.0").upload("flowers.zip", ordinary()).run())
    app = press(app, "import.import")
    [begun] = [one for one in intake.every() if one.title == "flowers"]
    until(lambda: begun.state != intake.RUNNING)
    assert begun.state == intake.REFUSED
    assert is_useful(begun.sentence, "folder is read-only")
    assert any("read-only" in error for error in errors(checked(app.run())))


def test_drawings(sealed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    drawing, asked = as_text(np.full(class_drawings.PAD, 9, np.uint8)), []
    monkeypatch.setattr(class_drawings, "drawing_list", lambda known, author, key: asked.pop() if asked else None)
    app = visit(TRAIN, mode="draw")
    checked(app.text_input(key="drawings.collection").set_value("together").run())
    app.session_state["drawings.pad"] = {"drawing": {"image": drawing, "count": 1, "taken": 0}}
    app.text_input(key="drawings.new_label").set_value("cat")
    app = press(app, "drawings.add")
    assert refused(app)
    assert app.text_input(key="drawings.new_label").value == "cat"
    app.session_state[Session.AUTHOR] = "me"
    asked.append(own.drawings("together")[0].id)
    checked(app.run())
    assert refused(app)
    assert refused(checked(app.run()))  # a poll does not wipe it away
    app = press(app, "drawings.collect")
    assert "The pictures cannot be stored" in errors(app)[0]


def test_projections(sealed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app = visit(EMBEDDINGS, run="old", mode="tsne")
    assert refused(app)
    assert app.button_group  # the controls are there, to choose what needs no computing
    monkeypatch.setattr(projection_jobs.Job, "state", lambda job: projection_jobs.State("running", 5, 10))
    monkeypatch.setattr(projection_jobs, "start", lambda run, request: projection_jobs.Job(run, request))
    monkeypatch.setattr(projection_jobs.Job, "folder", projection_jobs.Job(sealed.run("old"), UNDER_WAY).folder)
    assert refused(press(visit(EMBEDDINGS, run="old", mode="tsne"), "embeddings.tsne.stop"))


def test_a_projection_that_died_is_not_begun_anew(sealed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, starts = projection_jobs.start, []

    def start(run: Run, request: Request) -> object:
        starts.append(request)
        return projection_jobs.Job(run, request) if len(starts) < 3 else begin(run, request)

    monkeypatch.setattr(projection_jobs, "start", start)
    app = visit(EMBEDDINGS, run="old", mode="tsne")
    assert any("ended without a word" in warning.value or "Nobody is at work" in warning.value for warning in app.warning)
    assert refused(press(app, "embeddings.tsne.compute"))


def test_six_pages_among_files_that_may_not_even_be_read(model: Path) -> None:
    with places.open_to_all() as folder:
        closed = World(Path(shutil.copytree(model, folder / "world")))
        for lock in closed.checkpoints.rglob("*.lock"):
            lock.chmod(0o600)
        closed.run("old").weights.chmod(0o600)
        closed.run("stopped").path.chmod(0o700)
        rehearsal = shutil.copytree(model, folder / "rehearsal")
        said = json.loads(places.as_nobody("tests/looked_at.py", str(closed.folder), str(rehearsal)))
    pages = {HOME, LATENT_MAP, RECONSTRUCT, INTERPOLATE, EMBEDDINGS, EXPERIMENTS, TRAIN}
    assert said.keys() == pages
    assert {page: shown["exceptions"] for page, shown in said.items() if shown["exceptions"]} == {}
    assert any("cannot be opened (Permission denied)" in unescaped(text) for text in said[HOME]["texts"])


def test_a_folder_of_models_that_may_not_be_listed_is_a_sentence_on_every_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VAE_CHECKPOINTS", str(tmp_path / "file"))
    for page in (HOME, LATENT_MAP, RECONSTRUCT, INTERPOLATE, EMBEDDINGS, EXPERIMENTS, TRAIN):
        assert [is_useful(error, "a file is in the way") for error in errors(visit(page))] == [True], page
