"""Every page without a browser: with no model, with small ones, with damaged ones, behind links made to break it. Trains in no page."""

import base64
import dataclasses
import io
import json
import os
import re
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
from PIL import Image, ImageDraw
from streamlit.testing.v1 import AppTest
from visiting import EMBEDDINGS, EXPERIMENTS, HOME, INTERPOLATE, LATENT_MAP, RECONSTRUCT, TIMED, TRAIN, checked, keys, losses, visit

from ui import cached, gallery, inputs, projection_view, uploads, warming
from ui.frame import PAGES as MENU
from ui.markdown import escape
from ui.models import informative_axes
from vae_core import data, runs
from vae_core.config import RunConfig
from vae_core.errors import DataError, RunError
from vae_core.files.file_cache import FileCache
from vae_core.latent import codes, encoded_sets
from vae_core.presets import PRESETS, configure
from vae_core.processes import asking
from vae_core.projections import jobs as projection_jobs
from vae_core.projections.request import Request
from vae_core.runs.run import Run
from vae_core.training import jobs


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoints folder that is not there yet; estimates that cost no time, and projections that nobody waits for."""
    monkeypatch.setenv("VAE_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr(asking, "answer", lambda *question: asking.Answer(True, TIMED))
    monkeypatch.setattr(projection_jobs, "SLOTS", 0)
    return tmp_path / "checkpoints"


@pytest.fixture
def models(folder: Path, trained: Path) -> Path:
    """The folder with `tiny-2d`, `tiny-5d`, and a copy of the former as the shipped `mnist-2d`."""
    shutil.copytree(trained, folder)
    shutil.copytree(folder / "tiny-2d", folder / "mnist-2d")
    return folder


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[RunConfig]:
    """What the pages launched; it is created and waits, for no process is started."""
    configs = []
    monkeypatch.setattr(jobs, "start", lambda run: configs.append(run.config))
    return configs


def links(app: AppTest) -> dict[str, str]:
    """Labels of the page's links below the menu, and where they lead."""
    found = [link.proto for link in app.get("page_link")][len(MENU) :]
    return {link.label: f"{link.page}?{link.query_string}" for link in found}


def titles(app: AppTest) -> list[str]:
    """The names on the gallery's cards."""
    heads = [re.match(r"\*\*(.+)\*\*(  \n|$)", text.value) for text in app.markdown]
    return [re.sub(r"\\(.)", r"\1", head[1]) for head in heads if head]


def choose(app: AppTest, run: str, entry: str) -> AppTest:
    """Choose an entry of a card's menu."""
    return checked(app.menu_button(key=f"gallery.more.{run}").click(entry).run())


def entries(app: AppTest, run: str) -> list[str]:
    """What a card's menu offers."""
    return [option.split(" ")[-1] for option in app.menu_button(key=f"gallery.more.{run}").options]


def errors(app: AppTest) -> list[str]:
    """The sentences of refusal, as a person reads them: without the escapes that keep markdown away."""
    return [re.sub(r"\\(.)", r"\1", error.value) for error in app.error]


def read(markdown: str) -> str:
    """A sentence as it is read, without the addresses of its links."""
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", markdown)


def view(app: AppTest) -> dict:
    """What the latent map was told: run, point and axes."""
    return next(json.loads(mount.proto.json) for mount in app.get("bidi_component") if '"axes":' in mount.proto.json)


# ---- Without a model -----------------------------------------------------------------------------------------------


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


# ---- With models -----------------------------------------------------------------------------------------------------


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


def test_a_page_says_which_epoch_it_shows_of_a_model_in_training_and_leads_to_a_later_one(models: Path) -> None:
    def said(app: AppTest) -> list[str]:
        return [caption.value for caption in app.caption if caption.value.startswith("As of")]

    run = put(models, state="running", epoch=1, epochs=4)
    with jobs.held(run):
        app = visit(LATENT_MAP, run="tiny-2d")
        assert said(app) == ["As of epoch 1; the training is at epoch 1 of 4."]
        assert app.button(key="models.refresh").disabled
        put(models, state="running", epoch=3, epochs=4)
        app = checked(app.run())
        assert said(app) == ["As of epoch 3; the training is at epoch 3 of 4."]
    put(models, state="finished", epoch=4, epochs=4)
    assert said(visit(LATENT_MAP, run="tiny-2d")) == []


def test_the_map_restores_a_link(models: Path) -> None:
    app = visit(LATENT_MAP, run="tiny-5d", z="0.5,-1,0,0,2", axes="pc2,pc1")
    assert view(app) == {**view(app), "run": "tiny-5d", "point": [0.5, -1.0, 0.0, 0.0, 2.0], "axes": ["pc2", "pc1"]}
    assert "5 latent dimensions" in read("".join(caption.value for caption in app.caption))


def test_another_model_on_the_map_is_in_the_link(models: Path) -> None:
    app = visit(LATENT_MAP, run="tiny-5d", z="1,1,1,1,1")
    picker = app.selectbox(key="models.picked")
    assert picker.options == ["tiny-2d", "tiny-5d", "mnist-2d"]  # titles
    checked(picker.set_value("mnist-2d").run())
    assert app.query_params == {"run": "mnist-2d"}
    assert view(app) == {**view(app), "run": "mnist-2d", "point": None}


def test_a_training_that_ended_is_shown_with_its_numbers(models: Path) -> None:
    app = visit(TRAIN, run="tiny-2d")
    last = [record for record in Run(models / "tiny-2d").metrics() if record["split"] == "validation"][-1]
    assert app.subheader[0].value == escape("tiny-2d")
    shown = {name: loss["validation"][-1][1] for name, loss in losses(app).items()}
    assert shown == pytest.approx({"−ELBO": last["total"], "Reconstruction": last["reconstruction"], "KL": last["kl"]}, abs=1e-3)
    assert links(app)["Explore this model"] == "latent_map?run=tiny-2d"
    assert keys(app) == []  # nothing to stop, nothing to resume


def shown(app: AppTest) -> list[np.ndarray]:
    """The images that the page's last component for images was given, as uint8 (C, H, W)."""
    given = (json.loads(part.proto.json) for part in reversed(app.get("bidi_component")) if part.proto.json)
    data = next(data for data in given if data.keys() & {"image", "images"})
    texts = data.get("images") or [data["image"]]
    return [np.frombuffer(base64.b64decode(text), np.uint8).reshape(1, 28, 28) for text in texts]


