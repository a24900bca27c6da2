"""The crop box in a real browser: what hands and keys do, what the server hears. Knows no model."""

import base64
import json
import math
from collections.abc import Callable, Iterator
from typing import Any, Self

import numpy as np
import pytest
from browser import Visit, mount, open_stage, serving, touch
from playwright.sync_api import Browser, BrowserContext, Page, expect
from streamlit.testing.v1 import AppTest

from ui.components import crop as crop_module
from vae_core.files.pictures import webp

WIDTH, HEIGHT = 320, 240  # of the picture, shown pixel for pixel
ASPECT = 1.6
START = (0.25, 0.25, 0.75, 0.75)  # 160 x 120 pixels, of which a box of 160 x 100 is kept
FITTED = (80, 70, 240, 170)

# ---- The box, alone on a page ---------------------------------------------------------------------------------------------


def ramp(height: int = HEIGHT, width: int = WIDTH) -> np.ndarray:
    """Light from left to right, so that every column is another one."""
    return np.repeat(np.linspace(0, 255, width).astype(np.uint8)[None], height, axis=0)


def shown(number: int = 1, aspect: float = ASPECT, box: tuple[float, ...] = START, size: tuple[int, int] = (WIDTH, HEIGHT)) -> dict:
    """What Python tells the browser, made as `crop` makes it."""
    width, height = size
    return {
        "number": number,
        "picture": base64.b64encode(webp(ramp(height, width), lossless=True)).decode(),
        "size": [width, height],
        "small": False,
        "aspect": aspect,
        "box": crop_module._fitted(box, aspect * height / width),
    }


