"""The latent map in a real page: what a hand does, what the decoder shows, and what the server hears. Trains nothing."""

import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cache
from itertools import combinations
from typing import Self
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch
from browser import Component, Visit, serving
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, expect
from torch import nn

from ui.components.bundle import bundle, digest_of, summarise
from ui.palette import CLASS_COLOURS
from vae_core.config import ModelConfig
from vae_core.errors import RunDamaged
from vae_core.files.tensors import pack, unpack
from vae_core.models import Model
from vae_core.models.export import export
from vae_core.models.families import build
from vae_core.traits import FAMILIES

SIDE, COUNT, CLASSES = 14, 60, 3
PRIOR = {"weights": [0.3, 0.7], "means": [[-1.5, 0.0], [1.0, 0.5]], "deviations": [[0.2, 0.4], [0.3, 0.1]]}
HALF = 1.06 * 3  # of the whole map: three standard deviations of the prior and a margin

APP = """
from pathlib import Path
import streamlit as st
from ui.components.latent_map import latent_map

name = st.query_params.get("model", "five")
dims = {"one": 1, "two": 2, "five": 5, "broken": 2, "small": 2, "plain": 2, "told": 2, "mixture": 2, "levels": 5}[name]
st.session_state.setdefault("point", [0.5] * dims)
if st.button("Send away"):
    st.session_state.point = [-1.25] * dims
if st.button("Rerun"):
    pass
st.session_state["runs"] = st.session_state.get("runs", 0) + 1
blob = Path(FOLDER, name + ".bundle").read_bytes()
compact, layers = "compact" in st.query_params, st.query_params.get("layers", "tiles,codes")
point = None if "start" in st.query_params else st.session_state.point
label = int(st.query_params["label"]) if "label" in st.query_params else None
view = latent_map(blob, run=name, point=point, axes=("z1", "z2"), layers=layers, label=label, key="map", compact=compact)
st.text(f"point {view.point}")
st.text(f"axes {view.axes}")
st.text(str(st.session_state["map"].get("view")))
"""


def make_decoder(latent_dim: int) -> nn.Sequential:
    torch.manual_seed(latent_dim)
    decoder = nn.Sequential(
        nn.Linear(latent_dim, 8 * 7 * 7), nn.SiLU(), nn.Unflatten(1, (8, 7, 7)), nn.ConvTranspose2d(8, 3, 3, 2, 1, 1), nn.Sigmoid()
    )
    nn.init.normal_(decoder[0].weight, std=1.5)
    return decoder


def make_program(decoder: nn.Sequential, latent_dim: int, **changes: object) -> bytes:
    dense, convolution = decoder[0], decoder[3]
    steps = [
        {"op": "linear", "in": ["z"], "out": "a", "weight": "w0", "bias": "b0", "activation": "silu"},
        {"op": "reshape", "in": ["a"], "out": "b", "shape": [8, 7, 7]},
        {
            "op": "conv_transpose2d",
            "in": ["b"],
            "out": "c",
            "weight": "w1",
            "bias": "b1",
            "stride": 2,
            "padding": 1,
            "output_padding": [1, 1],
        },
        {"op": "activation", "in": ["c"], "out": "d", "activation": "sigmoid", **changes},
    ]
    decode = {"inputs": {"z": [latent_dim]}, "steps": steps, "outputs": {"image": "d"}}
    program = {"version": 1, "image_shape": [3, SIDE, SIDE], "latent_dim": latent_dim, "functions": {"decode": decode}}
    tensors = {"w0": dense.weight, "b0": dense.bias, "w1": convolution.weight, "b1": convolution.bias}
    arrays = {name: tensor.detach().numpy() for name, tensor in tensors.items()}
    return pack(arrays, {"format": "vae-program", "program": json.dumps(program)})


def make_codes(latent_dim: int) -> tuple[np.ndarray, np.ndarray]:
    """Codes on a wide grid of the first two dimensions, so that each can be pointed at; random in the others."""
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(COUNT, latent_dim)).astype(np.float32)
    spots = np.stack(np.meshgrid(np.linspace(-2, 2, 10), np.linspace(-2, 2, 6)), axis=-1).reshape(-1, 2)
    codes[:, : min(latent_dim, 2)] = spots[:, :latent_dim]
    return codes, np.arange(COUNT) % CLASSES


