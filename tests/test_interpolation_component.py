"""From image to image in a real page: what is decoded along the way, what the server hears, what can be saved. Trains nothing."""

import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from browser import Component, Visit, serving
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from ui.components.bundle import bundle
from ui.components.interpolation import View, interpolation
from ui.components.link import link
from vae_core.config import ModelConfig
from vae_core.files.tensors import pack, unpack
from vae_core.latent.geometry import lerp, slerp
from vae_core.models import Model
from vae_core.models.export import export
from vae_core.models.families import build

SIDE, COUNT, CLASSES, FACTOR, FRAMES = 14, 60, 3, 19, 16  # 19 * 14 = 266 is the first multiple above 256
BLANK = 5  # of the images: nothing at all, and its code is the origin
CONFIG = ModelConfig(image_shape=(1, SIDE, SIDE), network="mlp", hidden=(24,), latent_dim=5, batch_norm=False)
CONFIGS = {
    "grey": CONFIG,
    "colour": replace(CONFIG, image_shape=(3, SIDE, SIDE), latent_dim=3),
    "plain": replace(CONFIG, family="autoencoder", latent_dim=2),
    "told": replace(CONFIG, family="conditional", classes=CLASSES, latent_dim=2),
    "mute": CONFIG,  # its encoder is taken away
}

APP = """
from pathlib import Path
import numpy as np
import streamlit as st
from ui.components.interpolation import View, interpolation

asked = st.query_params
name, mode = asked.get("model", "grey"), asked.get("mode", "path")
picks = [int(pick) for pick in asked.get("images", "0,1").split(",")]
st.session_state.setdefault("start", View(rule=asked.get("rule", "linear")))
if st.button("Send away"):
    st.session_state.start = View(t=0.25, rule="spherical", u=0.25, strength=0.75)
if st.button("Rerun"):
    pass
images = np.load(Path(FOLDER, name + ".npy"))[..., : int(asked.get("width", 14))]
blob = Path(FOLDER, name + ".bundle").read_bytes()
titles = [f"picture {pick}" for pick in picks]
view = interpolation(blob, images=[images[pick] for pick in picks], titles=titles, mode=mode, key="way", start=st.session_state.start)
st.text(f"saw {view}")
"""


def make_model(name: str) -> Model:
    """A network with strong weights, so that codes lie apart and images differ; without biases in the encoder."""
    model = build(CONFIGS[name])
    with torch.no_grad():
        for parameter in model.decoder.parameters():
            parameter *= 3
        for parameter in model.encoder.parameters():
            parameter *= 4 if parameter.ndim > 1 else 0
    return model.eval()


def make_images(name: str) -> np.ndarray:
    images = np.random.default_rng(1).integers(0, 256, (6, *CONFIGS[name].image_shape), dtype=np.uint8)
    images[BLANK] = 0
    return images


def make_codes(name: str) -> tuple[np.ndarray, np.ndarray]:
    codes = np.random.default_rng(0).normal(size=(COUNT, CONFIGS[name].latent_dim)).astype(np.float32)
    return codes, np.arange(COUNT) % CLASSES


def make_bundle(name: str) -> bytes:
    codes, labels = make_codes(name)
    network = export(make_model(name), half=False)
    if name == "mute":
        tensors, metadata = unpack(network, "network.bin")
        metadata["program"] = metadata["program"].replace('"encode"', '"unused"')
        network = pack(tensors, {key: metadata[key] for key in ("format", "program")})
    about = {"run": name, "traits": asdict(CONFIGS[name].traits), "class_names": ["cat", "dog", "owl"]}
    return bundle(network, codes=codes, labels=None if name == "plain" else labels, thumbnails=make_sheet(), columns=10, about=about)


def make_sheet() -> bytes:
    """Thumbnails of one grey each: the image of code i has the value 4 i."""
    sheet = np.kron(4 * np.arange(COUNT, dtype=np.uint8).reshape(-1, 10), np.ones((SIDE, SIDE), np.uint8))
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "png")
    return file.getvalue()


def means(name: str, *picks: int) -> np.ndarray:
    """Posterior means of images (N, D), by torch."""
    x = torch.from_numpy(make_images(name)[list(picks)].astype(np.float32) / 255)
    return make_model(name).encode(x).mean.detach().numpy().astype(np.float64)


