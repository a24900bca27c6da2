"""What ZIPs and folders of strangers mean: names in any code page, the folder that is the class, tables of labels, ZIPs in ZIPs."""

import contextlib
import io
import itertools
import json
import struct
import subprocess
import sys
import time
import unicodedata
import zipfile
import zlib
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from odd_archives import ODD, PROJECT, Entry, archive, good, ordinary, picture, pixels
from PIL import Image

from vae_core import data
from vae_core.data import own
from vae_core.data.own import folder_levels, formats, intake, labels, name_encodings, zip_format
from vae_core.data.own.archives import Archive
from vae_core.data.own.importing import arranged
from vae_core.data.pictures import formats as formats_known
from vae_core.errors import DataError

GREY = (1, 8, 8)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder."""
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def look(*entries: Entry, **reading: object) -> own.Preview:
    return own.preview(io.BytesIO(archive(*entries)), GREY, reading=own.Reading(**reading))


def bring(*entries: Entry, reading: own.Reading | None = None) -> tuple[tuple[str, ...], list[int] | None, own.Import]:
    """Class names, labels and what became of the files."""
    name, result = own.import_zip(io.BytesIO(archive(*entries)), title="Set", image_shape=GREY, reading=reading or own.Reading())
    loaded = data.load(name)
    return loaded.info.class_names, None if loaded.labels is None else loaded.labels.tolist(), result


def each(*folders: str | bytes, count: int = 2, **kind: object) -> list[Entry]:
    """Different pictures in each folder."""
    numbers = itertools.count()
    return [Entry(_joined(path, f"{(n := next(numbers))}.png"), picture(n), **kind) for path in folders for _ in range(count)]


def _joined(path: str | bytes, name: str) -> str | bytes:
    return path + b"/" + name.encode() if isinstance(path, bytes) else f"{path}/{name}".lstrip("/")


# Names in any encoding

WORDS = [
    ("cp932", "猫の写真 犬の写真"),
    ("cp932", "表紙の絵 ソースの絵"),
    ("cp932", "りんご みかん バナナ"),
    ("cp932", "正常 異常"),
    ("gbk", "猫 狗"),
    ("gbk", "玫瑰 郁金香 向日葵"),
    ("gbk", "正常 异常"),
    ("gbk", "小麦 玉米"),
    ("cp950", "貓 狗"),
    ("cp950", "玫瑰 鬱金香"),
    ("cp950", "轎車 卡車"),
    ("cp949", "고양이 개"),
    ("cp949", "장미 튤립"),
    ("cp949", "토끼 거북이"),
    ("cp866", "кошки собаки"),
    ("cp866", "Яблоко Банан"),
    ("cp866", "грузовик легковая"),
    ("cp1251", "кошки собаки"),
    ("cp1251", "Роза Тюльпан"),
    ("cp1252", "Äpfel Übung"),
    ("cp1252", "chêne érable"),
    ("cp1252", "niño niña"),
    ("cp437", "Äpfel Übung"),
    ("cp437", "Käfer Vögel Bäume"),
    ("cp850", "Käfer maçã"),
    ("cp1250", "żółty czerwony"),
    ("cp1253", "γάτα σκύλος"),
    ("cp1255", "חתול כלב"),
    ("utf-8", "кошки Äpfel 猫"),
    ("utf-8", "高い 低い"),
]


@pytest.mark.parametrize(("encoding", "words"), WORDS, ids=[f"{encoding} {words}" for encoding, words in WORDS])
def test_names_that_do_not_tell_their_code_page_are_read_rightly(encoding: str, words: str) -> None:
    folders = words.split()
    seen = look(*each(*(word.encode(encoding) for word in folders), utf8=False))
    assert sorted(seen.class_names) == sorted(folders)
    assert seen.counts == (2,) * len(folders)
    assert seen.reading.encoding in seen.encodings
    found, _, _ = bring(*each(*(word.encode(encoding) for word in folders), utf8=False), reading=seen.reading)
    assert found == seen.class_names


def test_another_code_page_can_be_chosen_and_none_that_there_is_not() -> None:
    entries = each("Ж".encode("cp866"), "Я".encode("cp866"), utf8=False)
    assert look(*entries, encoding="cp866").class_names == ("Ж", "Я")
    assert look(*entries, encoding="cp437").class_names == ("å", "ƒ")
    with pytest.raises(DataError, match="choose one of utf-8, cp932"):
        look(*entries, encoding="klingon")


def test_every_code_page_that_is_offered_can_be_chosen() -> None:
    entries = each(bytes(range(0xA0, 0x100)), b"\x81\x5c\xff", utf8=False)
    for encoding in name_encodings.ENCODINGS:
        assert sum(look(*entries, encoding=encoding).counts) == 4


def test_plain_names_leave_no_code_page_to_choose() -> None:
    assert look(*each("rose", "tulip", utf8=False)).encodings == ()
    assert look(*each("Äpfel", "Übung")).encodings == ()


def unicode_path(name: bytes, path: str, wrong: int = 0) -> bytes:
    told = b"\x01" + struct.pack("<I", zlib.crc32(name) ^ wrong) + path.encode()
    return struct.pack("<HH", 0x7075, len(told)) + told


@pytest.mark.parametrize(("wrong", "classes"), [(0, ("Äpfel", "Übung")), (1, ("?pfel", "?bung"))])
def test_the_field_for_a_unicode_path_counts_if_its_checksum_fits(wrong: int, classes: tuple[str, ...]) -> None:
    paths = [
        (b"?%s/%d.png" % (word, n), f"{letter}{word.decode()}/{n}.png") for word, letter in ((b"pfel", "Ä"), (b"bung", "Ü")) for n in (0, 1)
    ]
    entries = [Entry(raw, picture(n), utf8=False, extra=unicode_path(raw, path, wrong)) for n, (raw, path) in enumerate(paths)]
    assert sorted(look(*entries).class_names) == sorted(classes)


def test_decomposed_names_without_the_flag_are_composed() -> None:
    entries = each(*(unicodedata.normalize("NFD", word).encode() for word in ("Äpfel", "Übung")), utf8=False)
    assert look(*entries).class_names == ("Äpfel", "Übung")


def test_a_backslash_parts_names_only_where_no_slash_does() -> None:
    assert look(*(Entry(f"x\\{label}\\{n}.png", picture(n)) for label in ("a", "b") for n in (0, 1))).class_names == ("a", "b")
    assert look(*(Entry(f"a\\{label}/{n}.png", picture(n)) for label in ("a", "b") for n in (0, 1))).class_names == ("a\\a", "a\\b")


def test_most_names_of_classes_are_guessed_better_than_by_the_detector_of_texts() -> None:
    right = sum(name_encodings.guess([word.encode(encoding) for word in words.split()]) == encoding for encoding, words in WORDS)
    assert right >= len(WORDS) - 2  # two code pages may agree on all letters of some words


# Which folder is the class

PLACES = [
    ("rose tulip", 1, "rose tulip"),
    ("flowers/rose flowers/tulip", 1, "rose tulip"),
    ("a/b/c/d/rose a/b/c/d/tulip", 1, "rose tulip"),
    ("train/cat train/dog test/cat test/dog", 2, "cat dog"),
    ("pets/train/cat pets/valid/dog", 2, "cat dog"),
    ("Training/images/cat Training/images/dog Test/images/cat", 3, "cat dog"),
    ("seg_train/seg_train/a seg_test/seg_test/b", 3, "a b"),
    ("cat/train cat/test dog/train dog/test", 1, "cat dog"),
    ("train test", 0, ""),
    ("valid invalid", 1, "invalid valid"),
    ("all", 0, ""),
    ("", 0, ""),
    (" rose", 1, "rose"),
    (" set/rose set/tulip", 2, "rose tulip"),
    ("rose/red rose/white tulip/red", 1, "rose tulip"),
    ("train/cat train/dog test", 2, "cat dog"),
]


@pytest.mark.parametrize(("places", "level", "classes"), PLACES, ids=[places for places, *_ in PLACES])
def test_the_folder_that_is_the_class(places: str, level: int, classes: str) -> None:
    folders = [tuple(place.split("/")) if place else () for place in places.split(" ")]
    found = folder_levels.levels(folders)
    assert found.usual == level
    assert sorted({found.label(folder, found.usual) for folder in folders} - {""}) == classes.split()


@pytest.mark.parametrize(
    "stray",
    [
        "LICENSE",
        "README",
        "README.md",
        "Icon\r",
        "cover.png",
        ".DS_Store",
        "Thumbs.db",
        "__MACOSX/f/._1.png",
        "docs/a.txt",
        "x/y/z/list.pdf",
    ],
)
def test_what_is_no_picture_has_no_say(stray: str) -> None:
    seen = look(Entry(stray, picture()[:45]), *each("f/rose", "f/tulip", count=3))
    assert (seen.class_names, seen.counts) == (("rose", "tulip"), (3, 3))


def test_parts_of_a_set_are_put_together_and_said_so_and_the_level_can_be_chosen() -> None:
    entries = each("pets/train/cat", "pets/train/dog", "pets/test/cat", "pets/test/dog")
    seen = look(*entries)
    assert (seen.class_names, seen.counts) == (("cat", "dog"), (4, 4))
    assert seen.notes == ("The folders test and train are parts of one set: pictures of the same class are put together.",)
    assert [choice.names for choice in seen.choices] == [("test", "train"), ("cat", "dog"), ()]
    for choice in seen.choices:
        assert look(*entries, level=choice.reading.level).class_names == choice.names
        assert bring(*entries, reading=choice.reading)[0] == choice.names
    assert bring(*entries)[2].sentence.startswith("Kept 8. The folders test and train are parts")
    with pytest.raises(DataError, match="there are 2 levels of folders"):
        look(*entries, level=3)


def test_one_level_of_folders_leaves_nothing_to_choose() -> None:
    assert look(*each("a", "b")).choices == ()
    assert look(*each("")).choices == ()


def test_a_folder_is_understood_as_its_zip_is(tmp_path: Path) -> None:
    entries = [*each("w/train/a", "w/test/b", "w/train/.c"), Entry("w/LICENSE", b"MIT"), Entry("w/t.csv", b"x;y\n1;2\n")]
    for entry in entries:
        (tmp_path / "mine" / entry.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / entry.path).write_bytes(entry.data)
    by_zip, by_folder = look(*entries), own.preview(tmp_path / "mine", GREY)
    assert (by_folder.class_names, by_folder.counts, by_folder.choices) == (by_zip.class_names, by_zip.counts, by_zip.choices)
    assert by_folder.class_names == ("a", "b")
    assert {reason.split(" × ")[1].split(" (")[0] for reason in by_folder.reasons} == {
        r.split(" × ")[1].split(" (")[0] for r in by_zip.reasons
    }
    assert own.import_folder(tmp_path / "mine", title="Mine", image_shape=GREY, reading=own.Reading(level=1))[1].kept == 4
    assert data.describe("own-mine-001").class_names == ("test", "train")


def test_what_begins_with_a_dot_is_counted_and_what_systems_leave_about_is_not() -> None:
    entries = [*each("1mm", ".5mm", "...", count=4), Entry(".hidden.png", picture()), Entry(".DS_Store", b"x"), Entry("a/._1.png", b"x")]
    seen = look(*entries)
    assert (seen.total, seen.skipped) == (4, 9)
    assert len(seen.reasons) == 1
    assert seen.reasons[0].startswith("9 × begins with a dot")


# Whole names

LONG = "Tomato leaf with yellow curl virus, photo "


def test_long_names_are_told_apart_kept_whole_and_cut_where_they_are_shown(folder: Path) -> None:
    found, numbers, _ = bring(*each(f"{LONG}early", f"{LONG}late", "healthy"))
    assert numbers == [1, 1, 2, 2, 0, 0]
    assert found == ("healthy", "Tomato leaf with yellow curl virus, p… 1", "Tomato leaf with yellow curl virus, p… 2")
    assert max(map(len, found)) == 40
    about = json.loads((folder / "own" / "own-set-001" / "about.json").read_text())
    assert about["class_names"] == ["healthy", f"{LONG}early", f"{LONG}late"]


@pytest.mark.parametrize(
    "folders",
    [("a\u200bb", "ab"), ("a  b", "a b"), ("x" * 300 + "1", "x" * 300 + "2"), ("a 1", "a", "a\u200b"), ("cat", "Cat")],
    ids=["hidden letters", "spaces", "after 255 letters", "numbers that are there already", "case"],
)
def test_classes_whose_names_differ_at_all_stay_apart(folders: tuple[str, ...]) -> None:
    found, numbers, _ = bring(*each(*folders))
    assert len(set(found)) == len(folders)
    assert len({tuple(numbers[place : place + 2]) for place in range(0, 2 * len(folders), 2)}) == len(folders)


@settings(deadline=None)
@given(st.lists(st.text(max_size=50), min_size=1, max_size=8), st.integers(12, 40))
def test_fitted_names_are_short_and_all_different(texts: list[str], most: int) -> None:
    fitted = labels.fitted([labels.clean(text) or "x" for text in texts], most)
    assert len(set(fitted)) == len(texts)
    assert max(map(len, fitted)) <= most


def test_sets_of_before_still_load(folder: Path) -> None:
    bring(*each("a" * 40, "b"))
    assert data.load("own-set-001").info.class_names == ("a" * 40, "b")


# Tables

FLAT = each("images", count=4)
TABLES = {
    "plain": b"file,label\r\n0.png,dog\r\n1.png,cat\r\n2.png,dog\r\n3.png,cat\r\n",
    "without suffix, other order": b"label,id\ndog,0\ncat,1\ndog,2\ncat,3\n",
    "with folders": b"path,label\nset/images/0.png,dog\n./images/1.png,cat\nimages\\2.png,dog\n/kaggle/input/images/3.png,cat\n",
    "semicolons and quotes": b'"file";"label"\n"0.png";"dog"\n"1.png";"cat"\n"2.png";"dog"\n"3.png";"cat"\n',
    "tabs and a BOM": b"\xef\xbb\xbffile\tlabel\n0.png\tdog\n1.png\tcat\n2.png\tdog\n3.png\tcat\n",
    "UTF-16": "file,label\n0.png,dog\n1.png,cat\n2.png,dog\n3.png,cat\n".encode("utf-16"),
    "capitals and spaces": b"FILE , LABEL\n0.PNG , dog \n1.PNG , cat \n2.PNG , dog \n3.PNG , cat\n",
    "no head": b"0.png,dog\n1.png,cat\n2.png,dog\n3.png,cat\n",
    "more columns": b"n,width,label,file\n1,8.5,dog,0.png\n2,8.1,cat,1.png\n3,8.2,dog,2.png\n4,8.5,cat,3.png\n",
    "rows of other files": b"file,label\nx.png,fish\n0.png,dog\n1.png,cat\n2.png,dog\n3.png,cat\ny.png,fish\n",
    "empty lines and cells": b"\n\nfile,label,\n0.png,dog,\n\n1.png,cat\n2.png,dog,,,\n3.png,cat\n",
    "a NUL": b"file,label\n0.png,do\0g\n1.png,cat\n2.png,dog\n3.png,cat\n",
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_tells_the_classes_where_folders_do_not(table: bytes) -> None:
    seen = look(Entry("labels.csv", table), *FLAT)
    assert (seen.class_names, seen.counts, seen.skipped) == (("cat", "dog"), (2, 2), 0)
    assert seen.reading.table == "labels.csv"
    assert seen.choices[-1].names == ()
    assert look(Entry("labels.csv", table), *FLAT, level=0).class_names == ()
    found, numbers, _ = bring(Entry("labels.csv", table), *FLAT, reading=seen.reading)
    assert (found, numbers) == (("cat", "dog"), [1, 0, 1, 0])


def test_the_code_page_of_a_table_can_be_chosen_too(tmp_path: Path) -> None:
    table = "file,label\n0.png,Ж\n1.png,Я\n2.png,Ж\n3.png,Я\n".encode("cp866")
    entries = [Entry("labels.csv", table), *FLAT]
    assert look(*entries).encodings
    assert look(*entries, encoding="cp866").class_names == ("Ж", "Я")
    guessed = look(*entries)
    assert bring(*entries, reading=guessed.reading)[0] == guessed.class_names
    for entry in entries:
        (tmp_path / "mine" / entry.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / entry.path).write_bytes(entry.data)
    seen = own.preview(tmp_path / "mine", GREY, reading=own.Reading(encoding="cp866"))
    assert (seen.class_names, seen.reading.encoding) == (("Ж", "Я"), "cp866")
    with pytest.raises(DataError, match="choose one of utf-8, cp932"):
        own.preview(tmp_path / "mine", GREY, reading=own.Reading(encoding="klingon"))


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "cp932"])
def test_a_table_may_be_written_in_any_code_page(encoding: str) -> None:
    words = ("猫", "いぬ") if encoding == "cp932" else ("кошка", "собака")
    table = f"file,label\n0.png,{words[0]}\n1.png,{words[1]}\n2.png,{words[0]}\n3.png,{words[1]}\n".encode(encoding)
    assert sorted(look(Entry("labels.csv", table), *FLAT).class_names) == sorted(words)


MALFORMED = {
    "empty": b"",
    "noise": bytes(np.random.default_rng(0).integers(0, 256, 4_000, dtype=np.uint8)),
    "one column": b"file\n0.png\n1.png\n",
    "other files": b"file,label\na.png,dog\nb.png,cat\n",
    "no classes": b"file,label\n0.png,\n1.png,\n",
    "an open quote": b'file,label\n"0.png,dog\n1.png,cat\n',
    "a cell of a megabyte": b"file,label\n0.png," + b"x" * 1_000_000 + b"\n",
    "columns without end": b",".join(b"0.png" for _ in range(5_000)),
}


@pytest.mark.parametrize("table", MALFORMED.values(), ids=MALFORMED)
def test_a_table_that_tells_nothing_is_said_to_be_unused(table: bytes) -> None:
    seen = look(Entry("labels.csv", table), *FLAT)
    assert (seen.class_names, seen.choices, seen.skipped) == ((), (), 1)
    assert "table that is not used" in seen.reasons[0]


def test_a_table_beside_folders_is_a_choice_and_pictures_that_it_leaves_out_are_counted() -> None:
    entries = [*each("a", "b"), Entry("meta.csv", b"id,colour,size\n0,red,1\n1,blue,2\n2,red,1\n")]
    seen = look(*entries)
    assert seen.class_names == ("a", "b")
    assert "table of labels that is not chosen (meta.csv)" in seen.reasons[0]
    assert [(choice.reading.column, choice.names) for choice in seen.choices] == [
        ("", ("a", "b")),
        ("colour", ("blue", "red")),
        ("size", ("1", "2")),
        ("", ()),
    ]
    seen = look(*entries, table="meta.csv", column="colour")
    assert (seen.class_names, seen.counts) == (("blue", "red", "Unsorted"), (1, 2, 1))
    assert seen.notes == ("1 picture is not in meta.csv: Unsorted.",)
    with pytest.raises(DataError, match=r"there is meta\.csv, colour; meta\.csv, size"):
        look(*entries, table="other.csv")


def test_a_name_that_two_pictures_have_is_neither_of_them() -> None:
    entries = [Entry(f"{label}/{n}.png", picture(n)) for label in "ab" for n in (0, 1)]
    assert look(*entries, Entry("t.csv", b"file,label\n0.png,x\n1.png,y\n")).choices == ()
    seen = look(*entries, Entry("t.csv", b"file,label\na/0.png,x\na/1.png,y\nb/0.png,y\nb/1.png,x\n"), table="t.csv")
    assert (seen.class_names, seen.counts) == (("x", "y"), (2, 2))


# ZIPs in a ZIP


def test_a_zip_in_a_zip_is_a_folder() -> None:
    inner = [archive(*(Entry(f"{n}.png", picture(3 * student + n)) for n in range(3))) for student in range(3)]
    entries = [Entry(f"all/Student {student} - task.ZIP", file) for student, file in enumerate(inner)]
    found, numbers, result = bring(*entries)
    assert found == tuple(f"Student {student} - task" for student in range(3))
    assert numbers == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert result.kept == 9
    np.testing.assert_array_equal(data.load("own-set-001").images, [pixels(picture(number)) for number in range(9)])


def test_folders_within_zips_within_a_zip_can_be_the_classes() -> None:
    seen = look(*(Entry(f"{student}.zip", ordinary()) for student in ("Ann", "Bob")))
    assert [choice.names for choice in seen.choices] == [("Ann", "Bob"), ("rose", "tulip"), ()]
    assert look(*(Entry(f"{student}.zip", ordinary()) for student in ("Ann", "Bob")), level=2).counts == (6, 6)


def test_names_in_inner_zips_are_guessed_with_the_others() -> None:
    inner = archive(*each("猫の写真".encode("cp932"), "犬の写真".encode("cp932"), utf8=False))
    assert look(Entry("課題.zip".encode("cp932"), inner, utf8=False)).class_names == ("犬の写真", "猫の写真")


def test_limits_hold_for_inner_zips_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vae_core.data.own.archives.MAX_ENTRIES", 10)
    with pytest.raises(DataError, match="more than 10 entries with those of the ZIPs in it"):
        look(*(Entry(f"{n}.zip", archive(*good())) for n in range(3)))
    assert look(*(Entry(f"{n}.zip", archive(*good())) for n in range(2))).total == 8


# Reasons

FOREIGN = {
    "a.heic": (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC image: save it as JPEG first, on an iPhone by Settings"),
    "renamed.jpg": (b"\0\0\0\x18ftypheix" + bytes(40), "HEIC image"),
    "a.psd": (b"8BPS\0\1", "Photoshop document"),
    "a.nef": (b"MM\0*" + bytes(20), "raw photo: export it as JPEG"),
    "a.rar": (b"Rar!\x1a\x07\1\0", "RAR archive: unpack it"),
    "a.pdf": (b"%PDF-1.7", "PDF document"),
    "page.png": (b"<!DOCTYPE html><html>", "web page"),
    "lfs.png": (b"version https://git-lfs.github.com/spec/v1\n", "pointer to a file"),
    "sheet.xlsx": (b"PK\3\4" + bytes(30), "spreadsheet: save it as CSV"),
    "text.docx": (b"PK\3\4" + bytes(30), "office document"),
    "nothing.png": (b"", "empty"),
    "noise.jpg": (b"\1\2\3\4\5\6", "cannot be recognised as a picture"),
    "notes.md": (b"BMW is no bitmap, whatever its first letters say", "not a PNG"),
}


@pytest.fixture
def no_heic(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the plugin for HEIC is not installed."""
    known = formats_known._has_decoder
    monkeypatch.setattr(formats_known, "_has_decoder", lambda decoder: decoder != "pillow_heif" and known(decoder))


