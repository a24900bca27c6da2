"""Home, Latent map and Train in a real browser; a training from its form to its film, over reloads and a killed server."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import ROOT, Opener, Server, Visit, serving
from playwright.sync_api import BrowserContext, Locator, Page, expect
from visiting import at_work, wait_until

from vae_core.files.records import read_json
from vae_core.runs.run import Run

PHONE = {"width": 390, "height": 844}


class Map:
    """The latent map on a page."""

    def __init__(self, visit: Visit) -> None:
        self.visit, self.page = visit, visit.page
        self.root = self.page.locator(".latent-map")
        self.plane = self.root.locator(".plane")
        expect(self.root).to_have_attribute("data-ready", "true")
        visit.settle()

    def point(self) -> list[float]:
        return [float(value) for value in self.root.get_attribute("data-point").split(",")]

    def image(self) -> list[int]:
        """The red of each pixel of the decoded image."""
        pixels = "(c) => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].filter((_, i) => i % 4 === 0)"
        return self.root.locator(".image").evaluate(pixels)

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Press at `start` and move to `end`, each a share of the plane's width and height; the button stays down."""
        box = self.plane.bounding_box()
        spots = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)]
        self.page.mouse.move(*spots[0])
        self.page.mouse.down()
        self.page.mouse.move(*spots[1], steps=12)
        self.visit.paints()


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def difference(first: list[int], second: list[int]) -> float:
    """Mean absolute difference of two images, of 255."""
    return sum(abs(a - b) for a, b in zip(first, second, strict=True)) / len(first)


# ---- Looking ---------------------------------------------------------------------------------------------------------


def test_home_moves_by_itself_until_it_is_touched_and_answers_a_drag_at_once(open_page: Opener) -> None:
    home = Map(open_page("/", lambda page: page.set_viewport_size({"width": 1280, "height": 720})))
    doors = home.page.get_by_test_id("stPageLink-NavLink").locator("strong")
    expect(doors).to_have_text(["Explore it", "Break it", "Train one"])
    for size in ("16px", "21px"):  # as with the projector switch
        home.page.evaluate("(size) => document.documentElement.style.setProperty('font-size', size, 'important')", size)
        home.visit.paints()
        for part in (home.plane, home.root.locator(".image"), home.root.get_by_role("button"), *doors.all()):
            box = part.bounding_box()
            assert min(box["x"], box["y"]) >= 0
            assert box["x"] + box["width"] <= 1280
            assert box["y"] + box["height"] <= 720
    expect(home.root).to_have_attribute("data-drifting", "true")
    first, frames = home.point(), home.visit.sent
    home.page.wait_for_timeout(500)
    assert home.point() != first
    assert home.visit.sent == frames
    before = home.image()
    home.drag((0.5, 0.5), (0.85, 0.3))
    expect(home.root).to_have_attribute("data-drifting", "false")
    expect(home.plane).not_to_contain_text("Drag anywhere")
    assert home.visit.sent == frames
    x, y = home.point()
    assert x > 0.5
    assert y > 0.3
    assert difference(before, home.image()) > 5
    home.page.mouse.up()
    home.visit.sends(frames)
    home.visit.settle()
    assert home.visit.sent == frames + 1
    assert home.point() == [x, y]
    doors.first.click()
    expect(home.page).to_have_url(re.compile(r"/latent_map\?run=mnist-2d$"))
    expect(Map(home.visit).root.locator(".what")).to_have_text("The code of a real 0")


def test_home_stands_still_for_those_who_asked_for_less_motion(open_page: Opener) -> None:
    home = Map(open_page("/", lambda page: page.emulate_media(reduced_motion="reduce")))
    expect(home.root).to_have_attribute("data-drifting", "false")
    expect(home.plane).to_contain_text("Drag anywhere")
    first = home.point()
    home.page.wait_for_timeout(300)
    assert home.point() == first


