"""The sketch pad in a real browser: what hand, pen and keys draw, what a model gets, what the server hears. Knows no model."""

import base64
import io
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from browser import Visit, bare, serving, touch
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect

from ui.components import sketch as component
from ui.components.link import link

ZOOM = 12  # CSS pixels of a 28-pixel pad for each pixel of the model
PEN = 0.085 * 28  # pixels of the model

STAGE = bare("sketch/sketch.css", script=link("sketch/pad.js") + "globalThis.SketchPad = SketchPad;")

MAKE = """([width, options]) => {
    globalThis.pad?.close();
    stage.style.width = `${width}px`;
    globalThis.heard = { inputs: 0, releases: 0, frames: 0, last: null };
    const hear = (what) => (image) => { heard[what]++; heard.last = Array.from(image); };
    const [onInput, onRelease] = [hear("inputs"), hear("releases")];
    globalThis.pad = new SketchPad(stage.shadowRoot, { label: "Drawing", background: 0, onInput, onRelease, ...options });
}"""


class Pad:
    """A pad alone on a page, without Streamlit."""

    def __init__(self, page: Page, shape: tuple[int, int, int], **options: Any) -> None:
        self.page, self.shape = page, shape
        page.evaluate(MAKE, [28 * ZOOM, {"shape": shape, **options}])
        self.root, self.surface = page.locator(".sketch-pad"), page.locator(".sketch-pad canvas")
        self.zoom = 28 * ZOOM / shape[2]

    def image(self) -> np.ndarray:
        """The model's input, (C, H, W)."""
        return np.array(self.page.evaluate("Array.from(pad.image)")).reshape(self.shape)

    def pixels(self) -> np.ndarray:
        """The surface as it is seen, (H, W, 3) uint8."""
        address = self.surface.evaluate("(canvas) => canvas.toDataURL('image/png')")
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))).convert("RGB"))

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where on the screen a point of the model's image is."""
        box = self.surface.bounding_box()
        return box["x"] + x * self.zoom, box["y"] + y * self.zoom

    def stroke(self, *points: tuple[float, float]) -> None:
        mouse = self.page.mouse
        mouse.move(*self.at(*points[0]))
        mouse.down()
        for point in points[1:]:
            mouse.move(*self.at(*point), steps=4)
        mouse.up()

    def press(self, name: str) -> None:
        self.root.get_by_role("button", name=name, exact=True).click()

    def button(self, name: str) -> Any:
        return self.root.get_by_role("button", name=name, exact=True)

    def heard(self, what: str) -> Any:
        return self.page.evaluate(f"heard.{what}")


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 500, "height": 700})
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route("http://localhost/", lambda route: route.fulfill(body=STAGE, content_type="text/html"))
    page.goto("http://localhost/")  # a secure context: browsers give points between two frames to no other
    assert page.evaluate("'getCoalescedEvents' in PointerEvent.prototype")
    yield page
    page.close()
    assert complaints == []


@pytest.fixture
def plain(page: Page) -> Pad:
    """Black, 28 x 28, what is drawn stays where it is."""
    return Pad(page, (1, 28, 28), centre=False)


def capsule(start: tuple[float, float], stop: tuple[float, float], width: float, side: int = 28) -> np.ndarray:
    """A line with round ends, as the part of each pixel that it covers: sixteen times sixteen samples a pixel, by distance alone."""
    fine = 16
    x, y = np.meshgrid(*[(np.arange(side * fine) + 0.5) / fine] * 2)
    (ax, ay), (bx, by) = start, stop
    along = ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / max((bx - ax) ** 2 + (by - ay) ** 2, 1e-12)
    along = np.clip(along, 0, 1)
    inside = np.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)) <= width / 2
    return inside.reshape(side, fine, side, fine).mean(axis=(1, 3))


def centre_of_mass(image: np.ndarray) -> tuple[float, float]:
    """(x, y), pixels; the middle of the first pixel is 0.5."""
    at = np.arange(image.shape[-1]) + 0.5
    return (image.sum(axis=0) @ at / image.sum(), image.sum(axis=1) @ at / image.sum())


# ---- Pen, eraser, width, colour ------------------------------------------------------------------------------------------