def make_sheet(columns: int) -> bytes:
    """Thumbnails of one grey each: the image of code i has the value 4 i."""
    sheet = np.zeros((COUNT // columns * SIDE, columns * SIDE), np.uint8)
    for i in range(COUNT):
        row, column = divmod(i, columns)
        sheet[row * SIDE : (row + 1) * SIDE, column * SIDE : (column + 1) * SIDE] = 4 * i
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "png")
    return file.getvalue()


def make_bundle(latent_dim: int, facts: dict[str, object] | None = None, **changes: object) -> bytes:
    codes, labels = make_codes(latent_dim)
    about = {"run": "five", "class_names": ["cat", "dog", "owl"], "dims": [[i, 1.0 / (1 + i)] for i in range(latent_dim)]}
    about |= facts or {}
    network = make_program(make_decoder(latent_dim), latent_dim, **changes)
    return bundle(network, codes=codes, labels=labels, thumbnails=make_sheet(10), columns=10, about=about)


@cache
def conditional() -> Model:
    """A model that is told one of three labels, which matters for its images."""
    shape = {"image_shape": (3, SIDE, SIDE), "network": "mlp", "hidden": (), "batch_norm": False}
    model = build(ModelConfig(family="conditional", classes=CLASSES, **shape))
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        nn.init.normal_(model.decoder[0].weight, std=1.5)
    return model.eval()


def make_conditional_bundle() -> bytes:
    codes, labels = make_codes(2)
    about = {"run": "told", "class_names": ["cat", "dog", "owl"], "dims": [[0, 1.0], [1, 0.5]], "first": 4}
    about["traits"] = asdict(FAMILIES["conditional"])
    network = export(conditional(), half=False)
    return bundle(network, codes=codes, labels=labels, thumbnails=make_sheet(10), columns=10, about=about)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Streamlit server with the tiny app above."""
    folder = tmp_path_factory.mktemp("app")
    for name, latent_dim in {"one": 1, "two": 2, "five": 5}.items():
        (folder / f"{name}.bundle").write_bytes(make_bundle(latent_dim))
    (folder / "small.bundle").write_bytes(make_bundle(2, {"held_out": 12, "first": 7}))
    (folder / "plain.bundle").write_bytes(make_bundle(2, {"traits": asdict(FAMILIES["autoencoder"])}))
    (folder / "told.bundle").write_bytes(make_conditional_bundle())
    learned = {"traits": asdict(FAMILIES["mixture"]), "prior": PRIOR}
    (folder / "mixture.bundle").write_bytes(make_bundle(2, learned))
    (folder / "levels.bundle").write_bytes(make_bundle(5, {"levels": [["top", 2], ["bottom", 3]]}))
    (folder / "broken.bundle").write_bytes(make_bundle(2, op="fourier"))
    (folder / "app.py").write_text(f"FOLDER = {str(folder)!r}\n{APP}")
    with serving(folder / "app.py", folder / "log.txt") as server:
        yield server.address


class Map(Component):
    """One page with the component on it."""

    selector = ".latent-map"

    @property
    def plane(self) -> Locator:
        return self.root.locator(".plane")

    def ready(self) -> Self:
        self.plane.scroll_into_view_if_needed()
        return super().ready()

    def point(self) -> list[float]:
        return self.numbers("point")

    def decodes(self) -> float:
        return self.number("decodes")

    def pixel(self, a: float, b: float) -> tuple[float, float]:
        """Where on the screen the whole map shows the plane's spot (a, b)."""
        box = self.plane.bounding_box()
        return box["x"] + box["width"] * (0.5 + float(a) / HALF / 2), box["y"] + box["height"] * (0.5 - float(b) / HALF / 2)

    def image(self) -> np.ndarray:
        """The decoded image as it is drawn: (3, H, W) in [0, 1]."""
        script = "(canvas) => Array.from(canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)"
        values = np.array(self.root.locator(".image").evaluate(script)).reshape(SIDE, SIDE, 4)
        return values[..., :3].transpose(2, 0, 1) / 255

    def expect_server(self, text: str) -> None:
        expect(self.page.get_by_text(text)).to_be_visible()


@pytest.fixture
def open_map(address: str, new_visit: Callable[..., Visit]) -> Callable[..., Map]:
    """open_map(query) -> Map; `on` is another context than the desktop's."""
    return lambda query="", **on: Map(new_visit(**on), f"{address}/?{query}")


Opener = Callable[..., Map]


def close_to(values: list[float]) -> object:
    return pytest.approx(values, abs=0.03)


def say_share(point: list[float]) -> str:
    """How many draws from the prior lie farther out, by torch's incomplete gamma function, as the page puts it."""
    squared = torch.tensor(sum(value**2 for value in point), dtype=torch.float64)
    share = torch.special.gammaincc(torch.tensor(len(point) / 2, dtype=torch.float64), squared / 2).item()
    return f"{100 * share:.{1 if share < 0.1 else 0}f} % of draws"


def test_a_drag_decodes_here_and_tells_the_server_once(open_map: Opener) -> None:
    the_map = open_map().ready()
    mouse, decodes = the_map.page.mouse, the_map.decodes()
    mouse.move(*the_map.pixel(-1.1, 0.2))
    mouse.down()
    for step in range(12):
        mouse.move(*the_map.pixel(-1.1 + 0.25 * step, 0.2 - 0.1 * step))
        the_map.visit.paints()
    before_release = the_map.sent
    expect(the_map.root.locator(".rarity")).to_contain_text(say_share(the_map.point()))
    assert the_map.decodes() >= decodes + 8
    assert the_map.point() == close_to([1.65, -0.9, 0.5, 0.5, 0.5])
    mouse.up()
    the_map.expect_server("point (1.6")
    the_map.expect_server("axes ('z1', 'z2')")
    assert (before_release, the_map.sent) == (0, 1)


def test_the_image_is_what_the_decoder_makes_of_the_point(open_map: Opener) -> None:
    the_map = open_map().ready()
    the_map.page.mouse.click(*the_map.pixel(2.6, 2.6))  # no code is near
    the_map.expect_server("point (2.")
    found = re.search(r"point \((.*)\)", the_map.page.get_by_text("point (").inner_text())[1]
    z = torch.tensor([[float(value) for value in found.split(",")]])
    expected = make_decoder(5)(z)[0].detach().numpy()
    np.testing.assert_allclose(the_map.image(), expected, atol=2 / 255)
    with the_map.page.expect_download() as download:
        the_map.root.get_by_role("button", name="Download PNG").click()
    assert download.value.suggested_filename.startswith("five z=2.")
    large = np.asarray(Image.open(download.value.path()).convert("RGB")).transpose(2, 0, 1) / 255
    np.testing.assert_array_equal(large, np.kron(the_map.image(), np.ones((40, 40))))
    rarity = the_map.root.locator(".rarity")
    expect(rarity).to_contain_text(f"Distance from the origin {z.norm().item():.2f} · uncommon")
    the_map.root.get_by_role("button", name="Origin").click()
    expect(rarity).to_contain_text("nearly all draws")


def test_the_map_is_saved_with_as_many_images_across_as_are_wanted(open_map: Opener) -> None:
    the_map = open_map().ready()
    with the_map.page.expect_download() as download:
        the_map.root.get_by_label("Images across").fill("3")
        the_map.root.get_by_role("button", name="Save map").click()
    assert download.value.suggested_filename == "five map z1,z2 3x3.png"
    saved = np.asarray(Image.open(download.value.path()).convert("RGB")).transpose(2, 0, 1)
    scale = saved.shape[1] // (3 * SIDE)
    assert saved.shape == (3, 3 * SIDE * scale, 3 * SIDE * scale)
    assert saved.shape[1] >= 1000
    half = HALF * 2 / 3
    codes = torch.tensor([[a, b, 0.5, 0.5, 0.5] for b in (half, 0, -half) for a in (-half, 0, half)])
    tiles = make_decoder(5)(codes).detach().numpy().reshape(3, 3, 3, SIDE, SIDE)
    expected = tiles.transpose(2, 0, 3, 1, 4).reshape(3, 3 * SIDE, 3 * SIDE)
    np.testing.assert_allclose(saved[:, ::scale, ::scale] / 255, expected, atol=2 / 255)
    expect(the_map.root.locator(".news")).to_have_text("Map saved")


def test_arrow_keys_move_and_commit_after_a_pause(open_map: Opener) -> None:
    the_map = open_map().ready()
    the_map.plane.focus()
    press = "(plane, [key, shiftKey]) => plane.dispatchEvent(new KeyboardEvent('keydown', { key, shiftKey, bubbles: true }))"
    keys = [("ArrowRight", False), ("ArrowRight", False), ("ArrowDown", False), ("ArrowLeft", True)]
    the_map.plane.evaluate(f"(plane, keys) => keys.forEach((given) => ({press})(plane, given))", keys)  # faster than any pause
    step = HALF / 20
    expect(the_map.plane).to_have_attribute("aria-valuetext", f"z1 {0.5 + 1.9 * step:.2f}, z2 {0.5 - step:.2f}")
    the_map.expect_server(f"point ({0.5 + 1.9 * step:.4g}")
    assert the_map.sent == 1


def test_sliders_decode_at_once_and_commit_on_release(open_map: Opener) -> None:
    the_map = open_map().ready()
    sliders = the_map.root.get_by_role("slider", name=re.compile("z[1-5]$"))
    assert [slider.get_attribute("aria-label") for slider in sliders.all()] == ["z1", "z2", "z3", "z4", "z5"]
    box = sliders.nth(2).bounding_box()
    mouse, middle = the_map.page.mouse, box["y"] + box["height"] / 2
    mouse.move(box["x"] + box["width"] * 0.55, middle)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.8, middle, steps=8)
    expect(the_map.root).to_have_attribute("data-point", re.compile(r"^0.50,0.50,[12]\.\d\d,0.50,0.50$"))
    assert the_map.sent == 0
    mouse.up()
    the_map.expect_server("point (0.5, 0.5, ")
    expect(the_map.page.get_by_text("point (0.5, 0.5, 0.5")).to_have_count(0)
    assert the_map.sent == 1