def test_reconstruct_shows_a_sample_and_names_it_in_the_link(models: Path) -> None:
    originals = cached.originals(Run(models / "tiny-2d"))
    app = visit(RECONSTRUCT, run="tiny-2d", samples="17")
    np.testing.assert_array_equal(shown(app), originals.images[[17]])
    seven = originals.class_names.index("7")
    checked(app.selectbox(key="reconstruct.tiny-2d.class").set_value("7").run())
    [place] = map(int, app.query_params["samples"].split(","))
    assert originals.labels[place] == seven
    np.testing.assert_array_equal(shown(app), originals.images[[place]])
    checked(app.button(key="reconstruct.tiny-2d.another").click().run())
    assert app.query_params["samples"] != str(place)
    assert originals.labels[int(app.query_params["samples"])] == seven


@pytest.mark.parametrize("samples", ["-1", "9999", "1.5", "a", "1,2,3,4,5,6", "٣", "", "1" * 400])
def test_samples_that_are_none_give_others(models: Path, samples: str) -> None:
    assert shown(visit(RECONSTRUCT, run="tiny-2d", samples=samples))
    assert len(shown(visit(INTERPOLATE, run="tiny-2d", samples=samples))) == 2


def photo() -> bytes:
    """A dark seven on white paper, larger than any model's input, as a PNG."""
    picture = Image.new("L", (300, 200), 235)
    ImageDraw.Draw(picture).line([(110, 50), (190, 50), (140, 150)], fill=30, width=14)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def test_an_uploaded_picture_is_prepared_in_steps_and_used(models: Path) -> None:
    app = visit(RECONSTRUCT, run="tiny-2d")
    checked(app.segmented_control(key="reconstruct.source").set_value("Upload").run())
    assert "appears here" in app.caption[-1].value
    checked(app.file_uploader(key="reconstruct.files").upload("seven.png", photo(), "image/png").run())
    [seen] = shown(app)
    assert seen.max() > 200  # light ink
    assert seen[0, [0, 0, -1, -1], [0, -1, 0, -1]].max() < 40  # on a dark ground
    assert [toggle.value for toggle in app.toggle if toggle.key != "frame.projector"] == [True, True]  # exchanged and centred, as suggested
    captions = [caption.value for caption in app.caption]
    assert "1. The picture" in captions
    assert any("What the model sees" in caption for caption in captions)
    assert "samples" not in app.query_params
    checked(app.toggle[1].set_value(False).run())
    assert shown(app)[0].mean() > seen.mean()


def at_uploads(**link: str) -> AppTest:
    app = visit(RECONSTRUCT, run="tiny-2d", **link)
    return checked(app.segmented_control(key="reconstruct.source").set_value("Upload").run())


def go(app: AppTest, page: str, **link: str) -> AppTest:
    """Follow a link of the menu."""
    app.switch_page(page)
    app.query_params.clear()
    app.query_params.update(link)
    return checked(app.run())


def test_an_upload_is_there_after_another_page_and_for_another_model_until_it_is_removed(models: Path) -> None:
    app = at_uploads()
    checked(app.file_uploader(key="reconstruct.files").upload("seven.png", photo(), "image/png").run())
    [seen] = shown(app)
    assert "reconstruct.remove" not in keys(app)  # the field itself has a button for it
    go(app, LATENT_MAP, run="tiny-2d")
    go(app, RECONSTRUCT, run="tiny-2d", mode="Upload")
    assert app.file_uploader(key="reconstruct.files").value == []
    np.testing.assert_array_equal(shown(app), [seen])
    go(app, RECONSTRUCT, run="tiny-5d", mode="Upload")
    np.testing.assert_array_equal(shown(app), [seen])
    checked(app.button(key="reconstruct.remove").click().run())
    assert "appears here" in app.caption[-1].value
    assert "reconstruct.remove" not in keys(app)


