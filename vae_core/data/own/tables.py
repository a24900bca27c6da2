"""Labels from a table that lies beside the pictures: a column names them, another one tells their class. Knows no archive."""

import csv
import io
import itertools
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vae_core.data.own import name_encodings

MAX_ROWS = 500_000
MAX_COLUMNS = 200
MAX_OFFERED = 6
_PROBED = 2_000
"""Rows, spread over all, in which the column of pictures is looked for."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_PARTS = 3
"""The last names of a picture's path, by which a table can call it."""
_USUAL = (
    *("label", "labels", "class", "classes", "category", "target", "species", "breed", "type", "kind", "diagnosis", "dx"),
    *("class_name", "classname", "class_id", "label_name", "name", "klasse", "etikett", "classe", "clase", "étiquette", "y"),
)


@dataclass(frozen=True)
class Labels:
    """One column of a table as the classes of pictures."""

    table: str
    """The path of the table."""
    column: str
    """What stands above the column."""
    classes: dict[int, str]
    """The class of each picture that is named, by the picture's number."""
    encoding: str = ""
    """The code page in which the table was read; empty where it tells that itself."""

    @property
    def names(self) -> tuple[str, ...]:
        """The different classes."""
        return tuple(sorted(set(self.classes.values())))


class Pictures:
    """Pictures by all that a table can call them: with or without their folders and their suffix."""

    def __init__(self, paths: Sequence[tuple[str, ...]]) -> None:
        self.count = len(paths)
        self._known: dict[str, int | None] = {}
        for number, parts in enumerate(paths):
            whole = [unicodedata.normalize("NFC", part).casefold() for part in parts]
            for name in {"/".join(whole[-count:]) for count in range(1, _PARTS + 1)}:
                for called in {name, os.path.splitext(name)[0]}:
                    self._known[called] = None if called in self._known else number  # one name for two pictures is none

    def find(self, called: str) -> int | None:
        """The number of the picture that is called so, however much of its path is given."""
        whole = unicodedata.normalize("NFC", called).casefold().replace("\\", "/")
        parts = [part for part in whole.split("/") if part not in ("", ".")]
        numbers = (self._known.get("/".join(parts[start:])) for start in range(len(parts)))
        return next((number for number in numbers if number is not None), None)


def labels(table: str, content: bytes, pictures: Pictures, most_classes: int, encoding: str = "") -> list[Labels]:
    """Find the columns of a table that can be the classes of pictures, the likeliest first.

    Args:
        table: the path of the table.
        content: its bytes.
        pictures: those that it may name.
        most_classes: a column with more different values is left out.
        encoding: the code page where the table does not tell it; guessed if empty.

    Returns:
        At most `MAX_OFFERED` columns; none when it is no table, or names none of the pictures.
    """
    encoding = "" if _tells(content) else encoding or name_encodings.guess(content.split(b"\n"))
    text = _text(content, encoding)
    separators = ",;\t| " if table.casefold().endswith(".txt") else ",;\t|"
    found = [_of(table, rows, pictures, most_classes) for rows in (_rows(text, separator) for separator in separators) if rows]
    best = max(found, key=lambda columns: max((len(column.classes) for column in columns), default=0), default=[])
    return [replace(column, encoding=encoding) for column in best]


def _tells(content: bytes) -> bool:
    """Whether a table tells how it is written, by its first bytes or as UTF-8."""
    try:
        content.decode()
    except UnicodeDecodeError:
        return content.startswith(_UTF_16)
    return True


def _text(content: bytes, encoding: str) -> str:
    if encoding:
        return content.decode(encoding, errors="replace")
    return content.decode("utf-16" if content.startswith(_UTF_16) else "utf-8-sig", errors="replace")


def _rows(text: str, separator: str) -> list[list[str]]:
    """The rows of a table with at least two columns; none when it has too many, or cannot be read so."""
    try:
        read = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=separator, skipinitialspace=True)
        rows = [[cell.strip() for cell in row] for row in itertools.islice(read, MAX_ROWS + 1) if len(row) > 1]
    except csv.Error:
        return []
    return rows if len(rows) <= MAX_ROWS and max(map(len, rows), default=0) <= MAX_COLUMNS else []


def _of(table: str, rows: list[list[str]], pictures: Pictures, most_classes: int) -> list[Labels]:
    column, found = _column_of_pictures(rows, pictures)
    if not found:
        return []
    heads = rows[0] if found[0] is None else []
    offered = [_labels(table, heads, rows, found, other) for other in range(max(map(len, rows))) if other != column]
    offered = [one for one in offered if 1 <= len(one.names) <= most_classes]
    return sorted(offered, key=lambda one: (len(one.names) < 2, _rank(one.column), 2 * len(one.names) > len(one.classes)))[:MAX_OFFERED]


def _column_of_pictures(rows: list[list[str]], pictures: Pictures) -> tuple[int, list[int | None]]:
    """The column that names most pictures, and whom each row names; nobody unless half of the rows or of the pictures are met."""
    probe = rows[:: max(1, len(rows) // _PROBED)]
    counts = [len(set(_named(probe, column, pictures)) - {None}) for column in range(max(map(len, rows)))]
    best = counts.index(max(counts))
    found = _named(rows, best, pictures) if counts[best] else []
    met = len(set(found) - {None})
    return best, found if met and 2 * met >= min(len(rows) - 1, pictures.count) else []


def _named(rows: list[list[str]], column: int, pictures: Pictures) -> list[int | None]:
    return [pictures.find(row[column]) if len(row) > column and row[column] else None for row in rows]


def _labels(table: str, heads: list[str], rows: list[list[str]], found: list[int | None], column: int) -> Labels:
    classes: dict[int, str] = {}
    for number, row in zip(found, rows, strict=True):
        if number is not None and len(row) > column and row[column]:
            classes.setdefault(number, row[column])
    head = heads[column] if column < len(heads) else ""
    return Labels(table, head or f"column {column + 1}", classes)


def _rank(column: str) -> int:
    name = column.casefold()
    return _USUAL.index(name) if name in _USUAL else len(_USUAL)
