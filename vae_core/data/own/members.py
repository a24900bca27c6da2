"""The files of a source as members of a set: which are pictures, what is wrong with the others, and the class of each.

A look before an import and the import itself ask the same questions here, so they agree.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace

from vae_core.data.own import formats, name_encodings, tables
from vae_core.data.own.folder_levels import Levels, levels
from vae_core.data.own.labels import UNSORTED, clean, told_apart
from vae_core.data.own.sources import HIDDEN, File, Source, Unusable, is_hidden, is_litter
from vae_core.data.own.tables import Labels
from vae_core.errors import DataError, ImageError

MAX_LOOKED_INTO = 20_000
"""Files of a folder whose first bytes are read; of the others the suffix must tell."""
FEW, MAX_TRIED = 3, 64
"""A folder with no more files has a say in the classes only if one of them can be decoded; so many files are tried for that."""
MAX_TABLES, MAX_NAMED = 12, 100_000
"""Tables that are read, and pictures that they can name."""


@dataclass(frozen=True)
class Reading:
    """How names and folders are understood; what is not given is found out."""

    encoding: str = ""
    """The code page of names that do not tell it; see `names.ENCODINGS`."""
    level: int | None = None
    """Which folder is the class: 1 for the first below those that hold all pictures; 0 for none."""
    table: str = ""
    """The path of the table that tells the classes."""
    column: str = ""
    """Its column."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file to try."""

    path: str
    """To be shown, cleaned, and never to be opened."""
    label: str
    """Its class, fit to be stored; empty when nothing tells."""
    problem: str
    """Why it is not even tried; empty when it is."""
    place: int
    """Where its source finds it."""


@dataclass(frozen=True)
class Arranged:
    """All that is known before pictures are decoded."""

    members: list[Member]
    reading: Reading
    """With everything that was found out."""
    levels: Levels
    tables: list[Labels]
    notes: tuple[str, ...]
    """What people should know of the classes, in sentences."""


def arrange(source: Source, reading: Reading, attempt: Callable[[bytes], object], most_classes: int) -> Arranged:
    """Sort the files of a source: pictures with their classes, and what is wrong with the others.

    Args:
        source: a ZIP or a folder.
        reading: what people have chosen; the rest is found out.
        attempt: decodes a picture, or raises ImageError.
        most_classes: columns of tables with more different values are no classes.

    Raises:
        DataError: a level or a table is not there, or there are more bytes than may be unpacked.
    """
    if reading.encoding not in ("", *name_encodings.ENCODINGS):
        raise DataError(f"names cannot be read as {reading.encoding[:40]!r}; choose one of {', '.join(name_encodings.ENCODINGS)}")
    files = {place: file for place, file in enumerate(source.files) if not is_litter(file.parts)}
    problems = _problems(source, files)
    _try_the_few(source, files, problems, attempt)
    pictures = [place for place in files if not problems[place]]
    found = levels(files[place].parts[:-1] for place in pictures)
    for place in pictures:
        if found.is_too_deep(files[place].parts[:-1]):
            problems[place] = "too many folders below the one of its class"
    pictures = [place for place in pictures if not problems[place]]
    if sum(files[place].size for place in pictures) > source.most_bytes:
        raise DataError(f"the ZIP holds more than {source.most_bytes / 1e6:.0f} MB of files when unpacked; make it smaller")
    offered = _tables(source, files, pictures, problems, most_classes, reading.encoding or source.encoding)
    stated = next((one.encoding for one in offered if one.encoding), "")
    chosen = _chosen(replace(reading, encoding=source.encoding or stated), found, offered)
    labels = _labels(chosen, files, pictures, found, offered)
    members = [
        Member("/".join(file.parts), labels.get(place, ""), problems[place], place)
        for place, file in files.items()
        if "/".join(file.parts) != chosen.table
    ]
    return Arranged(members, chosen, found, offered, _notes(chosen, found, labels, len(pictures)))


def _problems(source: Source, files: dict[int, File]) -> dict[int, str]:
    """Why each file cannot be used, by its name, its source and its first bytes."""
    inspected = set(sorted(files, key=_turns(files).__getitem__)[:MAX_LOOKED_INTO])
    return {place: _problem(source if place in inspected else None, place, file) for place, file in files.items()}


def _turns(files: dict[int, File]) -> dict[int, int]:
    """The rank of each file within its folder: so the first of every folder are looked into before the second."""
    counts: Counter[tuple[str, ...]] = Counter()
    turns = {}
    for place, file in files.items():
        turns[place] = counts[file.parts[:-1]]
        counts[file.parts[:-1]] += 1
    return turns


