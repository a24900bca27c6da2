"""Bringing a data set in a real browser: a ZIP up to its map, drawings from two browsers at once, what is cancelled and deleted."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browser import ROOT, Opener, Server, Visit, serving
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

from vae_core import data, runs
from vae_core.data import own
from vae_core.training import jobs

CLASSES = ("circle <b>", "**cross**", "![x](http://evil.example/y.png)"[:40])
HOSTILE = ("<img src=x onerror=alert(1)>", "![x](http://evil.example/z.png)", "**b** :red[c] $d$")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("brought")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    where = {"VAE_CHECKPOINTS": str(home / "checkpoints"), "VAE_DATA": str(home / "data"), "VAE_FOLDERS": str(home.parent)}
    with serving(ROOT / "app.py", home / "log.txt", **where) as server:
        yield server


@pytest.fixture(autouse=True)
def folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of own sets, here as in the server."""
    monkeypatch.setenv("VAE_DATA", str(home / "data"))
    monkeypatch.setenv("VAE_CHECKPOINTS", str(home / "checkpoints"))
    return home / "data" / "own"


def zipped(count: int, side: int = 32) -> bytes:
    """Pictures of three kinds in three folders: rings, crosses and noise, each a little different."""
    random, buffer = np.random.default_rng(0), io.BytesIO()
    down, across = np.mgrid[:side, :side] - side / 2
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(count):
            x, y = across + random.integers(-3, 4), down + random.integers(-3, 4)
            lit = (abs(np.hypot(x, y) - 9) < 2, (abs(x) < 2) | (abs(y) < 2), random.random((side, side)) < 0.3)[number % 3]
            file = io.BytesIO()
            Image.fromarray((lit * 230).astype(np.uint8)).save(file, "PNG")
            archive.writestr(f"{CLASSES[number % 3].replace('/', '_')}/{number}.png", file.getvalue())
    return buffer.getvalue()


def bring(visit: Visit, way: str) -> Page:
    page = visit.page
    page.get_by_role("link", name="Bring your own").click()
    page.get_by_role("radio", name=way).click()
    visit.settle()
    return page


def upload(visit: Visit, content: bytes, name: str) -> None:
    visit.page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "application/zip", "buffer": content})
    expect(visit.page.get_by_role("button", name="Import")).to_be_enabled()
    visit.settle()


def dataset(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Data set")


def own_sets() -> list[str]:
    return [name for name in data.names() if name.startswith("own-")]


# ---- A ZIP -----------------------------------------------------------------------------------------------------------


def test_a_zip_becomes_a_data_set_a_model_and_a_map(open_page: Opener, server: Server) -> None:
    visit = open_page("/train")
    page = bring(visit, "ZIP")
    upload(visit, zipped(60), "My signs.zip")
    expect(page.get_by_text("60 pictures in 3 classes")).to_contain_text("**cross** (20)")
    page.get_by_role("radio", name="28", exact=True).click()
    page.get_by_role("radio", name="Grey").click()
    visit.settle()
    page.get_by_role("button", name="Import").click()
    expect(dataset(page)).to_have_value("My signs", timeout=30_000)
    expect(page.get_by_text("Kept 60").last).to_be_visible()
    expect(page.get_by_text("60 images · 28 × 28 · grey · 3 classes")).to_be_visible()
    [name] = own_sets()

    visit.enter("Epochs", 2)
    page.get_by_text("More settings").click()
    visit.enter("Width", 0.25)
    page.get_by_role("button", name="Start training").click()
    expect(page.locator(".stMarkdownBadge").first).to_contain_text("Trained", timeout=60_000)
    [run] = [run for run in runs.list_runs() if run.config.train.dataset == name]
    page.get_by_role("link", name="Explore this model").click()
    map_ = page.locator(".latent-map")
    expect(map_).to_have_attribute("data-ready", "true")
    legend = map_.get_by_role("group", name="Classes").get_by_role("button")
    assert sorted(legend.all_inner_texts()) == sorted(data.describe(name).class_names)
    assert len({item.evaluate("(dot) => dot.style.background") for item in legend.locator("i").all()}) == 3

    own.delete(name)
    for link in ("/", f"/latent_map?run={run.id}", f"/train?run={run.id}"):
        page.goto(server.address + link)
        visit.settle()
        expect(page.locator(".latent-map, .film").first).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)