def test_a_click_on_a_code_goes_to_all_of_its_coordinates(open_map: Opener) -> None:
    the_map = open_map().ready()
    code = make_codes(5)[0][17]
    the_map.page.mouse.move(*the_map.pixel(*code[:2]))
    card = the_map.root.locator(".card")
    expect(card).to_contain_text("owl")  # 17 % 3
    grey = card.locator("canvas").evaluate("(canvas) => Array.from(canvas.getContext('2d').getImageData(7, 7, 1, 1).data)")
    assert grey == [68, 68, 68, 255]
    the_map.page.mouse.click(*the_map.pixel(*code[:2]))
    the_map.expect_server(f"point ({code[0]:.4g}")
    assert the_map.point() == pytest.approx(code.tolist(), abs=0.006)
    assert the_map.sent == 1
    owl = the_map.root.get_by_role("button", name="owl")
    owl.click()
    expect(owl).to_have_attribute("aria-pressed", "false")
    hidden = make_codes(5)[0][20]  # an owl, too: now there is only the spot, and the other coordinates stay
    the_map.page.mouse.click(*the_map.pixel(*hidden[:2]))
    the_map.expect_server(f"point ({hidden[0]:.1f}")
    assert the_map.point()[2:] == pytest.approx(code.tolist()[2:], abs=0.006)


