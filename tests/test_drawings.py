"""Drawings that many make together: whose they are, what odd ones do, and the set that they become."""

import json
import time
from pathlib import Path

import numpy as np
import pytest
from odd_archives import child, finished

from vae_core import data
from vae_core.data import own
from vae_core.errors import DataError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder."""
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def doodle(number: int, side: int = 28) -> np.ndarray:
    return np.random.default_rng(number).integers(0, 256, (1, side, side), np.uint8)


def test_drawings_come_back_and_only_their_author_removes_them(folder: Path) -> None:
    ids = [own.add_drawing("class-7b", doodle(number), " cat\u202e ", author) for number, author in enumerate(("ann", "ben", "ann"))]
    found = own.drawings("class-7b")
    assert [drawing.id for drawing in found] == ids
    assert {drawing.label for drawing in found} == {"cat"}
    np.testing.assert_array_equal(found[2].image, doodle(2))
    with pytest.raises(DataError, match="somebody else's"):
        own.remove_drawing("class-7b", ids[1], "ann")
    own.remove_drawing("class-7b", ids[0], "ann")
    assert [drawing.id for drawing in own.drawings("class-7b")] == ids[1:]
    for collection, drawing in (("class-7b", ids[0]), ("class-7b", "../x"), ("nobody", ids[1]), ("..", ids[1])):
        with pytest.raises(DataError, match="not there any more"):
            own.remove_drawing(collection, drawing, "ann")
    assert own.drawings("..") == own.drawings("") == own.drawings("class-7b/../class-7b") == []


def test_damaged_drawings_are_left_out(folder: Path) -> None:
    kept = own.add_drawing("c", doodle(0), "a", "ann")
    home = folder / "own" / ".drawings" / "c"
    good_one = json.loads((home / f"{kept}.json").read_text())
    bad: list[object] = [
        {},
        [],
        good_one | {"image": "!"},
        good_one | {"shape": [1, 9, 9]},
        good_one | {"label": 3},
        good_one | {"created": "x"},
    ]
    bad += [good_one | {"label": "a\u202e"}, good_one | {"image": "A" * 200_000}, good_one | {"author": None}, good_one | {"shape": [1e9]}]
    for number, content in enumerate(bad):
        (home / f"{number:032x}.json").write_text(json.dumps(content))
    (home / "notes.json").write_text(json.dumps(good_one))
    (home / f"{99:032x}.json").write_text("{")
    assert [drawing.id for drawing in own.drawings("c")] == [kept]


@pytest.mark.parametrize(
    ("collection", "image", "author"),
    [
        ("../x", doodle(0), "ann"),
        ("", doodle(0), "ann"),
        ("C", doodle(0), "ann"),
        ("c", doodle(0)[0], "ann"),
        ("c", doodle(0).astype(np.float32), "ann"),
        ("c", doodle(0, 200), "ann"),
        ("c", doodle(0), ""),
        ("c", doodle(0), "a" * 101),
    ],
)
def test_what_is_no_drawing_is_refused(folder: Path, collection: str, image: np.ndarray, author: str) -> None:
    with pytest.raises(DataError, match=r"; expected "):
        own.add_drawing(collection, image, "a", author)
    assert not folder.exists()


DRAWN = """
import sys, numpy as np
from vae_core.data import own
for number in range(40):
    own.add_drawing("together", np.full((1, 28, 28), number, np.uint8), sys.argv[1], sys.argv[1])
"""


def test_two_browsers_add_at_once_while_a_third_looks(folder: Path) -> None:
    both = [child(DRAWN, author, folder=folder) for author in ("ann", "ben")]
    seen = [0]
    while any(process.poll() is None for process in both):
        seen.append(len(own.drawings("together")))
        time.sleep(0.01)
    assert [finished(process) for process in both] == ["", ""]
    assert seen == sorted(seen)
    found = own.drawings("together")
    assert len({drawing.id for drawing in found}) == 80
    for author in ("ann", "ben"):
        assert [int(drawing.image[0, 0, 0]) for drawing in found if drawing.author == author] == list(range(40))


def test_drawings_become_a_set(folder: Path) -> None:
    with pytest.raises(DataError, match="there are 0 drawings"):
        own.collect("c", "Ours")
    for number, label in enumerate(["dog", "cat", "dog", "", "10", "9"]):
        own.add_drawing("c", doodle(number), label, "ann")
    own.add_drawing("c", doodle(7, 32), "dog", "ann")
    name = own.collect("c", "Our animals")
    loaded = data.load(name)
    assert name == "own-our-animals-001"
    assert loaded.info.class_names == ("9", "10", "cat", "dog", "Unsorted")
    assert [loaded.info.class_names[label] for label in loaded.labels] == ["dog", "cat", "dog", "Unsorted", "10", "9"]
    np.testing.assert_array_equal(loaded.images, [doodle(number) for number in range(6)])
    assert len(own.drawings("c")) == 7
    assert loaded.info.about.startswith("Drawn together on ")
    assert "ann" not in (folder / "own" / name / "about.json").read_text()