def test_a_stroke_is_where_it_was_drawn(plain: Pad) -> None:
    plain.stroke((6, 14), (22, 14))
    image = plain.image()[0]
    # 2.38 pixels wide about y = 14: rows 13 and 14 are full, rows 12 and 15 covered by 0.19, the others not at all.
    np.testing.assert_allclose(image[12:16, 8:20], np.repeat([[0.19], [1], [1], [0.19]], 12, axis=1), atol=0.02)
    assert np.count_nonzero(image[:12]) == np.count_nonzero(image[16:]) == np.count_nonzero(image[:, 24:]) == 0
    assert image.sum() == pytest.approx(16 * PEN + math.pi * (PEN / 2) ** 2, rel=0.015)
    np.testing.assert_allclose(image, capsule((6, 14), (22, 14), PEN), atol=0.06)


def test_a_press_without_a_move_is_a_dot(plain: Pad) -> None:
    plain.stroke((9, 17))
    np.testing.assert_allclose(plain.image()[0], capsule((9, 17), (9, 17), PEN), atol=0.06)


def test_the_surface_shows_the_stroke_at_the_resolution_of_the_screen(plain: Pad) -> None:
    plain.stroke((6, 14), (22, 14))
    pixels = plain.pixels()
    assert pixels.shape == (28 * ZOOM, 28 * ZOOM, 3)
    upright = pixels[:, 14 * ZOOM, 0] / 255
    assert upright.sum() == pytest.approx(PEN * ZOOM, abs=0.5)
    assert np.count_nonzero((upright > 0) & (upright < 1)) <= 4  # its edges are sharp


@pytest.mark.parametrize(("name", "times"), [("Thin", 0.55), ("Medium", 1), ("Thick", 2)])
def test_three_widths(plain: Pad, name: str, times: float) -> None:
    plain.press(name)
    expect(plain.button(name)).to_have_attribute("aria-pressed", "true")
    plain.stroke((6, 14), (22, 14))
    assert plain.image()[0, :, 14].sum() == pytest.approx(times * PEN, abs=0.03)


def test_the_pen_is_never_too_thin_for_a_small_image(page: Page) -> None:
    pad = Pad(page, (1, 8, 8))
    pad.stroke((2, 4), (6, 4))
    assert pad.image()[0, :, 4].sum() == pytest.approx(1.2, abs=0.03)


def test_the_eraser_takes_away_what_it_passes(plain: Pad) -> None:
    plain.stroke((6, 8), (22, 8))
    plain.stroke((6, 20), (22, 20))
    before = plain.image()
    plain.press("Eraser")
    plain.stroke((5, 20), (23, 20))
    after = plain.image()
    assert after[0, 14:].max() <= 0.02
    np.testing.assert_array_equal(after[0, :14], before[0, :14])
    plain.press("Pen")
    plain.stroke((6, 20), (22, 20))
    np.testing.assert_allclose(plain.image()[0, 14:], before[0, 14:], atol=0.02)


def test_the_other_end_of_a_pen_erases(plain: Pad) -> None:
    plain.stroke((6, 14), (22, 14))
    turned = """(canvas, [x, y]) => {
        const event = { pointerId: 1, pointerType: "pen", button: 5, buttons: 32, clientX: x, clientY: y };
        for (const type of ["pointerdown", "pointerup"]) canvas.dispatchEvent(new PointerEvent(type, event));
    }"""
    plain.surface.evaluate(turned, plain.at(14, 14))
    image = plain.image()[0]
    assert image[12:16, 13:15].max() < 0.02
    assert image[13, 8] == 1
    expect(plain.button("Pen")).to_have_attribute("aria-pressed", "true")