@pytest.mark.parametrize("projector", ["", "&projector=1"])
def test_the_map_its_image_and_its_buttons_are_in_the_window(open_page: Opener, projector: str) -> None:
    size = {"width": 1280, "height": 720}
    map_ = Map(open_page(f"/latent_map?run=tiny-5d{projector}", lambda page: page.set_viewport_size(size)))
    parts = [map_.plane, map_.root.locator(".image"), *map_.root.locator(".commands button").all(), map_.root.locator(".row").first]
    for box in [part.bounding_box() for part in parts]:
        assert box["x"] >= 0
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= size["width"]
        assert box["y"] + box["height"] <= size["height"]
    assert map_.plane.bounding_box()["width"] >= 400
    assert map_.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_lies_on_the_map_and_the_draws_survive_reload_and_menu(open_page: Opener) -> None:
    map_ = Map(open_page("/latent_map?run=tiny-2d"))
    map_.root.get_by_role("button", name="Codes", exact=True).click()
    expect(map_.page).to_have_url(re.compile(r"layers=tiles(,|%2C)codes"))
    map_.root.get_by_role("radio", name="Draws from the prior").click()
    expect(map_.page).to_have_url(re.compile(r"mode=draws"))
    map_.page.reload()
    map_ = Map(map_.visit)
    expect(map_.root).to_have_attribute("data-mode", "draws")
    expect(map_.root.locator(".sheet")).to_have_attribute("data-decoded", "36")
    map_.page.get_by_role("link", name="Train", exact=True).click()
    expect(map_.page).to_have_url(re.compile("/train"))
    map_.visit.settle()
    map_.page.get_by_role("link", name="Latent map").first.click()
    map_ = Map(map_.visit)
    assert {name: query(map_.page)[name] for name in ("layers", "mode", "draws")} == {
        "layers": "tiles,codes",
        "mode": "draws",
        "draws": "36,0",
    }
    expect(map_.root.get_by_role("button", name="Codes", exact=True, include_hidden=True)).to_have_attribute("aria-pressed", "true")


def test_a_drag_on_the_map_ends_in_the_link(open_page: Opener) -> None:
    map_ = Map(open_page("/latent_map?run=tiny-2d"))
    before, frames = map_.image(), map_.visit.sent
    map_.drag((0.5, 0.5), (0.2, 0.7))
    assert map_.visit.sent == frames
    assert difference(before, map_.image()) > 5
    map_.page.mouse.up()
    expect(map_.page).to_have_url(re.compile("z="))
    map_.visit.settle()
    assert map_.visit.sent == frames + 1
    assert [float(value) for value in query(map_.page)["z"].split(",")] == pytest.approx(map_.point(), abs=0.006)
    image = map_.image()
    map_.page.reload()
    assert difference(image, Map(map_.visit).image()) < 0.5


def test_sliders_and_arrow_keys_move_the_point(open_page: Opener) -> None:
    map_ = Map(open_page("/latent_map?run=tiny-5d&z=0,0,0,0,0"))
    slider = map_.root.get_by_role("slider", name="z3", exact=True)
    slider.fill("1.5")
    expect(map_.page).to_have_url(re.compile("z=0,0,1.5,0,0|z=0%2C0%2C1.5%2C0%2C0"))
    map_.plane.focus()
    axes = query(map_.page)["axes"].split(",")
    for key in ("ArrowRight", "ArrowUp", "ArrowUp"):
        map_.page.keyboard.press(key)
    map_.visit.settle()
    expect(map_.page).not_to_have_url(re.compile("z=0,0,1.5,0,0|z=0%2C0%2C1.5%2C0%2C0"))
    moved = dict(zip(["z1", "z2", "z3", "z4", "z5"], [float(value) for value in query(map_.page)["z"].split(",")], strict=True))
    assert moved[axes[1]] == pytest.approx(2 * moved[axes[0]] + (1.5 if axes[1] == "z3" else 0) - (3.0 if axes[0] == "z3" else 0), abs=0.01)
    assert moved[axes[0]] > 0


def test_a_link_restores_the_point_and_the_axes(open_page: Opener) -> None:
    map_ = Map(open_page("/latent_map?run=tiny-5d&z=0.5,-1,0.25,0,2&axes=z4,z2"))
    assert map_.point() == [0.5, -1, 0.25, 0, 2]
    expect(map_.root.get_by_label("Axis across")).to_have_value("z4")
    expect(map_.root.get_by_label("Axis up")).to_have_value("z2")
    map_.root.get_by_label("Axis across").select_option("pc1")
    expect(map_.page).to_have_url(re.compile(r"axes=pc1(,|%2C)pc2"))
    assert query(map_.page)["z"] == "0.5,-1,0.25,0,2"


