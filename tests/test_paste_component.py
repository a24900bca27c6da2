"""The paste line in a real browser: what the clipboard gives, what the server hears. Knows no model."""

import base64
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest
from browser import Visit, mount, open_stage, serving
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, WebSocket, expect

from ui.components import paste as paste_module
from ui.components.paste import Pasted
from vae_core.data.pictures.preparation import MAX_BYTES
from vae_core.files.pictures import png

PICTURE = np.random.default_rng(5).integers(0, 256, (12, 20, 3), np.uint8)

# A paste as browsers make it when an image, or a file, was copied.
PASTE = """([target, files]) => {
    const clipboardData = new DataTransfer();
    for (const [text, name, type] of files) {
        const bytes = typeof text === "number" ? new Uint8Array(text) : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
        clipboardData.items.add(new File([bytes], name, { type }));
    }
    const place = target ? document.querySelector(target) : document.body;
    const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true, composed: true });
    place.dispatchEvent(event);
    return event.defaultPrevented;
}"""


def file_of(data: bytes, name: str = "image.png", kind: str = "image/png") -> list:
    return [base64.b64encode(data).decode(), name, kind]


@pytest.fixture(scope="module")
def paste_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 500, "height": 300}, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    complaints = open_stage(page, "paste")
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def line(paste_page: Page) -> Page:
    mount(paste_page, "paste", {"most": MAX_BYTES})
    return paste_page


def told(page: Page) -> Pasted:
    """The only image that Python was told of, as it is understood there."""
    page.wait_for_function("heard.length")
    ((what, answer),) = page.evaluate("heard")
    assert what == "image"
    return paste_module._parse(answer)


def test_a_pasted_image_arrives_as_the_same_bytes(line: Page) -> None:
    assert line.evaluate(PASTE, [None, [file_of(png(PICTURE))]])
    first = told(line)
    assert (first.data, first.title) == (png(PICTURE), "Pasted image")
    mount(line, "paste", {"most": MAX_BYTES})  # as after another page of the app
    line.evaluate(PASTE, [None, [file_of(b"anything", "my cat.webp", "image/webp")]])
    assert told(line) == Pasted(b"anything", "my cat.webp", first.number + 1)


def test_the_best_format_is_taken_of_several(line: Page) -> None:
    kinds = ("text/html", "image/tiff", "image/jpeg", "image/png")
    line.evaluate(PASTE, [None, [file_of(kind.encode(), "copied", kind) for kind in kinds]])
    assert told(line).data == b"image/png"


@pytest.mark.parametrize(
    ("field", "is_for_text"),
    [
        ('<input id="field">', True),
        ('<input id="field" type="search">', True),
        ('<textarea id="field"></textarea>', True),
        ('<div contenteditable="true"><b id="field">text</b></div>', True),
        ('<input id="field" type="range">', False),
        ('<button id="field"></button>', False),
    ],
)
def test_what_is_pasted_into_a_field_for_text_is_left_alone(line: Page, field: str, is_for_text: bool) -> None:
    line.evaluate("(field) => document.body.insertAdjacentHTML('beforeend', `<div class='others'>${field}</div>`)", field)
    assert line.evaluate(PASTE, ["#field", [file_of(png(PICTURE))]]) != is_for_text
    line.evaluate("document.querySelector('.others').remove()")
    line.evaluate(PASTE, [None, [file_of(b"later", "later.png")]])
    line.wait_for_function("heard.some(([, { title }]) => title === 'later.png')")
    assert len(line.evaluate("heard")) == (1 if is_for_text else 2)


def test_text_is_no_image(line: Page) -> None:
    assert not line.evaluate(PASTE, [None, [file_of(b"text", "notes.txt", "text/plain")]])
    assert not line.evaluate(PASTE, [None, []])
    line.wait_for_timeout(50)
    assert line.evaluate("heard") == []


def test_an_image_that_is_too_large_or_empty_is_refused_with_a_sentence(line: Page) -> None:
    news = line.get_by_role("status")
    assert line.evaluate(PASTE, [None, [[MAX_BYTES + 60_000, "scan.png", "image/png"]]])
    expect(news).to_have_text("The image has 10.1 MB; at most 10 MB are read: make it smaller first.")
    line.evaluate(PASTE, [None, [file_of(b"", "scan.png")]])
    expect(news).to_have_text("The image is empty; copy another one.")
    assert line.evaluate("heard") == []
    line.evaluate(PASTE, [None, [[MAX_BYTES, "scan.png", "image/png"]]])
    assert told(line).data == bytes(MAX_BYTES)
    expect(news).to_have_text("")


