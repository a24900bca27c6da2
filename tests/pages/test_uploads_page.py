"""Uploads and photos on pages without a browser: how long they stay and which one is shown."""

import json
from pathlib import Path

import numpy as np
import pytest
from page_parts import at_the_sheet_of, photo, shown
from streamlit.testing.v1 import AppTest
from visiting import HOME, INTERPOLATE, LATENT_MAP, RECONSTRUCT, checked, keys, visit

from ui import cached, uploads
from vae_core.runs.run import Run


def go(app: AppTest, page: str, **link: str) -> AppTest:
    """Follow a link of the menu."""
    app.switch_page(page)
    app.query_params.clear()
    app.query_params.update(link)
    return checked(app.run())


def at_uploads(**link: str) -> AppTest:
    app = visit(RECONSTRUCT, run="tiny-2d", **link)
    return checked(app.segmented_control(key="reconstruct.source").set_value("Upload").run())


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