@pytest.mark.usefixtures("no_heic")
def test_every_reason_is_told_with_its_count_before_and_after() -> None:
    some = {name: FOREIGN[name] for name in ("a.heic", "a.psd", "a.nef", "a.rar", "a.pdf", "page.png", "noise.jpg", "notes.md")}
    entries = [Entry(f"{n}{name}", content) for name, (content, _) in some.items() for n in range(3)]
    seen = look(*entries, *good())
    for name, (_, says) in some.items():
        [told] = [reason for reason in seen.reasons if f"(0{name} …)" in reason]
        assert told.startswith(f"3 × {says}")
    assert seen.skipped == 24
    assert bring(*entries, *good())[2].reasons == seen.reasons
    with pytest.raises(DataError, match="no picture was found there that can be read: 3 × HEIC image"):
        look(*entries[:3])


@pytest.mark.usefixtures("no_heic")
@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_is_known_by_its_first_bytes(name: str) -> None:
    content, says = FOREIGN[name]
    assert says in formats.problem(content, name)


@pytest.mark.parametrize("name", ["a.heic", "a.txt", "a", "a.jpg", "a.gif"])
def test_a_picture_is_one_whatever_its_name(name: str) -> None:
    assert formats.problem(picture(), name) == ""


def test_what_can_be_decoded_is_no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    gif = io.BytesIO()
    Image.fromarray(pixels(picture(5))[0]).save(gif, "GIF")
    assert look(*(Entry(f"{n}.jpg", gif.getvalue()) for n in range(4))).total == 4
    monkeypatch.setattr(formats_known, "_has_decoder", lambda decoder: decoder == "PNG")
    assert formats.problem(gif.getvalue(), "a.jpg").startswith("GIF image: save it as PNG")
    assert formats.problem(picture(), "a.gif") == ""