def test_the_copied_link_shows_the_same(open_page: Opener, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    first = Map(open_page("/latent_map?run=tiny-5d&z=1,0,-1,0,0.5&axes=pc2,pc1"))
    first.root.get_by_role("button", name="Copy link").click()
    expect(first.root.get_by_role("status")).to_have_text("Link copied")
    link = urlsplit(first.page.evaluate("navigator.clipboard.readText()"))
    second = Map(open_page(f"{link.path}?{link.query}"))
    assert second.point() == first.point() == [1, 0, -1, 0, 0.5]
    expect(second.root.get_by_label("Axis across")).to_have_value("pc2")
    assert second.image() == first.image()


def test_another_model_is_another_link(open_page: Opener) -> None:
    map_ = Map(open_page("/latent_map?run=tiny-5d"))
    map_.page.get_by_role("combobox").first.click()
    map_.page.get_by_role("option", name="mnist-2d").click()
    expect(map_.page).to_have_url(re.compile(r"run=mnist-2d"))
    map_.visit.settle()
    expect(map_.root.locator(".what")).to_have_text("The code of a real 0")


def test_a_link_to_nothing_is_a_sentence_and_another_model(open_page: Opener) -> None:
    map_ = Map(open_page("/latent_map?run=../../etc&z=nan,1e308&axes=9,9"))
    expect(map_.page.get_by_text("The link names a model that is not here")).to_be_visible()
    expect(map_.root.locator(".what")).to_have_text("The code of a real 0")


# ---- Every page, in the dark, on a phone, and while it loads -------------------------------------------------------------


LINKS = ["/", "/latent_map?run=tiny-5d", "/reconstruct?run=tiny-2d", "/interpolate?run=tiny-5d", "/train", "/train?run=tiny-2d"]


@pytest.mark.parametrize("link", LINKS)
def test_a_dark_phone(open_page: Opener, link: str) -> None:
    def prepare(page: Page) -> None:
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="dark")

    page = open_page(link, prepare).page
    for name in ("Latent map", "Reconstruct", "Interpolate", "Embeddings", "Experiments", "Train"):
        expect(page.locator(".st-key-frame-pages").get_by_role("link", name=name)).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.locator("[data-testid=stMain]").evaluate("(main) => main.scrollWidth <= main.clientWidth")
    colours = page.evaluate(
        "(({ backgroundColor, color }) => [backgroundColor, color])(getComputedStyle(document.querySelector('.stApp')))"
    )
    back, ink = (max(int(value) for value in re.findall(r"\d+", colour)[:3]) for colour in colours)
    assert back < 50 < 200 < ink


@dataclass(frozen=True)
class FirstSight:
    """What a server that has cached nothing let a visitor wait for, in milliseconds by link, and what its process has loaded since."""

    silent: dict[str, float]
    loaded: str


@pytest.fixture(scope="module")
def first_sight(folder: Path, tmp_path_factory: pytest.TempPathFactory, context: BrowserContext) -> FirstSight:
    watching = """
        globalThis.silent = 0;
        let since = null;
        setInterval(() => {
            const mute = [...document.querySelectorAll("[data-testid=stSpinner]")].some((e) => !e.innerText.trim());
            since = mute ? since ?? performance.now() : null;
            if (mute) globalThis.silent = Math.max(globalThis.silent, performance.now() - since);
        }, 25);
    """
    silent = {}
    with serving(ROOT / "app.py", tmp_path_factory.mktemp("first") / "log.txt", VAE_CHECKPOINTS=str(folder)) as server:
        for link in LINKS:
            visit = Visit(context.new_page())
            visit.page.add_init_script(watching)
            visit.page.goto(server.address + link)
            visit.settle()
            if link != "/train":
                expect(visit.page.locator(".latent-map, .reconstruction, .interpolation, .film").first).to_be_visible()
            silent[link] = visit.page.evaluate("silent")
            visit.page.close()
        maps = Path(f"/proc/{server.process.pid}/maps")
        return FirstSight(silent, maps.read_text() if maps.exists() else "")


def test_nothing_turns_without_words_for_long(first_sight: FirstSight) -> None:
    """A spinner may turn, but after 300 ms it says what is done."""
    assert {link: waited for link, waited in first_sight.silent.items() if waited >= 300} == {}


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="this system does not say what a process has loaded")
def test_a_server_that_only_shows_models_never_loads_torch(first_sight: FirstSight) -> None:
    assert "numpy" in first_sight.loaded
    assert "libtorch" not in first_sight.loaded


# ---- The gallery -------------------------------------------------------------------------------------------------------