def test_only_a_line_that_is_seen_listens_and_only_one_of_several(line: Page) -> None:
    line.evaluate("stage.hidden = true")
    assert not line.evaluate(PASTE, [None, [file_of(png(PICTURE))]])
    line.evaluate("stage.hidden = false")
    second = """() => {
        globalThis.other = document.body.appendChild(document.createElement("div"));
        const tell = (what, value) => heard.push([what, value]);
        globalThis.closeOther = modules.paste.default({ data: { most: 1e7 }, parentElement: other, setTriggerValue: tell });
    }"""
    line.evaluate(second)
    assert line.evaluate(PASTE, [None, [file_of(png(PICTURE))]])
    told(line)
    line.evaluate("globalThis.root = stage.shadowRoot.querySelector('.paste'); closeOther(); other.remove(); unmount(); unmount = null")
    assert line.locator(".paste").count() == 0
    line.evaluate("document.body.append(root)")
    assert not line.evaluate(PASTE, [None, [file_of(png(PICTURE))]])
    line.evaluate("root.remove()")
    assert len(line.evaluate("heard")) == 1


def test_an_image_that_is_still_read_when_its_line_goes_is_not_told(line: Page) -> None:
    line.evaluate(f"(what) => {{ ({PASTE})(what); unmount(); unmount = null; }}", [None, [[1_000_000, "scan.png", "image/png"]]])
    line.wait_for_timeout(200)
    assert line.evaluate("heard") == []


COPY = """async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    await navigator.clipboard.write([new ClipboardItem({ "image/png": new Blob([bytes], { type: "image/png" }) })]);
}"""


def pixels_of(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@pytest.mark.parametrize("way", ["button", "keys"])
def test_the_clipboard_itself(line: Page, way: str) -> None:
    """A browser writes what it copies anew: the pixels are the same."""
    line.evaluate(COPY, base64.b64encode(png(PICTURE)).decode())
    if way == "keys":
        line.keyboard.press("Control+V")
    else:
        line.get_by_role("button", name="Paste an image from the clipboard").click()
    pasted = told(line)
    np.testing.assert_array_equal(pixels_of(pasted.data), PICTURE)
    assert pasted.title == "Pasted image"


def test_a_clipboard_without_an_image(line: Page) -> None:
    line.evaluate("navigator.clipboard.writeText('only words')")
    line.get_by_role("button").click()
    expect(line.get_by_role("status")).to_have_text("There is no image in the clipboard; copy one first.")
    assert line.evaluate("heard") == []


def test_a_browser_that_does_not_give_the_clipboard(browser: Browser) -> None:
    refused = browser.new_page()
    refused.add_init_script("navigator.clipboard.read = () => Promise.reject(new DOMException('no', 'NotAllowedError'))")
    assert open_stage(refused, "paste") == []
    mount(refused, "paste", {"most": MAX_BYTES})
    refused.get_by_role("button").click()
    expect(refused.get_by_role("status")).to_have_text("The browser did not give the image; press Ctrl+V instead.")
    refused.close()


def test_on_another_computers_page_the_keys_are_all_there_is(browser: Browser) -> None:
    page = browser.new_page()
    assert open_stage(page, "paste", "http://teacher.test/") == []
    assert not page.evaluate("isSecureContext")
    mount(page, "paste", {"most": MAX_BYTES})
    expect(page.get_by_text("… or paste an image (Ctrl+V)")).to_be_visible()
    assert page.get_by_role("button").count() == 0
    page.evaluate(PASTE, [None, [file_of(png(PICTURE))]])
    assert told(page).data == png(PICTURE)
    page.close()


@pytest.mark.parametrize(("address", "offered"), [("http://teacher.test/", False), ("http://localhost/", True)])
def test_a_screen_without_keys_is_offered_none(browser: Browser, address: str, offered: bool) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 300}, has_touch=True, is_mobile=True)
    page = context.new_page()
    assert open_stage(page, "paste", address) == []
    mount(page, "paste", {"most": MAX_BYTES})
    assert page.get_by_text("… or paste an image").is_visible() == offered
    assert not page.get_by_text("Ctrl+V").is_visible()
    assert page.get_by_role("button").count() == offered
    context.close()


# ---- With Streamlit -------------------------------------------------------------------------------------------------------

