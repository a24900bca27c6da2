"""Clouds of points in a real page: where they are drawn, what a hand finds there, and what the server hears. Trains nothing."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import torch
from browser import Visit, serving
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from ui.components.bundle import bundle
from ui.components.scatter import Projection, pack_frames, pack_points
from ui.palette import CLASS_COLOURS
from vae_core.config import ModelConfig
from vae_core.files.tensors import unpack
from vae_core.models import Model
from vae_core.models.export import export
from vae_core.models.families import build
from vae_core.projections.computation import transform
from vae_core.projections.projection import Projection as Finished
from vae_core.projections.request import Request

SIDE, COUNT, SHOWN, CLASSES, DIMS = 14, 60, 40, 3, 4
GROUND = {"light": (0xF4, 0xF5, 0xF8), "dark": (0x1C, 0x1F, 0x2B)}
PALETTE_ENDS = ((0x3A, 0x2A, 0x7D), (0xF2, 0xD5, 0x45))
CONFIG = ModelConfig(image_shape=(1, SIDE, SIDE), network="mlp", hidden=(24,), latent_dim=DIMS, batch_norm=False)
STEPS = (0, 10, 20)
MOVE, TURN = np.array([40, 26]), np.array([60, -36])  # CSS pixels of a drag
NAMES = ["cat", "dog, old", "owl"]

APP = """
from pathlib import Path
import numpy as np
import streamlit as st
from ui.components.scatter import Own, pack_frames, scatter

st.set_page_config(layout="wide")
asked = st.query_params
case = asked.get("case", "plain")
read = lambda name: Path(FOLDER, name).read_bytes()
live = case == "live"
more = st.toggle("More frames") if live else True
frames = [read("frames0")] + ([read("frames1")] if more else []) if case in ("film", "live") else []
own = []
if case == "own":
    picture = np.full((1, 14, 14), 200, np.uint8)
    own = [Own("My drawing", picture)]
view = {"run": "a model", "live": live}
if st.button("Send away"):
    view |= {"colour_by": "Cost, nats", "pins": [3, 5], "layout": "1"}