def test_a_photo_is_kept_and_a_page_without_a_camera_opens_that_of_the_phone(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = visit(RECONSTRUCT, run="tiny-2d", mode="Camera")
    assert not app.exception
    app.session_state["reconstruct.photo"] = uploads.Upload("Photo", photo())
    [seen] = shown(checked(app.run()))
    go(app, LATENT_MAP, run="tiny-2d")
    go(app, RECONSTRUCT, run="tiny-2d", mode="Camera")
    np.testing.assert_array_equal(shown(app), [seen])
    asked: list[str] = []
    monkeypatch.setattr(uploads, "_is_secure", lambda url: False)
    monkeypatch.setattr(uploads, "take_photo", lambda key: asked.append(key))
    np.testing.assert_array_equal(shown(checked(app.run())), [seen])
    assert asked == ["reconstruct.camera"]


@pytest.mark.parametrize(
    ("url", "is_secure"),
    [
        ("https://school.example/app", True),
        ("http://localhost:8501/", True),
        ("http://127.0.0.1:8501", True),
        ("http://[::1]:8501", True),
        (None, True),
        ("http://192.168.1.7:8501/", False),
        ("http://localhost.example/", False),
    ],
)
def test_browsers_give_a_camera_to_https_and_to_this_computer(url: str | None, is_secure: bool) -> None:
    assert uploads._is_secure(url) == is_secure


def test_a_digit_gets_its_article() -> None:
    assert [inputs.in_words(name) for name in ("8", "3", "11", "Flags", "my 8.png")] == ["an 8", "a 3", "an 11", "Flags", "my 8.png"]


def test_of_uploads_the_newest_stay_and_one_taken_out_of_the_field_goes(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_KEPT", 2)
    app = at_uploads()
    files = [(f"{name}.png", photo(), "image/png") for name in "abcd"]
    checked(app.file_uploader(key="reconstruct.files").set_value(files).run())
    assert app.pills(key="reconstruct.which").options == ["a\\.png", "b\\.png", "c\\.png", "d\\.png"]
    checked(app.file_uploader(key="reconstruct.files").set_value([files[0], *files[2:]]).run())
    go(app, HOME)
    go(app, RECONSTRUCT, run="tiny-2d", mode="Upload")
    assert app.pills(key="reconstruct.which").options == ["c\\.png", "d\\.png"]


def test_the_newest_upload_that_can_be_read_is_shown_until_another_is_chosen(models: Path) -> None:
    app = at_uploads()
    field = app.file_uploader(key="reconstruct.files")
    bad, first, second = (("bad.png", b"GIF89a....", "image/png"), *((f"{name}.png", photo(), "image/png") for name in ("one", "two")))
    checked(field.set_value([bad]).run())
    assert len(app.error) == 1
    checked(app.file_uploader(key="reconstruct.files").set_value([bad, first]).run())
    assert (len(app.error), len(shown(app))) == (0, 1)
    checked(app.file_uploader(key="reconstruct.files").set_value([bad, first, second, ("worse.png", b"", "image/png")]).run())
    assert not app.error
    pills = app.pills(key="reconstruct.which")
    assert pills.value in app.session_state["reconstruct.kept"]
    assert app.session_state["reconstruct.kept"][pills.value].title == "two.png"
    kept = list(app.session_state["reconstruct.kept"])
    checked(pills.set_value(kept[1]).run())
    assert app.session_state["reconstruct.which"] == kept[1]


def at_the_sheet_of(number: int, **address: str) -> AppTest:
    """Interpolate, where an image is to be exchanged."""
    app = visit(INTERPOLATE, run="tiny-2d", **address)
    app.session_state["interpolate.open"] = number
    return checked(app.run())


def test_the_sheet_closes_when_a_class_is_chosen_and_stays_for_another_sample(models: Path) -> None:
    originals = cached.originals(Run(models / "tiny-2d"))
    app = at_the_sheet_of(0, samples="3,4")
    checked(app.button(key="interpolate.A.tiny-2d.another").click().run())
    assert app.session_state["interpolate.open"] == 0
    assert not np.array_equal(shown(app)[0], originals.images[3])
    name = originals.class_names[int(originals.labels[4])]
    checked(app.selectbox(key="interpolate.A.tiny-2d.class").select(name).run())
    assert app.session_state["interpolate.open"] is None
    assert originals.name(int(app.query_params["samples"].split(",")[0])) == name
    app.session_state["interpolate.open"] = 0
    checked(app.run())
    assert app.session_state["interpolate.open"] == 0


def test_the_sheet_closes_when_a_photo_was_taken_and_opens_again_with_it(models: Path) -> None:
    app = at_the_sheet_of(0, samples="3,4")
    checked(app.segmented_control(key="interpolate.A.source").set_value("Camera").run())
    assert app.session_state["interpolate.open"] == 0
    app.session_state["interpolate.A.photo"] = uploads.Upload("Photo", photo())
    checked(app.run())
    assert app.session_state["interpolate.open"] is None
    assert not np.array_equal(shown(app)[0], cached.originals(Run(models / "tiny-2d")).images[3])
    app.session_state["interpolate.open"] = 0
    app.session_state["interpolate.photo_before"] = app.session_state["interpolate.A.photo"]  # as the button does
    checked(app.run())
    assert app.session_state["interpolate.open"] == 0


def test_a_place_beyond_the_images_of_a_run_is_the_first(models: Path) -> None:
    run = Run(models / "tiny-2d")
    np.testing.assert_array_equal(inputs.sample(run, 10**6).image, cached.originals(run).images[0])
    assert inputs.sample(run, 10**6).sample == 0


def test_files_that_come_together_fill_the_letters_in_turn(models: Path) -> None:
    app = at_the_sheet_of(1, mode="arithmetic", samples="3,1,4")
    checked(app.segmented_control(key="interpolate.B.source").set_value("Upload").run())
    files = [(f"{name}.png", photo(), "image/png") for name in ("one", "two")]
    checked(app.file_uploader(key="interpolate.B.files").set_value([files[0], ("bad.png", b"GIF89a....", "image/png"), files[1]]).run())
    titles = [json.loads(part.proto.json)["titles"] for part in app.get("bidi_component") if '"titles"' in part.proto.json]
    assert titles == [[cached.originals(Run(models / "tiny-2d")).name(3), "one.png", "two.png"]]
    assert "samples" not in app.query_params


def test_a_preparation_stays_when_the_sheet_is_closed_and_opened_again(models: Path) -> None:
    app = at_the_sheet_of(0)
    checked(app.segmented_control(key="interpolate.A.source").set_value("Upload").run())
    checked(app.file_uploader(key="interpolate.A.files").upload("seven.png", photo(), "image/png").run())
    as_suggested = shown(app)[0]
    app.session_state["interpolate.open"] = 0
    checked(app.run())
    np.testing.assert_array_equal(shown(app)[0], as_suggested)
    invert = next(field for field in app.toggle if field.key.endswith(".invert"))
    checked(invert.set_value(not invert.value).run())
    inverted = shown(app)[0]
    assert not np.array_equal(inverted, as_suggested)
    checked(app.button(key="interpolate.close").click().run())
    np.testing.assert_array_equal(shown(app)[0], inverted)


def test_interpolate_begins_where_its_link_says(models: Path) -> None:
    for mode, settings, kept in (
        ("path", "t:0.25,rule:spherical,swapped:1", "t:0.25,rule:spherical,swapped:1"),
        ("direction", "strength:-2,label:1", "label:1,strength:-2"),
        ("corners", "u:0.1,v:nan", None),
        ("path", "t:0.25,rule:cubic", None),
    ):
        app = visit(INTERPOLATE, run="tiny-2d", mode=mode, settings=settings)
        assert app.query_params.get("settings") == kept


def test_interpolate_comes_back_with_the_upload_unless_a_link_asks_for_samples(models: Path) -> None:
    app = at_the_sheet_of(1)
    checked(app.segmented_control(key="interpolate.B.source").set_value("Upload").run())
    checked(app.file_uploader(key="interpolate.B.files").upload("seven.png", photo(), "image/png").run())
    assert app.session_state["interpolate.open"] is None  # chosen: the sheet has closed
    seen = shown(app)
    assert not np.array_equal(seen[1], shown(visit(INTERPOLATE, run="tiny-2d"))[1])
    go(app, LATENT_MAP, run="tiny-2d")
    go(app, INTERPOLATE, run="tiny-2d")
    np.testing.assert_array_equal(shown(app), seen)
    go(app, HOME)
    go(app, INTERPOLATE, run="tiny-2d", samples="3,4")
    np.testing.assert_array_equal(shown(app), cached.originals(Run(models / "tiny-2d")).images[[3, 4]])


@pytest.mark.parametrize("file", [b"", b"GIF89a....", b"%PDF-1.7", photo()[:100]])
def test_what_is_no_picture_is_a_sentence(models: Path, file: bytes) -> None:
    app = visit(RECONSTRUCT, run="tiny-2d")
    checked(app.segmented_control(key="reconstruct.source").set_value("Upload").run())
    checked(app.file_uploader(key="reconstruct.files").upload("![x](http://x.y).png", file, "image/png").run())
    [error] = app.error
    assert "![" not in error.value
    assert 20 < len(error.value) < 200


def test_interpolate_begins_with_two_classes_and_keeps_to_its_link(models: Path) -> None:
    originals = cached.originals(Run(models / "tiny-2d"))
    app = visit(INTERPOLATE, run="tiny-2d")
    assert "samples" not in app.query_params  # what everybody begins with needs no name
    first, second = (next(i for i, image in enumerate(originals.images) if np.array_equal(image, given)) for given in shown(app))
    assert originals.labels[first] != originals.labels[second]
    np.testing.assert_array_equal(shown(visit(INTERPOLATE, run="tiny-2d")), shown(app))
    app = visit(INTERPOLATE, run="tiny-2d", mode="corners", samples="3,1,4,15")
    np.testing.assert_array_equal(shown(app), originals.images[[3, 1, 4, 15]])
    checked(app.button(key="interpolate.shuffle").click().run())
    assert app.query_params["samples"] != "3,1,4,15"
    checked(app.segmented_control(key="interpolate.mode").set_value("arithmetic").run())
    assert (app.query_params["mode"], len(shown(app))) == ("arithmetic", 3)


def test_a_model_without_images_can_still_be_given_some(models: Path) -> None:
    for name in ("codes.npz", "thumbnails.webp"):
        (models / "tiny-2d" / name).unlink()
    app = visit(RECONSTRUCT, run="tiny-2d")
    assert app.segmented_control(key="reconstruct.source").value == "Upload"
    assert "its images are missing" in visit(INTERPOLATE, run="tiny-2d").info[0].value


def numbers(app: AppTest) -> dict[str, float]:
    return {metric.label: float(metric.value) for metric in app.metric}


def said(app: AppTest) -> str:
    """All captions as they are read."""
    return "".join(caption.value for caption in app.caption).replace("\\", "")


def test_two_dimensions_are_shown_as_they_are(models: Path) -> None:
    app = visit(EMBEDDINGS, run="tiny-2d")
    assert app.segmented_control(key="embeddings.method").value == "raw"
    assert list(numbers(app)) == ["k-NN accuracy"]  # nothing is projected, so nothing about that is measured
    assert "Nothing is projected" in said(app)
    assert "600 of 600 codes of “Handwritten digits, 10,000”" in said(app)
    assert "z=" in links(app)["Take me to the biggest hole"]
    assert re.search(r"z1: (all 120|\d+ of 120) codes .{0,9}lie (within|beyond) ±\d", said(app))


def test_a_few_codes_are_shown_all_and_not_measured(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack, packed = projection_view.pack_points, []
    monkeypatch.setattr(projection_view, "pack_points", lambda *given, **named: packed.append(named) or pack(*given, **named))
    run = Run(models / "tiny-5d")
    whole = codes.load(run.codes)
    few = {name: getattr(whole, name)[:24] for name in ("mean", "log_var", "labels", "index", "reconstruction")}
    codes.save(codes.Codes(**few, validation=5), run.codes)
    app = visit(EMBEDDINGS, run="tiny-5d", mode="pca")
    assert packed[0]["held_out"] == 5
    assert "24 codes are too few to measure" in said(app)
    assert "24 codes are too few to compare" in said(app)
    assert not app.metric


def test_pca_is_measured_and_compared_with_noise(models: Path) -> None:
    app = visit(EMBEDDINGS, run="tiny-5d", mode="pca")
    shown = numbers(app)
    assert 0.5 < shown["Trustworthiness"] < 1.0
    assert {"Continuity", "Same neighbours", "k-NN accuracy"} < set(shown)
    assert all("for pure noise" in metric.delta for metric in app.metric if metric.label != "k-NN accuracy")
    checked(app.toggle(key="embeddings.noise").set_value(True).run())
    beside = [float(metric.value) for metric in app.metric if metric.label == "Trustworthiness"]
    assert len(beside) == 2
    assert beside[0] == shown["Trustworthiness"] != beside[1]
    assert "600 of 600 codes" in said(app)
    assert "600 random codes" in said(app)


def test_a_long_projection_is_begun_once_and_can_be_stopped(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, stopped = [], []
    monkeypatch.setattr(projection_jobs.Job, "stop", lambda job: stopped.append(job))
    monkeypatch.setattr(projection_jobs, "start", lambda run, request: begun.append(request))
    monkeypatch.setattr(projection_jobs.Job, "state", lambda job: projection_jobs.State("running", 40, 200))
    monkeypatch.setattr(projection_jobs.Job, "frames", lambda job: [])
    app = visit(EMBEDDINGS, run="tiny-5d")
    assert [(request.method, request.dims, request.seed) for request in begun] == [("tsne", 2, 0)]
    assert [(bar.value, bar.text) for bar in app.get("progress")] == [(20, "t-SNE: step 40 of 200")]
    checked(app.button(key="embeddings.tsne.stop").click().run())
    assert len(stopped) == 1


COLLAPSE = "The code carries nothing: all images decode alike (posterior collapse). Lower beta or add free bits."


def measured_as(monkeypatch: pytest.MonkeyPatch, **facts: object) -> None:
    """Let every run be measured so."""
    genuine = Run.card
    monkeypatch.setattr(Run, "card", lambda run: {**genuine(run), **facts})


def test_a_collapsed_code_is_named_beside_the_training_and_among_the_facts(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not checked(visit(TRAIN, run="tiny-5d")).info
    measured_as(monkeypatch, active_units=0)
    assert [info.value for info in checked(visit(TRAIN, run="tiny-5d")).info] == [COLLAPSE]
    app = choose(visit(HOME), "tiny-5d", "Facts")
    assert [info.value for info in app.info] == [COLLAPSE]


def test_numbers_from_a_few_images_are_not_called_measured(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured_as(monkeypatch, validation_images=2, few_validation_images=True)
    app = checked(visit(LATENT_MAP, run="tiny-5d"))
    assert "too few held-out images to measure (2)" in read(app.caption[0].value)
    assert not any("nats image" in caption.value for caption in app.caption)


def test_a_loss_that_only_a_broken_model_has_is_not_spelt_out(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured_as(monkeypatch, elbo=-2e33, kl=2e33)
    pages = checked(visit(LATENT_MAP, run="tiny-5d")), choose(visit(HOME), "tiny-5d", "Facts")
    for app in pages:
        words = read(" ".join(element.value for element in (*app.caption, *app.metric)))
        assert "more than 10,000,000 nats" in words
        assert not re.search(r"\d{9}|\d,\d{3},\d{3},", words)


def test_accuracy_is_told_beside_that_of_guessing(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured_as(monkeypatch, knn_accuracy=0.8, largest_class=0.75)
    app = choose(visit(HOME), "tiny-5d", "Facts")
    assert any("Always naming the largest class gives 75.0%." in caption.value for caption in app.caption)


def test_every_measured_fact_comes_with_what_it_means(models: Path) -> None:
    app = choose(visit(HOME), "tiny-5d", "Facts")
    card = Run(models / "tiny-5d").card()
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["−ELBO"] == f"{-card['elbo']:.1f} nats"
    assert shown["Importance-weighted bound"] == f"{-card['bound']:.1f} nats"
    assert shown["Active units"] == f"{card['active_units']} of 5"
    assert shown["k-NN accuracy"] == f"{card['knn_accuracy']:.1%}"
    assert len(shown) == 8
    assert sum(caption.value.endswith(".") for caption in app.caption) >= 8


def test_a_link_carries_every_setting_of_a_projection(models: Path) -> None:
    settings = "dims:3,seed:7,clusters:hdbscan,beside:pca,x:3,y:4"
    app = visit(EMBEDDINGS, run="tiny-5d", mode="raw", settings=settings)
    assert [app.number_input(key=f"embeddings.{name}").value for name in ("raw.x", "raw.y", "seed")] == [3, 4, 7]
    assert app.selectbox(key="embeddings.beside").value == "pca"
    assert sorted(app.query_params["settings"].split(",")) == sorted(settings.split(","))
    assert said(app).count("600 of 600 codes") == 2
    checked(app.number_input(key="embeddings.seed").set_value(0).run())
    assert "seed" not in app.query_params["settings"]


def test_a_projection_that_was_stopped_early_can_be_computed_again(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, start = [], projection_jobs.start
    monkeypatch.setattr(projection_jobs, "start", lambda run, request: asked.append(request) or start(run, request))
    visit(EMBEDDINGS, run="tiny-5d")
    run = Run(models / "tiny-5d")
    flat = projection_jobs.find(run, Request("pca"))
    file = projection_jobs.Job(run, asked[0]).result_file
    projection_jobs.keep(dataclasses.replace(flat, request=asked[0], facts=flat.facts | {"stopped_early": True}), file)
    asked.clear()
    app = visit(EMBEDDINGS, run="tiny-5d")
    assert not asked
    checked(app.button(key="embeddings.tsne.again").click().run())
    assert asked
    assert not file.exists()


def test_fields_in_a_closed_popover_begin_with_what_the_link_asks_for_whenever_it_is_opened(models: Path) -> None:
    app = checked(visit(EMBEDDINGS, run="tiny-5d", settings="dims:3,perplexity:9,clusters:hdbscan").run())
    defaults = {field.key: field.proto.default for field in (*app.number_input, *app.get("button_group"))}
    assert defaults["embeddings.tsne.perplexity"] == 9
    assert defaults["embeddings.tsne.iterations"] == 500
    assert defaults["embeddings.dims"] == defaults["embeddings.clusters"] == [1]
    app = at_the_sheet_of(0)
    sources = [field.proto.default for field in app.get("button_group") if field.key.endswith(".source")]
    assert sources == [[0]]


def test_points_are_packed_once_until_what_they_show_changes(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pack, packed = projection_view.pack_points, []
    monkeypatch.setattr(projection_view, "pack_points", lambda *given, **named: packed.append(named["clusters"]) or pack(*given, **named))
    app = checked(visit(EMBEDDINGS, run="tiny-5d", mode="pca").run())
    assert len(packed) == 1
    checked(app.segmented_control(key="embeddings.clusters").set_value("hdbscan").run().run())
    assert len(packed) == 2
    assert not np.array_equal(*packed)
    checked(app.number_input(key="embeddings.seed").set_value(1).run().run())
    assert len(packed) == 3
    stamp = (models / "tiny-5d" / "codes.npz").stat().st_mtime + 9
    os.utime(models / "tiny-5d" / "codes.npz", (stamp, stamp))
    checked(app.run())
    assert len(packed) == 4


def test_codes_of_another_data_set_are_encoded_by_a_process_and_then_shown(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    monkeypatch.setattr(projection_jobs, "start", lambda run, request: begun.append(request))
    monkeypatch.setattr(projection_jobs.Job, "state", lambda job: projection_jobs.State("running", 3_000, 10_000, projection_jobs.ENCODING))
    app = visit(EMBEDDINGS, run="tiny-5d", mode="pca", settings="data:mnist10k")
    assert [request.data for request in begun] == ["mnist10k"]
    assert [(bar.value, bar.text) for bar in app.get("progress")] == [(30, "Encoding the images: 3,000 of 10,000")]
    encoded_sets.encode_set(Run(models / "tiny-5d"), "mnist10k")
    checked(app.run())
    assert "5,000 of 10,000 codes of “Handwritten digits, 10,000”" in said(app)


def test_a_title_formats_nothing(models: Path) -> None:
    hostile = "**bold** [x](y) :red[z]"
    runs.rename(Run(models / "tiny-5d"), hostile)
    app = choose(visit(HOME), "tiny-5d", "Facts")
    assert [caption for caption in app.caption if caption.value.startswith(escape(hostile))]
    assert not [caption for caption in app.caption if hostile in caption.value]


@pytest.mark.parametrize(
    "settings", ["perplexity:nan", "seed:-1,dims:9", "x:99,y:z", ":,::,a:b:c", "beside:<b>,noise:maybe", "seed:1e99," * 50]
)
def test_settings_that_are_none_leave_the_usual_ones(models: Path, settings: str) -> None:
    app = visit(EMBEDDINGS, run="tiny-5d", mode="raw", settings=settings)
    assert app.number_input(key="embeddings.seed").value == 0
    assert app.selectbox(key="embeddings.beside").value == "Nothing"
    assert "settings" not in app.query_params


# ---- Links made to break a page ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [LATENT_MAP, RECONSTRUCT, INTERPOLATE, EMBEDDINGS, EXPERIMENTS, TRAIN])
@pytest.mark.parametrize("run", ["../../etc", "tiny-2d/../tiny-5d", "a" * 300, "", ".trash", "tiny-2d\0", "no-such-run", "<script>"])
def test_a_link_to_no_run_says_so_and_shows_something_else(models: Path, page: str, run: str) -> None:
    app = visit(page, run=run)
    assert [warning.value.split(" that")[0] for warning in app.warning] == [f"The link names a {'run' if page == TRAIN else 'model'}"]
    picked = app.selectbox(key="train.dataset" if page == TRAIN else "models.picked").value
    assert picked == "mnist10k" if page == TRAIN else picked == "mnist-2d"


@pytest.mark.parametrize("z", ["nan,0", "inf,0", "1e308,1", "1", "1,2,3", "", ",", "1;2", "0x1,0", "٣,a", "1," * 5000])
def test_a_point_that_is_none_gives_the_first_image(models: Path, z: str) -> None:
    app = visit(LATENT_MAP, run="tiny-2d", z=z)
    assert view(app)["point"] is None


@pytest.mark.parametrize("axes", ["9,9", "z1,z1", "z1", "z1,z2,z3", "z0,z1", "z6,z1", "pc9,pc1", ",", "Z1,Z2"])
def test_axes_that_are_none_give_the_usual_ones(models: Path, axes: str) -> None:
    app = visit(LATENT_MAP, run="tiny-5d", axes=axes)
    assert view(app)["axes"] == list(informative_axes(Run(models / "tiny-5d")))


def test_a_link_does_not_move_home(models: Path) -> None:
    app = visit(HOME, run="../../etc", z="nan,1e308", axes="9,9")
    assert view(app) == {**view(app), "run": "mnist-2d", "point": view(app)["tour"][0]}


# ---- Damage ------------------------------------------------------------------------------------------------------------


def remove(path: Path) -> None:
    path.unlink()


def halve(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 0x10
    path.write_bytes(whole)


def replace(text: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(text)


DAMAGE = {
    "no config": ("config.json", remove),
    "half a config": ("config.json", halve),
    "the config of something else": ("config.json", replace('{"format": 1, "model": {"latent_dim": 0}, "train": {}}')),
    "no status": ("status.json", remove),
    "a status of something else": ("status.json", replace("[1, 2]")),
    "half the weights": ("weights.safetensors", halve),
    "no network": ("network.bin", remove),
    "half the network": ("network.bin", halve),
    "a flipped bit in the network": ("network.bin", flip),
    "half the codes": ("codes.npz", halve),
    "a flipped bit in the codes": ("codes.npz", flip),
    "no codes": ("codes.npz", remove),
    "half the thumbnails": ("thumbnails.webp", halve),
    "half a cover": ("cover.webp", halve),
    "a cover that is text": ("cover.webp", replace("not a picture")),
    "half a card": ("card.json", halve),
    "a card that is a list": ("card.json", replace("[]")),
    "a card of words": ("card.json", replace('{"elbo": "high", "kl_by_dimension": "no", "validation_images": null}')),
    "records of something else": ("metrics.jsonl", replace('{"a": 1}\n7\n{"split": "train"}\n')),
    "records that are no text": ("metrics.jsonl", lambda path: path.write_bytes(bytes(range(256)) * 9)),
    "half a film": ("previews/0002-codes.npz", halve),
    "a film without a beginning": ("previews/probes.npz", halve),
    "the codes of another model": ("codes.npz", lambda path: shutil.copy(path.parents[1] / "tiny-5d" / path.name, path)),
    "the network of another model": ("network.bin", lambda path: shutil.copy(path.parents[1] / "tiny-5d" / path.name, path)),
    "the weights as a network": ("network.bin", lambda path: shutil.copy(path.with_name("weights.safetensors"), path)),
    "a title of something else": ("about.json", replace('{"title": ["a"]}')),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_a_sentence_and_hides_no_other_model(models: Path, damage: str) -> None:
    name, act = DAMAGE[damage]
    act(models / "tiny-2d" / name)
    assert set(titles(visit(HOME))) == {"tiny-2d", "tiny-5d", "mnist-2d"}
    for page in (LATENT_MAP, RECONSTRUCT, INTERPOLATE, EMBEDDINGS, EXPERIMENTS, TRAIN):
        visit(page, run="tiny-2d")
    assert view(visit(LATENT_MAP, run="tiny-5d"))["run"] == "tiny-5d"


# ---- The form --------------------------------------------------------------------------------------------------------


def field(app: AppTest, name: str, preset: str = "mnist-2d-quick") -> object:
    """The widget of a setting."""
    [found] = [item for item in app.main if getattr(item, "key", None) == f"train.{preset}.{name}"]
    return found


def follow(app: AppTest, label: str) -> AppTest:
    """Go where a link on the page leads, on the same page."""
    query = links(app)[label].partition("?")[2]
    app.query_params.clear()
    app.query_params.update(dict(parse_qsl(query)))
    return checked(app.run())


def start(app: AppTest) -> AppTest:
    [button] = [button for button in app.button if button.label == "Start training"]
    return checked(button.click().run())


@pytest.mark.parametrize(
    ("dataset", "preset", "latent_dim", "likelihood"),
    [("mnist10k", "mnist-2d-quick", 2, "bernoulli"), ("shapes", "shapes-6d", 6, "bernoulli"), ("emoji", "emoji-32d", 32, "gaussian")],
)
def test_a_data_set_brings_its_recipe(dataset: str, preset: str, latent_dim: int, likelihood: str) -> None:
    app = visit(TRAIN)
    checked(app.selectbox(key="train.dataset").set_value(dataset).run())
    assert app.selectbox(key=f"train.preset.{dataset}").value == preset
    assert app.caption[1].value == PRESETS[preset].about
    assert (field(app, "latent_dim", preset).value, field(app, "likelihood", preset).value) == (latent_dim, likelihood)


def test_another_recipe_changes_the_fields_and_what_is_launched(launched: list[RunConfig]) -> None:
    app = visit(TRAIN)
    checked(app.selectbox(key="train.dataset").set_value("digits").run())
    checked(app.selectbox(key="train.preset.digits").set_value("tutorial-mlp").run())
    assert field(app, "hidden", "tutorial-mlp").value == "512, 256"
    field(app, "epochs", "tutorial-mlp").set_value(7)
    field(app, "hidden", "tutorial-mlp").set_value("30, 20")
    field(app, "batch_norm", "tutorial-mlp").set_value(True)
    start(checked(app.run()))
    [config] = launched
    assert (config.preset, config.train.dataset, config.model.image_shape) == ("tutorial-mlp", "digits", (1, 8, 8))
    assert (config.train.epochs, config.model.hidden, config.model.batch_norm, config.model.network) == (7, (30, 20), True, "mlp")
    assert (config.train.learning_rate, config.train.lr_schedule) == (1e-3, "constant")


def test_starting_shows_the_run_that_was_started(launched: list[RunConfig]) -> None:
    app = start(visit(TRAIN))
    assert len(launched) == 1
    assert app.query_params == {"run": "mnist-2d-quick-001"}
    assert app.subheader[0].value == escape("Digits · 2-D")
    assert [bar.text for bar in app.get("progress")] == ["Starting"]
    assert keys(app) == ["watch.stop"]


def test_a_link_opens_the_form_as_it_was(launched: list[RunConfig]) -> None:
    link = {"data": "digits", "recipe": "tutorial-mlp", "settings": "hidden:30-20,batch_norm:True,beta:4.0", "title": "My own"}
    app = visit(TRAIN, **link)
    assert app.query_params == link
    start(app)
    [config] = launched
    assert (config.preset, config.train.dataset, config.train.beta) == ("tutorial-mlp", "digits", 4.0)
    assert (config.model.hidden, config.model.batch_norm) == ((30, 20), True)
    assert [run.title for run in runs.list_runs()] == ["My own"]


@pytest.mark.parametrize("settings", ["beta:-1", "beta:nan", "nothing:1", "hidden:a-b", "family:7,,::", "epochs:" + "9" * 400])
def test_a_form_that_is_asked_for_in_vain_is_the_usual_one(launched: list[RunConfig], settings: str) -> None:
    app = visit(TRAIN, settings=settings, data="<b>", recipe="../x", title="a\n" * 99)
    assert app.query_params == {}
    assert not app.error
    start(app)
    assert launched == [configure("mnist-2d-quick")]


def test_changed_values_are_in_the_link_and_another_recipe_drops_them() -> None:
    app = visit(TRAIN)
    checked(field(app, "beta").set_value(8.0).run())
    checked(field(app, "channels").set_value("8, 16").run())
    assert app.query_params == {"settings": "channels:8-16,beta:8.0"}
    checked(app.selectbox(key="train.preset.mnist10k").set_value("linear-ae").run())
    assert app.query_params == {"recipe": "linear-ae"}


def test_two_trainings_in_a_row_keep_the_form_and_have_names_that_differ(launched: list[RunConfig]) -> None:
    app = visit(TRAIN)
    for beta in (0.0, 8.0):
        checked(field(app, "beta").set_value(beta).run())
        start(app)
        follow(app, "New training")
    start(app)
    assert [config.train.beta for config in launched] == [0.0, 8.0, 8.0]
    assert sorted(run.title for run in runs.list_runs()) == ["Digits · 2-D · β 0", "Digits · 2-D · β 8", "Digits · 2-D · β 8 (2)"]


def test_classes_are_left_out_by_their_names_and_a_link_keeps_them(launched: list[RunConfig]) -> None:
    app = visit(TRAIN, data="emoji", settings="epochs:3,without:7-8-40")
    chooser = next(field for field in app.multiselect if field.label == "Left-out classes")
    assert chooser.value == [7, 8]
    assert chooser.options[8] == "Flags"
    checked(chooser.set_value([0]).run())
    assert "without:0" in app.query_params["settings"]
    start(app)
    assert [config.train.without for config in launched] == [(0,)]


def test_three_betas_are_one_action_with_links_to_each(launched: list[RunConfig]) -> None:
    app = visit(TRAIN, settings="epochs:3,seed:7")
    checked(app.button(key="train.start.three").click().run())
    assert [config.train.beta for config in launched] == [0.0, 1.0, 8.0]
    assert len({dataclasses.replace(config.train, beta=1.0) for config in launched}) == 1
    titled = {f"Digits · 2-D · 3 epochs · β {beta} · seed 7": config.train.beta for beta, config in zip((0, 8), launched[::2], strict=True)}
    assert titled.keys() < {run.title for run in runs.list_runs()}
    assert app.query_params["run"] == "mnist-2d-quick-001"
    assert app.query_params["together"] == "mnist-2d-quick-001,mnist-2d-quick-002,mnist-2d-quick-003"
    beside = [label for label, link in links(app).items() if "together=" in link]
    assert len(beside) == 3
    app = follow(app, beside[2])
    assert app.query_params["run"] == "mnist-2d-quick-003"
    assert next(label for label, link in links(app).items() if "together=" in link) == beside[0].strip("*")


@pytest.mark.parametrize("text", ["0, 1", "0, 1, 1", "0, 1, -8", "0, 1, 8, 9", "a, b, c", "", "nan, 1, 2"])
def test_what_is_no_three_betas_cannot_be_started(text: str) -> None:
    app = visit(TRAIN)
    checked(app.text_input(key="train.three").set_value(text).run())
    assert app.button(key="train.start.three").disabled
    assert any("Expected three different numbers from 0 to 100" in caption.value for caption in app.caption)


def test_three_betas_are_not_offered_where_there_is_no_kl_to_weigh() -> None:
    app = visit(TRAIN, recipe="iwae-50d", data="mnist")
    assert "train.start.three" not in keys(app)
    assert any("nothing for β to weigh" in caption.value for caption in app.caption)


def test_if_the_second_of_three_cannot_be_started_it_says_which_were(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(run: Run) -> None:
        if run.config.train.beta == 1.0:
            raise RunError("the disk is full")

    monkeypatch.setattr(jobs, "start", start)
    app = visit(TRAIN)
    checked(app.button(key="train.start.three").click().run())
    assert errors(app) == ["β 1 could not be started: the disk is full. Of the three, started: “Digits · 2-D · β 0”"]
    assert [run.title for run in runs.list_runs()] == ["Digits · 2-D · β 0"]


def test_beta_is_off_where_it_means_nothing() -> None:
    app = visit(TRAIN, recipe="mnist-ae-2d")
    assert field(app, "beta", "mnist-ae-2d").disabled
    assert "train.start.three" not in keys(app)
    assert any("β means nothing to it" in caption.value for caption in app.caption)


def test_the_slider_and_the_field_of_beta_are_one(launched: list[RunConfig]) -> None:
    app = visit(TRAIN)
    slider = json.loads(next(mount.proto.json for mount in app.get("bidi_component") if "beta_slider" in mount.proto.id))
    assert slider == {"value": 1.0, "disabled": False}
    checked(field(app, "beta").set_value(20).run())
    slider = json.loads(next(mount.proto.json for mount in app.get("bidi_component") if "beta_slider" in mount.proto.id))
    assert slider["value"] == 20


def test_the_form_behind_a_launched_run_keeps_its_name_and_a_new_one_has_none(launched: list[RunConfig]) -> None:
    app = visit(TRAIN)
    checked(app.text_input(key="train.title").set_value("Mine").run())
    form = dict(app.query_params)
    start(app)
    assert links(app)["New training"] == "train?"
    for _ in range(2):
        app.query_params.clear()
        app.query_params.update(form)  # Back
        checked(app.run())
        assert app.text_input(key="train.title").value == "Mine"
        start(app)
    assert sorted(run.title for run in runs.list_runs()) == ["Mine", "Mine (2)", "Mine (3)"]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("channels", "8, lots", "channels is '8, lots'; expected whole numbers separated by commas, each from 1 to 1024"),
        ("channels", "0, 8", "channels is 0; expected whole numbers separated by commas, each from 1 to 1024"),
        ("hidden", "1.5", "hidden is '1.5'; expected whole numbers separated by commas, each from 1 to 4096"),
    ],
)
def test_a_bad_text_is_refused_before_it_can_start(launched: list[RunConfig], name: str, text: str, sentence: str) -> None:
    app = visit(TRAIN)
    checked(field(app, name).set_value(text).run())
    assert errors(app) == [sentence]
    assert keys(app) == []
    checked(field(app, name).set_value("8, 16").run())
    assert not app.error
    start(app)
    assert getattr(launched[0].model, name) == (8, 16)


@pytest.mark.parametrize(
    ("name", "number", "limits"), [("epochs", 99_999_999, "1 to 1000"), ("latent_dim", -3, "1 to"), ("beta", -1.0, "0 to")]
)
def test_a_number_outside_its_limits_is_refused_before_it_can_start(
    launched: list[RunConfig], name: str, number: float, limits: str
) -> None:
    app = visit(TRAIN)
    app.text_input(key="train.title").set_value("Mine")
    checked(field(app, name).set_value(number).run())
    assert len(errors(app)) == 1
    assert f"from {limits}" in errors(app)[0]
    assert (keys(app), launched) == ([], [])
    checked(field(app, name).set_value(1).run())
    assert not app.error
    assert app.text_input(key="train.title").value == "Mine"
    start(app)
    assert {**vars(launched[0].model), **vars(launched[0].train)}[name] == 1


def test_a_number_that_nothing_can_be_previewed_with_is_refused_once() -> None:
    app = visit(TRAIN)
    checked(field(app, "rotation").set_value(1e30).run())
    assert errors(app) == ["rotation is 1e+15; expected a number from 0 to 45"]
    assert field(app, "kernel").value == 3  # what stands below is drawn


def test_settings_that_contradict_each_other_are_refused(launched: list[RunConfig]) -> None:
    app = visit(TRAIN)
    checked(field(app, "output").set_value("linear").run())
    assert errors(app) == ["likelihood bernoulli needs output sigmoid; choose gaussian for a linear output"]
    assert (keys(app), launched) == ([], [])


def test_the_estimate_follows_epochs_and_images() -> None:
    app = visit(TRAIN)
    field(app, "epochs").set_value(100)
    field(app, "images").set_value(5000)
    checked(app.run())
    assert [caption.value for caption in app.caption if "on this computer" in caption.value] == [
        "About 2 minutes on this computer"  # 100 epochs of 4,000 images at 4,000 a second, and a tenth
    ]
    assert "Three β: about 6 minutes" in [caption.value for caption in app.caption]


def test_a_computer_that_is_too_busy_to_be_timed_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def said(app: AppTest) -> list[str]:
        return [caption.value for caption in app.caption if "computer" in caption.value and "built-in" not in caption.value]

    monkeypatch.setattr(asking, "answer", lambda *question: asking.Answer(True, None))
    app = visit(TRAIN)
    assert said(app) == ["This computer is too busy to be timed now; the time left is shown once the training runs"]
    monkeypatch.setattr(asking, "answer", lambda *question: asking.Answer(True, TIMED))
    assert said(checked(app.run())) == ["About 26 seconds on this computer"]


def test_a_data_set_that_is_not_here_can_be_fetched_or_done_without(
    tmp_path: Path, launched: list[RunConfig], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    app = visit(TRAIN)
    checked(app.selectbox(key="train.dataset").set_value("mnist").run())
    assert "not on this computer yet" in app.caption[0].value
    assert "built-in sets need no download" in app.caption[0].value
    buttons = [("Download Handwritten digits", False), ("Train these three β", True), ("Start training", True)]
    assert [(button.label, button.disabled) for button in app.button] == buttons
    fetched = []
    monkeypatch.setattr(data, "download", lambda name, progress: (progress(0.5, "Half"), fetched.append(name)))
    checked(app.button(key="train.download").click().run())
    assert (fetched, [toast.value for toast in app.toast]) == (["mnist"], ["Handwritten digits is here"])


def test_a_download_that_fails_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: str, progress: Callable[[float, str], None]) -> None:
        raise DataError("mnist could not be fetched; connect to the internet")

    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(data, "download", fail)
    app = visit(TRAIN)
    checked(app.selectbox(key="train.dataset").set_value("mnist").run())
    checked(app.button(key="train.download").click().run())
    assert errors(app) == ["mnist could not be fetched; connect to the internet"]


# ---- What is done to a run ---------------------------------------------------------------------------------------------


def put(folder: Path, **status: object) -> Run:
    """Make `tiny-2d` a run in another state, with something to resume."""
    run = Run(folder / "tiny-2d")
    run.write_status(dataclasses.replace(run.stored_status(), **status))
    run.resume.write_bytes(b"state")
    return run


@pytest.mark.parametrize(("state", "says"), [("stopped", "Stopped"), ("running", "Interrupted"), ("failed", "Failed")])
def test_what_did_not_end_can_be_resumed(models: Path, launched: list[RunConfig], state: str, says: str) -> None:
    put(models, state=state, message="Something came up")
    app = visit(TRAIN, run="tiny-2d")
    assert any(says in text.value for text in app.markdown)
    assert keys(app) == ["watch.resume"]
    checked(app.button(key="watch.resume").click().run())
    assert len(launched) == 1


def test_no_time_is_named_before_a_step_is_done(models: Path) -> None:
    with jobs.held(put(models, state="running", message="Training", epoch=0, epochs=4, step=0, steps=60, seconds=0.0)):
        assert visit(TRAIN, run="tiny-2d").progress[0].text == "Epoch 1 of 4"


def test_a_training_at_work_is_asked_to_stop_once(models: Path) -> None:
    run = put(models, state="running", message="Training", epoch=1, epochs=4, step=30, steps=60, seconds=90.0)
    with jobs.held(run):
        app = visit(TRAIN, run="tiny-2d")
        assert app.progress[0].value == 50
        assert app.progress[0].text == "Epoch 2 of 4, about 1:30 left"
        checked(app.button(key="watch.stop").click().run())
        assert run.stop_file.exists()
        assert (app.button(key="watch.stop").label, app.button(key="watch.stop").disabled) == ("Stopping …", True)


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
    assert entries(app, "mnist-2d") == ["Facts", "Download"]
    assert entries(app, "tiny-2d") == ["Facts", "Download", "Rename"]
    assert entries(app, "tiny-5d") == ["Facts", "Download", "Rename", "Delete"]


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
