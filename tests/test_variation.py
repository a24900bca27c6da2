"""The picture of changed images: the originals above, what augmentation makes of them below."""

import base64
import io
import json
import sys

import numpy as np
import pytest

from vae_core import data
from vae_core.config import FORMAT, RunConfig
from vae_core.files.pictures import read
from vae_core.training import augmentation_preview


def asked(**settings: object) -> RunConfig:
    return RunConfig.from_json({"format": FORMAT, "preset": "", "model": {}, "train": {"dataset": "digits", **settings}})


def rows(png: bytes) -> tuple[np.ndarray, np.ndarray]:
    """The two rows of eight 8 x 8 digits, each pixel of which is a square of eight."""
    sheet = read(png)
    assert sheet.shape == (128, 512)
    small = sheet[::8, ::8]
    np.testing.assert_array_equal(small.repeat(8, 0).repeat(8, 1), sheet)
    return small[:8], small[8:]


def test_above_are_images_of_the_set_and_below_the_same_changed() -> None:
    above, below = rows(augmentation_preview.picture(asked(brightness=1.0)))
    known = {image.tobytes() for image in data.load("digits").images}
    tiles = [above[:, 8 * place : 8 * place + 8] for place in range(8)]
    assert all(np.ascontiguousarray(tile).tobytes() in known for tile in tiles)
    assert len({tile.tobytes() for tile in tiles}) == 8
    assert (above != below).any()
    assert (below[above == 0] == 0).all()  # brighter or darker, black stays black


def test_a_flip_mirrors_about_half_of_them() -> None:
    above, below = (row.reshape(8, 8, 8).transpose(1, 0, 2) for row in rows(augmentation_preview.picture(asked(flip=True))))
    mirrored = [(above[place, :, ::-1] == below[place]).all() for place in range(8)]
    kept = [(above[place] == below[place]).all() for place in range(8)]
    assert all(np.logical_or(mirrored, kept))
    assert 1 <= sum(mirrored) <= 7


def test_a_set_with_few_images_shows_them_all(monkeypatch: pytest.MonkeyPatch) -> None:
    few = data.load("digits", images=3)
    monkeypatch.setattr(data, "load", lambda name: few)
    assert read(augmentation_preview.picture(asked(rotation=20))).shape == (128, 3 * 64)


@pytest.mark.parametrize("question", [" ", "[]", "{", '{"flip": "perhaps"}', '{"dataset": "digits", "colour": 1}', '{"dataset": "none"}'])
def test_what_is_no_question_is_answered_in_a_sentence(
    question: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{question}\n"))
    monkeypatch.setattr(augmentation_preview.priority, "lower_priority", lambda: None)
    assert augmentation_preview.main() == 1
    said = capsys.readouterr()
    assert said.out == "\n"
    assert len(said.err.splitlines()) == 1


def test_the_command_answers_in_png(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"dataset": "digits", "shift": 0.2})))
    monkeypatch.setattr(augmentation_preview.priority, "lower_priority", lambda: None)
    assert augmentation_preview.main() == 0
    assert base64.b64decode(capsys.readouterr().out, validate=False).startswith(b"\x89PNG")