found = scatter(read("bare.bundle" if case == "bare" else "bundle"), read(case), key="cloud", view=view, frames=frames, own=own)
st.text(f"saw {found}")
"""


def make_model() -> Model:
    model = build(CONFIG)
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter *= 4
    return model.eval()


def make_codes() -> np.ndarray:
    """Random codes (60, 4) whose first two dimensions are a wide grid, so that each can be pointed at."""
    codes = np.random.default_rng(0).normal(size=(COUNT, DIMS)).astype(np.float32)
    codes[:, :2] = np.stack(np.meshgrid(np.linspace(-2, 2, 10), np.linspace(-1.5, 1.5, 6)), axis=-1).reshape(-1, 2)
    return codes


CODES = make_codes()
LABELS = np.arange(COUNT) % CLASSES
COST = np.random.default_rng(1).permutation(COUNT) + 40.0
ORIGIN = np.array([0.0, 0.0, 0.5, -0.5])
BASIS = np.eye(2, DIMS)
FLAT = Projection("Raw", CODES[:, :2], ("z1", "z2"), (ORIGIN, BASIS))
MIRRORED = Projection("t-SNE", CODES[:, :2][::-1] * [30, -30])
FRAMES = np.stack([CODES[:, :2] * [scale, -scale] for scale in (1.0, 2.0, 3.0)])
SPACE = np.random.default_rng(2).uniform(-1, 1, (COUNT, 3))


def make_points() -> dict[str, bytes]:
    classes = {"labels": LABELS, "class_names": NAMES}
    known = {**classes, "clusters": LABELS // 2 - 1, "scalars": {"Cost, nats": COST}, "index": 1000 + np.arange(COUNT)}
    filmed = Projection("t-SNE", FRAMES[-1][::-1], film="film")
    three, many = CODES[:3], np.random.default_rng(3).normal(size=(400, DIMS))
    return {
        "plain": pack_points(CODES, projections=[FLAT, MIRRORED], **known),
        "own": pack_points(CODES, projections=[FLAT, MIRRORED], **known),
        "film": pack_points(CODES, projections=[FLAT, filmed], **classes),
        "live": pack_points(CODES, projections=[filmed], **classes),
        "space": pack_points(CODES, projections=[Projection("PCA", SPACE, ("pc1", "pc2", "pc3"))], **classes),
        "bare": pack_points(CODES, projections=[Projection("UMAP", CODES[:, :2])]),
        "three": pack_points(three, projections=[Projection("PCA", three[:, :2], ("pc1", "pc2"))], labels=LABELS[:3], class_names=NAMES),
        "one": pack_points(CODES[:1], projections=[Projection("PCA", CODES[:1, :2], ("pc1", "pc2"))], labels=LABELS[:1], class_names=NAMES),
        "classes": pack_points(many, projections=[Projection("UMAP", many[:, :2])], labels=np.arange(400) % 200),
    }


def make_sheet() -> bytes:
    """Thumbnails of one grey each: the image of code i has the value 4 i."""
    sheet = np.kron(4 * np.arange(SHOWN, dtype=np.uint8).reshape(-1, 10), np.ones((SIDE, SIDE), np.uint8))
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "png")
    return file.getvalue()


def decoded(code: np.ndarray) -> np.ndarray:
    """The image of a code by torch: (H, W) from 0 to 255."""
    return 255 * make_model().images(torch.from_numpy(np.asarray(code, np.float32))[None]).detach().numpy()[0, 0]


def colour(label: int) -> tuple[int, int, int]:
    return tuple(bytes.fromhex(CLASS_COLOURS[label][1:]))


def winding(polygon: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Which points (N, 2) a polygon (K, 2) goes around: the angles under which they see its sides sum up to a full turn."""
    corners = polygon[None] - points[:, None]
    following = np.roll(corners, -1, axis=1)
    cross = corners[..., 0] * following[..., 1] - corners[..., 1] * following[..., 0]
    angles = np.arctan2(cross, (corners * following).sum(-1))
    return np.abs(angles.sum(1)) > np.pi


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Streamlit server with the tiny app above."""
    folder = tmp_path_factory.mktemp("app")
    network = export(make_model(), half=False)
    about = {"run": "a model", "class_names": NAMES, "dims": [[i, 1.0 / (1 + i)] for i in range(DIMS)]}
    shown = {"codes": CODES[:SHOWN], "labels": LABELS[:SHOWN]}
    (folder / "bundle").write_bytes(bundle(network, **shown, thumbnails=make_sheet(), columns=10, about=about))
    (folder / "bare.bundle").write_bytes(bundle(network, codes=None, labels=None, thumbnails=None, columns=10, about={}))
    for name, points in make_points().items():
        (folder / name).write_bytes(points)
    (folder / "frames0").write_bytes(pack_frames("film", STEPS[:2], FRAMES[:2]))
    (folder / "frames1").write_bytes(pack_frames("film", STEPS[2:], FRAMES[2:]))
    (folder / "app.py").write_text(f"FOLDER = {str(folder)!r}\n{APP}")
    with serving(folder / "app.py", folder / "log.txt") as server:
        yield server.address


class Cloud:
    """One page with the component on it."""

    def __init__(self, visit: Visit, url: str) -> None:
        self.visit, self.page = visit, visit.page
        self.page.goto(url)
        self.root = self.page.locator(".scatter")
        expect(self.root).to_have_attribute("data-ready", "true")
        expect(self.root).to_have_attribute("data-pictures", re.compile(r"\d"))
        self.visit.settle()
        self.root.scroll_into_view_if_needed()
        self.before = self.visit.sent

    @property
    def sent(self) -> int:
        """Websocket frames since the page was opened."""
        return self.visit.sent - self.before

    def fact(self, name: str) -> str:
        return self.root.get_attribute(f"data-{name}")

    def plane(self, plot: int = 0) -> Locator:
        return self.root.locator(".plane").nth(plot)

    def pixels(self, points: np.ndarray, plot: int = 0) -> np.ndarray:
        """Where in the plot the whole map shows flat points (N, 2): CSS pixels (N, 2) from its corner."""
        box = self.plane(plot).bounding_box()
        middle, reach = (points.max(0) + points.min(0)) / 2, (points.max(0) - points.min(0)) / 2
        half = 1.08 * max(reach[0], reach[1] * box["width"] / box["height"]) or 1.0
        return (points - middle) * [1, -1] * box["width"] / (2 * half) + [box["width"] / 2, box["height"] / 2]

    def screen(self, spot: np.ndarray, plot: int = 0) -> tuple[float, float]:
        box = self.plane(plot).bounding_box()
        return box["x"] + float(spot[0]), box["y"] + float(spot[1])

    def dot(self, spot: np.ndarray, plot: int = 0, canvas: str = ".dots") -> tuple[int, ...]:
        """The colour that is painted there."""
        script = "(canvas, [x, y]) => [...canvas.getContext('2d').getImageData(x, y, 1, 1).data]"
        painted = self.plane(plot).locator(canvas).evaluate(script, [int(spot[0]), int(spot[1])])
        return tuple(painted[:3])

    def hovered_at(self, spot: np.ndarray) -> str:
        """The point that a pointer coming there finds."""
        self.page.mouse.move(*self.screen(spot + 1))
        self.page.mouse.move(*self.screen(spot))
        return self.fact("hovered")

    def eventually(self, what: Callable[[], object], expected: object) -> None:
        for _ in range(60):
            if what() == expected:
                return
            self.page.wait_for_timeout(30)
        assert what() == expected

    def image(self, canvas: Locator) -> np.ndarray:
        """What a canvas shows: (H, W) from 0 to 255, all three channels alike."""
        script = "(canvas) => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
        values = np.array(canvas.evaluate(script)).reshape(SIDE, SIDE, 4)
        assert (values[..., :1] == values[..., :3]).all()
        return values[..., 0]

    def hover(self, index: int, points: np.ndarray = FLAT.points) -> None:
        self.page.mouse.move(*self.screen(self.pixels(points)[index]))
        expect(self.root).to_have_attribute("data-hovered", str(index))

    def click(self, index: int, points: np.ndarray = FLAT.points) -> None:
        self.page.mouse.click(*self.screen(self.pixels(points)[index]))

    def drag(self, spots: np.ndarray, key: str | None = None) -> None:
        """Press at the first spot of the plot, move along all, release."""
        if key:
            self.page.keyboard.down(key)
        self.page.mouse.move(*self.screen(spots[0]))
        self.page.mouse.down()
        for spot in spots[1:]:
            self.page.mouse.move(*self.screen(spot))
        self.page.mouse.up()
        if key:
            self.page.keyboard.up(key)


Opener = Callable[..., Cloud]


@pytest.fixture
def open_cloud(address: str, new_visit: Callable[..., Visit]) -> Opener:
    """open_cloud(case) -> Cloud; `on` is another context than the desktop's."""
    return lambda case="plain", **on: Cloud(new_visit(**on), f"{address}/?case={case}")