def test_axes_are_chosen_in_pairs_of_a_kind(open_map: Opener) -> None:
    the_map = open_map().ready()
    across, up = the_map.root.get_by_label("Axis across"), the_map.root.get_by_label("Axis up")
    assert across.locator("option").all_inner_texts() == [f"z{i}" for i in range(1, 6)] + [f"pc{i}" for i in range(1, 6)]
    up.select_option("z4")
    the_map.expect_server("axes ('z1', 'z4')")
    up.select_option("z1")
    the_map.expect_server("axes ('z4', 'z1')")
    across.select_option("pc2")
    the_map.expect_server("axes ('pc2', 'pc1')")
    expect(up).to_have_value("pc1")
    assert the_map.point() == [0.5] * 5


def test_moving_along_principal_directions_moves_in_their_plane(open_map: Opener) -> None:
    the_map = open_map().ready()
    the_map.root.get_by_label("Axis across").select_option("pc1")
    the_map.expect_server("axes ('pc1', 'pc2')")
    box = the_map.plane.bounding_box()
    the_map.root.get_by_role("button", name="Codes").click()
    the_map.page.mouse.click(box["x"] + 60, box["y"] + 60)
    expect(the_map.root).not_to_have_attribute("data-point", ",".join(["0.50"] * 5))
    codes = make_codes(5)[0].astype(np.float64)
    directions = np.linalg.svd(codes - codes.mean(axis=0), full_matrices=False)[2][:2]
    moved = np.array(the_map.point()) - 0.5
    outside = moved - directions.T @ (directions @ moved)
    assert np.linalg.norm(moved) > 1
    assert np.abs(outside).max() < 0.02


def test_the_background_is_decoded_and_follows_a_zoom(open_map: Opener) -> None:
    the_map = open_map().ready()
    expect(the_map.root).to_have_attribute("data-tiles", re.compile(r"\d+x\d+"))
    the_map.root.get_by_role("button", name="Codes").click()
    script = """(canvas) => {
        const middle = canvas.getContext("2d").getImageData(canvas.width / 2 - 2, canvas.height / 2 - 2, 4, 4).data;
        return Array.from(middle).filter((_, i) => i % 4 === 0).reduce((a, b) => a + b) / 16 / 255;
    }"""
    expected = make_decoder(5)(torch.tensor([[0, 0, 0.5, 0.5, 0.5]]))[0, 0, 6:8, 6:8].mean().item()
    assert the_map.root.locator(".tiles").evaluate(script) == pytest.approx(expected, abs=0.15)
    point, ticks = the_map.point(), the_map.root.locator(".across").text_content()
    the_map.page.mouse.move(*the_map.pixel(1, 1))
    the_map.page.mouse.wheel(0, -400)
    expect(the_map.root.locator(".across")).not_to_have_text(ticks)
    assert the_map.point() == point
    the_map.root.get_by_role("button", name="Reset").click()
    expect(the_map.root.locator(".across")).to_have_text(ticks)
    the_map.expect_server("point (-2.0, -2.0, ")
    assert the_map.point() == pytest.approx(make_codes(5)[0][0].tolist(), abs=0.006)


def test_surprise_me_goes_somewhere_else(open_map: Opener) -> None:
    the_map = open_map("model=two").ready()
    expect(the_map.root.locator(".rarity")).to_contain_text(say_share([0.5, 0.5]))
    the_map.root.get_by_role("button", name="Surprise me").click()
    expect(the_map.page.get_by_text("point None")).to_have_count(0)
    assert the_map.point() != [0.5, 0.5]
    assert the_map.sent == 1
    assert not the_map.root.get_by_label("Axis across").is_visible()