def _problem(source: Source | None, place: int, file: File) -> str:
    if is_hidden(file.parts):
        return HIDDEN
    try:
        return file.problem or (formats.problem(source.head(place, formats.HEAD_BYTES), file.parts[-1]) if source else "")
    except Unusable as error:
        return str(error)


def _try_the_few(source: Source, files: dict[int, File], problems: dict[int, str], attempt: Callable[[bytes], object]) -> None:
    """Note what is wrong with pictures that lie almost alone in their folder, until one is right: stray ones must not decide."""
    folders = defaultdict(list)
    for place, file in files.items():
        if not problems[place]:
            folders[file.parts[:-1]].append(place)
    tried = 0
    for places in folders.values():
        for place in places if len(places) <= FEW else ():
            tried += 1
            if tried > MAX_TRIED:
                return
            try:
                attempt(source.read(place))
                break
            except (Unusable, ImageError) as error:
                problems[place] = reason(error)


def reason(error: Exception) -> str:
    """Why one picture cannot be used, in a few words."""
    return str(error).removeprefix("it ").partition(";")[0]


def _tables(
    source: Source, files: dict[int, File], pictures: list[int], problems: dict[int, str], most_classes: int, encoding: str
) -> list[Labels]:
    """What tables say, those with most pictures first; the problems of the others say that they are not used."""
    given = [place for place, file in files.items() if file.parts[-1].casefold().endswith(formats.TABLES) and _is_open(file)]
    known = tables.Pictures([files[place].parts for place in pictures[:MAX_NAMED]] if given else [])
    found: list[list[Labels]] = []
    for place in given[:MAX_TABLES]:
        name = "/".join(files[place].parts)
        try:
            columns = tables.labels(name, source.read(place), known, most_classes, encoding)
        except Unusable as error:
            problems[place] = str(error)
            continue
        if columns:
            problems[place], found = "table of labels that is not chosen", [*found, columns]
            encoding = encoding or columns[0].encoding
        elif not name.casefold().endswith(".txt"):
            problems[place] = "table that is not used: it has no column of pictures and another of classes"
    ordered = [one for columns in sorted(found, key=lambda columns: -len(columns[0].classes)) for one in columns]
    return [replace(one, classes={pictures[number]: label for number, label in one.classes.items()}) for one in ordered]


def _is_open(file: File) -> bool:
    return not file.problem and not is_hidden(file.parts)


def _chosen(reading: Reading, found: Levels, offered: list[Labels]) -> Reading:
    """The reading with everything that was left open. Raises DataError for a level or a table that is not there."""
    if reading.table:
        fitting = [one for one in offered if one.table == reading.table and reading.column in ("", one.column)]
        if not fitting:
            known = "; ".join(f"{clean(one.table)}, {clean(one.column)}" for one in offered) or "none"
            raise DataError(f"there is no table {clean(reading.table)[:80]!r} with that column that names the pictures; there is {known}")
        return replace(reading, level=0, column=fitting[0].column)
    if reading.level is None:
        if not found.usual and offered:
            return replace(reading, level=0, table=offered[0].table, column=offered[0].column)
        return replace(reading, level=found.usual)
    if not 0 <= reading.level <= len(found.names):
        raise DataError(f"there are {len(found.names)} levels of folders; the classes cannot be level {reading.level}")
    return reading


def _labels(reading: Reading, files: dict[int, File], pictures: list[int], found: Levels, offered: list[Labels]) -> dict[int, str]:
    """The class of each picture; nothing for one that has none."""
    if reading.table:
        [table] = [one for one in offered if (one.table, one.column) == (reading.table, reading.column)]
        called = table.classes
    else:
        called = {place: found.label(files[place].parts[:-1], reading.level or 0) for place in pictures}
    labels = told_apart({name for name in called.values() if name})
    return {place: labels[name] for place, name in called.items() if name}


def _notes(reading: Reading, found: Levels, labels: dict[int, str], count: int) -> tuple[str, ...]:
    notes = []
    if reading.level and reading.level == found.usual and found.splits:
        verb = "is a part" if len(found.splits) == 1 else "are parts"
        folders = "folder" if len(found.splits) == 1 else "folders"
        notes.append(f"The {folders} {_listed(found.splits)} {verb} of one set: pictures of the same class are put together.")
    if labels and len(labels) < count:
        missing = count - len(labels)
        where = f"not in {clean(reading.table.rpartition('/')[2])}" if reading.table else "in no such folder"
        notes.append(f"{missing:,} picture{' is' if missing == 1 else 's are'} {where}: {UNSORTED}.")
    return tuple(notes)


def _listed(words: tuple[str, ...]) -> str:
    shown = [clean(word) for word in words[:4]]
    return f"{', '.join(shown[:-1])} and {shown[-1]}" if len(shown) > 1 else shown[0]