# ---- What Python packs ----------------------------------------------------------------------------------------------


def test_what_is_packed_is_what_was_given_and_always_the_same_bytes() -> None:
    first, again = (make_points()["plain"] for _ in range(2))
    arrays, _ = unpack(first, "points")
    assert first == again
    np.testing.assert_array_equal(arrays["codes"], CODES)
    np.testing.assert_array_equal(arrays["points1"], MIRRORED.points.astype(np.float32))
    np.testing.assert_array_equal(arrays["scalar0"], COST)


def test_frames_keep_sixteen_bits_each_at_its_own_scale() -> None:
    frames = np.random.default_rng(4).normal(size=(2, COUNT, 2)) * np.array([1e-4, 80])[:, None, None]
    arrays, _ = unpack(pack_frames("film", [0, 50], frames), "frames")
    reach = np.abs(frames).max(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(arrays["frames"] / 32767 * reach, frames, atol=0.51 * reach.max() / 32767)
    assert np.abs(arrays["frames"]).max(axis=(1, 2)).tolist() == [32767, 32767]


def broken(values: np.ndarray, number: float = np.nan) -> np.ndarray:
    values = np.array(values, np.float64)
    values.flat[3] = number
    return values


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"codes": broken(CODES)}, "codes holds numbers that are not finite"),
        ({"projections": [Projection("PCA", broken(FLAT.points, np.inf))]}, "PCA holds numbers that are not finite"),
        ({"scalars": {"Cost": broken(COST)}}, "Cost holds numbers that are not finite"),
        ({"projections": [Projection("PCA", FLAT.points, plane=(broken(ORIGIN), BASIS))]}, "the plane of PCA holds"),
        ({"projections": [Projection("PCA", FLAT.points, plane=(ORIGIN, BASIS.T))]}, r"expected \(4,\) and \(2, 4\)"),
        ({"projections": [Projection("PCA", FLAT.points[1:])]}, r"expected \(60, 2\) or \(60, 3\)"),
        ({"projections": [Projection("PCA", FLAT.points, axes=("pc1",))]}, "1 axes for 2 coordinates"),
        ({"projections": []}, "0 projections were given; expected one or two"),
        ({"labels": LABELS[1:]}, "labels has shape"),
        ({"codes": CODES[:0]}, "at least one point"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict, sentence: str) -> None:
    given = {"codes": CODES, "projections": [FLAT], "labels": LABELS, **changes}
    with pytest.raises(ValueError, match=sentence):
        pack_points(given.pop("codes"), **given)


@pytest.mark.parametrize(("steps", "frames"), [([0], FRAMES), ([], FRAMES[:0]), ([0], FRAMES[0]), ([0, 1, 2], broken(FRAMES))])
def test_frames_that_do_not_fit_are_refused(steps: list[int], frames: np.ndarray) -> None:
    with pytest.raises(ValueError, match="frames"):
        pack_frames("film", steps, frames)