def test_an_import_is_seen_by_others_survives_a_reload_and_is_cancelled(open_page: Opener, folder: Path) -> None:
    visit = open_page("/train")
    page = bring(visit, "ZIP")
    upload(visit, zipped(8_000), "Many.zip")
    before = own_sets()
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_test_id("stProgress")).to_contain_text(re.compile(r"Many: [\d,]+ of 8,000 files"))
    page.reload()
    visit.settle()
    expect(page.get_by_test_id("stProgress")).to_contain_text("of 8,000 files")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Many: Cancelled")).to_be_visible()
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    assert own_sets() == before
    assert [path.name for path in folder.iterdir() if path.name.startswith(".import")] == []


def test_a_zip_that_is_none_is_a_sentence_beside_it(open_page: Opener) -> None:
    visit = open_page("/train")
    page = bring(visit, "ZIP")
    page.locator("input[type=file]").set_input_files({"name": "a.zip", "mimeType": "application/zip", "buffer": b"no ZIP at all"})
    expect(page.get_by_role("alert")).to_contain_text("This is no ZIP file")
    expect(page.get_by_role("button", name="Import")).to_have_count(0)
    page.get_by_role("link", name="Back to training").click()
    expect(page.get_by_role("button", name="Start training")).to_be_visible()


# ---- Drawings ----------------------------------------------------------------------------------------------------------


def draw(page: Page, bend: float) -> None:
    """One stroke on the pad."""
    surface = page.locator(".sketch-frame canvas")
    surface.scroll_into_view_if_needed()
    box = surface.bounding_box()
    spots = [(0.2, 0.2), (0.8, bend), (0.2, 0.8)]
    for place, (x, y) in enumerate(spots):
        page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y, steps=4)
        if place == 0:
            page.mouse.down()
    page.mouse.up()


def add_button(page: Page) -> Locator:
    return page.get_by_role("button", name="Add", exact=True)


def add(visit: Visit, label: str, bend: float) -> None:
    """Draw, name, add; the pad is empty again."""
    page = visit.page
    draw(page, bend)
    page.get_by_role("textbox", name="What is it?").fill(label)
    add_button(page).click()
    expect(page.locator(".sketch-pad")).to_have_attribute("data-empty", "true")
    visit.settle()