class Box:
    """A box on a page without Streamlit, in pixels of the picture."""

    def __init__(self, page: Page, **options: Any) -> None:
        self.page = page
        mount(page, "crop", shown(**options))
        self.frame, self.handle = page.locator(".crop-frame"), page.locator(".crop-box")

    def edges(self) -> tuple[float, ...]:
        """Left, top, right, bottom, as they are seen."""
        frame, box = self.frame.bounding_box(), self.handle.bounding_box()
        left, top = box["x"] - frame["x"], box["y"] - frame["y"]
        return left, top, left + box["width"], top + box["height"]

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where on the screen a place in the picture is."""
        frame = self.frame.bounding_box()
        return frame["x"] + x, frame["y"] + y

    def drag(self, start: tuple[float, float], stop: tuple[float, float], button: str = "left") -> None:
        mouse = self.page.mouse
        mouse.move(*self.at(*start))
        mouse.down(button=button)
        mouse.move(*self.at(*stop), steps=5)
        mouse.up(button=button)

    def heard(self) -> list:
        return self.page.evaluate("heard")

    def told(self) -> tuple[float, ...]:
        """The only box that Python was told of, in pixels."""
        ((what, answer),) = self.heard()
        assert (what, answer["number"]) == ("box", 1)
        left, top, right, bottom = answer["box"]
        return left * WIDTH, top * HEIGHT, right * WIDTH, bottom * HEIGHT


@pytest.fixture(scope="module")
def crop_page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 500, "height": 700})
    complaints = open_stage(page, "crop")
    yield page
    page.close()
    assert complaints == []


@pytest.fixture
def box(crop_page: Page) -> Box:
    return Box(crop_page)


def test_it_begins_with_the_largest_box_of_the_aspect(box: Box) -> None:
    assert box.edges() == pytest.approx(FITTED, abs=0.01)
    assert box.heard() == []
    image = box.frame.locator("img").bounding_box()
    assert (image["width"], image["height"]) == (WIDTH, HEIGHT)


def test_dragging_inside_moves_it_and_tells_once(box: Box) -> None:
    mouse = box.page.mouse
    mouse.move(*box.at(150, 120))
    mouse.down()
    mouse.move(*box.at(160, 100), steps=4)
    mouse.move(*box.at(190, 105), steps=4)
    assert box.edges() == pytest.approx((120, 55, 280, 155), abs=0.01)
    assert box.heard() == []
    mouse.up()
    assert box.told() == pytest.approx((120, 55, 280, 155))
    mouse.move(*box.at(20, 20))  # the hand has let go
    assert box.edges() == pytest.approx((120, 55, 280, 155), abs=0.01)


@pytest.mark.parametrize(("by", "edges"), [((-300, 90), (0, 140, 160, 240)), ((300, -300), (160, 0, 320, 100))])
def test_it_never_leaves_the_picture(box: Box, by: tuple[int, int], edges: tuple[int, ...]) -> None:
    box.drag((160, 120), (160 + by[0], 120 + by[1]))
    assert box.told() == pytest.approx(edges)
    assert all(0 <= part <= 1 for part in box.heard()[0][1]["box"])


@pytest.mark.parametrize("right", [0, 1])
@pytest.mark.parametrize("bottom", [0, 1])
@pytest.mark.parametrize("outwards", [16, -48])
def test_a_corner_resizes_and_the_opposite_one_stays(box: Box, right: int, bottom: int, outwards: int) -> None:
    """Pulled along the diagonal the corner follows the pointer; 16 pixels across are 10 down."""
    left, top, far, low = FITTED
    corner = (far if right else left, low if bottom else top)
    pulled = (corner[0] + outwards * (2 * right - 1), corner[1] + outwards / ASPECT * (2 * bottom - 1))
    box.drag(corner, pulled)
    expected = [left, top, far, low]
    expected[2 * right], expected[2 * bottom + 1] = pulled
    assert box.told() == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("by", [(40, 0), (0, 40), (30, -20), (-60, 25), (500, 500), (-500, -500)])
def test_the_aspect_is_kept_wherever_a_corner_is_pulled(box: Box, by: tuple[int, int]) -> None:
    box.drag((240, 170), (240 + by[0], 170 + by[1]))
    left, top, right, bottom = box.told()
    assert (left, top) == pytest.approx((80, 70))
    assert (right - left) / (bottom - top) == pytest.approx(ASPECT)
    assert left < right <= WIDTH
    assert top < bottom <= HEIGHT


def test_a_corner_stops_at_the_border_and_at_the_smallest_box(crop_page: Page) -> None:
    box = Box(crop_page)
    box.drag((240, 170), (400, 400))
    assert box.told() == pytest.approx((80, 70, 320, 220))  # as wide as the room to the right
    box = Box(crop_page)
    box.drag((80, 170), (400, 0))
    assert box.told() == pytest.approx((224, 70, 240, 80))  # a twentieth of the largest, 320 x 200


def test_a_corner_that_is_taken_beside_its_point_does_not_jump(box: Box) -> None:
    box.drag((232, 164), (248, 174))
    assert box.told() == pytest.approx((80, 70, 256, 180))


def test_a_smaller_box_than_a_hand_can_make_is_kept(crop_page: Page) -> None:
    box = Box(crop_page, box=(0.5, 0.5, 0.51, 0.51))
    assert box.edges() == pytest.approx((160, 120.2, 163.2, 122.2), abs=0.02)


def test_a_press_that_changes_nothing_is_not_told(box: Box) -> None:
    box.page.mouse.click(*box.at(160, 120))
    box.drag((20, 20), (300, 200))  # outside
    box.drag((160, 120), (180, 120), button="right")
    assert box.heard() == []
    assert box.edges() == pytest.approx(FITTED, abs=0.01)


@pytest.mark.parametrize(
    ("keys", "edges"),
    [
        (["ArrowRight"], (83.2, 70, 243.2, 170)),
        (["ArrowUp"], (80, 67.6, 240, 167.6)),
        (["Shift+ArrowLeft"], (64, 70, 224, 170)),
        (["Shift+ArrowDown", "ArrowDown"], (80, 84.4, 240, 184.4)),
        (["Shift+ArrowDown"] * 7, (80, 140, 240, 240)),
        (["+"], (72, 65, 248, 175)),
        (["-"], (160 - 80 / 1.1, 120 - 50 / 1.1, 160 + 80 / 1.1, 120 + 50 / 1.1)),
        (["+"] * 10, (0, 20, 320, 220)),
        (["-"] * 40, (152, 115, 168, 125)),
        (["Shift+ArrowLeft", "Home"], (0, 20, 320, 220)),
    ],
)
def test_keys(box: Box, keys: list[str], edges: tuple[float, ...]) -> None:
    box.handle.focus()
    for key in keys:
        box.page.keyboard.press(key)
    assert box.edges() == pytest.approx(edges, abs=0.02)
    assert box.heard() == []
    box.page.keyboard.press("Tab")
    assert box.told() == pytest.approx(edges)


def test_keys_are_told_of_when_they_rest(box: Box) -> None:
    box.handle.focus()
    for _ in range(4):
        box.page.keyboard.press("ArrowRight")
    box.page.wait_for_function("heard.length")
    assert box.told() == pytest.approx((92.8, 70, 252.8, 170))


def test_leaving_the_box_tells_of_the_keys_at_once(box: Box) -> None:
    box.handle.focus()
    for key in ("ArrowRight", "Control+ArrowRight", "a", "Tab"):
        box.page.keyboard.press(key)
    assert box.told() == pytest.approx((83.2, 70, 243.2, 170))


def test_the_page_scrolls_by_no_key_of_the_box(box: Box) -> None:
    box.page.evaluate("document.body.style.height = '3000px'")
    box.handle.focus()
    for key in ("ArrowDown", "Shift+ArrowDown", "Home"):
        box.page.keyboard.press(key)
    assert box.page.evaluate("scrollY") == 0
    box.page.evaluate("document.body.style.height = ''")


def test_it_says_what_it_is_and_what_is_chosen(box: Box) -> None:
    expect(box.page.get_by_role("application", name="The part that is used")).to_have_count(1)
    expect(box.page.get_by_alt_text("The picture to choose a part of")).to_be_visible()
    keys = box.page.locator(".crop-hint").get_by_text("Arrow keys move it")
    expect(keys).to_be_hidden()
    box.drag((160, 120), (176, 132))
    expect(box.page.get_by_role("status")).to_have_text("From 30 % to 80 % across and from 34 % to 76 % down")
    box.page.keyboard.press("Home")
    expect(keys).to_be_visible()


def test_the_same_number_leaves_a_hand_alone_and_another_begins_anew(box: Box) -> None:
    mouse = box.page.mouse
    mouse.move(*box.at(160, 120))
    mouse.down()
    mouse.move(*box.at(170, 120))
    box.page.evaluate("(data) => void update(data)", shown())
    mouse.move(*box.at(180, 120))
    assert box.edges() == pytest.approx((100, 70, 260, 170), abs=0.01)
    box.page.evaluate("(data) => void update(data)", shown(number=2, box=(0, 0, 1, 1), aspect=1))
    mouse.move(*box.at(200, 130))
    mouse.up()
    assert box.edges() == pytest.approx((40, 0, 280, 240), abs=0.01)
    assert box.heard() == []


@pytest.mark.parametrize("end", ["void update(data)", "[unmount(), (unmount = null)]"])
def test_keys_that_were_not_told_of_yet_are_forgotten_with_their_picture(box: Box, end: str) -> None:
    box.handle.focus()
    box.page.keyboard.press("ArrowRight")
    box.page.evaluate(f"(data) => {end}", shown(number=2))
    box.page.wait_for_timeout(400)
    assert box.heard() == []


def test_fingers_move_and_resize_it_and_a_second_one_waits(browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 260}, has_touch=True, is_mobile=True)
    page = context.new_page()
    assert open_stage(page, "crop") == []
    box, session = Box(page), context.new_cdp_session(page)
    first = [box.at(160 + 4 * i, 120 - 5 * i) for i in range(6)]
    touch(session, "Start", first[0])
    touch(session, "Start", first[0], box.at(100, 80))
    for i, spot in enumerate(first[1:]):
        touch(session, "Move", spot, box.at(100 - 8 * i, 80))
    touch(session, "End")
    assert box.told() == pytest.approx((100, 45, 260, 145), abs=0.5)
    assert page.evaluate("scrollY") == 0
    box = Box(page)
    spots = [box.at(244 + 8 * i, 174 + 5 * i) for i in range(5)]  # a little outside of the corner
    touch(session, "Start", spots[0])
    for spot in spots[1:]:
        touch(session, "Move", spot)
    touch(session, "End")
    assert box.told() == pytest.approx((80, 70, 272, 190), abs=0.5)
    context.close()


@pytest.mark.parametrize("size", [(512, 3), (3, 512), (1, 1)])
def test_odd_pictures_have_a_box_that_keys_can_move(crop_page: Page, size: tuple[int, int]) -> None:
    box = Box(crop_page, size=size, box=(0, 0, 1, 1), aspect=1)
    width, height = size
    side = min(size)
    box.handle.focus()
    for key in ("-", "ArrowRight", "ArrowDown"):
        box.page.keyboard.press(key)
    box.page.wait_for_function("heard.length")
    left, top, right, bottom = box.heard()[0][1]["box"]
    assert ((right - left) * width, (bottom - top) * height) == pytest.approx((side / 1.1, side / 1.1))


# ---- With Streamlit -------------------------------------------------------------------------------------------------------

APP = """
import numpy as np
import streamlit as st
from ui.components.crop import crop