def card(page: Page, run: str) -> Locator:
    return page.locator(f".st-key-gallery-{run}")


def test_rename_then_delete_a_model(open_page: Opener, folder: Path) -> None:
    shutil.copytree(folder / "tiny-2d", folder / "gone")
    page = open_page("/").page
    card(page, "gone").get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Rename").click()
    dialog = page.get_by_test_id("stDialog")
    dialog.get_by_role("textbox", name="Name").fill(" ")
    dialog.get_by_role("button", name="Rename").click()
    expect(dialog.get_by_text("The name is empty; expected 1 to 60 printable characters")).to_be_visible()
    dialog.get_by_role("textbox", name="Name").fill("A *good* one")
    dialog.get_by_role("button", name="Rename").click()
    expect(dialog).to_be_hidden()
    expect(card(page, "gone").get_by_text("A *good* one")).to_be_visible()
    assert read_json(folder / "gone" / "about.json", signed=True) == {"title": "A *good* one"}

    card(page, "gone").get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog.get_by_role("button", name="Keep it").click()
    expect(dialog).to_be_hidden()
    assert (folder / "gone").exists()
    card(page, "gone").get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(card(page, "gone")).to_have_count(0)
    assert not (folder / "gone").exists()
    assert [path.name[:5] for path in (folder / ".trash").iterdir()] == ["gone-"]


# ---- Training ----------------------------------------------------------------------------------------------------------


def choose(page: Page, label: str, option: str, brings: str) -> None:
    """Choose from a list, and wait for the text that the choice brings."""
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()
    expect(page.get_by_text(brings)).to_be_visible(timeout=15_000)


def badge(page: Page) -> Locator:
    return page.locator(".stMarkdownBadge").first


def begin(visit: Visit, folder: Path, epochs: int) -> Run:
    """Start a training on the tiny digits from the form, and wait until it is on the screen."""
    page, known = visit.page, set(folder.iterdir())
    choose(page, "Data set", "Tiny handwritten digits", "Digits of eight by eight pixels")
    choose(page, "Preset", "Map of two dimensions, quick", "with a high learning rate: done in seconds")
    visit.enter("Epochs", epochs)
    page.get_by_role("button", name="Start training").click()
    expect(page).to_have_url(re.compile("run=mnist-2d-quick-"))
    expect(page.get_by_role("heading", name="Earlier trainings")).to_be_hidden()
    [path] = [path for path in set(folder.iterdir()) - known if not path.name.startswith(".")]
    assert query(page)["run"] == path.name
    return Run(path)


def goes_on(page: Page) -> None:
    """The page follows a training of 1,000 epochs, without a hand."""
    progress = page.get_by_test_id("stProgress")
    expect(progress).to_contain_text(re.compile(r"Epoch \d+ of 1000, about \d+:\d\d left"), timeout=60_000)
    expect(progress).not_to_have_text(progress.inner_text(), use_inner_text=True, timeout=30_000)


def assert_inside_window(page: Page, *selectors: str) -> None:
    width, height = page.viewport_size["width"], page.viewport_size["height"]
    for selector in selectors:
        box = page.locator(selector).bounding_box()
        assert box, selector
        assert min(box["x"], box["y"]) >= 0, (selector, box)
        assert (box["x"] + box["width"] <= width, box["y"] + box["height"] <= height) == (True, True), (selector, box)


WATCHED = ".sheet .frame, .codes .frame, .faces .frame, .controls, .plot, .losses .legend"
NOTE_PLACES = """(selector) => {
    globalThis.places = new Set();
    const note = () => {
        const roots = [...document.querySelectorAll("*")].flatMap((element) => element.shadowRoot ?? []);
        const found = roots.flatMap((root) => [...root.querySelectorAll(selector)]);
        const boxes = found.map((element) => element.getBoundingClientRect()).map(({ x, y, width, height }) => [x, y, width, height]);
        if (boxes.length) places.add(JSON.stringify(boxes.map((box) => box.map(Math.round))));
        requestAnimationFrame(note);
    };
    note();
}"""


