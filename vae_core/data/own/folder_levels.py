"""Which of the folders above a picture is its class. Knows names of folders alone."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Folders = tuple[str, ...]

DEEPEST = 3
"""Folders from the class on."""
_SPLITS = {
    *("train", "training", "trn", "traindata", "val", "valid", "validation", "dev", "test", "testing", "tst", "testdata"),
    *("eval", "evaluation", "holdout", "pred", "prediction", "unseen"),
}
_BESIDE_SPLITS = {"", "set", "sets", "data", "dataset", "image", "images", "img", "imgs", "seg", "split", "part", "folder"}


@dataclass(frozen=True)
class Levels:
    """The folders that pictures lie in, below those that hold all of them."""

    wrappers: int
    """How many folders hold all pictures."""
    names: tuple[tuple[str, ...], ...]
    """The different names of the first folders below them, of the second, and so on."""
    usual: int
    """Which of them are taken as classes, 1 for the first; 0 for none."""
    splits: tuple[str, ...]
    """The folders, such as train and test, that are parts of one set and so no classes."""

    def label(self, folders: Folders, level: int) -> str:
        """The name of the class of a picture in these folders; empty when there is none."""
        place = self.wrappers + level - 1
        return folders[place] if level and place < len(folders) else ""

    def is_too_deep(self, folders: Folders) -> bool:
        """Whether a picture lies too far below its class."""
        return len(folders) - self.wrappers - max(0, self.usual - 1) > DEEPEST


def levels(places: Iterable[Folders]) -> Levels:
    """What the folders of all pictures say; each counts once, however many pictures it holds."""
    different = sorted(set(places))
    wrappers = _common(different)
    below = [folders[wrappers:] for folders in different]
    names = tuple(
        tuple(sorted({folders[level] for folders in below if len(folders) > level})) for level in range(max(map(len, below), default=0))
    )
    usual = 0
    while usual < len(names) and not _tells(names, usual):
        usual += 1
    splits = tuple(name for level in names[:usual] if _are_splits(level) for name in level)
    return Levels(wrappers, names, usual + 1 if usual < len(names) else 0, splits)


def is_split(name: str) -> bool:
    """Whether a folder is called like a part of a set that is there to train or to test."""
    words = [word.casefold() for word in re.split(r"[\W\d_]+", name)]
    return any(word in _SPLITS for word in words) and all(word in _SPLITS | _BESIDE_SPLITS for word in words)


def _tells(names: Sequence[Sequence[str]], level: int) -> bool:
    """Whether the folders of a level tell classes apart: not as parts of a set, and not as a single one above several."""
    is_last = level + 1 == len(names)
    return not _are_splits(names[level]) and (is_last or len(names[level]) > 1 or len(names[level + 1]) < 2)


def _are_splits(names: Sequence[str]) -> bool:
    return all(is_split(name) for name in names)


def _common(places: Sequence[Folders]) -> int:
    """How many folders all of them begin with; `places` are sorted."""
    if not places:
        return 0
    pairs = zip(places[0], places[-1], strict=False)
    return next((count for count, (one, other) in enumerate(pairs) if one != other), min(len(places[0]), len(places[-1])))