@pytest.mark.parametrize("odd", [odd for odd in ODD if odd.kept and "bomb" not in odd.name], ids=lambda odd: odd.name)
def test_the_look_and_the_import_agree(odd: object) -> None:
    content = odd.make()
    seen = own.preview(io.BytesIO(content), GREY)
    name, result = own.import_zip(io.BytesIO(content), title="Odd", image_shape=GREY, reading=seen.reading)
    assert (seen.total, seen.skipped, seen.reasons) == (result.kept, result.skipped, result.reasons)
    assert data.describe(name).class_names == seen.class_names
    assert own.import_zip(io.BytesIO(content), title="Odd", image_shape=GREY)[1] == result


def test_a_refusal_to_come_is_told_with_the_look() -> None:
    assert "at least 4 pictures" in look(*good(3)).refusal
    seen = look(*each(*(f"p/{'ab'[n % 2]}/{n}" for n in range(202)), count=1), level=2)
    assert "202 different classes" in seen.refusal
    assert look(*good(4)).refusal == ""


# The format itself


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@settings(deadline=None)
@given(
    files=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30), st.binary(max_size=300), max_size=6
    )
)
def test_zips_are_read_as_zipfile_writes_them(files: dict[str, bytes], method: int) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in files.items():
            with file.open(name, "w", force_zip64=len(content) % 2 == 0) as member:
                member.write(content)
    entries = zip_format.listed(buffer, 1 << 20)
    with zipfile.ZipFile(buffer) as file:
        assert [entry.name.decode() for entry in entries] == [info.filename for info in file.infolist()]
        assert [zip_format.unpacked(buffer, entry) for entry in entries] == [file.read(info) for info in file.infolist()]
    for entry in entries:
        assert zip_format.unpacked(buffer, entry, 10) == zip_format.unpacked(buffer, entry)[:10]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_bytes_at_all_raise_anything_else(chance: st.DataObject) -> None:
    content = bytearray(archive(*each("a", "b"), Entry("c.zip", ordinary(), 8)))
    for place in chance.draw(st.lists(st.integers(0, len(content) - 1), max_size=12)):
        content[place] = chance.draw(st.integers(0, 255))
    with contextlib.suppress(DataError):
        arranged(Archive(io.BytesIO(bytes(content))), own.Reading())


