"""People's own sets: imported, listed, loaded, trained on, deleted; and what odd archives, kills and full disks do to them."""

import io
import json
import math
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from odd_archives import LINUX, Entry, archive, child, finished, good, listing, ordinary, picture, pixels
from odd_images import array_png
from PIL import Image

from ui.about_run import dataset_title
from vae_core import data, runs
from vae_core.data import own
from vae_core.data.own import archives, folders, importing
from vae_core.data.own.staging import Staging
from vae_core.data.pictures.formats import named
from vae_core.errors import DataError
from vae_core.presets import configure

GREY = (1, 8, 8)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder."""
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def zipped(files: dict[str, bytes]) -> io.BytesIO:
    return io.BytesIO(archive(*(Entry(path, content) for path, content in files.items())))


def flat(count: int) -> io.BytesIO:
    return zipped({f"{number}.png": picture(number) for number in range(count)})


def write_tree(folder: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


# Round trips


def test_a_zip_with_folders_becomes_a_set_with_classes(folder: Path) -> None:
    files = {f"flowers/{label}/{number}.png": picture(10 * number) for label in ("tulip", "rose") for number in range(3)}
    name, result = own.import_zip(zipped(files), title="My flowers!", image_shape=GREY)
    assert name == "own-my-flowers-001"
    assert result.sentence == "Kept 6"
    loaded = data.load(name)
    assert loaded.info.class_names == ("rose", "tulip")
    assert loaded.labels.tolist() == [1, 1, 1, 0, 0, 0]
    np.testing.assert_array_equal(loaded.images, [pixels(file) for file in files.values()])
    assert sorted([*loaded.train, *loaded.validation]) == list(range(6))
    assert loaded.labels.dtype == np.int64


def test_a_flat_zip_has_no_classes_and_so_has_a_single_folder(folder: Path) -> None:
    for files in ({f"{number}.png": picture(number) for number in range(5)}, {f"all/{number}.png": picture(number) for number in range(5)}):
        name, _ = own.import_zip(zipped(files), title="Flat", image_shape=GREY)
        assert data.load(name).labels is None
        assert data.describe(name).class_names == ()
        assert data.load(name, images=3).labels is None
        assert "labels.npy" not in os.listdir(folder / "own" / name)


def test_a_folder_gives_the_same_arrays_as_its_zip(folder: Path, tmp_path: Path) -> None:
    files = {f"{label}/{number}.png": picture(number) for label in "ba" for number in range(4)}
    files |= {"a/notes.txt": b"hello", "a/broken.png": picture()[:40]}
    by_zip, zip_result = own.import_zip(zipped(dict(sorted(files.items()))), title="Zip", image_shape=GREY)
    by_folder, folder_result = own.import_folder(write_tree(tmp_path / "mine", files), title="Folder", image_shape=GREY)
    assert folder_result == zip_result
    assert (zip_result.kept, zip_result.skipped) == (8, 2)
    assert zip_result.sentence.startswith("Kept 8, skipped 2: 1 × ")
    assert f"1 × not a {named()} file (notes.txt)" in zip_result.sentence
    np.testing.assert_array_equal(data.load(by_folder).images, data.load(by_zip).images)
    np.testing.assert_array_equal(data.load(by_folder).labels, data.load(by_zip).labels)
    assert data.describe(by_folder).source == "Imported from mine"


@pytest.mark.parametrize(("fit", "shades"), [("crop", (100, 100, 100)), ("pad", (200, 100, 50))])
def test_shape_and_fit_are_those_asked_for(folder: Path, fit: str, shades: tuple[int, int, int]) -> None:
    """A picture three times as wide as high, a shade each third: a crop shows the middle one alone."""
    buffers = [io.BytesIO() for _ in range(4)]
    for number, buffer in enumerate(buffers):
        Image.fromarray(np.array([[200, 100 + number, 50]], np.uint8).repeat(24, 0).repeat(24, 1)).save(buffer, "PNG")
    files = zipped({f"{number}.png": buffer.getvalue() for number, buffer in enumerate(buffers)})
    name, _ = own.import_zip(files, title="Wide", image_shape=(3, 12, 12), fit=fit)
    images = data.load(name).images
    assert images.shape == (4, 3, 12, 12)
    np.testing.assert_allclose(images[:, :, 6, [2, 6, 10]] - np.array(shades, int), 0, atol=10)


def deep(value: int, side: int = 8) -> bytes:
    """A sixteen-bit grey PNG, half black, half of that value."""
    values = np.zeros((side, side), np.uint16)
    values[side // 2 :] = value
    return array_png(values)


BRIGHTENED = "Its 16-bit pictures use 12 bits and were brightened, all alike"


def test_sixteen_bit_pictures_of_one_set_are_scaled_alike(folder: Path) -> None:
    """The dark ones come first: the scale is that of the whole set, in the preview too. Eight-bit ones are left alone."""
    values = [500, 1_000, 2_000, 4_000]
    files = {f"{value:05}.png": deep(value) for value in values} | {"z.png": picture(3)}
    seen = own.preview(zipped(files), GREY)
    name, result = own.import_zip(zipped(files), title="Deep", image_shape=GREY)
    assert seen.notes == (BRIGHTENED,)
    assert result.sentence == f"Kept 5. {BRIGHTENED}"
    assert data.describe(name).about.startswith("Imported from a ZIP (12-bit values brightened) on ")
    loaded = data.load(name).images
    assert loaded[:4, 0, -1, 0].tolist() == [round(value * 255 / 4_095) for value in values]
    np.testing.assert_array_equal(loaded[4], pixels(files["z.png"]))
    assert {image.tobytes() for image in seen.images} == {image.tobytes() for image in loaded}


def test_full_sixteen_bits_are_not_called_brightened(folder: Path) -> None:
    _, result = own.import_zip(zipped({f"{value}.png": deep(value) for value in (9, 99, 999, 60_000)}), title="Full", image_shape=GREY)
    assert result.sentence == "Kept 4"


def test_an_interrupted_import_goes_on_with_the_same_scale(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "SAVED_EVERY", 1)
    monkeypatch.setattr(importing, "SECONDS_BETWEEN_WORDS", 0)
    tree = write_tree(tmp_path / "deep", {f"{number}.png": deep(4_000 // (number + 1)) for number in range(6)})
    whole, _ = own.import_folder(tree, title="Whole", image_shape=GREY)

    def stop(fraction: float, sentence: str) -> None:
        if ": 3 of 6" in sentence:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        own.import_folder(tree, title="Halves", image_shape=GREY, progress=stop)
    assert own.unfinished()[0].looked == 3
    halves, result = own.import_folder(tree, title="Halves", image_shape=GREY)
    assert BRIGHTENED in result.sentence
    np.testing.assert_array_equal(data.load(halves).images, data.load(whole).images)


def test_equal_pictures_are_named_in_the_preview(folder: Path) -> None:
    black = deep(0)
    assert own.preview(zipped({f"{number}.png": black for number in range(40)}), GREY).refusal == (
        "all 40 images are the same: there is nothing to learn; choose pictures that differ"
    )
    many = own.preview(zipped({f"{number}.png": black for number in range(400)}), GREY)
    assert (many.refusal, many.notes) == ("", ("The pictures that were looked at are all the same",))
    assert own.preview(flat(40), GREY).notes == ()


def test_the_arrays_are_plain_npy_files(folder: Path) -> None:
    name, _ = own.import_zip(io.BytesIO(ordinary()), title="Plain", image_shape=GREY)
    loaded = data.load(name)
    np.testing.assert_array_equal(np.load(folder / "own" / name / "images.npy", allow_pickle=False), loaded.images)
    np.testing.assert_array_equal(np.load(folder / "own" / name / "labels.npy", allow_pickle=False), loaded.labels)
    assert sorted(os.listdir(folder / "own" / name)) == ["about.json", "images.npy", "labels.npy"]


def test_pixels_stay_on_the_disk_and_cannot_be_written(folder: Path) -> None:
    name, _ = own.import_zip(flat(20), title="Mapped", image_shape=GREY)
    images = data.load(name).images
    assert isinstance(images, np.memmap)
    assert images.flags.c_contiguous
    with pytest.raises(ValueError, match="read-only"):
        images[0] = 0


# Names, listing, deleting


def test_own_sets_are_listed_last_oldest_first(folder: Path) -> None:
    before = data.names()
    first, _ = own.import_zip(flat(4), title="Zebras", image_shape=GREY)
    second, _ = own.import_zip(flat(5), title="Apes", image_shape=GREY)
    assert data.names() == [*before, first, second]
    info = data.describe(second)
    assert (info.title, info.count, info.image_shape, info.own, info.download_mb) == ("Apes", 5, GREY, True, 0)
    assert info.about.startswith("Imported from a ZIP on ")
    assert info.about.endswith(".")
    assert data.is_available(second)
    assert not any(data.describe(name).own for name in before)
    with pytest.raises(DataError, match="is nothing to download"):
        data.download(second, lambda fraction, sentence: None)


@pytest.mark.parametrize(
    ("title", "name"),
    [("Größe & Éclair", "own-groe-eclair-001"), ("../../etc", "own-etc-001"), ("日本", "own-set-001"), ("A" * 60, f"own-{'a' * 30}-001")],
)
def test_names_are_ids_made_from_the_title(folder: Path, title: str, name: str) -> None:
    assert own.import_zip(flat(4), title=title, image_shape=GREY)[0] == name
    assert data.describe(name).title == title


def test_the_number_of_a_deleted_set_is_not_given_again(folder: Path) -> None:
    first, _ = own.import_zip(flat(4), title="Cats", image_shape=GREY)
    mapped = data.load(first).images
    own.delete(first)
    assert first not in data.names()
    assert [path.name.startswith(first) for path in (folder / "own" / ".trash").iterdir()] == [True]
    np.testing.assert_array_equal(mapped[3], pixels(picture(3)))
    with pytest.raises(DataError, match="no data set 'own-cats-001'"):
        data.load(first)
    assert own.import_zip(flat(4), title="Cats", image_shape=GREY)[0] == "own-cats-002"


def test_a_run_remembers_the_title_of_a_set_that_was_deleted(folder: Path, tmp_path: Path) -> None:
    name, _ = own.import_zip(flat(4), title="Sun & trees", image_shape=GREY)
    run = runs.create(configure("mnist-2d-quick", {"dataset": name}), tmp_path / "checkpoints", title="Mine")
    runs.rename(run, "Another name")
    assert dataset_title(run) == "Sun & trees"
    own.delete(name)
    assert (dataset_title(run), run.title) == ("Sun & trees (deleted)", "Another name")
    (run.path / "about.json").unlink()
    assert dataset_title(run) == name


@pytest.mark.parametrize("name", ["mnist10k", "own-cats-001", "../own", "own", ".trash", "", "own-x/../..", "own-\0"])
def test_only_own_sets_can_be_deleted_and_no_name_is_a_path(folder: Path, name: str) -> None:
    own.import_zip(flat(4), title="Dogs", image_shape=GREY)
    before = listing(folder)
    with pytest.raises(DataError, match="no data set of your own"):
        own.delete(name)
    assert listing(folder) == before
    if name != "mnist10k":
        with pytest.raises(DataError, match="there is no data set"):
            data.describe(name)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"title": ""}, "1 to 60"),
        ({"title": "a\nb"}, "1 to 60"),
        ({"title": "x" * 61}, "61 characters"),
        ({"image_shape": (2, 8, 8)}, "1 or 3 channels"),
        ({"image_shape": (1, 8, 129)}, "8 to 128"),
        ({"fit": "stretch"}, "crop"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_before_anything_is_read(folder: Path, settings: dict, says: str) -> None:
    with pytest.raises(DataError, match=says):
        own.import_zip(flat(4), **{"title": "Fine", "image_shape": GREY} | settings)
    assert not folder.exists()


# Damage


@pytest.fixture
def whole(folder: Path) -> Path:
    """The folder of a good set with classes."""
    name, _ = own.import_zip(io.BytesIO(ordinary()), title="Good", image_shape=GREY)
    return folder / "own" / name


def edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "flipped pixel": lambda path: flip(path / "images.npy", 200),
    "flipped header": lambda path: flip(path / "images.npy", 30),
    "flipped label": lambda path: flip(path / "labels.npy", 136),
    "truncated pixels": lambda path: os.truncate(path / "images.npy", 300),
    "no labels": lambda path: (path / "labels.npy").unlink(),
    "no pixels": lambda path: (path / "images.npy").unlink(),
    "no about": lambda path: (path / "about.json").unlink(),
    "about is a list": lambda path: (path / "about.json").write_text("[]"),
    "about is torn": lambda path: os.truncate(path / "about.json", 50),
    "another format": lambda path: edit(path / "about.json", format=2),
    "huge count": lambda path: edit(path / "about.json", count=10**12),
    "another shape": lambda path: edit(path / "about.json", image_shape=[1, 16, 8]),
    "a shape of words": lambda path: edit(path / "about.json", image_shape=["1", 8, 8]),
    "a hostile class": lambda path: edit(path / "about.json", class_names=["a\u202eb", "c"]),
    "one class too few": lambda path: edit(path / "about.json", class_names=["a"]),
    "a title of two lines": lambda path: edit(path / "about.json", title="a\nb"),
    "a day that never was": lambda path: edit(path / "about.json", created=1e300),
    "no checksums": lambda path: edit(path / "about.json", sha256={}),
}


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_set_is_never_loaded_hides_no_other_and_can_be_deleted(whole: Path, damage: Callable[[Path], object]) -> None:
    other, _ = own.import_zip(flat(4), title="Other", image_shape=GREY)
    damage(whole)
    with pytest.raises(DataError, match=r"own-good-001 is damaged \(.*\); delete it and import it again"):
        data.load(whole.name)
    assert other in data.names()
    assert set(own.damaged()) == {whole.name} - set(data.names())  # an altered pixel is noticed when pixels are read
    own.delete(whole.name)
    assert not whole.exists()
    assert not own.damaged()


def test_every_flipped_byte_of_the_arrays_is_noticed(whole: Path) -> None:
    for file in ("images.npy", "labels.npy"):
        content = (whole / file).read_bytes()
        for place in random.Random(0).sample(range(len(content)), 40):
            (whole / file).write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
            with pytest.raises(DataError, match="is damaged"):
                data.load(whole.name)
        (whole / file).write_bytes(content)
    assert len(data.load(whole.name).images) == 6


def test_foreign_things_in_the_folder_are_no_sets(folder: Path, whole: Path, tmp_path: Path) -> None:
    (folder / "own" / "own-empty-001").mkdir()
    (folder / "own" / "own-file-001").write_text("x")
    (folder / "own" / "Own-Upper").mkdir()
    (folder / "own" / "own-link-001").symlink_to(whole, target_is_directory=True)
    assert [info.name for info in own.infos()] == [whole.name]


# What is half done


def test_what_progress_raises_stops_a_zip_and_leaves_nothing(folder: Path) -> None:
    told = []

    def stop(fraction: float, sentence: str) -> None:
        told.append((fraction, sentence, listing(folder)))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        own.import_zip(flat(50), title="Stopped", image_shape=GREY, progress=stop)
    assert told[0][1] == "Stopped: 1 of 50 files"
    assert any("images.npy" in path for path in told[0][2])
    assert listing(folder) == ["own"]


def test_progress_rises_to_one_and_is_not_told_too_often(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[float, float]] = []
    read = archives.Archive.read
    monkeypatch.setattr(archives.Archive, "read", lambda *given: (time.sleep(0.002), read(*given))[1])
    own.import_zip(flat(150), title="Told", image_shape=GREY, progress=lambda fraction, _: told.append((fraction, time.monotonic())))
    fractions, times = zip(*told, strict=True)
    assert list(fractions) == sorted(fractions)
    assert fractions[-1] == 1.0
    assert 4 <= len(told) <= 2 + (times[-1] - times[0]) / 0.05


def test_a_full_disk_is_one_sentence_and_leaves_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Staging, "append", full)
    with pytest.raises(DataError, match=r"cannot be stored: the disk with the data folder is full; .* VAE_DATA to a folder with room"):
        own.import_zip(flat(4), title="Full", image_shape=GREY)
    assert listing(folder) == ["own"]


def test_a_data_folder_that_cannot_be_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "file"))
    with pytest.raises(DataError, match="cannot be stored"):
        own.import_zip(flat(4), title="Nowhere", image_shape=GREY)
    assert all(not data.describe(name).own for name in data.names())


@pytest.mark.parametrize("moment", [1, 1_924_992_000])  # 1970, and 2031: a clock was wrong
def test_leftovers_of_a_killed_import_are_swept_unless_young_or_locked(folder: Path, moment: int) -> None:
    from vae_core.files.locks import take_lock

    home = folder / "own"
    for name in ("old", "young", "busy"):
        write_tree(home, {f".import-{name}/images.npy": bytes(100), f".import-{name}.lock": b""})
    lock = take_lock(home / ".import-busy.lock")
    for name in ("old", "busy"):
        os.utime(home / f".import-{name}", (moment, moment))
    own.import_zip(flat(4), title="Next", image_shape=GREY)
    os.close(lock)
    assert sorted(os.listdir(home)) == [".import-busy", ".import-busy.lock", ".import-young", ".import-young.lock", "own-next-001"]


# Folders: interrupted, resumed


def write_many(folder: Path, count: int) -> Path:
    """`count` pictures in two folders, and three files that are none."""
    files = {f"{'ab'[number % 2]}/{number:04}.png": picture(number) for number in range(count)}
    return write_tree(folder, files | {"a/0010.txt": b"x", "b/0070.png": b"broken", "b/z.png": b""})


KILLED = """
import os, signal, sys
from pathlib import Path
from vae_core.data import own
from vae_core.data.pictures.formats import named
from vae_core.data.own.staging import Staging
append = Staging.append
def deadly(staging, image):
    if staging.count == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    append(staging, image)