def decoded(name: str, codes: np.ndarray) -> np.ndarray:
    """Images of codes (N, D), by torch: (N, C, H, W) from 0 to 255."""
    return 255 * make_model(name).images(torch.from_numpy(np.asarray(codes, np.float32))).detach().numpy()


def nearest(name: str, codes: np.ndarray) -> np.ndarray:
    """Distances (N,) of points (N, D) to the nearest code of the data set."""
    return np.linalg.norm(np.atleast_2d(codes)[:, None] - make_codes(name)[0], axis=2).min(axis=1)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Streamlit server with the tiny app above."""
    folder = tmp_path_factory.mktemp("app")
    for name in CONFIGS:
        (folder / f"{name}.bundle").write_bytes(make_bundle(name))
        np.save(folder / f"{name}.npy", make_images(name))
    (folder / "app.py").write_text(f"FOLDER = {str(folder)!r}\n{APP}")
    with serving(folder / "app.py", folder / "log.txt") as server:
        yield server.address


class Stage(Component):
    """One page with the component on it."""

    selector = ".interpolation"

    @property
    def slider(self) -> Locator:
        return self.root.locator(".t")

    def point(self) -> list[float]:
        return self.numbers("point")

    def move(self, value: float, selector: str = ".t") -> "Stage":
        """Drag a slider and let go, all at once; back when it is decoded and drawn."""
        script = """(input, value) => {
            input.value = value;
            for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind));
            return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        }"""
        self.root.locator(selector).evaluate(script, value)
        return self

    def pixels(self, selector: str, place: int = 0) -> np.ndarray:
        """What a canvas shows, in the model's own size: (3, H, W)."""
        script = """(canvas, most) => {
            const [width, height] = [canvas.width, canvas.height];
            const step = width > most ? width / 14 : 1;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            const found = [];
            for (let y = step >> 1; y < height; y += step) for (let x = step >> 1; x < width; x += step)
                found.push(...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3));
            return [width / step, found];
        }"""
        width, values = self.root.locator(selector).nth(place).evaluate(script, 7 * SIDE)
        return np.array(values).reshape(-1, round(width), 3).transpose(2, 0, 1)

    def hero(self) -> np.ndarray:
        return self.pixels(".hero")

    def bytes_of(self, codes: np.ndarray) -> np.ndarray:
        """What the page's own network makes of codes, as bytes (N, C, H, W)."""
        script = """(_, [source, codes]) => {
            const models = [...globalThis[Symbol.for("vae-explorer")].values()];
            const { network } = models.find(({ widget }) => widget?.model?.about.run === source).widget.model;
            const picture = (z) => Array.from(Uint8ClampedArray.from(network.decode(Float32Array.from(z)), (value) => 255 * value));
            return codes.map(picture);
        }"""
        name = re.search(r"model=(\w+)", self.page.url)
        run = name[1] if name else "grey"
        return np.array(self.root.evaluate(script, [run, np.asarray(codes).tolist()])).reshape(len(codes), *CONFIGS[run].image_shape)

    def eventually(self, look: Callable[[], np.ndarray], expected: np.ndarray, atol: float) -> None:
        """What is drawn in idle time comes a little later."""
        for _ in range(40):
            seen = look()
            if seen.shape == expected.shape and np.abs(seen - expected).max() <= atol:
                return
            self.page.wait_for_timeout(50)
        np.testing.assert_allclose(look(), expected, atol=atol)

    def saw(self, text: str) -> None:
        """The server's last view holds the text."""
        expect(self.page.get_by_text(re.compile(f"saw View.*{re.escape(text)}"))).to_be_visible()

    def download(self, kind: str) -> Path:
        with self.page.expect_download() as download:
            self.root.locator(f".downloads [value={kind}]").click()
        assert download.value.suggested_filename.endswith(f".{kind}")
        return download.value.path()


@pytest.fixture
def open_stage(address: str, new_visit: Callable[..., Visit]) -> Callable[..., Stage]:
    """open_stage(query) -> Stage; `on` is another context than the desktop's."""
    return lambda query="", **on: Stage(new_visit(**on), f"{address}/?{query}")


Opener = Callable[..., Stage]


def three(image: np.ndarray) -> np.ndarray:
    """Grey (1, H, W) or colour (3, H, W) as the screen's red, green and blue."""
    return np.broadcast_to(image, (3, SIDE, SIDE))