def test_copy_link_carries_run_point_and_axes(open_map: Opener, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    the_map = open_map("model=five").ready()
    expected = {"model": ["five"], "run": ["five"], "z": ["0.5,0.5,0.5,0.5,0.5"], "axes": ["z1,z2"], "layers": ["tiles,codes"]}
    button, news = the_map.root.get_by_role("button", name="Copy link"), the_map.root.get_by_role("status")
    button.click()
    expect(news).to_have_text("Link copied")
    assert parse_qs(urlsplit(the_map.page.evaluate("navigator.clipboard.readText()")).query) == expected
    without = """() => {  // as on a page that is not served over https
        Object.defineProperty(navigator, "clipboard", { value: undefined });
        document.addEventListener("copy", () => (globalThis.copied = document.activeElement.value));
    }"""
    the_map.page.evaluate(without)
    button.click()
    link = the_map.page.wait_for_function("globalThis.copied").json_value()
    assert parse_qs(urlsplit(link).query) == expected
    assert the_map.sent == 0


def test_a_link_copied_during_a_flight_names_its_end(open_map: Opener, context: BrowserContext) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    the_map = open_map("model=five").ready()
    at_once = "root => ['.command-origin', '.command-link'].forEach(button => root.querySelector(button).click())"
    the_map.root.evaluate(at_once)
    expect(the_map.root.get_by_role("status")).to_have_text("Link copied")
    assert parse_qs(urlsplit(the_map.page.evaluate("navigator.clipboard.readText()")).query)["z"] == ["0,0,0,0,0"]
    assert the_map.point() == [0] * 5


def test_python_moves_the_point_once(open_map: Opener) -> None:
    the_map = open_map().ready()
    the_map.page.mouse.click(*the_map.pixel(2.6, 2.6))
    the_map.expect_server("point (2.")
    moved = the_map.point()
    the_map.page.get_by_role("button", name="Rerun").click()
    the_map.ready()
    assert the_map.point() == moved
    the_map.page.get_by_role("button", name="Send away").click()
    expect(the_map.root).to_have_attribute("data-point", ",".join(["-1.25"] * 5))


def test_a_phone(open_map: Opener, phone: BrowserContext) -> None:
    the_map = open_map(on=phone).ready()
    plane, image = the_map.plane.bounding_box(), the_map.root.locator(".image").bounding_box()
    assert plane["y"] + plane["height"] <= image["y"], "the image belongs below the plane"
    assert image["y"] - plane["y"] - plane["height"] < 60, "the image follows the plane at once"
    assert the_map.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert the_map.root.evaluate("(root) => root.scrollWidth <= root.clientWidth")
    the_map.page.touchscreen.tap(*the_map.pixel(2.6, 2.6))
    the_map.expect_server("point (2.")
    pinch(the_map)


def pinch(the_map: Map) -> None:
    """Two fingers that part zoom in and leave the point alone."""
    x, y = the_map.pixel(0, 0)
    point, numbers = the_map.point(), the_map.root.locator(".across").text_content()
    touches = the_map.page.context.new_cdp_session(the_map.page)
    for kind, gap in [("touchStart", 40), ("touchMove", 60), ("touchMove", 100), ("touchEnd", 0)]:
        fingers = [{"x": x - gap, "y": y, "id": 0}, {"x": x + gap, "y": y, "id": 1}] if gap else []
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})
    expect(the_map.root.locator(".across")).not_to_have_text(numbers)
    assert the_map.point() == point


def test_one_dimension_is_a_strip(open_map: Opener) -> None:
    the_map = open_map("model=one").ready()
    box = the_map.plane.bounding_box()
    assert box["width"] > 4 * box["height"]
    the_map.page.mouse.click(*the_map.pixel(-2.9, 0))
    the_map.expect_server("point (-2.9")
    expect(the_map.root.locator(".rarity")).to_contain_text(say_share([-2.9]))


def test_compact_is_plane_image_and_one_button(open_map: Opener) -> None:
    the_map = open_map("compact").ready()
    buttons = the_map.root.get_by_role("button")
    assert [button.inner_text() for button in buttons.all() if button.is_visible()] == ["Surprise me"]
    assert the_map.root.get_by_role("slider").count() == 1
    the_map.page.mouse.click(*the_map.pixel(1, 1))
    the_map.expect_server("point (1.0")


def test_it_begins_at_the_code_of_a_real_image_and_returns_there(open_map: Opener) -> None:
    the_map = open_map("start&model=small&layers=").ready()
    what, start = the_map.root.locator(".what"), make_codes(2)[0][7]
    expect(what).to_have_text("The code of a real dog, held out")  # 7 % 3
    assert the_map.point() == close_to(start.tolist())
    grey = what.locator("canvas").evaluate("(canvas) => canvas.getContext('2d').getImageData(7, 7, 1, 1).data[0]")
    assert grey == 28
    the_map.root.get_by_role("button", name="Origin").click()
    expect(the_map.root).to_have_attribute("data-point", "0.00,0.00")
    expect(what).to_be_hidden()
    the_map.root.get_by_role("button", name="Reset").click()
    expect(what).to_be_visible()
    assert the_map.point() == close_to(start.tolist())