def test_a_remark_that_looks_like_the_end_is_none() -> None:
    remark = b"PK\5\6" + bytes(30)
    content = ordinary()[:-2] + struct.pack("<H", len(remark)) + remark
    assert own.preview(io.BytesIO(content), GREY).total == 6


# Whatever is generated, classes stay whole

ALPHABETS = {
    "utf-8": st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn", "Zl", "Zp"], exclude_characters="/\\:"),
    "cp932": st.sampled_from("猫犬花の写真アイウソ表能あかさた0123abXY _-"),
    "gbk": st.sampled_from("猫狗花草的图片玫瑰0123abXY _-"),
    "cp866": st.sampled_from("абвгдежзиклмнопрстуАБВГ0123abXY _-"),
    "cp1252": st.sampled_from("abcdeäöüßéèàçñAÄÖÜ 0123_-"),
    "cp949": st.sampled_from("고양이개장미사과0123abXY _-"),
}
STRAYS = (
    ("LICENSE", b"MIT"),
    ("README.md", b"# A set"),
    ("Icon\r", b""),
    (".DS_Store", b"\0\0\0\1Bud1"),
    ("cover.png", picture()[:50]),
    ("labels.csv", b"a;b\n1;2\n"),
    ("Thumbs.db", b"\xd0\xcf\x11\xe0"),
)
SPLITS = ("train", "test", "val", "Training", "valid")