def close_to(values: Sequence[float]) -> object:
    return pytest.approx(list(values), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize(("name", "rule", "formula"), [("grey", "linear", lerp), ("colour", "spherical", slerp)])
def test_the_path_is_decoded_between_and_beyond_its_ends(open_stage: Opener, name: str, rule: str, formula: Callable) -> None:
    stage = open_stage(f"model={name}&rule={rule}").ready()
    a, b = means(name, 0, 1)
    for t in (-0.5, 0.0, 0.31, 0.5, 1.0, 1.4):
        stage.move(t)
        code = formula(a, b, np.array([t]))
        assert stage.point() == close_to(code[0])
        np.testing.assert_allclose(stage.hero(), three(decoded(name, code)[0]), atol=0.51)
        norm = np.linalg.norm(a) ** (1 - t) * np.linalg.norm(b) ** t
        assert (np.linalg.norm(stage.point()) == pytest.approx(norm, rel=1e-4)) == (rule == "spherical" or t in (0.0, 1.0))


def test_the_ends_are_exactly_what_the_network_makes_of_the_images(open_stage: Opener) -> None:
    stage = open_stage("rule=spherical").ready()
    script = """(_, image) => {
        const [{ widget }] = globalThis[Symbol.for("vae-explorer")].values();
        const { encode, decode } = widget.model.network;
        const mean = encode(Float32Array.from(image, (value) => value / 255)).mean.slice();
        return Array.from(Uint8ClampedArray.from(decode(mean), (value) => 255 * value));
    }"""
    for rule in ("Arc", "Straight line"):
        stage.root.get_by_role("button", name=rule).click()
        for pick in (0, 1):
            expected = np.array(stage.root.evaluate(script, make_images("grey")[pick].ravel().tolist())).reshape(1, SIDE, SIDE)
            np.testing.assert_array_equal(stage.move(pick).hero(), three(expected))


def test_ends_that_have_no_arc_take_the_straight_line(open_stage: Opener) -> None:
    same = open_stage("rule=spherical&images=2,2").ready()
    for t in (-0.5, 0.5, 1.0):
        assert same.move(t).point() == close_to(means("grey", 2)[0])
    with Image.open(same.download("gif")) as film:
        assert (film.n_frames, film.info["duration"]) == (2 * FRAMES - 1, 80)
    origin = open_stage(f"rule=spherical&images={BLANK},1").ready()
    a, b = means("grey", BLANK, 1)
    assert np.abs(a).max() == 0
    assert origin.move(0.25).point() == close_to(0.25 * b)


def test_the_strips_show_the_way_and_a_cross_fade(open_stage: Opener) -> None:
    stage = open_stage("model=colour").ready()
    spots, (a, b) = np.linspace(0, 1, 9), make_images("colour")[:2].astype(np.float64)
    ends = means("colour", 0, 1)
    for rule, formula in (("Straight line", lerp), ("Arc", slerp)):
        stage.root.get_by_role("button", name=rule).click()
        expected = decoded("colour", formula(*ends, spots))
        for i in range(9):
            stage.eventually(lambda i=i: stage.pixels(".decoded canvas", i), expected[i], 0.51)
    for i, t in enumerate(spots):
        np.testing.assert_array_equal(stage.pixels(".mixed canvas", i), np.rint((1 - t) * a + t * b))
    for i in range(2):
        np.testing.assert_array_equal(stage.pixels(".end canvas", i), make_images("colour")[i])
    stage.root.locator(".decoded button").nth(6).click()
    expect(stage.slider).to_have_attribute("aria-valuetext", "75 % of the way from A to B")
    expect(stage.root.locator(".decoded button").nth(6)).to_have_attribute("aria-current", "true")
    stage.saw("t=0.75, rule='spherical'")


def test_distances_along_the_way_are_those_of_numpy(open_stage: Opener) -> None:
    stage = open_stage().ready()
    codes, _ = make_codes("grey")
    apart = np.linalg.norm(codes[:, None] - codes, axis=2) + np.diag(np.full(COUNT, np.inf))
    usual = np.percentile(apart.min(axis=1), 95, method="nearest")
    expect(stage.root.locator(".nearness i").first).to_have_text(f"Shaded: usual between neighbours, up to {usual:.2f}")
    way = lerp(*means("grey", 0, 1), np.linspace(-0.5, 1.5, 121))
    for figure, values, least in ((".nearness", nearest("grey", way), usual), (".norm", np.linalg.norm(way, axis=1), 3.33)):
        points = stage.root.locator(f"{figure} polyline").get_attribute("points").split()
        heights = np.array([float(point.split(",")[1]) for point in points])
        np.testing.assert_allclose(1.1 * max(values.max(), least) * (1 - heights), values, atol=0.005)
    stage.move(0.4)
    z = np.array(stage.point())
    closest = int(np.linalg.norm(codes - z, axis=1).argmin())
    away = nearest("grey", z)[0]
    far = ", farther than usual between neighbours" if away > usual else ""
    sentence = f"The nearest image of the data set ({['cat', 'dog', 'owl'][closest % 3]}) is {away:.2f} away{far}"
    expect(stage.root.locator(".near-text")).to_have_text(sentence)
    stage.eventually(lambda: stage.pixels(".near canvas"), np.full((3, SIDE, SIDE), 4 * closest), 0)
    stage.root.get_by_text("How far from the data?").click()
    low, high = (float(text) for text in re.findall(r"\d\.\d\d", stage.root.locator(".norm i").first.inner_text()))
    shares = torch.special.gammaincc(torch.tensor(2.5), torch.tensor([low, high]) ** 2 / 2)
    assert shares.tolist() == pytest.approx([0.95, 0.05], abs=0.005)
    expect(stage.root.locator(".rarity")).to_contain_text("draws from the prior lie farther out")


def test_a_drag_decodes_here_and_tells_the_server_once(open_stage: Opener) -> None:
    stage = open_stage().ready()
    box, mouse = stage.slider.bounding_box(), stage.page.mouse
    decodes, middle = int(stage.root.get_attribute("data-decodes")), box["y"] + box["height"] / 2
    mouse.move(box["x"] + box["width"] / 2, middle)
    mouse.down()
    for step in range(12):
        mouse.move(box["x"] + box["width"] * (0.5 + 0.02 * step), middle)
        stage.visit.paints()
    before_release = stage.sent
    assert int(stage.root.get_attribute("data-decodes")) >= decodes + 8
    mouse.up()
    stage.saw("t=0.9")
    stage.page.wait_for_timeout(400)
    assert (before_release, stage.sent) == (0, 1)
    t = float(re.search(r"t=([\d.]+)", stage.page.get_by_text("saw View").inner_text())[1])
    assert stage.point() == close_to(lerp(*means("grey", 0, 1), np.array([t]))[0])


def test_keys_step_jump_and_play(open_stage: Opener) -> None:
    stage = open_stage().ready()
    stage.slider.focus()
    press = stage.page.keyboard.press
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowLeft", "PageUp"):
        press(key)
    stage.saw("t=0.638")
    assert stage.sent == 1
    for key, t in (("Home", "t=0.0,"), ("End", "t=1.0,"), ("ArrowRight", "t=1.02,")):
        press(key)
        stage.saw(t)
    press("Home")
    stage.saw("t=0.0,")
    sent = stage.sent
    press(" ")
    expect(stage.root.get_by_role("button", name="Pause")).to_be_visible()
    stage.page.wait_for_function("(root) => Number(root.querySelector('.t').value) > 0.2", arg=stage.root.element_handle())
    assert stage.sent == sent
    press(" ")
    expect(stage.root.get_by_role("button", name="Play")).to_be_visible()
    expect(stage.page.get_by_text(re.compile("saw View.t=0.0,"))).to_have_count(0)
    assert stage.sent == sent + 1


def test_swap_keeps_the_image_and_exchanges_the_ends(open_stage: Opener) -> None:
    stage = open_stage().ready()
    image = stage.move(0.25).hero()
    stage.root.get_by_role("button", name="Swap").click()
    stage.saw("t=0.75, rule='linear', swapped=True")
    np.testing.assert_array_equal(stage.hero(), image)
    assert [text.strip() for text in stage.root.locator("figcaption").all_inner_texts()[:2]] == ["A picture 1", "B picture 0"]
    np.testing.assert_array_equal(stage.pixels(".end canvas", 0), three(make_images("grey")[1]))
    assert stage.move(0).point() == close_to(means("grey", 1)[0])


def test_python_moves_the_view_once(open_stage: Opener) -> None:
    stage = open_stage().ready()
    stage.move(1.25).saw("t=1.25")
    stage.page.get_by_role("button", name="Rerun").click()
    stage.ready()
    assert stage.point() == close_to(lerp(*means("grey", 0, 1), np.array([1.25]))[0])
    stage.page.get_by_role("button", name="Send away").click()
    expect(stage.root.get_by_role("button", name="Arc")).to_have_attribute("aria-pressed", "true")
    stage.ready()
    assert stage.point() == close_to(slerp(*means("grey", 0, 1), np.array([0.25]))[0])


def test_a_grey_film_holds_the_decoded_bytes(open_stage: Opener) -> None:
    stage = open_stage("rule=spherical").ready()
    codes = slerp(*means("grey", 0, 1), np.linspace(0, 1, FRAMES)).astype(np.float32)
    frames = np.kron(stage.bytes_of(codes)[:, 0], np.ones((FACTOR, FACTOR), np.uint8))
    there_and_back = [*range(FRAMES), *reversed(range(FRAMES - 1))]
    for kind in ("gif", "webp"):
        check_film(stage.download(kind), frames[there_and_back], kind)
    stage.root.locator(".downloads select").select_option("once")
    check_film(stage.download("webp"), frames, "webp")
    with Image.open(stage.download("png")) as file:
        strip = np.asarray(file.convert("L"))
    nine = stage.bytes_of(slerp(*means("grey", 0, 1), np.linspace(0, 1, 9)).astype(np.float32))[:, 0]
    np.testing.assert_array_equal(strip, np.kron(np.hstack(nine), np.ones((FACTOR, FACTOR))))
    assert stage.sent == 0


def check_film(path: Path, frames: np.ndarray, kind: str) -> None:
    """A film of greys with these very pixels (N, H, W), 80 ms each, without end."""
    with Image.open(path) as film:
        assert (film.format.lower(), film.n_frames, film.info["loop"]) == (kind, len(frames), 0)
        assert film.size == (frames.shape[2], frames.shape[1])
        for i, frame in enumerate(frames):
            film.seek(i)
            film.load()
            np.testing.assert_array_equal(np.asarray(film.convert("RGB")), np.repeat(frame[..., None], 3, axis=2))
            assert film.info["duration"] == 80


def test_a_film_and_a_table_of_colours(open_stage: Opener) -> None:
    stage = open_stage("model=colour&rule=spherical").ready()
    stage.root.locator(".downloads select").select_option("once")
    spots = np.linspace(0, 1, FRAMES)
    codes = slerp(*means("colour", 0, 1), spots)
    for kind in ("gif", "webp"):  # 196 pixels have no more colours than a palette holds
        with Image.open(stage.download(kind)) as film:
            assert film.n_frames == FRAMES
            for i, image in enumerate(stage.bytes_of(codes.astype(np.float32))):
                film.seek(i)
                np.testing.assert_array_equal(np.asarray(film.convert("RGB"))[::FACTOR, ::FACTOR].transpose(2, 0, 1), image)
    path = stage.download("csv")
    assert path.read_text().splitlines()[0] == "t,z1,z2,z3"
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    np.testing.assert_allclose(table[:, 0], spots, rtol=5e-6)
    np.testing.assert_allclose(table[:, 1:], codes, rtol=2e-5, atol=1e-6)


@pytest.fixture(scope="module")
def empty_page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def test_transparent_and_lossy_stills_become_one_webp(empty_page: Page) -> None:
    """Files as other browsers make them: lossy with a plane of transparency, lossy, lossless."""
    rng = np.random.default_rng(0)
    pictures = [Image.fromarray(rng.integers(0, 256, (17, 23, 4), dtype=np.uint8)) for _ in range(3)]
    files = [io.BytesIO() for _ in pictures]
    pictures[0].save(files[0], "webp", quality=80)
    pictures[1].convert("RGB").save(files[1], "webp", quality=80)
    pictures[2].save(files[2], "webp", lossless=True, exact=True)
    encode = """async ([script, files]) => {
        const { encodeWebp } = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
        const stills = files.map((file) => Uint8Array.from(file));
        return Array.from(encodeWebp({ width: 23, height: 17, delay: 120, stills }));
    }"""
    given = [list(file.getvalue()) for file in files]
    film = Image.open(io.BytesIO(bytes(empty_page.evaluate(encode, [link("runtime/files/webp.js"), given]))))
    assert (film.n_frames, film.size, film.info["loop"]) == (3, (23, 17), 0)
    for i, file in enumerate(files):
        film.seek(i)
        film.load()
        assert film.info["duration"] == 120
        np.testing.assert_array_equal(np.asarray(film.convert("RGBA")), np.asarray(Image.open(file).convert("RGBA")))


def test_corners_mix_four_codes(open_stage: Opener) -> None:
    stage = open_stage("mode=corners&images=0,1,2,3").ready()
    a, b, c, d = means("grey", 0, 1, 2, 3)

    def between(u: float, v: float) -> np.ndarray:
        return (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * c + u * d)

    assert stage.point() == close_to(between(0.5, 0.5))
    codes = np.array([between(u, v) for v in np.linspace(0, 1, 7) for u in np.linspace(0, 1, 7)])
    sheet = decoded("grey", codes)[:, 0].reshape(7, 7, SIDE, SIDE).transpose(0, 2, 1, 3).reshape(7 * SIDE, 7 * SIDE)
    stage.eventually(lambda: stage.pixels(".grid canvas"), np.broadcast_to(sheet, (3, *sheet.shape)), 0.51)
    box, mouse = stage.root.locator(".grid").bounding_box(), stage.page.mouse
    mouse.move(box["x"] + box["width"] * 0.5 / 7, box["y"] + box["height"] * 0.5 / 7)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 2 / 7, box["y"] + box["height"] * 5 / 7, steps=6)
    expect(stage.root.locator(".grid")).to_have_attribute("aria-valuetext", "0.25 across, 0.75 down")
    assert stage.sent == 0
    mouse.up()
    stage.saw("u=0.25, v=0.75")
    assert stage.sent == 1
    assert stage.point() == pytest.approx(between(0.25, 0.75), abs=0.01)
    np.testing.assert_allclose(stage.hero(), three(stage.bytes_of([stage.point()])[0]), atol=1)
    stage.root.locator(".grid").focus()
    stage.page.keyboard.press("ArrowLeft")
    stage.saw("u=0.23, v=0.75")