def test_points_between_two_frames_count(plain: Pad) -> None:
    plain.page.mouse.move(*plain.at(5, 5))
    plain.page.mouse.down()
    once = """(canvas, points) => {
        const event = ([clientX, clientY]) => new PointerEvent("pointermove", { pointerId: 1, pointerType: "mouse", clientX, clientY });
        const last = points.at(-1);
        const init = { pointerId: 1, pointerType: "mouse", clientX: last[0], clientY: last[1], coalescedEvents: points.map(event) };
        canvas.dispatchEvent(new PointerEvent("pointermove", init));
    }"""
    way = [(5 + i / 4, 5) for i in range(60)] + [(20, 5 + i / 4) for i in range(60)]
    plain.surface.evaluate(once, [plain.at(*point) for point in way])
    plain.page.mouse.move(*plain.at(20, 20))
    plain.page.mouse.up()
    image = plain.image()[0]
    np.testing.assert_allclose(image, np.maximum(capsule((5, 5), (20, 5), PEN), capsule((20, 5), (20, 20), PEN)), atol=0.25)


def test_colours(page: Page) -> None:
    pad = Pad(page, (3, 64, 64), background=1)
    np.testing.assert_array_equal(pad.image(), np.ones((3, 64, 64)))
    pad.stroke((10, 12), (54, 12))
    pad.press("Red")
    pad.stroke((10, 32), (54, 32))
    pad.root.get_by_label("Another colour").fill("#123456")
    expect(pad.button("Red")).to_have_attribute("aria-pressed", "false")
    pad.stroke((10, 52), (54, 52))
    image = pad.image()
    for row, colour in ((12, (0, 0, 0)), (32, (0xE5, 0x39, 0x2F)), (52, (0x12, 0x34, 0x56))):
        seen = image[:, row - 1 : row + 1, 12:52]
        np.testing.assert_allclose(seen, np.broadcast_to(np.reshape(colour, (3, 1, 1)) / 255, seen.shape), atol=1.5 / 255)
    assert image[:, [2, 22, 42, 62]].min() == 1


def test_ink_stands_out_from_the_background(page: Page) -> None:
    for background, ink in ((0.0, 1.0), (1.0, 0.0), (0.2, 1.0)):
        pad = Pad(page, (1, 16, 24), background=background)
        assert page.evaluate("pad.isEmpty")
        np.testing.assert_allclose(pad.image(), np.full((1, 16, 24), background), atol=1e-6)
        pad.stroke((4, 8), (20, 8))
        assert pad.image()[0, 7, 12] == pytest.approx(ink)
        assert not page.evaluate("pad.isEmpty")


# ---- Undo, clear, pictures ------------------------------------------------------------------------------------------------


def test_undo_restores_every_bit_of_forty_steps(plain: Pad) -> None:
    rng = np.random.default_rng(0)
    seen = []
    for step in range(40):
        seen.append((plain.image(), plain.pixels()))
        tool = "eraser" if step % 5 == 4 else "pen"
        ways = rng.uniform(2, 26, (8, 2)).tolist()
        if step == 20:
            plain.page.evaluate("pad.clear()")
        else:
            script = "([tool, [first, ...others]]) => { pad.start(1, first, tool); others.forEach((p) => pad.go(p)); pad.finish(); }"
            plain.page.evaluate(script, [tool, ways])
    for image, pixels in reversed(seen):
        plain.page.evaluate("pad.undo()")
        np.testing.assert_array_equal(plain.image(), image)
        np.testing.assert_array_equal(plain.pixels(), pixels)
    expect(plain.button("Undo")).to_be_disabled()


def test_clear_can_be_undone(plain: Pad) -> None:
    hint = plain.root.get_by_text("Draw here")
    expect(hint).to_be_visible()
    expect(plain.button("Clear")).to_be_disabled()
    plain.stroke((6, 14), (22, 14))
    expect(hint).to_be_hidden()
    drawn = plain.image()
    plain.press("Clear")
    expect(hint).to_be_visible()
    assert plain.page.evaluate("pad.isEmpty")
    assert plain.heard("last") == [0] * 784
    plain.press("Undo")
    np.testing.assert_array_equal(plain.image(), drawn)
    assert plain.heard("releases") == 3