Staging.append = deadly
own.import_folder(Path(sys.argv[1]), title="Many", image_shape=(1, 8, 8))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_folder_import_goes_on_where_it_was_and_gives_the_same_arrays(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = write_many(tmp_path / "many", 1_200)
    process = child(KILLED, str(many), "500", folder=folder)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    (left,) = own.unfinished()
    assert (left.folder, left.title, left.looked, left.total, left.active) == (many, "Many", 500, 1_203, False)
    assert not [name for name in data.names() if data.describe(name).own]
    read: list[int] = []
    of_folder = folders.Folder.read
    monkeypatch.setattr(folders.Folder, "read", lambda source, place: (read.append(place), of_folder(source, place))[1])
    resumed, result = own.import_folder(many, title="Many", image_shape=GREY)
    assert sum(place >= 500 for place in read) == 701  # of 703 files, two are no pictures by their first bytes
    assert own.unfinished() == []
    straight, expected = own.import_folder(many, title="Many", image_shape=GREY)
    assert sum(place >= 500 for place in read) == 2 * 701
    assert result == expected
    assert (result.kept, result.skipped) == (1_200, 3)
    for file in ("images.npy", "labels.npy"):
        assert (folder / "own" / resumed / file).read_bytes() == (folder / "own" / straight / file).read_bytes()


def stop_after(fraction: float) -> Callable[[float, str], None]:
    def stop(done: float, sentence: str) -> None:
        if done >= fraction:
            raise KeyboardInterrupt

    return stop


@pytest.fixture
def interrupted(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of 103 files, half of them imported."""
    many = write_many(tmp_path / "many", 100)
    monkeypatch.setattr(importing, "SAVED_EVERY", 20)
    monkeypatch.setattr(importing, "SECONDS_BETWEEN_WORDS", 0.0)
    with pytest.raises(KeyboardInterrupt):
        own.import_folder(many, title="Many", image_shape=GREY, progress=stop_after(0.5))
    return many


def test_an_interrupted_folder_import_can_be_forgotten(folder: Path, interrupted: Path) -> None:
    (left,) = own.unfinished()
    own.forget(left.id)
    assert listing(folder) == ["own"]
    with pytest.raises(DataError, match="no interrupted import"):
        own.forget(left.id)
    with pytest.raises(DataError, match="no interrupted import"):
        own.forget("../..")


def test_an_interrupted_folder_import_goes_on(folder: Path, interrupted: Path) -> None:
    assert own.unfinished()[0].looked == 40
    told: list[str] = []
    own.import_folder(interrupted, title="Many", image_shape=GREY, progress=lambda fraction, sentence: told.append(sentence))
    assert told[0] == "Many: 41 of 103 files"


@pytest.mark.parametrize("change", ["a file is new", "a file is another", "the pictures are torn", "the progress is torn"])
def test_a_resumed_import_begins_anew_when_something_has_changed(folder: Path, interrupted: Path, change: str) -> None:
    staging = next((folder / "own").glob(".unfinished-*"))
    if change == "a file is new":
        (interrupted / "a" / "0000a.png").write_bytes(picture(77))
    elif change == "a file is another":
        (interrupted / "a" / "0000.png").write_bytes(picture(77) + b"changed")
    else:
        os.truncate(staging / ("images.npy" if "pictures" in change else "progress.json"), 200)
    name, _ = own.import_folder(interrupted, title="Many", image_shape=GREY)
    files = [path.read_bytes() for path in sorted(interrupted.rglob("*.png"))]
    np.testing.assert_array_equal(data.load(name).images, [pixels(file) for file in files if file.startswith(b"\x89PNG")])


def test_another_shape_is_another_import(folder: Path, interrupted: Path) -> None:
    name, _ = own.import_folder(interrupted, title="Other", image_shape=(3, 8, 8))
    assert data.load(name).images.shape == (100, 3, 8, 8)
    assert len(own.unfinished()) == 1


def test_two_imports_of_one_folder_do_not_get_in_each_others_way(folder: Path, tmp_path: Path) -> None:
    many = write_many(tmp_path / "many", 50)

    def again(fraction: float, sentence: str) -> None:
        assert own.unfinished()[0].active
        with pytest.raises(DataError, match="being imported already"):
            own.import_folder(many, title="Twice", image_shape=GREY)
        with pytest.raises(DataError, match="being imported already"):
            own.forget(own.unfinished()[0].id)

    name, _ = own.import_folder(many, title="Once", image_shape=GREY, progress=again)
    assert [info.name for info in own.infos()] == [name]


def test_a_refused_folder_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    few = write_tree(tmp_path / "few", {"a.png": picture(), "b.txt": b"x"})
    with pytest.raises(DataError, match=r"at least 4 pictures that can be used; here are 1 \(1 × not a PNG, .* file \(b.txt\)\)"):
        own.import_folder(few, title="Few", image_shape=GREY)
    assert listing(folder) == ["own"]


@pytest.mark.parametrize("path", ["nowhere", "file", "nul\0", "~nobody-of-that-name/x"])
def test_what_is_no_folder_is_one_sentence(folder: Path, tmp_path: Path, path: str) -> None:
    (tmp_path / "file").write_text("x")
    given = Path(path) if path.startswith("~") else tmp_path / path
    with pytest.raises(DataError, match=r"^[^\n]{20,300}$"):
        own.import_folder(given, title="None", image_shape=GREY)
    with pytest.raises(DataError, match=r"^[^\n]{20,300}$"):
        own.import_zip(given, title="None", image_shape=GREY)
    with pytest.raises(DataError, match=r"^[^\n]{20,300}$"):
        own.preview(given, GREY)


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_in_a_folder_are_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = write_tree(tmp_path / "secret", {"s.png": picture(99)})
    mine = write_tree(tmp_path / "mine", {f"{number}.png": picture(number) for number in range(4)})
    (mine / "link.png").symlink_to(secret / "s.png")
    (mine / "linked").symlink_to(secret, target_is_directory=True)
    (mine / "loop").symlink_to(mine, target_is_directory=True)
    os.mkfifo(mine / "pipe.png")
    _, result = own.import_folder(mine, title="Links", image_shape=GREY)
    assert (result.kept, result.skipped) == (4, 4)
    assert result.reasons == ("4 × a link or a device (link.png …)",)


# Preview


def test_preview_shows_what_the_import_will_give(folder: Path, tmp_path: Path) -> None:
    files = {f"{label}/{number:02}.png": picture(number) for label in ("x", "y") for number in range(30)} | {
        "y/n.txt": b"",
        "y/z.png": b"no",
    }
    for source in (zipped(files), write_tree(tmp_path / "mine", files)):
        seen = own.preview(source, GREY, count=10)
        assert (seen.class_names, seen.counts, seen.total) == (("x", "y"), (30, 30), 60)
        assert (seen.skipped, len(seen.reasons)) == (2, 2)
        assert seen.images.shape == (10, *GREY)
        known = {pixels(file).tobytes() for file in files.values() if len(file) > 10}
        assert {image.tobytes() for image in seen.images} <= known
    assert not folder.exists()


def test_preview_reads_only_some(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    of_archive = archives.Archive.read
    monkeypatch.setattr(archives.Archive, "read", lambda source, place: (read.append(place), of_archive(source, place))[1])
    own.preview(flat(2_000), GREY)
    assert len(read) == 24
    assert read[-1] > 1_900
    with pytest.raises(DataError, match="no picture was found there"):
        own.preview(zipped({f"{number}.png": picture()[:40] for number in range(200)}), GREY)
    assert len(read) == 24 + 48


# Speed and memory


def write_large_zip(path: Path, count: int, side: int) -> None:
    entries = (Entry(f"class {number % 10}/{number:05}.png", picture(number, side)) for number in range(count))
    path.write_bytes(archive(*entries))


def test_10_000_pictures_are_imported_in_time(folder: Path, tmp_path: Path) -> None:
    write_large_zip(tmp_path / "large.zip", 10_000, 64)
    start = time.monotonic()
    name, result = own.import_zip(tmp_path / "large.zip", title="Large", image_shape=(1, 64, 64))
    assert time.monotonic() - start < 15
    assert result.kept == 10_000
    loaded = data.load(name)
    np.testing.assert_array_equal(loaded.images[[0, 9_999]], [pixels(picture(number, 64)) for number in (0, 9_999)])
    assert loaded.labels[:12].tolist() == [*range(10), 0, 1]


BOUNDED = """
import sys
from pathlib import Path
from vae_core import data
from vae_core.data import own
from vae_core.data.pictures import preparation as images

def megabytes(entry):
    return int(Path("/proc/self/status").read_text().partition(entry + ":")[2].split()[0]) / 1024

before = megabytes("VmRSS")
name, result = own.import_zip(Path(sys.argv[1]), title="Bounded", image_shape=(3, 128, 128))
print(result.kept, megabytes("VmHWM") - before, "torch" in sys.modules)
"""


@LINUX
def test_an_import_needs_little_memory_however_large_the_set(folder: Path, tmp_path: Path) -> None:
    write_large_zip(tmp_path / "large.zip", 2_500, 8)
    kept, growth, torch = finished(child(BOUNDED, str(tmp_path / "large.zip"), folder=folder)).split()
    assert (folder / "own" / "own-bounded-001" / "images.npy").stat().st_size == 128 + 2_500 * 3 * 128 * 128
    assert int(kept) == 2_500
    assert float(growth) < 40  # the set has 123 MB
    assert torch == "False"


# Used by the rest


@pytest.mark.parametrize("folders", [("",), ("rose/", "tulip/")], ids=["without classes", "with classes"])
def test_a_model_learns_from_an_own_set(folder: Path, tmp_path: Path, folders: tuple[str, ...]) -> None:
    from vae_core import runs
    from vae_core.latent import codes
    from vae_core.presets import configure
    from vae_core.training import jobs
    from vae_core.training.execution import execute

    entries = [entry for place in folders for entry in good(60, place)]
    name, _ = own.import_zip(io.BytesIO(archive(*entries)), title="Small", image_shape=GREY)
    config = configure("mnist-2d-quick", {"dataset": name, "channels": "4", "hidden": "8", "epochs": 2, "batch_size": 16, "device": "cpu"})
    run = runs.create(config, tmp_path / "runs", name="small")
    with jobs.held(run):
        status = execute(run)
    assert (status.state, status.message) == ("finished", "")
    found = codes.load(run.codes)
    assert set(found.labels.tolist()) == ({-1} if len(folders) == 1 else {0, 1})
    assert len(found.mean) == len(entries)
    assert math.isfinite(run.card()["elbo"])
    assert ("knn_accuracy" in run.card()) == (len(folders) == 2)


def test_importing_loads_no_torch_and_describing_no_pillow(folder: Path, whole: Path) -> None:
    code = f"""
import sys
from vae_core.data.registry import describe, names
describe({whole.name!r}), names()
print(sorted({{'PIL', 'torch', 'sklearn', 'streamlit'}} & set(sys.modules)))
"""
    assert finished(child(code, folder=folder)) == "[]\n"


def test_describing_is_quick(folder: Path) -> None:
    for _ in range(20):
        name = own.import_zip(flat(4), title="One of many", image_shape=GREY)[0]
    start = time.perf_counter()
    for _ in range(20):
        data.describe(name)
    assert (time.perf_counter() - start) / 20 < 0.02