@pytest.mark.usefixtures("nothing_is_left_at_work")
def test_a_training_from_the_form_to_the_map(open_page: Opener, folder: Path) -> None:
    visit = open_page("/train")
    page = visit.page
    usual = page.viewport_size
    page.set_viewport_size({"width": 1280, "height": 720})
    expect(page.locator(".beta output")).to_have_text("β = 1")
    assert_inside_window(page, ".st-key-train-cards", ".beta", ".st-key-train-start button", ".st-key-train-start-three button")
    page.set_viewport_size({"width": 390, "height": 844})
    assert_inside_window(page, ".st-key-train-start button")
    page.set_viewport_size(usual)
    run = begin(visit, folder, epochs=3)
    assert run.config.train.epochs == 3
    page.set_viewport_size({"width": 1280, "height": 720})
    expect(page.locator(".panel .plot")).to_have_count(3)
    page.wait_for_timeout(500)
    page.evaluate(NOTE_PLACES, WATCHED)
    expect(badge(page)).to_contain_text("Trained", timeout=60_000)
    expect(page.get_by_text(f"{run.title}: trained")).to_be_visible()  # the toast
    last = [record for record in run.metrics() if record["split"] == "validation"][-1]
    expect(page.locator(".panel .value")).to_have_text([f"{last['total']:.1f}", f"{last['reconstruction']:.1f}", f"{last['kl']:.2f}"])
    film, scrubber = page.locator(".film"), page.get_by_role("slider", name="Epoch")
    expect(film).to_have_attribute("data-epoch", "3")
    visit.settle()  # the page of a finished training takes the place of that of a running one
    sheet = "(canvas) => canvas.toDataURL()"
    last_sheet, frames = page.locator(".sheet canvas").evaluate(sheet), visit.sent
    [_] = page.evaluate("[...places]")  # nothing has moved from the first second to the last
    assert_inside_window(page, ".sheet .frame", ".codes .frame", ".faces .frame >> nth=-1", ".controls", ".panel .value >> nth=-1")
    assert page.locator(".sheet .frame").bounding_box()["height"] > 330
    scrubber.press("Home")
    expect(film).to_have_attribute("data-epoch", "0")
    scrubber.press("ArrowRight")
    first = next(record for record in run.metrics() if record["split"] == "validation")
    expect(page.locator(".panel .value").first).to_have_text(f"{first['total']:.1f}")  # the losses follow the film
    expect(page.locator(".losses .where")).to_have_text("at epoch 1")
    scrubber.press("Home")
    expect(film).to_have_attribute("data-epoch", "0")
    assert page.locator(".sheet canvas").evaluate(sheet) != last_sheet
    scrubber.press("End")
    expect(film).to_have_attribute("data-epoch", "3")
    assert visit.sent == frames

    page.get_by_role("link", name="Explore this model").click()
    expect(page).to_have_url(re.compile(rf"/latent_map\?run={run.id}"))
    Map(visit)


@pytest.mark.usefixtures("nothing_is_left_at_work")
def test_a_training_survives_a_reload_a_second_tab_and_the_death_of_the_server(open_page: Opener, folder: Path, server: Server) -> None:
    visit = open_page("/train")
    page = visit.page
    run = begin(visit, folder, epochs=1000)
    goes_on(page)
    expect(page.locator(".film")).to_have_attribute("data-epoch", re.compile(r"\d+"), timeout=30_000)
    expect(badge(page)).to_contain_text("Training")
    page.reload()
    goes_on(page)
    other_tab = open_page("/train?run=" + run.id)
    goes_on(other_tab.page)

    before = run.status.epoch
    server.kill()
    wait_until(lambda: run.status.epoch > before)
    server.start()
    goes_on(other_tab.page)  # by itself
    page.reload()
    goes_on(page)
    for seen in (visit, other_tab):
        seen.complaints.clear()  # that the server was away, they may have said
    assert at_work(folder) == [run]

    page.get_by_test_id("stMain").get_by_role("button", name="Stop").click()
    expect(badge(page)).to_contain_text("Stopped", timeout=30_000)
    expect(badge(other_tab.page)).to_contain_text("Stopped")
    expect(page.get_by_text("it can be resumed")).to_be_visible()
    stopped = run.status.step
    page.get_by_role("button", name="Resume").click()
    goes_on(page)
    wait_until(lambda: run.status.step > stopped)
    steps = [record["step"] for record in run.metrics() if record["split"] == "train"]
    assert steps == sorted(set(steps))
    page.get_by_test_id("stMain").get_by_role("button", name="Stop").click()
    expect(badge(page)).to_contain_text("Stopped", timeout=30_000)
    expect(page.get_by_role("link", name="Explore this model")).to_be_visible()