def test_a_small_set_shows_all_codes_and_rings_those_that_were_held_out(open_map: Opener) -> None:
    the_map = open_map("start&model=small&layers=").ready()
    expect(the_map.root.get_by_role("button", name="Codes", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(the_map.root.locator(".kinds")).to_be_visible()
    codes = make_codes(2)[0]
    script = """(canvas, [x, y]) => [...canvas.getContext("2d").getImageData(x * canvas.width - 9, y * canvas.height - 9, 18, 18).data]
        .filter((value, i, all) => i % 4 === 0 && Math.min(value, all[i + 1], all[i + 2]) > 200).length"""
    white = {
        index: the_map.root.locator(".dots").evaluate(
            script, [0.5 + float(codes[index, 0]) / HALF / 2, 0.5 - float(codes[index, 1]) / HALF / 2]
        )
        for index in (11, 12)
    }
    assert white[11] > 5
    assert white[12] == 0
    the_map.page.mouse.click(*the_map.pixel(*codes[40].astype(float)))
    expect(the_map.root.locator(".what")).to_have_text("The code of a real dog, trained on")


def test_layers_are_a_state_that_python_knows(open_map: Opener) -> None:
    the_map = open_map("start&model=two&layers=").ready()
    codes = the_map.root.get_by_role("button", name="Codes", exact=True)
    expect(codes).to_have_attribute("aria-pressed", "false")
    codes.click()
    the_map.expect_server("'layers': 'tiles,codes'")
    the_map.root.get_by_role("button", name="Decoded map").click()
    the_map.expect_server("'layers': 'codes'")
    codes.click()
    the_map.expect_server("'layers': 'none'")


def test_draws_from_the_prior_are_made_again_by_their_seed(open_map: Opener) -> None:
    the_map = open_map("start&model=two&layers=").ready()
    root, sheet = the_map.root, the_map.root.locator(".sheet")
    root.get_by_role("radio", name="Draws from the prior").click()
    expect(sheet).to_have_attribute("data-decoded", "36")
    script = "(sheet) => [...sheet.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL())"
    first = sheet.evaluate(script)
    assert len(set(first)) == 36
    root.get_by_label("Number of draws").select_option("16")
    expect(sheet).to_have_attribute("data-decoded", "16")
    assert sheet.evaluate(script) == first[:16]
    the_map.expect_server("'draws': [16, 0]")
    root.get_by_role("button", name="Draw again").click()
    expect(sheet.locator("button")).to_have_count(16)
    expect(root.get_by_label("Seed")).not_to_have_value("0")
    root.get_by_label("Seed").fill("0")
    root.get_by_label("Seed").press("Enter")
    expect(sheet).to_have_attribute("data-decoded", "16")
    the_map.visit.settle()
    assert sheet.evaluate(script) == first[:16]
    with the_map.page.expect_download() as download:
        root.get_by_role("button", name="Download PNG").click()
    assert download.value.suggested_filename == "two draws 16 seed 0.png"
    with Image.open(download.value.path()) as saved:
        assert min(saved.size) > 500
    sheet.locator("button").first.focus()
    for key in ("ArrowRight", "ArrowDown", "Enter"):
        the_map.page.keyboard.press(key)
    expect(root).to_have_attribute("data-mode", "map")
    image = root.locator(".image").element_handle()
    the_map.page.wait_for_function("([image, draw]) => image.toDataURL() === draw", arg=[image, first[5]])


@pytest.mark.parametrize(("kept", "redrawn", "same"), [("top", "bottom", slice(0, 2)), ("bottom", "top", slice(2, 5))])
def test_a_level_is_kept_while_the_other_is_drawn(open_map: Opener, kept: str, redrawn: str, same: slice) -> None:
    the_map = open_map("model=levels&layers=").ready()
    root, sheet = the_map.root, the_map.root.locator(".sheet")
    keep = root.get_by_role("radio", name=f"Keep the {kept}, redraw the {redrawn}")
    keep.click()
    expect(sheet).to_have_attribute("data-decoded", "36")
    expect(root.locator(".sentence")).to_have_text(
        re.compile(f"^The {kept} level is the point's in every image; the {redrawn} level is drawn")
    )
    the_map.expect_server(f"'mode': 'keep-{kept}'")
    script = "(sheet) => [...sheet.querySelectorAll('canvas')].map((canvas) => canvas.toDataURL())"
    first = sheet.evaluate(script)
    assert len(set(first)) == 36
    slider = root.get_by_role("group", name=f"The {kept} level").get_by_role("slider").first
    slider.fill("1.5")
    expect(sheet).to_have_attribute("data-decoded", "36")
    the_map.visit.settle()
    assert not set(first) & set(sheet.evaluate(script))
    before = the_map.point()
    sheet.locator("button").nth(3).click()
    expect(root).to_have_attribute("data-mode", "map")
    the_map.expect_server("'mode': ''")
    after = the_map.point()
    assert after[same] == pytest.approx(before[same])
    assert all(abs(one - other) > 1e-3 for one, other in zip(after, before, strict=True) if one not in after[same])


def test_sliders_stand_under_the_name_of_their_level(open_map: Opener) -> None:
    root = open_map("model=levels").ready().root
    for name, dimensions in {"top": ["z1", "z2"], "bottom": ["z3", "z4", "z5"]}.items():
        assert root.get_by_role("group", name=f"The {name} level").locator(".row > span").all_inner_texts() == dimensions
    assert open_map().ready().root.locator(".level").count() == 0


def test_an_autoencoder_draws_too_and_leads_to_a_hole(open_map: Opener) -> None:
    the_map = open_map("start&model=plain&layers=").ready()
    the_map.root.get_by_role("radio", name="Draws from the prior").click()
    expect(the_map.root.locator(".sentence")).to_contain_text("has no prior: these are drawn from N(0, I) all the same")
    the_map.root.get_by_role("button", name="Take me to a hole").click()
    expect(the_map.root.locator(".what")).to_contain_text("A hole: the nearest code is")
    expect(the_map.root.locator(".overlay text")).to_have_text("hole")
    codes = make_codes(2)[0]
    away = np.linalg.norm(codes - np.array(the_map.point()), axis=1).min()
    assert away > 0.4  # codes lie 0.44 and 0.8 apart: the middle between four is 0.46 away
    the_map.expect_server("'hole': [")
    the_map.root.get_by_role("button", name="Reset").click()
    expect(the_map.root.locator(".overlay text")).to_have_count(0)
    the_map.expect_server("'hole': None")


def test_the_label_of_a_conditional_model_redraws_everything_and_leaves_the_code(open_map: Opener) -> None:
    the_map = open_map("model=told&layers=tiles").ready()
    root, z = the_map.root, torch.tensor([[0.5, 0.5]])
    dial = root.get_by_role("group", name="Label that the decoder is told")

    def chosen() -> list[str]:
        return [button.inner_text() for button in dial.get_by_role("button").all() if button.get_attribute("aria-pressed") == "true"]

    def expect_image(label: int) -> None:
        with torch.no_grad():
            expected = conditional().images(z, torch.tensor([label]))[0].numpy()
        np.testing.assert_allclose(the_map.image(), expected, atol=2 / 255)

    assert chosen() == ["dog"], "the class of the first image: 4 % 3"
    expect_image(1)
    expect(root).to_have_attribute("data-tiles", re.compile("x"))
    tiles = root.locator(".tiles").element_handle()
    before = tiles.evaluate("(canvas) => canvas.toDataURL()")
    decodes = the_map.decodes()
    dial.get_by_role("button", name="dog").focus()
    for key in ("ArrowRight", "Enter"):
        the_map.page.keyboard.press(key)
    the_map.expect_server("'label': 2")
    assert (chosen(), the_map.point(), the_map.sent) == (["owl"], [0.5, 0.5], 1)
    assert the_map.decodes() > decodes
    expect_image(2)
    the_map.page.wait_for_function("([canvas, before]) => canvas.toDataURL() !== before", arg=[tiles, before])
    root.get_by_role("radio", name="Draws from the prior").click()
    sheet = root.locator(".sheet")
    expect(sheet).to_have_attribute("data-decoded", "36")
    first = sheet.locator("canvas").first.evaluate("(canvas) => canvas.toDataURL()")
    dial.get_by_role("button", name="cat").click()
    the_map.expect_server("'label': 0")
    expect(root.locator(".what")).to_be_hidden()
    draw = sheet.locator("canvas").first.element_handle()
    the_map.page.wait_for_function("([canvas, first]) => canvas.toDataURL() !== first", arg=[draw, first])
    root.get_by_role("button", name="Reset").click()
    expect(root.locator(".what")).to_have_text("The code of a real dog, decoded as cat")
    dial.get_by_role("button", name="dog").click()
    expect(root.locator(".what")).to_have_text("The code of a real dog")


def test_a_link_names_the_label_and_one_that_there_is_not_is_the_usual_one(open_map: Opener) -> None:
    for asked, name in (("2", "owl"), ("9", "dog")):
        the_map = open_map(f"model=told&label={asked}").ready()
        expect(the_map.root.get_by_role("button", name=name).first).to_have_attribute("aria-pressed", "true")
    expect(open_map("model=two").ready().root.locator(".dial")).to_be_hidden()


def test_a_learned_prior_is_drawn_by_component_and_drawn_from(open_map: Opener) -> None:
    the_map = open_map("start&model=mixture&layers=").ready()
    root = the_map.root
    script = "(rings) => rings.map((ring) => ['cx', 'cy', 'rx', 'ry'].map((name) => Number(ring.getAttribute(name))))"
    rings = np.array(root.locator(".overlay ellipse.line").evaluate_all(script))
    (x1, y1, *one), two_sigma, (x2, y2, *other), _ = rings
    scale = (x2 - x1) / 2.5
    assert y1 - y2 == pytest.approx(0.5 * scale, rel=0.01)
    assert sorted(one) == pytest.approx([0.2 * scale, 0.4 * scale], rel=0.01)
    assert sorted(other) == pytest.approx([0.1 * scale, 0.3 * scale], rel=0.01)
    assert two_sigma[2:] == pytest.approx(2 * np.array(one), rel=0.01)
    expect(root.locator(".overlay text")).to_have_text(["1: 30 %", "2: 70 %"])
    expect(root.locator(".sentence")).to_contain_text("Ellipses: 1 and 2 σ of each component of the prior")
    expect(root.locator(".rarity")).to_contain_text("draws from the prior lie where it is thinner")
    root.get_by_role("radio", name="Draws from the prior").click()
    sheet = root.locator(".sheet")
    expect(sheet).to_have_attribute("data-decoded", "36")
    second = sheet.get_by_role("button", name="of component 2").count()
    assert 15 < second < 35
    root.get_by_label("Component of the prior").select_option("1: 30 %")
    expect(sheet.get_by_role("button", name="of component 1")).to_have_count(36)
    the_map.expect_server("'draws': [36, 0, 1]")
    sheet.locator("button").nth(4).click()
    expect(root).to_have_attribute("data-mode", "map")
    the_map.expect_server("'mode': ''")
    assert (np.abs((np.array(the_map.point()) - [-1.5, 0]) / [0.2, 0.4]) < 4).all()


def test_other_models_move_nothing(open_map: Opener) -> None:
    """The same places and sizes, to the pixel."""
    places = "(root) => [...root.querySelectorAll('.plane, .image, .command, .what, .coordinates, .mode, .row')].slice(0, 16)"
    script = f"(root) => ({places})(root).map((part) => Object.values(part.getBoundingClientRect().toJSON()).join())"
    found = [open_map(f"start&layers=&model={name}").ready().root.evaluate(script) for name in ("two", "plain")]
    assert found[0] == found[1]


def test_a_model_that_cannot_run_says_so(open_map: Opener) -> None:
    the_map = open_map("model=broken")
    expect(the_map.page.get_by_role("alert").first).to_contain_text("cannot run the model (There is no operation called fourier)")


def test_a_bundle_holds_what_it_was_given() -> None:
    codes, labels = make_codes(5)
    network = make_program(make_decoder(5), 5)
    blob = bundle(network, codes=codes, labels=labels, thumbnails=b"sheet", columns=7, about={"run": "a", "mean": np.ones(5)})
    arrays, metadata = unpack(blob, "bundle")
    about = json.loads(metadata["about"])
    np.testing.assert_array_equal(arrays["codes"], codes)
    np.testing.assert_array_equal(arrays["labels"], labels)
    assert (arrays["network"].tobytes(), arrays["thumbnails"].tobytes()) == (network, b"sheet")
    assert (about["run"], about["mean"], about["columns"], len(about["colours"])) == ("a", [1.0] * 5, 7, 10)
    assert about["traits"] == json.loads(json.dumps(asdict(FAMILIES["vae"])))
    assert digest_of(blob) == metadata["sha256"]
    bare, _ = unpack(bundle(network, codes=None, labels=None, thumbnails=None, columns=1, about={}), "bundle")
    assert list(bare) == ["network"]


def test_a_summary_agrees_with_the_singular_value_decomposition() -> None:
    codes = np.random.default_rng(1).normal(size=(200, 12)) * np.arange(1, 13) + 5
    facts = summarise(codes, 12)
    centred = codes - codes.mean(axis=0)
    _, values, rows = np.linalg.svd(centred, full_matrices=False)
    np.testing.assert_allclose(facts["deviations"], values[:8] / np.sqrt(199), rtol=1e-6)
    np.testing.assert_allclose(np.abs(np.sum(facts["directions"] * rows[:8], axis=1)), 1, rtol=1e-6)
    np.testing.assert_allclose(facts["extent"][3], np.percentile(codes[:, 3], [0.5, 99.5]))
    assert summarise(codes[:, :1], 1)["directions"].shape == (1, 1)


def test_what_does_not_fit_is_refused() -> None:
    codes, labels = make_codes(5)
    network = make_program(make_decoder(5), 5)
    rest = {"thumbnails": None, "columns": 1, "about": {}}
    with pytest.raises(ValueError, match=r"expects \(N, 5\)"):
        bundle(network, codes=codes[:, :3], labels=None, **rest)
    with pytest.raises(ValueError, match="labels"):
        bundle(network, codes=codes, labels=labels[1:], **rest)
    with pytest.raises(ValueError, match="not finite"):
        bundle(network, codes=codes * np.inf, labels=None, **rest)
    with pytest.raises(RunDamaged, match=r"network.bin"):
        bundle(network[:-1] + b"x", codes=None, labels=None, **rest)


def luminance(colour: np.ndarray) -> float:
    return float(np.array([0.2126, 0.7152, 0.0722]) @ colour)


def lab(colour: np.ndarray) -> np.ndarray:
    """CIELAB under D65 of linear RGB."""
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x, y, z = (matrix @ np.clip(colour, 0, 1)) / [0.95047, 1.0, 1.08883]
    x, y, z = (np.cbrt(v) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


# What Machado, Oliveira and Fernandes (2009) give for full protanopia and deuteranopia.
SIGHTS = {
    "full": (47, np.eye(3)),
    "protanopia": (21, np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]])),
    "deuteranopia": (21, np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]])),
}


@pytest.mark.parametrize("sight", SIGHTS)
def test_class_colours_stay_apart(sight: str) -> None:
    least, matrix = SIGHTS[sight]
    linear = [_linear(colour) for colour in CLASS_COLOURS]
    seen = [lab(matrix @ colour) for colour in linear]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) >= least
    assert all(1.05 / (luminance(colour) + 0.05) >= 2.1 for colour in linear), "too pale for a white page"
    dark = luminance(_linear("#0e1117")) + 0.05
    assert all((luminance(colour) + 0.05) / dark >= 2.9 for colour in linear), "too dark for a dark page"


def _linear(colour: str) -> np.ndarray:
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
