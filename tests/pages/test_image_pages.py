"""Reconstruct and Interpolate without a browser: which images they begin with."""

from pathlib import Path

import numpy as np
import pytest
from page_parts import photo, shown
from visiting import INTERPOLATE, RECONSTRUCT, checked, visit

from ui import cached, inputs
from vae_core.runs.run import Run


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


def test_a_digit_gets_its_article() -> None:
    assert [inputs.in_words(name) for name in ("8", "3", "11", "Flags", "my 8.png")] == ["an 8", "a 3", "an 11", "Flags", "my 8.png"]


def test_a_place_beyond_the_images_of_a_run_is_the_first(models: Path) -> None:
    run = Run(models / "tiny-2d")
    np.testing.assert_array_equal(inputs.sample(run, 10**6).image, cached.originals(run).images[0])
    assert inputs.sample(run, 10**6).sample == 0


def test_interpolate_begins_where_its_link_says(models: Path) -> None:
    for mode, settings, kept in (
        ("path", "t:0.25,rule:spherical,swapped:1", "t:0.25,rule:spherical,swapped:1"),
        ("direction", "strength:-2,label:1", "label:1,strength:-2"),
        ("corners", "u:0.1,v:nan", None),
        ("path", "t:0.25,rule:cubic", None),
    ):
        app = visit(INTERPOLATE, run="tiny-2d", mode=mode, settings=settings)
        assert app.query_params.get("settings") == kept


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