# ---- What is drawn ---------------------------------------------------------------------------------------------------


def test_points_are_drawn_where_they_are_in_the_colour_of_their_class(open_cloud: Opener) -> None:
    cloud = open_cloud()
    spots = cloud.pixels(FLAT.points)
    assert [cloud.dot(spot) for spot in spots] == [colour(label) for label in LABELS]
    assert cloud.dot((spots[0] + spots[1]) / 2) == GROUND["light"]
    assert cloud.root.locator(".across b").inner_text() == "z1"


def test_the_legend_counts_hides_and_isolates(open_cloud: Opener) -> None:
    cloud = open_cloud()
    spots, legend = cloud.pixels(FLAT.points), cloud.root.locator(".legend button")
    assert legend.all_inner_texts() == [f"{name}\n20" for name in NAMES]

    def seen() -> list[bool]:
        return [cloud.dot(spots[i]) != GROUND["light"] for i in range(3)]

    legend.nth(1).click()
    cloud.eventually(seen, [True, False, True])
    cloud.page.mouse.move(*cloud.screen(spots[1]))
    cloud.page.wait_for_timeout(60)
    assert cloud.fact("hovered") == "-1"  # what is hidden cannot be found
    legend.nth(2).dblclick()
    cloud.eventually(seen, [False, False, True])
    legend.nth(2).click(modifiers=["Alt"])
    cloud.eventually(seen, [True, True, True])
    assert cloud.sent == 0


def test_numbers_are_coloured_by_a_palette_that_its_bar_explains(open_cloud: Opener) -> None:
    cloud = open_cloud()
    spots, bar = cloud.pixels(FLAT.points), cloud.root.locator(".scale")
    for name, values in {"Cost, nats": COST, "z3": CODES[:, 2]}.items():
        cloud.root.locator(".colour").select_option(name)
        expect(bar).to_contain_text(name)
        ends = [spots[pick(values)] for pick in (np.argmin, np.argmax)]
        cloud.eventually(lambda ends=ends: [cloud.dot(end) for end in ends], list(PALETTE_ENDS))
    cloud.root.locator(".colour").select_option("Cost, nats")
    assert [text for text in bar.locator("span").all_inner_texts()] == ["40", "Cost, nats", "99"]
    cloud.root.locator(".colour").select_option("cluster")
    assert cloud.root.locator(".legend").inner_text().split("\n")[::2] == ["Cluster 1", "No cluster"]
    expect(cloud.page.get_by_text("colour_by='cluster'")).to_be_visible()


