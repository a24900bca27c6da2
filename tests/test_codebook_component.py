"""A codebook in a real page: codes painted and decoded, maps drawn from priors, what the server hears, keys. Trains nothing."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from browser import Component, Visit, serving
from playwright.sync_api import BrowserContext, expect

from ui.components.bundle import bundle
from vae_core import models
from vae_core.config import ModelConfig, TrainConfig
from vae_core.models import VQVAE, Batch
from vae_core.models.export import export

CONFIG = ModelConfig(family="vq", image_shape=(1, 12, 16), channels=(4, 6), codebook=9, code_channels=2)
ROWS, COLUMNS, CODES = 3, 4, 9
LETTERS = "ABCDEFGHI"

APP = """
from pathlib import Path
import streamlit as st
from ui.components.codebook import codebook

def changed():
    st.session_state.heard = st.session_state.get("heard", 0) + 1

asked = st.query_params
blob = Path(FOLDER, "vq.bundle").read_bytes()
codebook(blob, run="vq", codes=asked.get("codes", ""), prior=asked.get("prior", "learned"), seed=int(asked.get("seed", 0)), key="it",
    on_change=changed)
st.text(f"heard {st.session_state.get('heard', 0)}: {st.session_state.get('it', {}).get('view')}")
"""


def make_model() -> VQVAE:
    """A codebook that has followed a batch, and a prior with strong opinions."""
    model = models.build(CONFIG, seed=1)
    assert isinstance(model, VQVAE)
    x = torch.rand(16, *CONFIG.image_shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        model.losses(Batch(x, x, None), TrainConfig(), 1.0, torch.Generator().manual_seed(0))
        for parameter in (*model.decoder.parameters(), *model.pixelcnn.parameters()):
            parameter *= 2
    return model.eval()


def make_bundle(model: VQVAE) -> bytes:
    maps = torch.arange(5 * ROWS * COLUMNS).view(5, ROWS, COLUMNS) % CODES
    about = {"run": "vq", "traits": asdict(CONFIG.traits), "codebook": {"count": CODES, "shape": CONFIG.code_shape}}
    codes = model.lookup(maps).flatten(1).numpy()
    return bundle(export(model, half=False), codes=codes, labels=None, thumbnails=None, columns=10, about=about)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Streamlit server with the tiny app above."""
    folder: Path = tmp_path_factory.mktemp("app")
    (folder / "vq.bundle").write_bytes(make_bundle(make_model()))
    (folder / "app.py").write_text(f"FOLDER = {str(folder)!r}\n{APP}")
    with serving(folder / "app.py", folder / "log.txt") as server:
        yield server.address


class Painter(Component):
    """One page with the component on it."""

    selector = ".codebook"

    def wait_for(self, codes: str) -> "Painter":
        expect(self.root).to_have_attribute("data-codes", codes)
        return self

    @property
    def codes(self) -> str:
        return self.root.get_attribute("data-codes") or ""

    def drawn(self, before: str) -> str:
        expect(self.root).not_to_have_attribute("data-codes", before)
        self.page.wait_for_timeout(600)  # a map is drawn place by place
        return self.codes

    def image(self) -> np.ndarray:
        script = """(canvas) => {
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            return Array.from({ length: data.length / 4 }, (_, i) => data[4 * i]);
        }"""
        return np.array(self.root.locator(".image").evaluate(script)).reshape(12, 16)


Opener = Callable[..., Painter]


@pytest.fixture
def open_painter(address: str, new_visit: Callable[..., Visit]) -> Opener:
    """open_painter(query) -> Painter; `on` is another context than the desktop's."""
    return lambda query="", **on: Painter(new_visit(**on), f"{address}/?{query}")


def decoded(codes: str) -> np.ndarray:
    model = make_model()
    indices = torch.tensor([LETTERS.index(letter) for letter in codes]).view(1, ROWS, COLUMNS)
    with torch.no_grad():
        return 255 * model.images(model.lookup(indices).flatten(1))[0, 0].numpy()


def nats(codes: str) -> float:
    indices = torch.tensor([LETTERS.index(letter) for letter in codes]).view(1, ROWS, COLUMNS)
    with torch.no_grad():
        return float(make_model().pixelcnn.nats(indices))