which = st.segmented_control("Picture", ["grey", "colour", "tiny"], default="grey")
whole = st.toggle("Whole")
grey = np.random.default_rng(1).integers(0, 256, (240, 320), np.uint8)
pictures = {"grey": grey, "colour": np.stack([grey.T, grey.T // 2, 255 - grey.T], 2), "tiny": grey[:28, :28].copy()}
box = crop(pictures[which], box=(0, 0, 1, 1) if whole else (0.25, 0.25, 0.75, 0.75), aspect=1.0, key="box")
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
st.text(f"run {st.session_state['runs']}: {' '.join(f'{edge:.2f}' for edge in box)}")
"""
FIRST = "0.31 0.25 0.69 0.75"  # 120 x 120 of 320 x 240 pixels


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Streamlit server with the tiny app above."""
    folder = tmp_path_factory.mktemp("crop")
    (folder / "app.py").write_text(APP)
    with serving(folder / "app.py", folder / "log.txt") as server:
        yield server.address


class Opened(Visit):
    """The app on a page."""

    def open(self, address: str) -> Self:
        self.page.goto(address)
        self.frame, self.handle = self.page.locator(".crop-frame"), self.page.locator(".crop-box")
        expect(self.page.locator(".crop")).to_have_attribute("data-number", "1")
        self.says("run 1:")
        self.settle()
        return self

    def drag(self, start: tuple[float, float], by: tuple[float, float]) -> None:
        """Drag from a place by a distance, in parts of the picture."""
        frame, mouse = self.frame.bounding_box(), self.page.mouse
        spot = (frame["x"] + start[0] * frame["width"], frame["y"] + start[1] * frame["height"])
        mouse.move(*spot)
        mouse.down()
        mouse.move(spot[0] + by[0] * frame["width"], spot[1] + by[1] * frame["height"], steps=8)
        mouse.up()

    def says(self, text: str) -> None:
        expect(self.page.get_by_text(text)).to_be_visible()

    def pick(self, name: str) -> None:
        self.page.get_by_role("radio", name=name).click()


@pytest.fixture
def visit(address: str, new_visit: Callable[..., Opened]) -> Callable[..., Opened]:
    """visit() -> Opened; `on` is another context than the desktop's."""
    return lambda **on: new_visit(Opened, **on).open(address)


def test_the_server_hears_once_of_each_release_and_sends_the_picture_once(visit: Callable[..., Opened]) -> None:
    opened = visit()
    opened.says(f"run 1: {FIRST}")
    sent, received = opened.sent, opened.received
    assert received > 40_000  # with the picture
    opened.drag((0.5, 0.5), (0.1, -0.25))
    opened.says("run 2: 0.41 0.00 0.79 0.50")
    opened.settle()
    assert opened.sent - sent == 1
    assert opened.received - received < 12_000
    opened.handle.focus()
    for _ in range(5):
        opened.page.keyboard.press("ArrowLeft")
    opened.says("run 3: 0.36 0.00 0.74 0.50")
    opened.settle()
    assert opened.sent - sent == 2
    opened.page.keyboard.press("Home")
    opened.says("run 4: 0.12 0.00 0.88 1.00")


def test_another_picture_or_box_begins_anew(visit: Callable[..., Opened]) -> None:
    opened = visit()
    opened.drag((0.5, 0.5), (0.1, -0.25))
    opened.says("run 2: 0.41")
    opened.pick("colour")
    opened.says("run 3: 0.25 0.31 0.75 0.69")  # as high as the first is wide
    opened.pick("grey")
    opened.says(f"run 4: {FIRST}")  # and not the box of before
    opened.settle()
    frame, box = opened.frame.bounding_box(), opened.handle.bounding_box()
    assert (box["x"] - frame["x"]) / frame["width"] == pytest.approx(0.3125, abs=0.002)
    opened.page.get_by_text("Whole").click()
    opened.says("run 5: 0.12 0.00 0.88 1.00")
    opened.drag((0.5, 0.5), (-0.5, 0))
    opened.says("run 6: 0.00 0.00 0.75 1.00")
    expect(opened.page.locator(".crop")).to_have_count(1)


def test_a_small_picture_is_seen_pixel_by_pixel(visit: Callable[..., Opened]) -> None:
    opened = visit()
    image = opened.frame.locator("img")
    assert image.evaluate("(image) => getComputedStyle(image).imageRendering") == "auto"
    opened.pick("tiny")
    expect(opened.page.locator(".crop")).to_have_attribute("data-number", "2")
    assert image.evaluate("(image) => getComputedStyle(image).imageRendering") == "pixelated"
    assert image.evaluate("async (image) => (await image.decode(), [image.naturalWidth, image.naturalHeight])") == [28, 28]


def test_a_phone_in_the_dark(visit: Callable[..., Opened], phone: BrowserContext) -> None:
    opened = visit(on=phone)
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    frame = opened.frame.bounding_box()
    assert frame["x"] >= 0
    assert 300 < frame["width"] <= 390 - frame["x"]
    assert frame["width"] / frame["height"] == pytest.approx(4 / 3, rel=0.01)
    corners = [corner.bounding_box() for corner in opened.handle.locator("i").all()]
    assert len(corners) == 4
    assert min(min(corner["width"], corner["height"]) for corner in corners) >= 43
    colour = opened.page.locator(".crop").evaluate("(root) => getComputedStyle(root).color")
    assert min(int(value) for value in colour.strip("rgb()").split(",")) > 180
    session = phone.new_cdp_session(opened.page)
    opened.handle.scroll_into_view_if_needed()
    frame = opened.frame.bounding_box()
    middle = (frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    touch(session, "Start", middle)
    touch(session, "Move", (middle[0] + frame["width"] / 10, middle[1]))
    touch(session, "End")
    opened.says("run 2: 0.41")


# ---- What the browser may say ---------------------------------------------------------------------------------------------

SQUARE = np.zeros((100, 200), np.uint8)


def cropped(monkeypatch: pytest.MonkeyPatch, answer: Callable[[dict], Any]) -> tuple[float, ...]:
    """What `crop` returns, for a box of 50 x 50 pixels in a picture of 200 x 100, when the browser's answer is `answer(data)`."""
    monkeypatch.setattr(crop_module, "_CROP", lambda data, **_: {"box": answer(data)})
    monkeypatch.setattr(crop_module.st, "session_state", {})
    return crop_module.crop(SQUARE, box=(0.0, 0.0, 1.0, 0.5), aspect=1.0, key="box")


def test_the_largest_box_in_the_middle_is_returned_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cropped(monkeypatch, lambda data: None) == (0.375, 0, 0.625, 0.5)


def test_a_box_of_the_aspect_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    found = cropped(monkeypatch, lambda data: {"number": data["number"], "box": [0, 0.2, 0.4, 1]})
    assert found == (0.0, 0.2, 0.4, 1.0)
    assert all(type(edge) is float for edge in found)


@pytest.mark.parametrize(
    "box",
    [
        None,
        "0 0 1 1",
        [],
        [0, 0.2, 0.4],
        [0, 0.2, 0.4, 1, 1],
        [0, 0.2, 0.4, "1"],
        [0, 0.2, 0.4, None],
        [False, 0.2, 0.4, True],
        [0, 0.2, 0.4, math.nan],
        [-math.inf, 0.2, 0.4, 1],
        [-0.1, 0.2, 0.3, 1],
        [0.8, 0.2, 1.2, 1],
        [0.4, 0.2, 0, 1],
        [0.4, 1, 0, 0.2],
        [0.2, 0.2, 0.2, 0.2],
        [0, 0, 1, 1],
        [0, 0.2, 10**400, 1],
    ],
)
def test_anything_else_is_no_box(monkeypatch: pytest.MonkeyPatch, box: Any) -> None:
    assert cropped(monkeypatch, lambda data: {"number": data["number"], "box": box}) == (0.375, 0, 0.625, 0.5)


@pytest.mark.parametrize("answer", [None, "x", [], {}, {"box": [0, 0.2, 0.4, 1]}, {"number": 7, "box": [0, 0.2, 0.4, 1]}])
def test_an_answer_about_nothing_or_what_was_there_before_does_not_count(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    assert cropped(monkeypatch, lambda data: answer) == (0.375, 0, 0.625, 0.5)


def test_the_browser_is_told_the_same_until_something_is_another() -> None:
    def script() -> None:
        import numpy as np
        import streamlit as st

        from ui.components.crop import crop

        side = st.selectbox("Side", [60, 90])
        edge = st.selectbox("Edge", [1.0, 0.5])
        crop(np.random.default_rng(side).integers(0, 256, (side, side), np.uint8), box=(0, 0, edge, edge), aspect=1.0, key="box")

    app = AppTest.from_function(script).run()

    def said() -> dict:
        assert not app.exception
        return json.loads(app.get("bidi_component")[0].proto.json)

    first = said()
    assert first["number"] == 1
    app.run()
    assert said() == first
    for number, (widget, value) in enumerate([(0, 90), (1, 0.5), (1, 1.0), (0, 60)], start=2):
        app.selectbox[widget].set_value(value).run()
        assert said()["number"] == number
    assert said() == {**first, "number": 5}


@pytest.mark.parametrize(
    "options",
    [
        {"picture": SQUARE.astype(np.float32)},
        {"picture": np.zeros((8, 8, 4), np.uint8)},
        {"picture": np.zeros((1, 8, 8), np.uint8)},
        {"picture": np.zeros((0, 8), np.uint8)},
        {"picture": np.zeros((8, 513), np.uint8)},
        {"box": (0, 0, 0, 1)},
        {"box": (0, 0, math.nan, 1)},
        {"box": (0, 0, 1)},
        {"box": (0, 0, 1, 1.1)},
        {"aspect": 0.0},
        {"aspect": math.nan},
        {"aspect": math.inf},
    ],
)
def test_what_cannot_be_used_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        crop_module.crop(**{"picture": SQUARE, "box": (0, 0, 1, 1), "aspect": 1.0, "key": "box", **options})