def is_fit(name: str) -> bool:
    return bool(labels.clean(name)) and not name.startswith(".") and not name.isspace() and not folder_levels.is_split(name)


@st.composite
def archives(draw: st.DrawFn) -> tuple[list[tuple[bytes, bytes]], dict[bytes, str], str, bool]:
    """(path, content) of the files, the class of each picture, the code page, and whether the headers tell it."""
    encoding = draw(st.sampled_from(list(ALPHABETS)))
    told = encoding == "utf-8" and draw(st.booleans())
    name = st.text(ALPHABETS[encoding], min_size=1, max_size=12).filter(is_fit)
    beginning = draw(st.sampled_from(("", "", "Tomato leaf with a yellow curl virus, photo ", "x" * 280)))
    classes = draw(st.lists(name, min_size=2, max_size=4, unique_by=lambda text: unicodedata.normalize("NFC", text)))
    wrappers = draw(st.lists(name, max_size=5))
    splits = draw(st.one_of(st.just([]), st.lists(st.sampled_from(SPLITS), min_size=1, max_size=3, unique=True)))
    below = draw(st.lists(name, max_size=1))
    number, files, truth = itertools.count(), [], {}
    for split in [[split] for split in splits] or [[]]:
        for label in classes:
            for _ in range(draw(st.integers(1, 3))):
                content = picture(n := next(number))
                files.append(("/".join((*wrappers, *split, beginning + label, *below, f"{n}.png")), content))
                truth[content] = unicodedata.normalize("NFC", beginning + label)
    for stray, content in draw(st.lists(st.sampled_from(STRAYS), max_size=3, unique=True)):
        files.append(("/".join((*wrappers[: draw(st.integers(0, len(wrappers)))], stray)), content))
    return [(path.encode(encoding), content) for path, content in draw(st.permutations(files))], truth, encoding, told


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(archives())
def test_classes_stay_whole(made: tuple[list[tuple[bytes, bytes]], dict[bytes, str], str, bool]) -> None:
    files, truth, encoding, told = made
    content = archive(*(Entry(path, file, utf8=told) for path, file in files))
    for given_encoding in ("", encoding):
        source = Archive(io.BytesIO(content), given_encoding)
        known = arranged(source, own.Reading(given_encoding))
        found = defaultdict(set)
        for member in known.members:
            if not member.problem:
                found[truth[source.read(member.place)]].add(member.label)
        assert sum(not member.problem for member in known.members) == len(truth)
        assert all(len(labels_) == 1 for labels_ in found.values()), found
        assert len({label for labels_ in found.values() for label in labels_}) == len(found) == len(set(truth.values()))
    assume(max(map(len, truth.values())) <= 255)
    cleaned = [labels.clean(name) for name in found]
    assume(len(set(cleaned)) == len(cleaned))
    assert {name: labels_.pop() for name, labels_ in found.items()} == {name: labels.clean(name) for name in found}