def test_a_picture_is_kept_exactly_and_drawn_upon(page: Page) -> None:
    pad = Pad(page, (1, 28, 28))  # centring is on, but a picture has its place
    picture = np.random.default_rng(1).integers(0, 256, (1, 28, 28)) / 255
    load = "(image) => pad.load(image && Float32Array.from(image))"
    page.evaluate(load, picture.ravel().tolist())
    np.testing.assert_allclose(pad.image(), picture, atol=1e-6)
    expect(pad.button("Centre it")).to_be_disabled()
    expect(pad.button("Undo")).to_be_disabled()
    pad.stroke((6, 14), (22, 14))
    assert pad.image()[0, 13, 14] == 1
    np.testing.assert_allclose(pad.image()[0, :12], picture[0, :12], atol=1e-6)
    pad.press("Clear")
    assert page.evaluate("pad.isEmpty")
    expect(pad.button("Centre it")).to_be_enabled()
    pad.press("Undo")
    pad.press("Undo")
    np.testing.assert_allclose(pad.image(), picture, atol=1e-6)
    page.evaluate(load, None)
    assert page.evaluate("pad.isEmpty")


def test_a_picture_in_colour(page: Page) -> None:
    pad = Pad(page, (3, 20, 30), background=1)
    picture = np.random.default_rng(1).integers(0, 256, (3, 20, 30)) / 255
    page.evaluate("(image) => pad.load(Float32Array.from(image))", picture.ravel().tolist())
    np.testing.assert_allclose(pad.image(), picture, atol=1e-6)
    pixels = pad.pixels()
    at = np.round((np.arange(30) + 0.5) * pixels.shape[1] / 30 - 0.5).astype(int)
    np.testing.assert_array_equal(pixels[at[:20]][:, at], np.round(255 * picture).transpose(1, 2, 0))


def test_another_width_of_the_page_draws_the_surface_anew(plain: Pad) -> None:
    plain.stroke((6, 14), (22, 14))
    image = plain.image()
    plain.page.evaluate("stage.style.width = '210px'")
    expect(plain.surface).to_have_attribute("width", "210")
    assert plain.pixels()[:, 105, 0].sum() / 255 == pytest.approx(PEN * 7.5, abs=0.5)
    np.testing.assert_array_equal(plain.image(), image)


# ---- As MNIST's digits are ------------------------------------------------------------------------------------------------


def test_a_drawing_is_scaled_and_centred_as_digits_are(page: Page) -> None:
    pad = Pad(page, (1, 28, 28))
    pad.stroke((3, 4), (11, 16))
    # The line is 12 + 2.38 pixels tall: 20 of 28 afterwards. Its middle, (7, 10), comes to the middle of pixel 14.
    scale = 20 / (12 + PEN)
    ends = [(14.5 + scale * dx, 14.5 + scale * dy) for dx, dy in ((-4, -6), (4, 6))]
    np.testing.assert_allclose(pad.image()[0], capsule(*ends, scale * PEN), atol=0.15)  # the height is known to an eighth of a pixel
    toggle = pad.button("Centre it")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "false")
    np.testing.assert_allclose(pad.image()[0], capsule((3, 4), (11, 16), PEN), atol=0.06)
    assert pad.heard("releases") == 2


@pytest.mark.parametrize(
    "points",
    [
        [(3, 3), (12, 3), (6, 18)],
        [(20, 8), (20, 25)],
        [(1, 1), (27, 1), (27, 27), (1, 27)],
        [(12, 24), (25, 24), (13, 26)],
    ],
    ids=["seven", "one", "beyond the box", "low in a corner"],
)
def test_centre_of_mass_and_box(page: Page, points: list[tuple[float, float]]) -> None:
    pad = Pad(page, (1, 28, 28))
    pad.stroke(*points)
    image = pad.image()[0]
    assert centre_of_mass(image) == pytest.approx((14, 14), abs=0.6)
    inked = [np.flatnonzero((image > 0.12).any(axis=axis)) for axis in (0, 1)]
    assert max(np.ptp(found) + 1 for found in inked) == pytest.approx(20, abs=1.5)


def test_a_dot_is_not_blown_up(page: Page) -> None:
    pad = Pad(page, (1, 28, 28))
    pad.stroke((5, 5))
    assert pad.image().sum() == pytest.approx(math.pi * (3 * PEN / 2) ** 2, rel=0.05)


def test_only_digits_are_centred_unless_asked(page: Page) -> None:
    for shape, background, centred in (
        ((1, 28, 28), 0.0, True),
        ((1, 28, 28), 1.0, False),
        ((1, 64, 64), 0.0, False),
        ((3, 28, 28), 0.0, False),
    ):
        pad = Pad(page, shape, background=background)
        assert pad.button("Centre it").is_visible() == centred


