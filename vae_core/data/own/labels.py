"""Foreign texts as labels: whole where classes are told apart, cut where they are shown. Knows no file."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

MAX_CHARACTERS = 255
"""Of a class in a set: as many as a file system gives a name."""
MAX_SHOWN = 40
UNSORTED = "Unsorted"
"""The class of pictures that lie beside the folders of the others."""


def clean(text: str) -> str:
    """A foreign text composed, without control and direction characters, on one line; U+FFFD for a byte that is no letter."""
    composed = unicodedata.normalize("NFC", text)
    kept = ("\ufffd" if "\udc80" <= letter <= "\udcff" else " " if letter.isspace() else letter for letter in composed)
    return " ".join("".join(letter for letter in kept if letter == " " or not _is_hidden(letter)).split()).strip(" \u200d")


def clean_label(text: str) -> str:
    """A foreign text as a label that is short enough to be shown: at most 40 characters."""
    return clean(text)[:MAX_SHOWN].strip(" \u200d")


def told_apart(names: Iterable[str]) -> dict[str, str]:
    """A label for each of the names of classes: those that differ, composed, have labels that differ."""
    whole = sorted({unicodedata.normalize("NFC", name) for name in names})
    labels = dict(zip(whole, fitted([clean(name) or UNSORTED for name in whole], MAX_CHARACTERS), strict=True))
    return {name: labels[unicodedata.normalize("NFC", name)] for name in names}


def fitted(names: Sequence[str], most: int) -> list[str]:
    """Names of at most `most` characters, all different: longer ones end in "…", and those that are equal then get numbers."""
    counts = Counter(_cut(name, most) for name in names)
    taken = {name for name, count in counts.items() if count == 1}
    return [_numbered(name, most, taken) if counts[_cut(name, most)] > 1 else _cut(name, most) for name in names]


def _numbered(name: str, most: int, taken: set[str]) -> str:
    number = 1
    while (label := f"{_cut(name, most - len(str(number)) - 1)} {number}") in taken:
        number += 1
    taken.add(label)
    return label


def _cut(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1].rstrip(" \u200d") + "…"


def _is_hidden(letter: str) -> bool:
    """Whether a character has no picture of its own: control, format (but for the joiner of emoji), surrogate, private."""
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co") and letter != "\u200d"
