"""Bringing a data set on the Train page, without a browser: ZIPs, folders, drawings, what is refused, and what a deletion leaves."""

import base64
import io
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from odd_archives import ODD, Entry, archive, good, ordinary, picture
from streamlit.testing.v1 import AppTest
from visiting import HOME, INTERPOLATE, LATENT_MAP, RECONSTRUCT, TIMED, TRAIN, checked, keys, visit

from ui import class_drawings, import_form, local_access
from ui.components.mount import as_text
from ui.markdown import escape
from vae_core import data, runs
from vae_core.config import RunConfig
from vae_core.data import own
from vae_core.data.own import intake
from vae_core.errors import DataError
from vae_core.files.pictures import png
from vae_core.presets import configure
from vae_core.processes import asking
from vae_core.runs.run import Run
from vae_core.training import jobs

HOSTILE = "<script>alert(1)</script> ![x](http://evil/) **b**"[:40]
TINY = {"epochs": 1, "batch_size": 8, "channels": "4, 8", "hidden": "16"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Folders for data and models that are not there yet; no import outlives a test."""
    monkeypatch.setenv("VAE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("VAE_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setenv(local_access.FOLDERS, str(tmp_path))
    monkeypatch.setattr(local_access, "_is_on_this_computer", lambda: True)
    asking._desk.cache_clear()
    monkeypatch.setattr(asking, "ask", lambda module, question, seconds: TIMED)
    monkeypatch.setattr(intake, "_known", {})
    st.cache_data.clear()
    st.cache_resource.clear()
    yield tmp_path / "data" / "own"
    for one in intake.every():
        one.cancel()
    wait_until(lambda: all(one.state != intake.RUNNING for one in intake.every()))


def wait_until(true: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


def errors(app: AppTest) -> list[str]:
    return [error.value for error in app.error]


def captions(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.caption)


def bringing(way: str) -> AppTest:
    """The page on which people bring pictures, in this way."""
    app = visit(TRAIN, mode="own")
    return checked(app.segmented_control(key="import.way").set_value(way).run())


def uploaded(content: bytes, name: str = "flowers.zip") -> AppTest:
    """The page with a ZIP on it."""
    return checked(bringing(import_form.ZIP).file_uploader(key="import.zip.0").upload(name, content).run())


def to_its_end(app: AppTest) -> AppTest:
    """The page after the last import has ended, as its own timer would draw it."""
    wait_until(lambda: all(one.state != intake.RUNNING for one in intake.every()))
    return checked(app.run())


# ---- A ZIP -----------------------------------------------------------------------------------------------------------


def test_a_zip_is_looked_at_imported_and_chosen(folder: Path) -> None:
    app = uploaded(ordinary(each=6))
    assert "12 pictures in 2 classes: rose (6), tulip (6)" in captions(app)
    assert "Choose Grey" in captions(app)
    assert app.text_input[0].value == "flowers"
    assert not folder.exists()  # a look leaves nothing

    app.segmented_control(key="import.side").set_value(32)
    app.segmented_control(key="import.colours").set_value("Grey")
    checked(app.run())
    assert "Choose Grey" not in captions(app)
    app = checked(app.button(key="import.import").click().run())
    assert app.button(key="import.import").disabled
    assert len(app.get("progress")) == 1
    app = to_its_end(app)
    assert app.selectbox(key="train.dataset").value == "own-flowers-001"
    assert [toast.value for toast in app.toast] == ["flowers\\: Kept 12"]
    assert "12 images · 32 × 32 · grey · 2 classes" in captions(app)
    assert app.query_params == {"data": "own-flowers-001"}  # the form
    app.query_params["mode"] = "own"
    assert checked(app.run()).file_uploader[0].key == "import.zip.1"  # empty again
    assert data.describe("own-flowers-001").image_shape == (1, 32, 32)


def test_an_import_that_ends_before_anybody_looks_is_chosen_too(monkeypatch: pytest.MonkeyPatch) -> None:
    begin = intake.begin

    def at_once(*source: object, **how: object) -> intake.Intake:
        begun = begin(*source, **how)
        wait_until(lambda: begun.state != intake.RUNNING)
        return begun

    monkeypatch.setattr(intake, "begin", at_once)
    app = checked(uploaded(ordinary(each=6)).button(key="import.import").click().run())
    assert app.selectbox(key="train.dataset").value == "own-flowers-001"
    assert [toast.value for toast in app.toast] == ["flowers\\: Kept 12"]


def test_what_was_skipped_is_said_with_its_set_alone() -> None:
    app = uploaded(archive(*good(5), Entry("notes.txt", b"hello"), Entry("![x](y).png", b"no picture")))
    app = to_its_end(checked(app.button(key="import.import").click().run()))
    said = "Kept 5, skipped 2: "
    assert escape(said) in captions(app)
    assert escape("![x](y).png") in captions(app)
    assert "![x]" not in captions(app)
    checked(app.selectbox(key="train.dataset").set_value("digits").run())
    assert escape(said) not in captions(app)


def test_a_flat_zip_has_no_classes() -> None:
    app = uploaded(archive(*good(5)))
    assert "5 pictures without classes" in captions(app)
    app = to_its_end(checked(app.button(key="import.import").click().run()))
    assert "no classes" in captions(app)


@pytest.mark.parametrize(
    "content",
    [b"", b"no ZIP", archive(Entry("notes.txt", b"hello")), archive(*good())[:-30], *(odd.make for odd in ODD if not odd.kept)],
    ids=lambda content: None,
)
def test_a_zip_that_cannot_be_used_is_one_sentence_and_leaves_nothing(folder: Path, content: bytes | Callable[[], bytes]) -> None:
    """At the first look, or, where a look at some of it cannot tell, after the attempt."""
    app = uploaded(content() if callable(content) else content, "bad.zip")
    if "import.import" in keys(app):
        app = to_its_end(checked(app.button(key="import.import").click().run()))
    [said] = errors(app)
    assert said
    assert "Traceback" not in said
    assert not [name for name in data.names() if name.startswith("own-")]
    assert not folder.exists() or list(folder.iterdir()) == []


def test_an_import_can_be_cancelled_from_another_page(folder: Path) -> None:
    many = archive(*(Entry(f"{number}.png", picture(0)) for number in range(12_000)))
    app = checked(uploaded(many).button(key="import.import").click().run())
    [one] = intake.every()
    wait_until(lambda: one.fraction > 0)
    other = visit(TRAIN)
    checked(other.button(key=f"import.cancel.{one.id}").click().run())
    app = to_its_end(app)
    assert [toast.value for toast in app.toast] == ["flowers\\: Cancelled"]
    assert [name for name in data.names() if name.startswith("own-")] == []
    assert list(folder.iterdir()) == []
    assert f"import.cancel.{one.id}" not in keys(app)


def selected(app: AppTest, label: str, option: object) -> AppTest:
    [box] = [box for box in app.selectbox if box.label == label]
    return checked(box.set_value(option).run())


def offered(app: AppTest) -> dict[str, list[str]]:
    return {box.label: box.options for box in app.selectbox if box.key and box.key.startswith("import.")}


def test_what_the_classes_are_is_chosen_and_imported() -> None:
    split = [Entry(f"pets/{part}/{label}/{n}.png", picture(n)) for part in ("train", "test") for label in ("cat", "dog") for n in range(2)]
    table = Entry("pets/t.csv", b"id,mood\ntrain/cat/0,good\ntrain/cat/1,bad\ntest/dog/0,good\ntest/dog/1,good\n")
    app = uploaded(archive(*split, table))
    assert "8 pictures in 2 classes: cat (4), dog (4)" in captions(app)
    assert escape("test and train are parts of one set") in captions(app)
    assert offered(app) == {"Classes are": ["test, train", "cat, dog", "bad, good (t.csv, mood)", "none"]}
    assert "pictures without classes" in captions(selected(app, "Classes are", own.Reading(level=0)))
    app = selected(app, "Classes are", own.Reading(level=0, table="pets/t.csv", column="mood"))
    assert "Unsorted (4), good (3), bad (1)" in captions(app)
    to_its_end(checked(app.button(key="import.import").click().run()))
    assert data.describe("own-flowers-001").class_names == ("bad", "good", "Unsorted")


def test_how_names_are_written_is_chosen_and_imported() -> None:
    entries = [Entry(label.encode("cp866") + b"/%d.png" % n, picture(n), utf8=False) for label in ("кот", "пёс") for n in range(3)]
    app = uploaded(archive(*entries))
    assert "кот (3), пёс (3)" in captions(app)
    [names] = offered(app)
    assert names == "Encoding of names"
    app = selected(app, "Encoding of names", "cp437")
    label = "кот".encode("cp866").decode("cp437")
    assert label in captions(app)
    to_its_end(checked(app.button(key="import.import").click().run()))
    assert label in data.describe("own-flowers-001").class_names


def test_another_code_page_forgets_a_choice_of_classes_that_it_renames() -> None:
    table = Entry("таблица.csv".encode("cp866"), b"id,mood\n0,good\n1,bad\n2,good\n3,bad\n", utf8=False)
    app = uploaded(archive(*good(4), table))
    app = selected(app, "Classes are", own.Reading(level=0, table="таблица.csv", column="mood"))
    app = selected(app, "Encoding of names", "cp1251")
    assert errors(app) == []
    assert "4 pictures in 2 classes" in captions(app)


def test_plain_archives_leave_nothing_to_choose() -> None:
    assert offered(uploaded(ordinary())) == {}
    assert offered(uploaded(archive(*good()))) == {}


def test_every_reason_is_told_before_the_import() -> None:
    documents = [Entry(f"{n}.psd", b"8BPS\0\1" + bytes(200)) for n in range(30)]
    app = uploaded(archive(*good(), *documents, Entry("list.xlsx", b"PK\3\4" + bytes(30))))
    assert "31 files are left out" in captions(app)
    assert escape("30 × Photoshop document: save it as PNG or JPEG first (0.psd …)") in captions(app)
    assert escape("1 × spreadsheet: save it as CSV") in captions(app)


def test_hostile_folders_are_shown_as_text(tmp_path: Path) -> None:
    app = uploaded(archive(*(entry for label in ("**b**", "<img src=x>") for entry in good(3, f"{label}/"))))
    assert "\\*\\*b\\*\\* (3), \\<img src\\=x\\> (3)" in captions(app)


# ---- A folder ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    for label in ("a", "b"):
        (tmp_path / "mine" / label).mkdir(parents=True)
        for number in range(300):
            (tmp_path / "mine" / label / f"{number}.png").write_bytes(picture(number))
    return tmp_path / "mine"


def named(path: str) -> AppTest:
    app = bringing(import_form.FOLDER)
    return checked(app.text_input(key="import.folder").set_value(path).run())


def test_a_folder_of_this_computer_is_imported(mine: Path) -> None:
    app = named(str(mine))
    assert "600 pictures in 2 classes: a (300), b (300)" in captions(app)
    app = to_its_end(checked(app.button(key="import.import").click().run()))
    assert app.selectbox(key="train.dataset").value == "own-mine-001"


@pytest.mark.parametrize(
    "path", ["/no/such/folder", "relative/nowhere", "~nobody/x", "\0", "x" * 5000, "/proc/self/mem", "{tmp}", "{file}"]
)
def test_a_path_that_is_no_folder_of_pictures_is_one_sentence(path: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.zip").write_bytes(ordinary())
    app = named(path.format(tmp=tmp_path / "empty", file=tmp_path / "file.zip"))
    assert len(errors(app)) == 1
    assert "import.import" not in keys(app)


def test_folders_are_not_offered_to_others(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_access, "_is_on_this_computer", lambda: False)
    ways = visit(TRAIN, mode="own").segmented_control(key="import.way")
    assert (ways.options, ways.value) == ([import_form.PICTURES, import_form.ZIP], import_form.PICTURES)


def test_folders_are_not_offered_unless_the_server_was_started_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(local_access.FOLDERS)
    assert visit(TRAIN, mode="own").segmented_control(key="import.way").options == [import_form.PICTURES, import_form.ZIP]


def test_a_folder_that_was_open_is_closed_to_others(mine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A session that goes on from elsewhere, with its fields as they were."""
    app = named(str(mine))
    monkeypatch.setattr(local_access, "_is_on_this_computer", lambda: False)
    checked(app.run())
    assert "pictures in" not in captions(app)
    assert app.segmented_control(key="import.way").value == import_form.PICTURES
    with pytest.raises(DataError, match="not shared"):
        import_form._begin(mine, "Mine", (1, 28, 28), "crop", own.Reading())
    assert intake.every() == []


class Stop(Exception):
    pass


def interrupt(mine: Path) -> None:
    """An import of a folder that somebody stopped after 500 of 600 pictures."""

    def progress(fraction: float, sentence: str) -> None:
        if fraction > 0.9:
            raise Stop

    with pytest.raises(Stop):
        own.import_folder(mine, title="**Mine**", image_shape=(1, 8, 8), progress=progress)


@pytest.fixture
def chatty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress is heard after every picture."""
    monkeypatch.setattr("vae_core.data.own.importing.SECONDS_BETWEEN_WORDS", 0.0)


@pytest.mark.usefixtures("chatty")
def test_an_interrupted_import_can_be_continued(mine: Path) -> None:
    interrupt(mine)
    app = bringing(import_form.FOLDER)
    assert [text.value for text in app.text if "Mine" in text.value] == [f"**Mine**: 500 of 600 files done, from {mine}"]
    [work] = own.unfinished()
    app = to_its_end(checked(app.button(key=f"import.continue.{work.id}").click().run()))
    assert app.selectbox(key="train.dataset").value == "own-mine-001"
    assert (data.describe("own-mine-001").count, own.unfinished()) == (600, [])


@pytest.mark.usefixtures("chatty")
def test_an_interrupted_import_can_be_forgotten(mine: Path, folder: Path) -> None:
    interrupt(mine)
    [work] = own.unfinished()
    app = bringing(import_form.FOLDER)
    app = checked(app.button(key=f"import.forget.{work.id}").click().run())
    assert (own.unfinished(), list(folder.iterdir())) == ([], [])
    assert f"import.forget.{work.id}" not in keys(app)


# ---- Pictures, class by class ------------------------------------------------------------------------------------------


def test_pictures_of_two_classes_are_gathered_and_imported() -> None:
    app = visit(TRAIN, mode="own")
    for number, label in enumerate(("cup/mug", ".key")):
        app.text_input(key=f"import.gather.label.0.{number}").set_value(label)
        for shade in range(4):  # a camera calls every picture the same
            app.file_uploader(key=f"import.gather.files.0.{number}").upload("image.png", picture(8 * number + shade))
        checked(app.run())
    assert "8 pictures in 2 classes: cup\\-mug (4), key (4)" in captions(app)
    app = to_its_end(checked(app.button(key="import.import").click().run()))
    loaded = data.load(app.selectbox(key="train.dataset").value)
    assert (loaded.info.title, loaded.info.class_names, len(loaded.images)) == ("My pictures", ("cup-mug", "key"), 8)
    [recipe] = [item for item in app.number_input if item.key.endswith(".latent_dim")]
    assert recipe.value == 2  # few pictures begin with a map, whatever the recipe says


# ---- Drawings ----------------------------------------------------------------------------------------------------------


def draw(app: AppTest, shade: int) -> None:
    """What the browser tells of a pad on which something was drawn since the last drawing was added."""
    image, taken = as_text(np.full(class_drawings.PAD, shade, np.uint8)), app.session_state["drawings.taken"]
    app.session_state["drawings.pad"] = {"drawing": {"image": image, "count": taken + 1, "taken": taken}}


def at_the_pad() -> AppTest:
    return visit(TRAIN, mode="draw")


def add(app: AppTest, shade: int, label: str) -> AppTest:
    draw(app, shade)
    app.text_input(key="drawings.new_label").set_value(label)
    return checked(app.button(key="drawings.add").click().run())


def shown(app: AppTest) -> list[dict]:
    """The drawings that are shown."""
    [shown] = [item.proto for item in app.get("bidi_component") if "drawings.shown" in item.proto.id]
    return json.loads(shown.json)["drawings"]


def test_drawings_are_added_under_a_label_that_stays() -> None:
    app = at_the_pad()
    assert "Nobody has added a drawing yet" in captions(app)
    app = add(app, 10, "  a   cat ")
    assert app.text_input(key="drawings.new_label").value == ""
    assert app.pills(key="drawings.label").value == "a cat"
    app = add(app, 20, "")  # the chip that is chosen already
    app = add(app, 30, HOSTILE)
    assert [(item["label"], item["mine"]) for item in shown(app)] == [(HOSTILE, True), ("a cat", True), ("a cat", True)]
    assert [base64.b64decode(item["image"])[0] for item in shown(app)] == [30, 20, 10]
    assert "3 drawings, 3 of them yours" in captions(app)
    assert app.pills(key="drawings.label").options == ["a cat", escape(HOSTILE)]
    assert app.button(key="drawings.collect").disabled


def test_add_takes_what_is_on_the_pad_when_it_is_pressed_and_that_once() -> None:
    app = checked(at_the_pad().button(key="drawings.add").click().run())
    assert errors(app) == ["Draw something first"]
    draw(app, 10)
    checked(app.run())
    draw(app, 20)  # another stroke, and the press comes with it
    for _ in range(2):
        app = checked(app.button(key="drawings.add").click().run())
        assert errors(app) == []
    assert [base64.b64decode(item["image"])[0] for item in shown(app)] == [20]


def test_everybody_sees_all_and_removes_only_their_own() -> None:
    first = add(at_the_pad(), 10, "cat")
    second = add(at_the_pad(), 20, "dog")
    assert "2 drawings, 1 of them yours" in captions(second)
    assert [item["mine"] for item in shown(second)] == [True, False]
    [mine, other] = shown(second)
    for asked, left in ((other["id"], 2), ("../x", 2), (mine["id"], 1)):
        second.session_state["drawings.shown"] = {"remove": asked}
        checked(second.run())
        assert len(own.drawings("drawings")) == left
    checked(first.run())
    assert "1 drawing, 1 of them yours" in captions(first)


def test_a_data_set_of_drawings_is_chosen_at_once() -> None:
    app = at_the_pad()
    for shade, label in ((10, "cat"), (20, "dog"), (30, "cat"), (40, "dog")):
        app = add(app, shade, label)
    app = checked(app.button(key="drawings.collect").click().run())
    name = app.selectbox(key="train.dataset").value
    loaded = data.load(name)
    assert (loaded.info.title, loaded.info.class_names, loaded.labels.tolist()) == ("Drawings (4)", ("cat", "dog"), [0, 1, 0, 1])
    assert len(own.drawings("drawings")) == 4  # they stay, to be added to
    assert app.selectbox(key=f"train.preset.{name}").value == "mnist-2d-quick"


@pytest.mark.parametrize(("given", "collection"), [(" Class 3B ", "class-3b"), ("", "drawings")])
def test_a_collection_is_named_by_people(given: str, collection: str) -> None:
    app = at_the_pad()
    checked(app.text_input(key="drawings.collection").set_value(given).run())
    add(app, 10, "cat")
    assert len(own.drawings(collection)) == 1


@pytest.mark.parametrize("given", ["../up", "a/b", "é", "**"])
def test_a_collection_that_cannot_be_is_one_sentence(given: str, folder: Path) -> None:
    app = at_the_pad()
    checked(app.text_input(key="drawings.collection").set_value(given).run())
    [said] = errors(add(app, 10, "cat"))
    assert "cannot name a collection" in said
    assert not list(folder.rglob("*.json"))


def test_a_label_that_is_gone_is_not_chosen_any_more() -> None:
    app = add(at_the_pad(), 10, "cat")
    checked(app.text_input(key="drawings.collection").set_value("other").run())
    app = add(app, 20, "dog")
    assert app.pills(key="drawings.label").options == ["dog"]
    checked(app.text_input(key="drawings.collection").set_value("drawings").run())
    assert (app.pills(key="drawings.label").options, app.pills(key="drawings.label").value) == (["cat"], None)


# ---- An own set on the form ----------------------------------------------------------------------------------------------


def brought(title: str = "Flowers", side: int = 16, **files: object) -> str:
    """The name of an own set of twelve pictures in two classes, or of other files."""
    name, _ = own.import_zip(io.BytesIO(files.get("content") or ordinary(each=6)), title=title, image_shape=(1, side, side))
    return name


def chosen(name: str) -> AppTest:
    return checked(visit(TRAIN).selectbox(key="train.dataset").set_value(name).run())


def test_own_sets_come_last_under_the_names_that_people_gave() -> None:
    names = [brought("Zebras"), brought("**Apes** <b>")]
    app = visit(TRAIN)
    assert app.selectbox(key="train.dataset").options[-2:] == ["Zebras", "**Apes** <b>"]
    assert data.names()[-2:] == names


@pytest.mark.parametrize(
    ("images", "length"),
    [(4, (32, 200)), (60, (32, 200)), (400, (32, 150)), (4_600, (32, 14))],  # steps an epoch: 1, 1, 10, 115
)
def test_a_small_set_is_seen_more_often(images: int, length: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.cached.sample_strip", lambda name: png(np.zeros((8, 8), np.uint8)))
    shades = [picture(0), picture(1)]
    content = archive(*(Entry(f"{number}.png", shades[number % 2]) for number in range(images)))
    app = chosen(name := brought(content=content))
    fields = {item.key: item.value for item in app.number_input}
    assert (fields[f"train.{name}.mnist-2d-quick.batch_size"], fields[f"train.{name}.mnist-2d-quick.epochs"]) == length


def test_deleting_asks_first(folder: Path) -> None:
    name = brought("Old *flowers*")
    app = chosen(name)
    app = checked(app.button(key="train.delete").click().run())
    assert any("“Old *flowers*” goes to the trash folder" in text.value for text in app.text)
    assert (folder / name).is_dir()
    assert {"train.delete.confirm", "train.delete.cancel"} <= set(keys(app))


def test_a_damaged_set_is_a_sentence_and_can_be_deleted(folder: Path) -> None:
    name = brought()
    pixels = bytearray((folder / name / "images.npy").read_bytes())
    pixels[300] ^= 1
    (folder / name / "images.npy").write_bytes(pixels)
    app = chosen(name)
    assert ["damaged" in said for said in errors(app)] == [True]
    assert "train.delete" in keys(app)


def test_a_set_that_nothing_is_known_of_any_more_can_be_deleted_too(folder: Path) -> None:
    name = brought("Leaves")
    (folder / name / "about.json").write_text("{}")
    app = visit(TRAIN)
    (said,) = errors(app)
    assert said.replace("\\", "") == f"{name} is damaged (about.json was not written by this program); delete it and import it again"
    app = checked(app.button(key=f"train.delete.{name}").click().run())
    assert any(f"“{name}” goes to the trash folder" in text.value for text in app.text)
    assert {"train.delete.confirm", "train.delete.cancel"} <= set(keys(app))


def test_built_in_sets_cannot_be_deleted() -> None:
    assert "train.delete" not in keys(visit(TRAIN))


# ---- Changes of the images ---------------------------------------------------------------------------------------------


def test_the_changed_images_are_shown_when_any_change_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, strip = [], base64.b64encode(png(np.zeros((16, 64), np.uint8)))
    monkeypatch.setattr(
        asking, "ask", lambda module, question, seconds: TIMED if module.endswith("speed") else asked.append(json.loads(question)) or strip
    )
    app = visit(TRAIN)
    assert "It is off now" in captions(app)
    app.number_input(key="train.mnist-2d-quick.rotation").set_value(20.0)
    app.toggle(key="train.mnist-2d-quick.flip").set_value(True)
    checked(app.run())
    wait_until(lambda: len(asked) == 1)
    time.sleep(0.1)
    checked(app.run())
    assert asked == [{"dataset": "mnist10k", "rotation": 20.0, "shift": 0.0, "zoom": 0.0, "brightness": 0.0, "flip": True}]
    assert "Above, images of the data set" in captions(app)


def test_without_a_picture_of_the_changes_the_page_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "ask", lambda module, question, seconds: None)
    app = visit(TRAIN)
    app.number_input(key="train.mnist-2d-quick.shift").set_value(0.1)
    checked(app.run())
    time.sleep(0.1)
    assert "could not be shown" in captions(checked(app.run()))


def test_the_changes_are_part_of_what_is_launched(monkeypatch: pytest.MonkeyPatch) -> None:
    configs: list[RunConfig] = []
    monkeypatch.setattr(jobs, "start", lambda run: configs.append(run.config))
    monkeypatch.setattr(asking, "ask", lambda module, question, seconds: None)
    app = visit(TRAIN)
    app.number_input(key="train.mnist-2d-quick.zoom").set_value(0.3)
    [start] = [button for button in checked(app.run()).button if button.label == "Start training"]
    checked(start.click().run())
    assert [config.train.zoom for config in configs] == [0.3]


# ---- Models of own sets ------------------------------------------------------------------------------------------------


def trained(dataset: str) -> Run:
    """A tiny model of an own set."""
    from vae_core.training.execution import execute

    run = runs.create(configure("mnist-2d-quick", {"dataset": dataset, **TINY}))
    with jobs.held(run):
        status = execute(run)
    assert status.state == "finished", status.message
    return run


@pytest.mark.parametrize("content", [ordinary(each=20), archive(*good(40)), archive(*good(4))], ids=["classes", "no classes", "four"])
def test_a_model_of_an_own_set_is_on_every_page_before_and_after_its_deletion(content: bytes) -> None:
    name = brought(content=content)
    run = trained(name)
    for _ in range(2):
        for page in (HOME, LATENT_MAP, RECONSTRUCT, INTERPOLATE, TRAIN):
            app = visit(page, run=run.id)
            assert errors(app) == []
            assert not app.warning
        if name in data.names():
            own.delete(name)
            st.cache_data.clear()


def test_a_training_whose_set_is_gone_cannot_go_on_and_says_so() -> None:
    from vae_core.training.execution import execute

    name = brought()
    run = runs.create(configure("mnist-2d-quick", {"dataset": name, **TINY}))
    own.delete(name)
    with jobs.held(run):
        status = execute(run)
    assert (status.state, "there is no data set" in status.message) == ("failed", True)
    app = visit(TRAIN, run=run.id)
    assert errors(app) == [escape(status.message)]  # why it failed, and nothing that went wrong in the page
    assert escape("Flowers (deleted)") in captions(app)  # the facts that stand below it