# ---- Who draws, and who hears of it ---------------------------------------------------------------------------------------


def test_input_is_told_once_a_frame_and_release_once(plain: Pad) -> None:
    plain.page.evaluate(
        "(() => { const count = () => { heard.frames++; globalThis.counting = requestAnimationFrame(count); }; count(); })()"
    )
    mouse = plain.page.mouse
    mouse.move(*plain.at(5, 5))
    mouse.down()
    for i in range(60):
        mouse.move(*plain.at(5 + 0.3 * i, 5 + 0.2 * i))
    plain.page.wait_for_function("heard.inputs > 2")
    assert plain.heard("releases") == 0
    mouse.up()
    inputs, frames = plain.heard("inputs"), plain.heard("frames")
    assert inputs <= frames
    plain.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert plain.heard("releases") == 1
    assert plain.heard("inputs") == inputs  # nothing comes after the release
    np.testing.assert_allclose(plain.heard("last"), plain.image().ravel(), atol=1e-7)
    plain.page.evaluate("cancelAnimationFrame(counting)")


def test_keys_alone_can_draw(plain: Pad) -> None:
    keyboard = plain.page.keyboard
    plain.surface.focus()
    keyboard.press("ArrowLeft")
    expect(plain.root.locator(".sketch-ring")).to_be_visible()
    expect(plain.root.get_by_text("Arrow keys move, hold Space to draw")).to_be_visible()
    keyboard.down(" ")
    for _ in range(6):
        keyboard.press("ArrowRight")
    keyboard.up(" ")
    np.testing.assert_allclose(plain.image()[0], capsule((13, 14), (19, 14), PEN), atol=0.06)
    assert plain.heard("releases") == 1
    keyboard.down(" ")
    keyboard.down("ArrowDown")  # one step down, then six of a diagonal
    for _ in range(6):
        keyboard.down("ArrowRight")
    keyboard.up("ArrowRight")
    keyboard.up("ArrowDown")
    keyboard.up(" ")
    both = plain.image()[0]
    assert both[20, 24] == 1  # (19, 15) to (25, 21)
    keyboard.press("Control+z")
    np.testing.assert_allclose(plain.image()[0], capsule((13, 14), (19, 14), PEN), atol=0.06)
    keyboard.press("e")
    expect(plain.button("Eraser")).to_have_attribute("aria-pressed", "true")
    keyboard.press("p")
    expect(plain.button("Pen")).to_have_attribute("aria-pressed", "true")
    keyboard.press("Delete")
    assert plain.page.evaluate("pad.isEmpty")
    keyboard.press("z")
    assert not plain.page.evaluate("pad.isEmpty")
    assert plain.heard("releases") == 5


def test_leaving_the_pad_ends_a_stroke_of_the_keys(plain: Pad) -> None:
    plain.surface.focus()
    plain.page.keyboard.down(" ")
    plain.page.keyboard.press("ArrowRight")
    plain.button("Pen").focus()
    assert plain.heard("releases") == 1
    plain.page.keyboard.up(" ")
    plain.stroke((4, 4), (10, 4))
    assert plain.heard("releases") == 2