def test_arithmetic_adds_and_subtracts_codes(open_stage: Opener) -> None:
    stage = open_stage("mode=arithmetic&images=0,1,2").ready()
    a, b, c = means("grey", 0, 1, 2)
    assert stage.point() == close_to(a - b + c)
    np.testing.assert_allclose(stage.hero(), three(decoded("grey", [a - b + c])[0]), atol=0.51)
    expect(stage.root.locator(".near-text")).to_contain_text(f"{nearest('grey', a - b + c)[0]:.2f} away")
    for i, code in enumerate((a, b, c)):
        np.testing.assert_array_equal(stage.pixels(".end canvas", 2 * i), three(make_images("grey")[i]))
        np.testing.assert_allclose(stage.pixels(".end canvas", 2 * i + 1), three(decoded("grey", [code])[0]), atol=0.51)
    assert stage.move(0.4, ".strength").point() == close_to(a + 0.4 * (c - b))
    stage.saw("strength=0.4")
    stage.page.get_by_role("button", name="Send away").click()
    expect(stage.root.locator(".amount")).to_have_text("0.75")


def test_a_direction_is_the_mean_of_a_class_less_that_of_the_others(open_stage: Opener) -> None:
    stage = open_stage("mode=direction&images=3").ready()
    codes, labels = make_codes("grey")
    (a,) = means("grey", 3)

    def towards(label: int) -> np.ndarray:
        return codes[labels == label].mean(axis=0) - codes[labels != label].mean(axis=0)

    assert stage.point() == close_to(a + towards(0))
    select = stage.root.get_by_label("Class")
    assert select.locator("option").all_inner_texts() == ["cat", "dog", "owl"]
    select.select_option("owl")
    stage.saw("label=2")
    assert stage.move(-2.5, ".strength").point() == close_to(a - 2.5 * towards(2))
    stage.saw("strength=-2.5")
    expected = decoded("grey", [a + strength * towards(2) for strength in range(-3, 4)])
    for i in range(7):
        stage.eventually(lambda i=i: stage.pixels(".decoded canvas", i), three(expected[i]), 0.51)
    stage.root.get_by_role("button", name="Go to 3.00").click()
    stage.saw("strength=3.0, label=2")
    assert stage.point() == close_to(a + 3 * towards(2))