def test_two_browsers_draw_at_once_and_train_on_it_all(open_page: Opener, phone: BrowserContext) -> None:
    first, second = open_page("/train"), open_page("/train", on=phone)
    for visit in (first, second):
        visit.page.get_by_role("link", name="Draw together").click()
        expect(visit.page).to_have_url(re.compile("mode=draw"))
        visit.settle()
    for number, (mine, yours) in enumerate(zip(HOSTILE, ("cat", "cat", "dog"), strict=True)):
        add(first, mine, 0.2 + 0.2 * number)
        add(second, yours, 0.3 + 0.2 * number)
    for visit in (first, second):
        expect(visit.page.get_by_text("6 drawings, 3 of them yours")).to_be_visible()
        expect(visit.page.locator(".class-drawings li")).to_have_count(6)
        expect(visit.page.locator(".class-drawings img")).to_have_count(0)
        assert visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    labels = [item.inner_text() for item in first.page.locator(".class-drawings span").all()]
    assert labels == ["dog", HOSTILE[2], "cat", HOSTILE[1], "cat", HOSTILE[0]]
    for text in (*HOSTILE, "cat", "dog"):
        expect(second.page.locator(".st-key-drawings-label").get_by_text(text, exact=True)).to_be_visible()  # it added last

    expect(first.page.get_by_role("button", name="Remove your drawing")).to_have_count(3)
    first.page.get_by_role("button", name=f"Remove your drawing: {HOSTILE[0]}").press("Enter")
    expect(second.page.get_by_text("5 drawings, 3 of them yours")).to_be_visible()
    expect(first.page.get_by_text("5 drawings, 2 of them yours")).to_be_visible()

    second.page.get_by_role("button", name="Make a data set of them").click()
    expect(dataset(second.page)).to_have_value("Drawings (5)")
    name = own_sets()[-1]
    assert sorted(data.describe(name).class_names) == sorted([*HOSTILE[1:], "cat", "dog"])

    first.page.reload()
    first.settle()
    first.page.get_by_role("link", name="Back to training").click()
    dataset(first.page).click()
    first.page.get_by_role("option", name="Drawings (5)").click()
    first.settle()
    first.page.get_by_role("button", name="Delete this data set").click()
    dialog = first.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    assert name in own_sets()
    first.page.get_by_role("button", name="Delete this data set").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(dataset(first.page)).to_have_value("Handwritten digits, 10,000")
    assert name not in own_sets()
    second.page.get_by_text("More settings").click()
    second.enter("Epochs", 3)
    expect(dataset(second.page)).to_have_value("Handwritten digits, 10,000")  # it is gone here, too


def test_a_phone_has_pad_and_add_in_one_window_and_keeps_up_with_the_hand(open_page: Opener, phone: BrowserContext) -> None:
    page = open_page("/train?mode=draw&collection=fast", on=phone).page
    page.get_by_role("textbox", name="What is it?").fill("sun")
    for number in range(5):
        draw(page, 0.2 + 0.1 * number)  # at once, while the server adds the one before
        if number:
            expect(page.get_by_text(f"{number} drawing")).to_be_visible()
        add_button(page).click()
    expect(page.get_by_text("5 drawings, 5 of them yours")).to_be_visible()
    expect(page.locator(".sketch-pad")).to_have_attribute("data-empty", "true")
    pad, add = page.locator(".sketch-frame").bounding_box(), add_button(page).bounding_box()
    assert 0 < pad["y"] < add["y"] < add["y"] + add["height"] <= page.viewport_size["height"]
    assert add["y"] + add["height"] - pad["y"] < 600, "a browser's own bars leave some 660 pixels"


def test_a_folder_is_brought_with_the_keyboard_alone(open_page: Opener, phone: BrowserContext, tmp_path: Path) -> None:
    for number in range(6):
        kind = tmp_path / "Leaves" / ("oak" if number % 2 else "elm")
        kind.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((20, 20), 40 * number, np.uint8)).save(kind / f"{number}.png")
    visit = open_page("/train", on=phone)
    page = visit.page
    page.get_by_role("link", name="Bring your own").press("Enter")
    expect(page.get_by_role("radio", name="Pictures")).to_be_visible()
    visit.settle()
    page.get_by_role("link", name="Back to training").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="Pictures")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Folder on this computer")).to_be_focused()
    page.keyboard.press("Space")
    path = page.get_by_role("textbox", name="Path of the folder")
    expect(path).to_be_visible()
    path.focus()
    page.keyboard.type(str(tmp_path / "Leaves"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("6 pictures in 2 classes: elm (3), oak (3)")).to_be_visible()
    page.get_by_role("button", name="Import").press("Enter")
    expect(dataset(page)).to_have_value("Leaves", timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture(autouse=True, scope="module")
def nothing_is_left_at_work(home: Path) -> Iterator[None]:
    """Whatever a test does, no training outlives this file."""
    yield
    for run in runs.list_runs(home / "checkpoints"):
        if run.status.state in ("running", "queued"):
            jobs.stop(run)