@pytest.fixture
def touched(browser: Browser) -> Iterator[Pad]:
    """A pad on a screen that is touched."""
    context = browser.new_context(viewport={"width": 390, "height": 700}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.set_content(STAGE)
    assert not page.evaluate("'getCoalescedEvents' in PointerEvent.prototype")  # as on a page from another computer
    yield Pad(page, (1, 28, 28), centre=False)
    context.close()


def hold(session: CDPSession, kind: str, spot: tuple[float, float]) -> None:
    """What a pen does; `kind` is Pressed, Moved or Released."""
    event = {"type": f"mouse{kind}", "x": spot[0], "y": spot[1], "pointerType": "pen", "button": "left", "buttons": 1, "clickCount": 1}
    session.send("Input.dispatchMouseEvent", event)


def test_one_finger_draws_and_a_second_waits(touched: Pad) -> None:
    session = touched.page.context.new_cdp_session(touched.page)
    first, second = [touched.at(6 + 2 * i, 8) for i in range(9)], [touched.at(6 + 2 * i, 22) for i in range(9)]
    touch(session, "Start", first[0])
    touch(session, "Start", first[0], second[0])
    for pair in zip(first[1:], second[1:], strict=True):
        touch(session, "Move", *pair)
    touch(session, "End")
    np.testing.assert_allclose(touched.image()[0], capsule((6, 8), (22, 8), PEN), atol=0.08)
    assert touched.heard("releases") == 1
    assert touched.page.evaluate("scrollY") == 0


def test_a_pen_takes_over_from_the_palm_and_ignores_it(touched: Pad) -> None:
    session = touched.page.context.new_cdp_session(touched.page)
    touch(session, "Start", touched.at(20, 24))  # the palm comes first
    touch(session, "Move", touched.at(16, 24))
    hold(session, "Pressed", touched.at(6, 8))
    for i in range(1, 9):
        hold(session, "Moved", touched.at(6 + 2 * i, 8))
    touch(session, "Move", touched.at(10, 20))  # and moves on
    touch(session, "End")
    touch(session, "Start", touched.at(14, 18))  # and comes again
    hold(session, "Released", touched.at(22, 8))
    touch(session, "End")
    np.testing.assert_allclose(touched.image()[0], capsule((6, 8), (22, 8), PEN), atol=0.08)
    assert touched.heard("releases") == 1
    touched.page.touchscreen.tap(*touched.at(14, 20))
    assert touched.image()[0, 19, 13] > 0.9


# ---- With Streamlit -------------------------------------------------------------------------------------------------------

APP = """
import time
from pathlib import Path
import numpy as np
import streamlit as st
from ui.components.sketch import latest, sketch

def take():
    st.session_state["taken"] = latest(st.session_state["pad"], (1, 28, 28)).count

colour = "colour" in st.query_params
shape, background = ((3, 64, 64), 1.0) if colour else ((1, 28, 28), 0.0)
start = None
if st.toggle("Start from a ramp"):
    start = np.arange(784, dtype=np.uint8).reshape(1, 28, 28)
if st.button("Rerun"):
    pass
if "slow" in st.query_params:
    time.sleep(1)
st.button("Take it", on_click=take)
drawing = sketch(shape, background=background, key="pad", start=start, taken=st.session_state.setdefault("taken", 0))
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
if drawing is not None:
    np.save(Path(FOLDER, "drawing.npy"), drawing)
st.text(f"run {st.session_state['runs']}: " + ("nothing" if drawing is None else f"{drawing.dtype} {drawing.shape} {int(drawing.sum())}"))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sketch")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """A Streamlit server with the tiny app above."""
    (folder / "app.py").write_text(f"FOLDER = {str(folder)!r}\n{APP}")
    with serving(folder / "app.py", folder / "log.txt") as server:
        yield server.address


class Sketched(Visit):
    """The app on a page."""

    def open(self, url: str) -> Self:
        self.page.goto(url)
        self.root, self.surface = self.page.locator(".sketch-pad"), self.page.locator(".sketch-pad canvas")
        expect(self.root).to_have_attribute("data-ready", "true")
        self.settle()
        return self

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where on the screen a part of the surface is, from 0 to 1 each."""
        box = self.surface.bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def says(self, text: str) -> None:
        expect(self.page.get_by_text(text)).to_be_visible()


@pytest.fixture
def visit(address: str, new_visit: Callable[..., Sketched]) -> Callable[..., Sketched]:
    """visit(query) -> Sketched; `on` is another context than the desktop's."""
    return lambda query="", **on: new_visit(Sketched, **on).open(f"{address}/{query}")


def test_the_server_hears_once_of_each_stroke(visit: Callable[..., Sketched], folder: Path) -> None:
    sketched = visit()
    sketched.says("run 1: nothing")
    mouse, before = sketched.page.mouse, sketched.sent
    mouse.move(*sketched.at(0.3, 0.2))
    mouse.down()
    for i in range(30):
        mouse.move(*sketched.at(0.3 + 0.01 * i, 0.2 + 0.02 * i))
        sketched.paints()
    drawing = sketched.sent - before
    mouse.up()
    sketched.says("run 2: uint8 (1, 28, 28)")
    sketched.settle()
    assert (drawing, sketched.sent - before) == (0, 1)
    image = np.load(folder / "drawing.npy")[0] / 255
    assert centre_of_mass(image) == pytest.approx((14, 14), abs=0.6)
    assert image.max() == 1
    sketched.page.get_by_role("button", name="Rerun").click()
    sketched.says("run 3: uint8 (1, 28, 28)")
    assert sketched.root.get_attribute("data-empty") == "false"
    sketched.root.get_by_role("button", name="Clear").click()
    sketched.says("run 4: nothing")
    sketched.root.get_by_role("button", name="Undo").click()
    sketched.says("run 5: uint8 (1, 28, 28)")
    np.testing.assert_array_equal(np.load(folder / "drawing.npy")[0] / 255, image)


def test_a_picture_to_start_from(visit: Callable[..., Sketched], folder: Path) -> None:
    sketched = visit()
    sketched.page.mouse.click(*sketched.at(0.5, 0.5))
    sketched.says("run 2: uint8")
    sketched.page.get_by_text("Start from a ramp").click()
    ramp = np.arange(784, dtype=np.uint8).reshape(1, 28, 28)
    sketched.says(f"run 3: uint8 (1, 28, 28) {ramp.sum()}")  # what was drawn before does not count
    expect(sketched.root).to_have_count(1)
    sketched.page.mouse.click(*sketched.at(0.5, 0.2))
    sketched.says("run 4: uint8")
    found = np.load(folder / "drawing.npy")
    assert found[0, 5, 13] == 255
    np.testing.assert_array_equal(found[0, 10:], ramp[0, 10:])
    sketched.page.get_by_text("Start from a ramp").click()
    sketched.says("run 5: nothing")
    expect(sketched.root).to_have_attribute("data-empty", "true")


def test_a_drawing_that_is_taken_leaves_the_pad(visit: Callable[..., Sketched]) -> None:
    sketched = visit()
    sketched.page.mouse.click(*sketched.at(0.5, 0.5))
    sketched.says("run 2: uint8")
    sketched.root.get_by_role("button", name="Thick").click()
    sketched.page.get_by_role("button", name="Take it").click()
    sketched.says("run 3: nothing")
    expect(sketched.root).to_have_attribute("data-empty", "true")
    expect(sketched.root.get_by_role("button", name="Undo")).to_be_disabled()
    expect(sketched.root.get_by_role("button", name="Thick")).to_have_attribute("aria-pressed", "true")  # it is the same pad
    sketched.page.get_by_role("button", name="Rerun").click()
    sketched.says("run 4: nothing")


def stroke(sketched: Sketched, y: float) -> None:
    sketched.page.mouse.move(*sketched.at(0.2, y))
    sketched.page.mouse.down()
    sketched.page.mouse.move(*sketched.at(0.8, y), steps=4)


@pytest.mark.parametrize("is_ready", [False, True], ids=["still being drawn", "drawn"])
def test_what_is_drawn_while_the_server_takes_a_drawing_is_the_next_one(
    visit: Callable[..., Sketched], folder: Path, is_ready: bool
) -> None:
    sketched = visit("?slow")
    mouse = sketched.page.mouse
    sketched.root.get_by_role("button", name="Centre it").click()  # a drawing stays where it is
    sketched.says("run 2: nothing")
    stroke(sketched, 0.2)
    mouse.up()
    sketched.says("run 3: uint8")
    sketched.settle()
    first = np.load(folder / "drawing.npy")[0]
    sketched.page.get_by_role("button", name="Take it").click()
    stroke(sketched, 0.8)
    if is_ready:
        mouse.up()
    expect(sketched.page.get_by_text("run 4: nothing")).to_be_visible()
    if not is_ready:
        assert sketched.root.get_attribute("data-empty") == "false"
        mouse.move(*sketched.at(0.8, 0.79))
        mouse.up()
    sketched.says("uint8")
    sketched.settle()
    second = np.load(folder / "drawing.npy")[0]
    assert first[:14].any()
    assert not second[:14].any()
    assert int(second.sum()) == pytest.approx(int(first.sum()), rel=0.1)


def test_a_phone_in_the_dark(visit: Callable[..., Sketched], phone: BrowserContext) -> None:
    for query, shape in (("", "(1, 28, 28)"), ("?colour", "(3, 64, 64)")):
        sketched = visit(query, on=phone)
        assert sketched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert sketched.root.evaluate("(root) => root.scrollWidth <= root.clientWidth")
        boxes = [button.bounding_box() for button in sketched.root.get_by_role("button").all() if button.is_visible()]
        assert len(boxes) == (15 if query else 8)
        assert all(box["width"] >= 35 and box["height"] >= 43 for box in boxes)
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
        assert len({round(box["y"]) for box in boxes}) == 2, "the tools stand in two rows"
        assert min(int(value) for value in sketched.root.evaluate("(root) => getComputedStyle(root).color").strip("rgb()").split(",")) > 180
        sketched.page.touchscreen.tap(*sketched.at(0.5, 0.5))
        sketched.says(f"uint8 {shape}")


# ---- What the browser may say ---------------------------------------------------------------------------------------------


def answered(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str], Any], **options: Any) -> np.ndarray | None:
    """What `sketch` returns when the browser's answer is `answer(name of the pad)`."""
    monkeypatch.setattr(component, "_SKETCH", lambda data, **_: {"drawing": answer(data["name"])})
    return component.sketch((1, 2, 3), background=0.0, key="pad", **options)