def test_close_up_pictures_stand_in_place_of_points(open_cloud: Opener) -> None:
    cloud = open_cloud()
    box, whole = cloud.plane().bounding_box(), cloud.pixels(FLAT.points)
    anchor = np.round((whole[34] + whole[45]) / 2)
    spots = anchor + 3 * (whole - anchor)
    assert cloud.fact("pictures") == "0"
    cloud.page.mouse.move(*cloud.screen(anchor))
    for _ in range(4):
        cloud.page.mouse.wheel(0, -np.log(3) / 0.0015 / 4)
    expect(cloud.root).to_have_attribute("data-zoom", "3.000")
    inside = [i for i in range(COUNT) if (spots[i] > 20).all() and (spots[i] < [box["width"] - 20, box["height"] - 20]).all()]
    assert min(inside) < SHOWN < max(inside)
    cloud.eventually(lambda: int(cloud.fact("pictures")) >= len(inside), True)
    for i in inside:
        pixel = decoded(CODES[i])[SIDE // 2, SIDE // 2] if i >= SHOWN else 4 * i
        cloud.eventually(lambda spot=spots[i], value=pixel: abs(cloud.dot(spot + 1, canvas=".faces")[0] - value) <= 1, True)
    cloud.root.locator(".toggle-pictures").click()
    expect(cloud.root).to_have_attribute("data-pictures", "0")


# ---- What a hand finds -----------------------------------------------------------------------------------------------


def test_hovering_shows_the_image_and_what_the_decoder_makes_of_it(open_cloud: Opener) -> None:
    cloud = open_cloud()
    card = cloud.root.locator(".card")
    for index in (0, 37, 59):
        cloud.hover(index)
        expect(card.locator("b")).to_have_text(NAMES[LABELS[index]])
        expect(card.locator("dd").first).to_have_text(str(1000 + index))
        original, made = card.locator("canvas").all()
        np.testing.assert_allclose(cloud.image(made), decoded(CODES[index]), atol=1.01)
        assert original.is_visible() == (index < SHOWN)
        if index < SHOWN:
            assert (cloud.image(original) == 4 * index).all()
    cloud.page.mouse.move(5, 5)
    expect(card).to_be_hidden()
    assert cloud.sent == 0


def test_the_empty_plane_decodes_where_the_pointer_is(open_cloud: Opener) -> None:
    cloud = open_cloud()
    spots = cloud.pixels(FLAT.points)
    spot, z = (spots[12] + spots[23]) / 2, ORIGIN + (FLAT.points[12] + FLAT.points[23]) @ BASIS / 2
    cloud.page.mouse.move(*cloud.screen(spot))
    aimed = cloud.root.locator(".aimed")
    expect(aimed.locator("dd").first).to_have_text(f"{z[0]:.2f}".replace("-", "\u2212"))
    np.testing.assert_allclose([float(value) for value in cloud.fact("aimed").split(",")], z, atol=0.02)
    np.testing.assert_allclose(cloud.image(aimed.locator("canvas")), decoded(z), atol=5)
    cloud.root.get_by_role("button", name="t-SNE").click()
    expect(aimed).to_be_hidden()


def test_a_click_pins_and_lists_the_nearest_codes(open_cloud: Opener) -> None:
    cloud = open_cloud()
    cloud.click(17)
    expect(cloud.root).to_have_attribute("data-pinned", "17")
    order = np.argsort(np.linalg.norm(CODES - CODES[17], axis=1))
    assert cloud.fact("neighbours") == ",".join(map(str, order[1:9]))
    expect(cloud.page.get_by_text("pins=(17,)")).to_be_visible()
    cloud.root.locator(".near button").first.click()
    expect(cloud.root).to_have_attribute("data-pinned", f"17,{order[1]}")
    for index in (0, 5, 9, 50, 59):
        cloud.click(index)
    expect(cloud.root).to_have_attribute("data-pinned", f"{order[1]},0,5,9,50,59")  # six; the oldest one gave way
    cloud.click(59)
    expect(cloud.root).to_have_attribute("data-pinned", f"{order[1]},0,5,9,50")
    cloud.root.locator(".unpin-all").click()
    expect(cloud.root.locator(".pins")).to_be_hidden()
    cloud.visit.settle()


def test_between_two_pins_a_line_is_walked(open_cloud: Opener) -> None:
    cloud = open_cloud()
    cloud.click(3)
    expect(cloud.root.locator(".walk-panel")).to_be_hidden()
    cloud.click(28)
    walk = cloud.root.locator(".walk-panel")
    expect(cloud.root).to_have_attribute("data-walk", "0.5")
    cloud.visit.settle()
    before = cloud.sent
    walk.locator("input").fill("0.25")
    expect(cloud.root).to_have_attribute("data-walk", "0.25")
    z = 0.75 * CODES[3] + 0.25 * CODES[28]
    np.testing.assert_allclose(cloud.image(walk.locator("canvas")), decoded(z), atol=1.01)
    assert cloud.fact("nearest") == str(np.argmin(np.linalg.norm(CODES - z, axis=1)))
    link = urlsplit(walk.locator("a").evaluate("(link) => link.href"))
    assert (link.path, parse_qs(link.query)) == ("/interpolate", {"run": ["a model"], "samples": ["3,28"]})
    assert cloud.sent == before
    cloud.click(50)  # without a thumbnail, so Interpolate does not have it
    expect(walk.locator("a")).to_be_hidden()
    cloud.visit.settle()


def gallery(cloud: Cloud) -> list[int]:
    return cloud.root.locator(".gallery button").evaluate_all("(buttons) => buttons.map((button) => Number(button.dataset.index))")


def test_among_all_images_those_with_an_original_come_first(open_cloud: Opener) -> None:
    cloud = open_cloud()
    cloud.eventually(lambda: gallery(cloud), [SHOWN * place // 24 for place in range(24)])
    first, last = (cloud.root.locator(".gallery canvas").nth(place) for place in (0, 23))
    assert (cloud.image(first) == 0).all()
    assert (cloud.image(last) == 4 * (SHOWN * 23 // 24)).all()
    cloud.click(10)
    cloud.click(50)
    titles = cloud.root.locator(".pin-row .face").evaluate_all("(faces) => faces.map((face) => face.title)")
    assert [title.endswith(", decoded from its code") for title in titles] == [False, True]


POLYGON = np.array([(-1.9, -1.2), (0.2, -1.35), (1.3, 0.1), (0.4, 0.5), (0.25, -0.4), (-0.5, 1.1), (-1.2, 0.2)])


def test_a_lasso_and_a_box_select_what_they_go_around(open_cloud: Opener) -> None:
    cloud = open_cloud()
    spots = cloud.pixels(np.vstack([FLAT.points, POLYGON]))[COUNT:]
    inside = np.flatnonzero(winding(POLYGON, FLAT.points))
    cloud.drag(spots, "Shift")
    expect(cloud.root).to_have_attribute("data-selected", str(len(inside)))
    assert 5 < len(inside) < 30
    mean = cloud.root.locator(".mean canvas")
    np.testing.assert_allclose(cloud.image(mean), decoded(CODES[inside].mean(0)), atol=1.01)
    rows = dict(text.split("\n") for text in cloud.root.locator(".histogram li").all_inner_texts())
    assert rows == {NAMES[label]: str(count) for label, count in enumerate(np.bincount(LABELS[inside])) if count}
    assert sorted(gallery(cloud)) == inside[:24].tolist()
    whole = cloud.pixels(FLAT.points)
    assert cloud.dot(whole[inside[0]]) == colour(LABELS[inside[0]])
    assert cloud.dot(whole[59]) not in (colour(LABELS[59]), GROUND["light"])  # dimmed
    expect(cloud.page.get_by_text(f"selected={len(inside)}")).to_be_visible()
    cloud.root.get_by_role("button", name="Box").click()
    cloud.drag(spots[[0, 2]])
    (left, bottom), (right, top) = POLYGON[0], POLYGON[2]
    boxed = ((FLAT.points > [left, bottom]) & (FLAT.points < [right, top])).all(1).sum()
    expect(cloud.root).to_have_attribute("data-selected", str(boxed))
    cloud.plane().press("Escape")
    expect(cloud.root).to_have_attribute("data-selected", "0")
    cloud.visit.settle()


def test_what_is_downloaded_reads_back_the_same(open_cloud: Opener) -> None:
    cloud = open_cloud()
    with cloud.page.expect_download() as download:
        cloud.root.locator(".csv").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    assert list(rows[0]) == ["index", "class", "z1", "z2", "z3", "z4", "x", "y", "x2", "y2"]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    assert columns["index"] == [str(1000 + i) for i in range(COUNT)]
    assert columns["class"] == [NAMES[label] for label in LABELS]
    numbers = np.array([columns[name] for name in list(columns)[2:]], np.float32).T
    np.testing.assert_array_equal(numbers, np.hstack([CODES, FLAT.points, MIRRORED.points.astype(np.float32)]))


def test_two_plots_show_the_same_points_found_and_selected(open_cloud: Opener) -> None:
    cloud = open_cloud()
    cloud.root.get_by_role("button", name="Side by side").click()
    expect(cloud.root.locator(".plane")).to_have_count(2)
    cloud.eventually(lambda: cloud.dot(cloud.pixels(MIRRORED.points, 1)[7], 1), colour(LABELS[7]))
    cloud.hover(13)
    ring = cloud.plane(1).locator(".hover").evaluate("(g) => g.transform.baseVal[0].matrix.e + ',' + g.transform.baseVal[0].matrix.f")
    np.testing.assert_allclose([float(value) for value in ring.split(",")], cloud.pixels(MIRRORED.points, 1)[13], atol=0.6)
    spots = cloud.pixels(FLAT.points)
    cloud.drag(np.array([spots[0] + [-8, 8], spots[11] + [8, -8]]), "Alt")
    expect(cloud.root).to_have_attribute("data-selected", "4")
    there = cloud.pixels(MIRRORED.points, 1)
    cloud.eventually(lambda: [cloud.dot(there[i], 1) == colour(LABELS[i]) for i in (0, 1, 10, 11, 2, 12, 59)], [True] * 4 + [False] * 3)
    expect(cloud.page.get_by_text("layout='both'")).to_be_visible()


def test_one_projection_turns_into_the_other(open_cloud: Opener, browser: Browser) -> None:
    cloud = open_cloud()
    cloud.root.get_by_role("button", name="t-SNE").click()
    expect(cloud.root).to_have_attribute("data-morphing", "true")
    expect(cloud.root).to_have_attribute("data-morphing", "false")
    spots = cloud.pixels(MIRRORED.points)
    assert [cloud.dot(spot) for spot in spots] == [colour(label) for label in LABELS]
    cloud.visit.settle()
    still = browser.new_context(viewport=cloud.page.viewport_size, reduced_motion="reduce")
    calm = open_cloud(on=still)
    calm.root.get_by_role("button", name="t-SNE").click()
    calm.eventually(lambda: calm.dot(spots[7]), colour(LABELS[7]))
    assert calm.fact("morphing") == "false"
    calm.visit.settle()


def test_another_projection_opens_with_everything_in_view(open_cloud: Opener) -> None:
    cloud = open_cloud("film")
    cloud.plane().focus()
    cloud.page.keyboard.press("+")
    expect(cloud.root).to_have_attribute("data-zoom", "1.250")
    cloud.root.get_by_role("button", name="t-SNE").click()
    expect(cloud.root).to_have_attribute("data-zoom", "1.000")
    expect(cloud.root).to_have_attribute("data-morphing", "false")
    cloud.plane().focus()
    cloud.page.keyboard.press("+")
    cloud.root.locator(".film input").fill("1")
    expect(cloud.root.locator(".film")).to_contain_text("Step 10")
    expect(cloud.root).to_have_attribute("data-zoom", re.compile(r"^1\.2"))
    cloud.visit.settle()


def test_frames_are_scrubbed_and_played(open_cloud: Opener) -> None:
    cloud = open_cloud("film")
    film, bar = cloud.root.locator(".film"), cloud.root.locator(".film input")
    expect(film).to_be_hidden()
    cloud.root.get_by_role("button", name="t-SNE").click()
    expect(film).to_contain_text("Finished")
    expect(cloud.root).to_have_attribute("data-morphing", "false")
    assert cloud.fact("frames") == "4"
    cloud.visit.settle()
    before = cloud.sent
    final, middle = (cloud.pixels(points) for points in (FRAMES[-1][::-1], FRAMES[1]))
    cloud.eventually(lambda: cloud.dot(final[4]), colour(LABELS[4]))
    bar.fill("1")
    expect(film).to_contain_text("Step 10")
    cloud.eventually(lambda: [cloud.dot(spot) for spot in middle], [colour(label) for label in LABELS])
    bar.fill("3")
    film.get_by_role("button", name="Play how it came about").click()
    expect(film).to_contain_text("Finished")
    expect(film.get_by_role("button", name="Play how it came about")).to_be_visible()
    assert cloud.sent == before


def test_frames_that_come_later_are_shown_as_they_come(open_cloud: Opener) -> None:
    cloud = open_cloud("live")
    film = cloud.root.locator(".film")
    expect(film).to_contain_text("Step 10")
    cloud.root.locator(".colour").select_option("z3")
    cloud.page.get_by_text("More frames").click()
    expect(film).to_contain_text("Step 20")
    assert (cloud.fact("frame"), cloud.fact("colour")) == ("2", "z3")
    film.locator("input").fill("0")
    expect(film).to_contain_text("Step 0")
    cloud.visit.settle()


def test_space_turns_and_what_is_under_the_pointer_is_still_found(open_cloud: Opener) -> None:
    cloud = open_cloud("space")
    box = cloud.plane().bounding_box()
    middle = np.array([box["width"], box["height"]]) / 2
    cloud.drag(np.array([middle, middle + TURN]))
    yaw, pitch = np.array([0.5, 0.3]) + TURN / 120
    about_up = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_right = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    centred = SPACE - (SPACE.max(0) + SPACE.min(0)) / 2
    turned = centred @ (about_right @ about_up).T
    half = 1.08 * 0.8 * np.linalg.norm((SPACE.max(0) - SPACE.min(0)) / 2) * max(1, box["width"] / box["height"])
    spots = middle + turned[:, :2] * [1, -1] * box["width"] / (2 * half)
    for index in (0, 20, 40):
        cloud.page.mouse.move(*cloud.screen(spots[index]))
        nearest = np.argmin(np.linalg.norm(spots - np.round(spots[index]), axis=1))
        expect(cloud.root).to_have_attribute("data-hovered", str(nearest))
    near, far = np.argmax(turned[:, 2]), np.argmin(turned[:, 2])
    contrast = [np.abs(np.subtract(cloud.dot(spots[i]), GROUND["light"])).sum() for i in (near, far)]
    full = [np.abs(np.subtract(colour(LABELS[i]), GROUND["light"])).sum() for i in (near, far)]
    assert contrast[0] / full[0] > 0.8 > 0.6 > contrast[1] / full[1]
    assert cloud.sent == 0


def test_own_images_are_encoded_and_lie_where_their_codes_belong(open_cloud: Opener) -> None:
    cloud = open_cloud("own")
    with torch.no_grad():
        code = make_model().encode(torch.full((1, 1, SIDE, SIDE), 200 / 255)).mean.numpy()
    exactly = (code - ORIGIN) @ BASIS.T
    among = transform(CODES, Finished(Request("tsne"), MIRRORED.points, {}, {}), code)
    for plot, (name, others, place) in enumerate((("Raw", FLAT.points, exactly), ("t-SNE", MIRRORED.points, among))):
        cloud.root.get_by_role("button", name=name).click()
        expect(cloud.root).to_have_attribute("data-layout", str(plot))
        expect(cloud.root).to_have_attribute("data-morphing", "false")
        spot = cloud.pixels(np.vstack([others, place]))[COUNT]
        cloud.eventually(lambda spot=spot: cloud.dot(spot + 1, canvas=".faces"), (200, 200, 200))
        cloud.eventually(lambda spot=spot: cloud.hovered_at(spot), str(COUNT))
    expect(cloud.root.locator(".card b")).to_have_text("My drawing")
    assert (cloud.image(cloud.root.locator(".card canvas").first) == 200).all()
    cloud.visit.settle()


# ---- Hands, screens, servers -------------------------------------------------------------------------------------------


def test_moving_the_view_tells_the_server_nothing(open_cloud: Opener) -> None:
    cloud = open_cloud()
    box = cloud.plane().bounding_box()
    middle = np.array([box["width"], box["height"]]) / 2
    spots = cloud.pixels(FLAT.points)
    gap = (spots[24] + spots[35]) / 2
    cloud.drag(np.array([gap, gap + MOVE / 2, gap + MOVE]))
    cloud.eventually(lambda: cloud.dot(spots[33] + MOVE), colour(LABELS[33]))
    cloud.page.mouse.wheel(0, -200)
    expect(cloud.root).to_have_attribute("data-zoom", re.compile("1.3"))
    for _ in range(20):
        cloud.page.mouse.move(*cloud.screen(middle + np.random.default_rng(5).uniform(-100, 100, 2)))
    cloud.page.mouse.dblclick(*cloud.screen(np.array([4, 4])))
    expect(cloud.root).to_have_attribute("data-zoom", "1.000")
    assert cloud.dot(spots[33]) == colour(LABELS[33])
    assert cloud.sent == 0


def test_the_keyboard_moves_zooms_finds_and_pins(open_cloud: Opener) -> None:
    cloud = open_cloud()
    plane, spots = cloud.plane(), cloud.pixels(FLAT.points)
    width = plane.bounding_box()["width"]
    plane.press("ArrowRight")
    cloud.eventually(lambda: cloud.dot(spots[33] - [width / 20, 0]), colour(LABELS[33]))
    plane.press("+")
    expect(cloud.root).to_have_attribute("data-zoom", "1.250")
    plane.press("0")
    expect(cloud.root).to_have_attribute("data-zoom", "1.000")
    for key, index in {"n": "0", "N": "1", "p": "0"}.items():
        plane.press(key)
        expect(cloud.root).to_have_attribute("data-hovered", index)
    assert cloud.sent == 0
    plane.press("Enter")
    expect(cloud.root).to_have_attribute("data-pinned", "0")
    expect(cloud.page.get_by_text("pins=(0,)")).to_be_visible()


def test_python_sends_the_view_elsewhere(open_cloud: Opener) -> None:
    cloud = open_cloud()
    cloud.page.get_by_role("button", name="Send away").click()
    expect(cloud.root).to_have_attribute("data-pinned", "3,5")
    assert (cloud.fact("colour"), cloud.fact("layout")) == ("Cost, nats", "1")
    cloud.visit.settle()


def test_a_phone_in_the_dark(open_cloud: Opener, phone: BrowserContext) -> None:
    cloud = open_cloud(on=phone)
    assert cloud.page.evaluate("document.documentElement.scrollWidth") <= 390
    assert cloud.root.evaluate("(root) => root.scrollWidth <= root.clientWidth")
    spots = cloud.pixels(FLAT.points)
    assert cloud.dot((spots[0] + spots[1]) / 2) == GROUND["dark"]
    cloud.page.touchscreen.tap(*cloud.screen(spots[8]))
    expect(cloud.root).to_have_attribute("data-pinned", "8")
    cloud.visit.settle()


@pytest.mark.parametrize(("case", "count"), [("one", 1), ("three", 3), ("classes", 400), ("bare", COUNT)])
def test_few_points_many_classes_and_nothing_known(open_cloud: Opener, case: str, count: int) -> None:
    cloud = open_cloud(case)
    assert cloud.fact("points") == str(count)
    if case == "classes":
        assert cloud.root.locator(".legend button").count() == 200
        return
    flat = {"one": CODES[:1, :2], "three": CODES[:3, :2], "bare": CODES[:, :2]}[case].copy()
    cloud.hover(0, flat)
    expect(cloud.root.locator(".card b")).to_have_text("cat" if case != "bare" else "Image 0")
    np.testing.assert_allclose(cloud.image(cloud.root.locator(".card canvas").nth(1)), decoded(CODES[0]), atol=1.01)
    cloud.click(0, flat)
    assert cloud.root.locator(".near button").count() == min(count - 1, 8)
    expect(cloud.root.locator(".colour option").first).to_have_text("Class" if case != "bare" else "z1")
    cloud.visit.settle()