# Through other doors


def test_what_was_chosen_reaches_the_process_that_imports() -> None:
    content = archive(*each("train/кот".encode("cp866"), "test/кот".encode("cp866"), "train/пёс".encode("cp866"), utf8=False))
    reading = own.Reading("cp866", 1)
    one = intake.begin(content, title="Chosen", image_shape=GREY, fit="crop", reading=reading)
    deadline = time.monotonic() + 60
    while one.state == intake.RUNNING and time.monotonic() < deadline:
        time.sleep(0.02)
    assert data.describe(one.name).class_names == ("test", "train")


def test_the_command_line_chooses_and_tells_reasons(tmp_path: Path) -> None:
    entries = [
        *each("train/a", "test/a", "train/b"),
        Entry("x.psd", FOREIGN["a.psd"][0]),
        Entry("t.csv", b"id,kind\n0,k\n1,l\n2,l\n3,k\n4,l\n5,l\n"),
    ]
    (tmp_path / f"{'long name ' * 8}.zip").write_bytes(archive(*entries))
    file = str(tmp_path / f"{'long name ' * 8}.zip")

    def run(*options: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", "vae_core", "import", file, "--side", "8", *options], cwd=PROJECT, capture_output=True, text=True
        )

    done = run()
    assert done.returncode == 0
    assert "Kept 6, skipped 2: 1 × Photoshop document" in done.stdout
    assert "parts of one set" in done.stdout
    assert run("--table", "t.csv", "--column", "kind").returncode == 0
    [*_, last] = own.infos()
    assert last.class_names == ("k", "l")
    refused = run("--title", "x" * 90)
    assert refused.returncode == 1
    assert "90 characters" in refused.stderr
    assert "--title" in refused.stderr