def best_label(pick: int) -> int:
    """The label under which an image costs least, by torch."""
    model, x = make_model("told"), torch.from_numpy(make_images("told")[[pick]].astype(np.float32) / 255)
    costs = []
    for label in torch.arange(CLASSES)[:, None]:
        posterior = model.encode(x, label)
        costs.append((model.reconstruction_cost(model.decode(posterior.mean, label), x) + model.kl(posterior).sum()).item())
    return int(np.argmin(costs))


def test_a_conditional_model_is_told_the_label_of_the_nearest_end_or_that_of_a(open_stage: Opener) -> None:
    labels = [best_label(pick) for pick in range(5)]
    pick, other = 0, next(pick for pick in range(5) if labels[pick] != labels[0])
    stage = open_stage(f"model=told&images={pick},{other}").ready()

    def expect_label_of(end: int, told: str) -> None:
        name = ["cat", "dog", "owl"][labels[end]]
        expect(stage.root.locator(".rarity")).to_contain_text(f"label {name}, of {told}")
        z = torch.tensor([stage.point()], dtype=torch.float32)
        with torch.no_grad():
            expected = 255 * make_model("told").images(z, torch.tensor([labels[end]]))[0].numpy()
        np.testing.assert_allclose(stage.hero(), three(expected), atol=1.5)

    for t, end in ((0.2, pick), (0.8, other)):
        stage.move(t)
        expect_label_of(end, "the nearest end")
    before = stage.point()
    stage.root.get_by_role("button", name="Label of A").click()
    stage.saw("keeps_label=True")
    expect_label_of(pick, "A")
    assert stage.point() == before
    stage.root.get_by_role("button", name="Swap").click()
    expect_label_of(other, "A")