FIRST = "ABCDEFGHIABC"


def test_a_code_is_painted_with_the_pointer_and_the_server_hears_of_it_once(open_painter: Opener) -> None:
    painter = open_painter().wait_for(FIRST)
    np.testing.assert_allclose(painter.image(), decoded(FIRST), atol=1.01)
    painter.root.get_by_role("radio", name="Code 3", exact=True).click()
    cells = painter.root.locator(".cells")
    box = cells.bounding_box()
    assert box
    row = box["y"] + box["height"] / 6
    painter.page.mouse.move(box["x"] + 5, row)
    painter.page.mouse.down()
    painter.page.mouse.move(box["x"] + box["width"] - 5, row, steps=12)
    painter.page.mouse.up()
    painted = "CCCCEFGHIABC"
    painter.wait_for(painted)
    np.testing.assert_allclose(painter.image(), decoded(painted), atol=1.01)
    expect(painter.page.get_by_text("heard 1:")).to_contain_text(painted)
    expect(painter.root.locator(".costs b")).to_have_text(f"{nats(painted):.1f}")


def test_keys_choose_a_code_and_paint_it(open_painter: Opener) -> None:
    painter = open_painter().wait_for(FIRST)
    painter.root.get_by_role("radio", name="Code 1", exact=True).focus()
    painter.page.keyboard.press("ArrowRight")
    painter.page.keyboard.press("Enter")
    expect(painter.root.get_by_role("radio", name="Code 2", exact=True)).to_have_attribute("aria-checked", "true")
    painter.root.get_by_role("button", name="Row 1, column 1: code 1").focus()
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        painter.page.keyboard.press(key)
    painter.wait_for("ABCDEBGHIABC")
    expect(painter.root.get_by_role("button", name="Row 2, column 2: code 2")).to_be_focused()


def test_a_draw_follows_its_seed_and_its_prior(open_painter: Opener) -> None:
    painter = open_painter("seed=5").wait_for(FIRST)
    button = painter.root.locator(".draw")
    expect(button).to_have_text("Draw from the learned prior")
    button.click()
    learned, seed = painter.drawn(FIRST), painter.root.locator(".seed").input_value()
    painter.root.get_by_role("radio", name="Uniform prior").click()
    expect(button).to_have_text("Draw from the uniform prior")
    uniform = painter.drawn(learned)
    assert painter.root.locator(".seed").input_value() == seed
    painter.root.get_by_role("radio", name="Learned prior").click()
    assert painter.drawn(uniform) == learned
    np.testing.assert_allclose(painter.image(), decoded(learned), atol=1.01)


def test_a_link_shows_its_map_and_a_wrong_one_the_first_image(open_painter: Opener) -> None:
    open_painter("codes=AAAABBBBCCCI&prior=uniform&seed=7").wait_for("AAAABBBBCCCI")
    open_painter("codes=AAAABBBBCCCJ").wait_for(FIRST)


def test_every_code_is_shown_as_the_middle_of_a_map_of_it_alone(open_painter: Opener) -> None:
    painter = open_painter().wait_for(FIRST)
    expect(painter.root).to_have_attribute("data-patches", str(CODES))
    script = """(canvas) => Array.from(canvas.getContext("2d").getImageData(0, 0, 4, 4).data).filter((_, i) => i % 4 === 0)"""
    for code in (0, 4, 8):
        patch = np.array(painter.root.locator(".palette canvas").nth(code).evaluate(script)).reshape(4, 4)
        np.testing.assert_allclose(patch, decoded(LETTERS[code] * 12)[4:8, 8:12], atol=1.01)


def test_nothing_is_cut_off_on_a_phone(open_painter: Opener, phone: BrowserContext) -> None:
    painter = open_painter(on=phone).wait_for(FIRST)
    assert painter.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    image, cells = (painter.root.locator(part).bounding_box() or {} for part in (".image", ".cells"))
    assert (image["y"], image["width"]) == pytest.approx((cells["y"], cells["width"]), abs=1)  # beside each other, in one window
    assert cells["width"] > 160
    assert cells["y"] + cells["height"] < painter.page.viewport_size["height"]