def test_a_whole_answer_is_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    image = np.arange(250, 256, dtype=np.uint8).reshape(1, 2, 3)
    text = base64.b64encode(image.tobytes()).decode()
    found = answered(monkeypatch, lambda name: {"name": name, "image": text, "count": 1, "taken": 0})
    np.testing.assert_array_equal(found, image)
    assert found.dtype == np.uint8
    found[0, 0, 0] = 0  # is the caller's own


@pytest.mark.parametrize(
    "image",
    [None, "", "AAECAwQ", "AAECAwQ=", "AAECAwQFBg==", "no base64!", "é", 7, [0] * 6, {"a": 1}, "AAEC\nAwQF"],
    ids=["none", "empty", "torn", "short", "long", "not base64", "not ASCII", "a number", "a list", "a mapping", "a line break"],
)
def test_a_damaged_answer_is_no_drawing(monkeypatch: pytest.MonkeyPatch, image: Any) -> None:
    assert answered(monkeypatch, lambda name: {"name": name, "image": image, "count": 1, "taken": 0}) is None


@pytest.mark.parametrize("odd", [{"count": "1"}, {"count": None}, {"taken": 0.5}, {"taken": 1}], ids=str)
def test_an_answer_without_its_numbers_or_before_the_last_one_was_taken_is_no_drawing(
    monkeypatch: pytest.MonkeyPatch, odd: dict[str, Any]
) -> None:
    assert answered(monkeypatch, lambda name: {"name": name, "image": "AAECAwQF", "count": 1, "taken": 0, **odd}) is None


@pytest.mark.parametrize("answer", [None, "x", [], {}, {"name": "another pad", "image": "AAECAwQF"}, {"image": "AAECAwQF"}])
def test_an_answer_about_no_pad_or_another_one_does_not_count(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    start = np.full((1, 2, 3), 9, np.uint8)
    assert answered(monkeypatch, lambda name: answer) is None
    np.testing.assert_array_equal(answered(monkeypatch, lambda name: answer, start=start), start)


def test_a_start_that_was_cleared_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    start = np.full((1, 2, 3), 9, np.uint8)
    assert answered(monkeypatch, lambda name: {"name": name, "image": None, "count": 2, "taken": 0}, start=start) is None


@pytest.mark.parametrize(
    "options",
    [
        {"image_shape": (2, 8, 8)},
        {"image_shape": (8, 8)},
        {"image_shape": (1, 0, 8)},
        {"background": math.nan},
        {"background": 1.5},
        {"start": np.zeros((1, 8, 8), np.float32)},
        {"start": np.zeros((8, 8), np.uint8)},
    ],
)
def test_what_cannot_be_used_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        component.sketch(**{"image_shape": (1, 8, 8), "background": 0.0, "key": "pad", **options})