def test_a_plain_autoencoder_has_no_prior_and_its_set_no_classes(open_stage: Opener) -> None:
    stage = open_stage("model=plain").ready()
    expect(stage.root.locator(".rarity")).to_have_text(f"Distance from the origin {np.linalg.norm(stage.point()):.2f}")
    expect(stage.root.locator(".nearness polyline")).to_have_count(1)
    expect(stage.root.locator(".norm rect")).to_have_count(0)
    expect(stage.root.locator(".near-text")).to_contain_text("The nearest image of the data set is")
    direction = open_stage("model=plain&mode=direction&images=0").ready()
    expect(direction.root.get_by_role("alert")).to_contain_text("has no classes")
    assert direction.point() == close_to(means("plain", 0)[0])


def test_a_phone_in_the_dark(open_stage: Opener, phone: BrowserContext) -> None:
    for query, hero_first in (("mode=corners&images=0,1,2,3", False), ("mode=arithmetic&images=0,1,2", True), ("", True)):
        stage = open_stage(query, on=phone).ready()
        assert stage.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert stage.root.evaluate("(root) => root.scrollWidth <= root.clientWidth")
        touched = stage.root.locator(".t, .grid, .strength").first.bounding_box()
        hero = stage.root.locator(".hero").bounding_box()
        assert (hero["y"] + hero["height"] <= touched["y"]) == hero_first
        assert max(touched["y"] + touched["height"], hero["y"] + hero["height"]) - min(touched["y"], hero["y"]) < 844
    ink = stage.root.evaluate("(root) => getComputedStyle(root).color")
    assert min(map(int, re.findall(r"\d+", ink)[:3])) > 150, "dark pages have light ink"
    buttons = stage.root.locator(".decoded button")
    assert buttons.count() == 4
    buttons.nth(2).tap()
    stage.saw("t=0.6667")


def test_what_cannot_be_shown_is_said(open_stage: Opener) -> None:
    mute = open_stage("model=mute")
    expect(mute.page.get_by_role("alert")).to_contain_text("This model has no encoder")
    narrow = open_stage("width=13")
    expect(narrow.page.get_by_role("alert")).to_contain_text("do not fit this model, which takes 1 × 14 × 14 values")


def test_what_does_not_fit_is_refused() -> None:
    images, titles = list(make_images("grey")), ["a", "b"]
    rest = {"mode": "path", "key": "m"}
    with pytest.raises(ValueError, match="3 images and 2 titles for path; expected 2 of each"):
        interpolation(b"", images=images[:3], titles=titles, **rest)
    with pytest.raises(ValueError, match=r"expected uint8 \(C, H, W\)"):
        interpolation(b"", images=[images[0], images[1][:, 1:]], titles=titles, **rest)
    with pytest.raises(ValueError, match="float64"):
        interpolation(b"", images=[images[0] / 255, images[1] / 255], titles=titles, **rest)
    with pytest.raises(ValueError, match="finite"):
        View(t=float("nan"))
    with pytest.raises(ValueError, match="linear or spherical"):
        View(rule="cubic")