APP = """
from pathlib import Path
import streamlit as st
from ui.components.paste import paste

st.toggle("Whole")
st.text_input("Words")
pasted = paste("paste")
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
if pasted:
    Path(FOLDER, "pasted").write_bytes(pasted.data)
st.text(f"run {st.session_state['runs']}:")
st.text("nothing pasted" if pasted is None else f"{pasted.title} {pasted.number} of {len(pasted.data)} bytes")
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("paste")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """A Streamlit server with the tiny app above."""
    (folder / "app.py").write_text(f"FOLDER = {str(folder)!r}\n{APP}")
    with serving(folder / "app.py", folder / "log.txt") as server:
        yield server.address


class Opened(Visit):
    """The app on a page; `bytes_sent` counts what the browser sends."""

    def open(self, address: str) -> Self:
        self.bytes_sent = 0
        self.on("websocket", self._count)
        self.page.goto(address)
        expect(self.page.locator(".paste")).to_be_visible()
        self.says("run 1:")
        self.settle()
        return self

    def says(self, text: str) -> None:
        expect(self.page.get_by_text(text)).to_be_visible()

    def _count(self, websocket: WebSocket) -> None:
        websocket.on("framesent", lambda payload: setattr(self, "bytes_sent", self.bytes_sent + len(payload)))


@pytest.fixture
def visit(address: str, new_visit: Callable[..., Opened]) -> Callable[..., Opened]:
    """visit() -> Opened; `on` is another context than the desktop's."""
    return lambda **on: new_visit(Opened, **on).open(address)


def test_a_pasted_image_reaches_the_server_once(visit: Callable[..., Opened], folder: Path) -> None:
    opened = visit()
    opened.says("nothing pasted")
    opened.page.evaluate(PASTE, [None, [file_of(png(PICTURE))]])
    opened.says(f"Pasted image 1 of {len(png(PICTURE))} bytes")
    assert (folder / "pasted").read_bytes() == png(PICTURE)
    opened.page.evaluate(PASTE, [None, [file_of(png(PICTURE), "cat.png")]])
    opened.says("cat.png 2 of")
    opened.settle()
    opened.page.get_by_label("Words").focus()
    assert not opened.page.evaluate(PASTE, ["[data-testid=stTextInput] input", [file_of(png(PICTURE))]])
    opened.page.get_by_text("Whole").click()
    opened.says("nothing pasted")
    opened.says("run 4:")


def test_the_largest_image_arrives_and_is_not_sent_again(visit: Callable[..., Opened], folder: Path) -> None:
    opened = visit()
    opened.page.evaluate(PASTE, [None, [[MAX_BYTES, "scan.png", "image/png"]]])
    opened.says(f"scan.png 1 of {MAX_BYTES} bytes")
    assert (folder / "pasted").stat().st_size == MAX_BYTES
    opened.settle()
    before = opened.bytes_sent
    assert before > MAX_BYTES * 4 / 3
    opened.page.get_by_text("Whole").click()
    opened.says("nothing pasted")
    opened.settle()
    assert 0 < opened.bytes_sent - before < 5_000


def test_a_phone_in_the_dark(visit: Callable[..., Opened], phone: BrowserContext) -> None:
    opened = visit(on=phone)
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert opened.page.get_by_role("button", name="Paste an image").bounding_box()["height"] >= 43
    colour = opened.page.locator(".paste").evaluate("(root) => getComputedStyle(root).color")
    assert min(int(value) for value in colour.strip("rgb()").split(",")) > 180


# ---- What the browser may say ---------------------------------------------------------------------------------------------


def parsed(**changes: Any) -> Pasted | None:
    return paste_module._parse({"number": 3, "title": "cat.png", "data": "AAECAw==", **changes})


def test_a_whole_answer_is_an_image() -> None:
    assert parsed() == Pasted(bytes(range(4)), "cat.png", 3)
    assert parsed(data=base64.b64encode(bytes(MAX_BYTES)).decode()).data == bytes(MAX_BYTES)


@pytest.mark.parametrize("data", [None, "", "AAECAw", "AAECAw=", "AAEC Aw==", "no base64!", "é", 7, [0], b"AAEC", "AAEC\n", "===="])
def test_damaged_base64_is_no_image(data: Any) -> None:
    assert parsed(data=data) is None


def test_more_bytes_than_are_read_are_no_image() -> None:
    assert parsed(data=base64.b64encode(bytes(MAX_BYTES + 1)).decode()) is None


@pytest.mark.parametrize("changes", [{"number": 0}, {"number": True}, {"number": 1.0}, {"number": None}, {"title": None}, {"title": 5}])
def test_an_answer_of_another_form_is_no_image(changes: dict[str, Any]) -> None:
    assert parsed(**changes) is None


@pytest.mark.parametrize("answer", [None, "x", [], {}, {"number": 1}])
def test_no_answer_is_no_image(answer: Any) -> None:
    assert paste_module._parse(answer) is None


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("cat.png", "cat.png"),
        ("", "Pasted image"),
        ("image.png", "Pasted image"),
        (" \n\t", "Pasted image"),
        ("two\nlines\u202e.png", "two lines .png"),
        ("x" * 300, "x" * 80),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_a_title_is_one_short_line(name: str, title: str) -> None:
    assert parsed(title=name).title == title
