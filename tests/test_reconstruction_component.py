"""One image through a model in a real page: every number against torch, what a hand changes, what the server hears. Trains nothing."""

import base64
import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Self

import numpy as np
import pytest
import torch
from browser import ROOT, Component, Visit, serving
from labels import labels_for
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from torch import nn

from ui import cached
from ui.components.bundle import bundle
from ui.components.link import link
from ui.components.reconstruction import _parse, reconstruction
from vae_core.config import ModelConfig
from vae_core.files.tensors import pack, unpack
from vae_core.models import Model
from vae_core.models.export import export
from vae_core.models.families import build
from vae_core.models.weights import load_model
from vae_core.runs.run import Run

HALF_PRECISION = 4e-3
COUNT, COLUMNS, CLASSES = 60, 10, 3
NAMES = ["cat", "dog", "owl"]
HARDER = 37  # of a hundred held-out images cost less than the first image
BACKGROUND = {"values": 0.0, "five": 0.0, "colour": 1.0, "plain": 0.0, "one": 0.0, "told": 0.0, "levels": 0.0}

APP = """
from pathlib import Path
import numpy as np
import streamlit as st
from ui.components.reconstruction import reconstruction

st.set_page_config(layout="wide")
name = st.query_params.get("model", "five")
mode = st.query_params.get("mode", "image")
which = 0
if st.button("Next image"):
    which = 1
images = np.load(Path(FOLDER, name + ".npy"))
image = {"none": None, "small": images[0][:, :3]}.get(st.query_params.get("image"), images[which])
drawn = reconstruction(Path(FOLDER, name + ".bundle").read_bytes(), image=image, title="Image <b>1</b>", mode=mode, key="rec", sample=which)
st.text("drawn " + ("nothing" if drawn is None else f"{drawn.shape} {drawn.dtype} {int(drawn.sum())}"))
"""


def make_model(name: str) -> Model:
    """A dense network of random weights, wide enough that codes differ."""
    changes = {
        "five": {"latent_dim": 5},
        "colour": {"latent_dim": 14, "image_shape": (3, 12, 12), "likelihood": "gaussian", "sigma": 0.2},
        "plain": {"latent_dim": 2, "family": "autoencoder"},
        "values": {"latent_dim": 4, "likelihood": "logistic", "learn_sigma": "pixel"},
        "one": {"latent_dim": 1},
        "told": {"latent_dim": 3, "family": "conditional", "classes": CLASSES},
        "levels": {"latent_dim": 5, "top_dim": 2, "family": "ladder"},
    }[name]
    model = build(ModelConfig(**{"image_shape": (1, 14, 14), "network": "mlp", "hidden": (24,), "batch_norm": False, **changes}))
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        for part, deviation in ((model.encoder, 0.35), (model.decoder, 0.6)):
            nn.init.normal_([layer for layer in part if isinstance(layer, nn.Linear)][-1].weight, std=deviation)
        if model.log_sigma.ndim:
            nn.init.normal_(model.log_sigma, mean=-2, std=0.5)
    return model.eval()


def make_images(model: Model) -> np.ndarray:
    """uint8 (COUNT, C, H, W): waves of many directions, no pixel at either end, so that noise is not cut off at once."""
    channels, height, width = model.config.image_shape
    rng = np.random.default_rng(3)
    y, x = np.mgrid[:height, :width]
    waves = [np.sin(rng.uniform(-1, 1) * x + rng.uniform(-1, 1) * y + rng.uniform(0, 6)) for _ in range(COUNT * channels)]
    return (127.5 + 90 * np.array(waves)).astype(np.uint8).reshape(COUNT, channels, height, width)


class Truth:
    """What torch says of an image (C, H, W) in [0, 1]."""

    def __init__(self, name: str, image: np.ndarray, label: int = 0) -> None:
        self.model = make_model(name)
        self.label = torch.tensor([label])
        self.x = torch.tensor(image, dtype=torch.float32)[None]
        with torch.no_grad():
            posterior = self.model.encode(self.x, self.label)
            self.reconstruction = self.model.reconstruction_cost(self.model.decode(posterior.mean, self.label), self.x).item()
            self.kl = self.model.kl(posterior)[0].double().numpy()
        self.mean = posterior.mean[0].numpy()
        self.log_var = None if posterior.log_var is None else posterior.log_var[0].numpy()
        self.loss = self.reconstruction + self.kl.sum()
        self.decoded = self.decode(self.mean)

    def decode(self, z: np.ndarray) -> np.ndarray:
        codes = torch.tensor(np.asarray(z), dtype=torch.float32).reshape(-1, self.model.config.latent_dim)
        with torch.no_grad():
            return self.model.images(codes, self.label.expand(len(codes))).numpy().squeeze(0)


def first(name: str) -> Truth:
    return Truth(name, make_images(make_model(name))[0] / 255)


def make_bundle(name: str) -> bytes:
    model = make_model(name)
    images = make_images(model)
    with torch.no_grad():
        codes = model.encode(torch.tensor(images / 255, dtype=torch.float32), labels_for(model.config, COUNT)).mean.numpy()
    about = {
        "run": name,
        "traits": asdict(model.config.traits),
        "levels": list(model.config.levels.items()),
        "class_names": NAMES,
        "dims": [[i, 1.0 / (1 + i)] for i in reversed(range(model.config.latent_dim))],
        "likelihood": model.config.likelihood,
        "sigma": model.config.sigma if model.config.scoring.has_sigma else None,
        "dataset": "Waves",
        "background": BACKGROUND[name],
    }
    costs = first(name).loss + np.arange(100) - HARDER + 0.5
    sheet = images.reshape(COUNT // COLUMNS, COLUMNS, *images.shape[1:]).transpose(0, 3, 1, 4, 2)
    sheet = sheet.reshape(sheet.shape[0] * sheet.shape[1], -1, sheet.shape[4]).squeeze()
    file = io.BytesIO()
    Image.fromarray(sheet).save(file, "png")
    labels = np.arange(COUNT) % CLASSES
    network = export(model, half=False)
    return bundle(network, codes=codes, labels=labels, thumbnails=file.getvalue(), columns=COLUMNS, costs=costs, about=about)


def spoil(blob: bytes, change: Callable[[dict], None]) -> bytes:
    """A bundle whose program is another one."""
    arrays, metadata = unpack(blob, "bundle")
    tensors, description = unpack(arrays["network"].tobytes(), "network")
    program = json.loads(description["program"])
    change(program)
    network = pack(tensors, {"format": "vae-program", "program": json.dumps(program)})
    return pack({**arrays, "network": np.frombuffer(network, np.uint8)}, {"format": metadata["format"], "about": metadata["about"]})


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Streamlit server with the tiny app above."""
    folder = tmp_path_factory.mktemp("app")
    blobs = {name: make_bundle(name) for name in BACKGROUND}
    blobs["broken"] = spoil(blobs["five"], lambda program: program["functions"]["decode"]["steps"][0].update(op="fourier"))
    blobs["blind"] = spoil(blobs["five"], lambda program: program["functions"].pop("encode"))
    for name, blob in blobs.items():
        (folder / f"{name}.bundle").write_bytes(blob)
        np.save(folder / f"{name}.npy", make_images(make_model(name if name in BACKGROUND else "five")))
    (folder / "app.py").write_text(f"FOLDER = {str(folder)!r}\n{APP}")
    with serving(folder / "app.py", folder / "log.txt") as server:
        yield server.address


class View(Component):
    """One page with the component on it."""

    selector = ".reconstruction"

    def ready(self) -> Self:
        """At the mean: what follows does not depend on noise."""
        self.rest()
        super().ready()
        mean = self.root.get_by_role("button", name="Use the mean")
        if mean.is_visible():
            mean.click()
            self.rest()
        return self

    def open(self, tab: str) -> None:
        """Open a tab; Python hears of another one than is open, which is not counted."""
        before, button = self.visit.sent, self.root.get_by_role("tab", name=tab)
        if button.get_attribute("aria-selected") == "true":
            return
        button.click()
        self.visit.sends(before)
        self.rest()
        self.before += self.visit.sent - before

    def rest(self) -> Self:
        """Wait until everything that follows a change is on the screen."""
        expect(self.root).to_have_attribute("data-settled", "true")
        return self

    def picture(self, where: str) -> np.ndarray:
        """A canvas as it is drawn: (4, H, W) in [0, 1], the last one alpha."""
        return pixels(self.root.locator(f"{where} canvas"))

    def press(self, name: str) -> None:
        self.root.get_by_role("button", name=name, exact=True).first.click()

    def slide(self, name: str, value: float) -> None:
        self.root.get_by_role("slider", name=name, exact=True).fill(str(value))


def pixels(canvas: Locator) -> np.ndarray:
    script = "(canvas) => [canvas.width, canvas.height, ...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
    width, height, *values = canvas.evaluate(script)
    return np.array(values).reshape(height, width, 4).transpose(2, 0, 1) / 255


def inside(inner: Locator, outer: Locator) -> bool:
    """Whether all of its height is seen there."""
    a, b = inner.bounding_box(), outer.bounding_box()
    return b["y"] - 1 <= a["y"] and a["y"] + a["height"] <= b["y"] + b["height"] + 1


def grey_or_colour(picture: np.ndarray, name: str) -> np.ndarray:
    return picture[: make_model(name).config.image_shape[0]]


@pytest.fixture
def open_view(address: str, new_visit: Callable[..., Visit]) -> Callable[..., View]:
    """open_view(query) -> View; `on` is another context than the desktop's."""
    return lambda query="", **on: View(new_visit(**on), f"{address}/?{query}")


@pytest.fixture(scope="module")
def look(address: str, context: BrowserContext) -> Iterator[Callable[[str], View]]:
    """look(model) -> View of a page that is shared by the tests that leave it as it is."""
    views = {}

    def open_once(model: str) -> View:
        if model not in views:
            views[model] = View(Visit(context.new_page()), f"{address}/?model={model}").ready()
        views[model].page.bring_to_front()
        return views[model]

    yield open_once
    for view in views.values():
        view.page.close()
    assert [complaint for view in views.values() for complaint in view.visit.complaints] == []


Opener = Callable[..., View]


def in_nats(value: float) -> str:
    return f"{value:,.1f}".replace("-", "−")


@pytest.mark.parametrize("name", ["five", "colour", "values", "one", "levels"])
def test_the_numbers_are_those_of_torch(look: Opener, name: str) -> None:
    view, truth = look(name), first(name)
    assert view.numbers("mean") == pytest.approx(truth.mean.tolist(), abs=1e-4)
    assert view.numbers("log-var") == pytest.approx(truth.log_var.tolist(), abs=1e-4)
    assert view.numbers("kl-by") == pytest.approx(truth.kl.tolist(), rel=1e-3, abs=1e-4)
    assert view.number("loss") == pytest.approx(truth.loss, rel=1e-4)
    assert view.number("reconstruction") == pytest.approx(truth.reconstruction, rel=1e-4)
    np.testing.assert_allclose(grey_or_colour(view.picture(".made"), name), truth.decoded, atol=1.5 / 255)
    np.testing.assert_allclose(grey_or_colour(view.picture(".given"), name), truth.x[0], atol=1e-6)
    costs = view.root.locator(".costs")
    expect(costs).to_contain_text(f"−ELBO {in_nats(truth.loss)} nats")
    expect(costs).to_contain_text(f"= reconstruction {in_nats(truth.reconstruction)} + KL {in_nats(truth.kl.sum())}")
    view.open("Is it unusual?")
    expect(view.root.locator(".rank")).to_have_text("Harder than 37 % of 100 held-out images (Waves)")
    marker = view.root.locator(".marker").evaluate("(marker) => parseFloat(marker.style.left)")
    assert marker == pytest.approx(100 * (HARDER - 0.5) / 99, abs=0.1)  # costs lie one nat apart, from end to end
    expect(view.root.locator(".title")).to_have_text("Image <b>1</b>")


@pytest.fixture(scope="module")
def runtime(browser: Browser) -> Iterator[Page]:
    """A page with the runtime and the way of an image through a model, without a view."""
    page = browser.new_page()
    texts = [link("runtime/network.js"), link("reconstruction/passage.js")]
    page.evaluate(
        """async (texts) => {
            const load = (text) => import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
            const [{ compile, parseBlob }, { Passage }] = await Promise.all(texts.map(load));
            const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
            globalThis.pass = ([blob, about, pixels, seed]) => {
                const network = compile(parseBlob(bytes(blob)));
                const [image, undisturbed] = [Float32Array.from(bytes(pixels), (byte) => byte / 255), { apply: (x) => x, isActive: false }];
                const passage = new Passage({ about, network, size: image.length, latentDim: network.latentDim }, undisturbed);
                if (about.traits.is_stochastic) passage.drawNoise(seed);
                passage.begin(image);
                passage.run(image);
                const { mean, logVar, epsilon, z, image: decoded } = passage;
                const numbers = Object.entries({ mean, logVar: logVar ?? [], epsilon, z, decoded });
                return { ...Object.fromEntries(numbers.map(([name, values]) => [name, Array.from(values)])), ...passage.costs() };
            };
        }""",
        texts,
    )
    yield page
    page.close()


@pytest.mark.parametrize("name", ["mnist-2d", "mnist-16d", "mnist-ae-2d", "shapes-6d", "emoji-32d"])
def test_the_five_figures_of_the_pipeline_are_those_of_torch(runtime: Page, name: str) -> None:
    run = Run(ROOT / "checkpoints" / name)
    arrays, metadata = unpack(cached.map_bundle(run), "bundle")
    image, model = cached.originals(run).images[3], load_model(run)
    network, pixels = (base64.b64encode(values.tobytes()).decode() for values in (arrays["network"], image))
    about = json.loads(metadata["about"])
    found = runtime.evaluate("(given) => pass(given)", [network, about, pixels, 7])
    epsilon, x = torch.tensor(found["epsilon"], dtype=torch.float32), torch.from_numpy(image[None] / np.float32(255))
    with torch.no_grad():
        posterior = model.encode(x)
        sigma = torch.zeros_like(posterior.mean) if posterior.log_var is None else torch.exp(posterior.log_var / 2)
        z = posterior.mean + sigma * epsilon
        reconstruction, kl = model.reconstruction_cost(model.decode(z), x).item(), model.kl(posterior).sum().item()
        decoded = model.images(z)[0]
    assert (epsilon.std() > 0.3) == about["traits"]["is_stochastic"], "noise was drawn"
    np.testing.assert_allclose(found["mean"], posterior.mean[0], atol=HALF_PRECISION)
    np.testing.assert_allclose(np.exp(np.array(found["logVar"]) / 2), sigma[0] if found["logVar"] else [], atol=HALF_PRECISION)
    np.testing.assert_allclose(found["z"], z[0], atol=HALF_PRECISION)
    np.testing.assert_allclose(found["decoded"], decoded.ravel(), atol=HALF_PRECISION)
    assert found["reconstruction"] == pytest.approx(reconstruction, rel=HALF_PRECISION)
    assert found["kl"] == pytest.approx(kl, rel=HALF_PRECISION)


def test_a_conditional_model_guesses_the_label_and_shows_the_code_under_every_label(open_view: Opener) -> None:
    image = make_images(make_model("told"))[0] / 255
    truths = [Truth("told", image, label) for label in range(CLASSES)]
    costs = [truth.loss for truth in truths]
    best, other = int(np.argmin(costs)), int(np.argmax(costs))
    view = open_view("model=told").ready()
    assert view.number("label") == best
    assert view.number("loss") == pytest.approx(costs[best], rel=1e-4)
    expect(view.root.locator(".costs")).to_contain_text(f"nats, given the label {NAMES[best]}")
    view.open("Every label")
    expect(view.root.locator(".said")).to_have_text(f"Label: {NAMES[best]}, the model's best guess (it costs least).")
    strip = view.root.locator(".labels .strip")
    for label, truth in enumerate(truths):
        np.testing.assert_allclose(pixels(strip.locator("canvas").nth(label))[:1], truth.decode(truths[best].mean), atol=1.5 / 255)
    strip.get_by_role("button", name=NAMES[other]).click()
    expect(view.root).to_have_attribute("data-label", str(other))
    view.rest()
    assert view.number("loss") == pytest.approx(costs[other], rel=1e-4)
    np.testing.assert_allclose(view.picture(".made")[:1], truths[other].decoded, atol=1.5 / 255)
    expect(view.root.locator(".said")).to_have_text(f"Label: {NAMES[other]}, as you chose.")
    view.press("Best guess")
    expect(view.root).to_have_attribute("data-label", str(best))


def test_a_model_that_is_told_no_label_has_no_choice_of_it(look: Opener) -> None:
    expect(look("five").root.get_by_role("tab", name="Every label")).to_be_hidden()
    expect(look("five").root.locator(".costs")).not_to_contain_text("label")


def test_an_autoencoder_has_no_distribution(look: Opener) -> None:
    view, truth = look("plain"), first("plain")
    assert view.numbers("mean") == pytest.approx(truth.mean.tolist(), abs=1e-4)
    assert (view.numbers("log-var"), view.numbers("kl-by")) == ([], [])
    assert view.number("loss") == pytest.approx(truth.reconstruction, rel=1e-4)
    assert view.root.locator(".costs").inner_text().split() == ["Reconstruction", in_nats(truth.reconstruction), "nats"]
    expect(view.root.locator(".code .about")).to_contain_text("A plain autoencoder gives one point and no distribution")
    view.open("Step by step")
    expect(view.root.locator(".way .about")).to_contain_text("no ε")
    for absent in (view.root.get_by_role("tab", name="Samples"), view.root.get_by_role("button", name="Draw again")):
        expect(absent).to_be_hidden()
    assert view.root.locator(".map ellipse, .map .prior circle").count() == 0
    np.testing.assert_allclose(view.picture(".to")[0], truth.decoded[0], atol=1.5 / 255)


def test_a_ladder_says_what_each_level_costs(look: Opener) -> None:
    top, bottom = (in_nats(part.sum()) for part in np.split(first("levels").kl, [2]))
    expect(look("levels").root.locator(".levels")).to_have_text(f"KL of each level, the other one at its mean: top {top}, bottom {bottom}")
    expect(look("five").root.locator(".levels")).to_be_hidden()


def test_bars_show_mean_and_deviation_by_rank(open_view: Opener) -> None:
    view, truth = open_view("model=colour").ready(), first("colour")
    rows = view.root.locator(".dimension")
    assert rows.locator("> span:first-child").all_inner_texts() == [f"z{i}" for i in range(14, 0, -1)]
    assert inside(rows.nth(8), view.root.locator(".rows")), "the most informative ones are seen"
    assert not inside(rows.last, view.root.locator(".rows"))
    rows.last.scroll_into_view_if_needed()
    assert inside(rows.last, view.root.locator(".rows"))
    deviation = np.exp(truth.log_var / 2)
    values = f"{truth.mean[0]:.2f} ± {deviation[0]:.2f}".replace("-", "−")
    expect(rows.last.locator(".value")).to_contain_text(values)
    expect(view.root.locator(".way tbody tr").last.locator("td").last).to_have_text(re.compile(rf"{truth.kl[0]:.2f}$"))
    low, high = (float(rows.last.locator("input").get_attribute(end)) for end in ("min", "max"))
    left, width = rows.last.locator(".spread").evaluate("(bar) => [bar.style.left, bar.style.width].map(parseFloat)")
    assert left == pytest.approx(100 * (truth.mean[0] - deviation[0] - low) / (high - low), abs=0.01)
    assert width == pytest.approx(100 * 2 * deviation[0] / (high - low), abs=0.01)


def test_the_difference_tells_brighter_from_darker(look: Opener) -> None:
    view, truth = look("five"), first("five")
    drawn, change = view.picture(".lost"), truth.decoded[0] - truth.x[0, 0].numpy()
    np.testing.assert_allclose(drawn[3], np.sqrt(np.abs(change)), atol=2 / 255)
    clear = np.abs(change) > 0.1
    assert 20 < (clear & (change > 0)).sum() < clear.sum() - 20, "both signs are there"
    assert (drawn[0] > drawn[2] + 0.5)[clear & (change > 0)].all(), "orange"
    assert (drawn[2] > drawn[0] + 0.5)[clear & (change < 0)].all(), "blue"


def test_of_three_colours_the_one_that_differs_most_counts(look: Opener) -> None:
    view, truth = look("colour"), first("colour")
    change = truth.decoded - truth.x[0].numpy()
    np.testing.assert_allclose(view.picture(".lost")[3], np.sqrt(np.abs(change).max(axis=0)), atol=2 / 255)


def test_noise_is_added_to_the_input_and_followed(open_view: Opener) -> None:
    view, clean = open_view().ready(), first("five")
    view.open("Disturb it")
    view.slide("Noise", 0.1)
    view.rest()
    given = view.picture(".given")[0]
    noise = given - clean.x[0, 0].numpy()
    assert noise.std() == pytest.approx(0.1, rel=0.2)
    truth = Truth("five", given[None])
    np.testing.assert_allclose(view.picture(".made")[0], truth.decoded[0], atol=0.02)
    assert view.number("loss") == pytest.approx(truth.loss, rel=0.01)
    own, left = (noise**2).mean(), ((truth.decoded[0] - clean.x[0, 0].numpy()) ** 2).mean()
    assert (view.number("input-error"), view.number("image-error")) == pytest.approx((own, left), rel=0.03)
    repair = view.root.locator(".repair")
    expect(repair).to_contain_text(re.compile(rf"is {view.number('image-error'):.3f}; .* is {view.number('input-error'):.3f}\."))
    expect(repair).to_contain_text("did not bring it nearer" if left > own else "repaired part of it")
    view.press("New noise")
    view.rest()
    again = view.picture(".given")[0] - clean.x[0, 0].numpy()
    assert abs(np.corrcoef(noise.ravel(), again.ravel())[0, 1]) < 0.4, "another pattern"
    view.slide("Noise", 0)
    view.rest()
    np.testing.assert_allclose(view.picture(".given")[0], clean.x[0, 0], atol=1e-6)
    expect(repair).to_be_hidden()
    assert view.sent == 0


def test_a_cover_is_dragged_over_the_input(open_view: Opener) -> None:
    view, clean = open_view("model=colour").ready(), first("colour")
    view.open("Disturb it")
    view.press("Cover")
    expect(view.root).to_have_attribute("data-cover", "4,4,4")  # a third of twelve pixels, in the middle
    expect(view.root.get_by_role("button", name="Larger cover")).to_be_visible()
    canvas = view.root.locator(".given canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    mouse, pixel = view.page.mouse, box["width"] / 12
    mouse.move(box["x"] + 6 * pixel, box["y"] + 6 * pixel)
    mouse.down()
    mouse.move(box["x"] + 8 * pixel, box["y"] + 3 * pixel, steps=5)
    mouse.up()
    expect(view.root).to_have_attribute("data-cover", "6,1,4")
    view.rest()
    expected = clean.x[0].numpy().copy()
    expected[:, 1:5, 6:10] = BACKGROUND["colour"]
    np.testing.assert_allclose(view.picture(".given")[:3], expected, atol=1e-6)
    np.testing.assert_allclose(view.picture(".made")[:3], Truth("colour", expected).decoded, atol=1.5 / 255)
    assert view.number("loss") == pytest.approx(Truth("colour", expected).loss, rel=1e-4)
    cover = view.root.locator(".cover").bounding_box()
    assert cover["x"] - box["x"] == pytest.approx(6 * pixel, abs=1)
    assert (cover["y"] - box["y"], cover["width"]) == pytest.approx((pixel, 4 * pixel), abs=1)
    assert view.sent == 0


def test_the_cover_obeys_keys(open_view: Opener) -> None:
    view = open_view("model=colour").ready()
    view.open("Disturb it")
    view.root.get_by_role("button", name="Cover", exact=True).focus()
    keys = view.page.keyboard
    keys.press("Enter")
    for key, expected in {"ArrowRight": "5,4,4", "ArrowUp": "5,3,4", "+": "4,2,6", "-": "5,3,4"}.items():
        keys.press(key)
        expect(view.root).to_have_attribute("data-cover", expected)
    for _ in range(9):
        keys.press("ArrowRight")
    expect(view.root).to_have_attribute("data-cover", "8,3,4")  # the edge
    keys.press("Delete")
    expect(view.root.locator(".cover")).to_be_hidden()
    expect(view.root.get_by_role("button", name="Cover", exact=True)).to_have_attribute("aria-pressed", "false")


def test_a_bar_changes_one_coordinate(open_view: Opener) -> None:
    view, truth = open_view().ready(), first("five")
    slider = view.root.get_by_role("slider", name="z3")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    low, high = (float(slider.get_attribute(end)) for end in ("min", "max"))

    def at(value: float) -> float:
        """Where the dot, sixteen pixels wide, stands."""
        return box["x"] + 8 + (box["width"] - 16) * float(value - low) / (high - low)

    mouse, middle = view.page.mouse, box["y"] + box["height"] / 2
    mouse.move(at(truth.mean[2]), middle)
    mouse.down()
    mouse.move(at(1.5), middle, steps=5)
    view.rest()
    z = np.array(view.numbers("z"))
    assert z[2] == pytest.approx(1.5, abs=0.1)
    np.testing.assert_allclose(np.delete(z, 2), np.delete(truth.mean, 2), atol=1e-4)
    np.testing.assert_allclose(view.picture(".made")[0], truth.decode(z)[0], atol=1.5 / 255)
    mouse.up()
    expect(view.root.locator(".costs")).to_contain_text("At your z")
    view.open("Is it unusual?")
    expect(view.root.locator(".rank")).to_contain_text("37 %")  # the gauge speaks of the image, not of the place
    slider.press("ArrowLeft")
    view.press("Use the mean")
    view.rest()
    assert view.numbers("z") == pytest.approx(truth.mean.tolist(), abs=1e-4)
    assert view.sent == 0


def test_the_map_shows_the_posterior(look: Opener) -> None:
    view, truth = look("five"), first("five")
    codes = unpack(make_bundle("five"), "bundle")[0]["codes"].astype(np.float64)
    directions = json.loads(unpack(make_bundle("five"), "bundle")[1]["about"])["directions"][:2]
    view.open("On the map")
    plane = view.root.locator(".map .plane")
    half, side = view.number("half", ".small-map"), plane.bounding_box()["width"]
    scale = side / 2 / half
    values = np.linalg.eigvalsh(np.array(directions) @ np.diag(np.exp(truth.log_var)) @ np.array(directions).T)
    radii = [[float(e.get_attribute(r)) for r in ("rx", "ry")] for e in plane.locator("ellipse").all()]
    expected = np.sqrt(values[::-1]) * scale
    np.testing.assert_allclose(radii, [expected, 2 * expected], rtol=0.02)
    a, b = np.array(directions) @ (truth.mean - codes.mean(axis=0))
    x, y = map(float, re.findall(r"-?[\d.]+", plane.locator("ellipse").first.get_attribute("transform"))[:2])
    centre = -np.array(directions) @ codes.mean(axis=0)  # where the prior's origin lies: the middle of the window
    np.testing.assert_allclose([x, y], [side / 2 + (a - centre[0]) * scale, side / 2 - (b - centre[1]) * scale], atol=1)


def test_the_map_moves_the_point_within_its_plane(open_view: Opener) -> None:
    view, truth = open_view().ready(), first("five")
    directions = np.array(json.loads(unpack(make_bundle("five"), "bundle")[1]["about"])["directions"][:2])
    view.open("On the map")
    plane = view.root.locator(".map .plane")
    plane.scroll_into_view_if_needed()
    box, half = plane.bounding_box(), view.number("half", ".small-map")
    view.page.mouse.click(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2)
    view.rest()
    z = np.array(view.numbers("z"))
    np.testing.assert_allclose(directions @ z, [half / 2, 0], atol=0.02 * half)  # half way to the right of the prior's origin
    moved = z - truth.mean
    np.testing.assert_allclose(moved, directions.T @ (directions @ moved), atol=1e-4)
    np.testing.assert_allclose(view.picture(".made")[0], truth.decode(z)[0], atol=1.5 / 255)
    plane.press("ArrowUp")
    view.rest()
    np.testing.assert_allclose(directions @ (view.numbers("z") - z), [0, half / 20], atol=1e-4)
    expect(plane).to_have_attribute("aria-valuetext", re.compile(r"^pc1 .*, pc2 "))


def test_one_dimension_is_a_strip(look: Opener) -> None:
    view, truth = look("one"), first("one")
    view.open("On the map")
    plane = view.root.locator(".map .plane")
    plane.scroll_into_view_if_needed()
    box, half = plane.bounding_box(), view.number("half", ".small-map")
    assert box["width"] > 4 * box["height"]
    assert float(plane.locator("ellipse").first.get_attribute("rx")) == pytest.approx(
        np.exp(truth.log_var[0] / 2) * box["width"] / 2 / half, rel=0.02
    )
    view.page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + 5)
    view.rest()
    assert view.number("z") == pytest.approx(-half / 2, abs=0.02 * half)
    view.press("Use the mean")
    view.rest()


def test_samples_agree_with_torch(open_view: Opener) -> None:
    view, truth = open_view().ready(), first("five")
    view.open("Samples")
    for scale in (1.0, 2.0):
        view.slide("Spread", scale)
        view.rest()
        noise = np.random.default_rng(0).normal(size=(4000, 5))
        with torch.no_grad():
            z = torch.tensor(truth.mean + scale * np.exp(truth.log_var / 2) * noise, dtype=torch.float32)
            images = truth.model.images(z).numpy()[:, 0]
        assert view.number("spread", ".samples") == pytest.approx(images.std(axis=0).mean(), rel=0.3)
        error = np.abs(view.picture(".mean")[0] - images.mean(axis=0))
        assert (error < 5 * images.std(axis=0) / 8 + 0.01).all(), "five standard errors of 64 samples"
        expect(view.root.locator(".deviation i")).to_have_text(
            f"at most {view.number('most', '.samples'):.2f}, {view.number('spread', '.samples'):.3f} on average"
        )
    shown = [pixels(canvas)[0] for canvas in view.root.locator(".eight canvas").all()]
    assert len(shown) == 8
    assert np.std(shown, axis=0).mean() == pytest.approx(images.std(axis=0).mean(), rel=0.6)
    view.press("Draw samples")
    view.rest()
    assert np.abs(pixels(view.root.locator(".eight canvas").first)[0] - shown[0]).max() > 0.02
    view.slide("Spread", 0)
    view.rest()
    assert view.number("spread", ".samples") == 0
    for canvas in view.root.locator(".eight canvas").all():
        np.testing.assert_array_equal(pixels(canvas), view.picture(".made"))


@pytest.mark.parametrize("name", ["five", "colour"])
def test_the_nearest_images_are_those_of_numpy(look: Opener, name: str) -> None:
    view, truth = look(name), first(name)
    images = make_images(make_model(name)) / 255
    codes = unpack(make_bundle(name), "bundle")[0]["codes"]
    by_code = np.linalg.norm(codes - truth.mean, axis=1)
    by_pixels = np.sqrt(((images - images[0]) ** 2).sum(axis=(1, 2, 3)))
    view.open("Nearest images")
    assert view.numbers("code", ".neighbours") == np.argsort(by_code)[1:7].tolist(), "without the image itself"
    assert view.numbers("pixels", ".neighbours") == np.argsort(by_pixels)[1:7].tolist()
    second = np.argsort(by_pixels)[2]
    cell = view.root.locator(".by-pixels .cell").nth(1)
    expect(cell.locator("b")).to_have_text(["cat", "dog", "owl"][second % CLASSES])
    expect(cell.locator("span")).to_have_text(f"{by_pixels[second]:.2f}")
    np.testing.assert_allclose(grey_or_colour(pixels(cell.locator("canvas")), name), images[second], atol=1e-6)


def test_a_sample_is_drawn_and_step_by_step_has_its_numbers(open_view: Opener) -> None:
    view, truth = open_view().ready(), first("five")
    rows = view.root.locator(".way tbody tr")
    assert [row.locator("th").inner_text() for row in rows.all()] == ["z5", "z4", "z3", "z2", "z1"]
    seen = []
    for press in ("Draw ε again", "Draw again"):
        view.press(press)
        view.rest()
        epsilon = np.array(view.numbers("epsilon"))
        deviation = np.exp(truth.log_var / 2)
        z = truth.mean + deviation * epsilon
        assert view.numbers("z") == pytest.approx(z.tolist(), abs=1e-4)
        cells = [cell.replace("−", "-") for cell in rows.first.locator("td").all_inner_texts()]
        expected = [truth.mean[4], truth.log_var[4], deviation[4], epsilon[4], z[4], truth.kl[4]]
        assert [float(cell) for cell in cells] == pytest.approx(expected, abs=0.0051)
        bar = view.root.locator(".dimension").first
        shown = [float(bar.locator(name).inner_text().replace("−", "-")) for name in (".epsilon", ".sample")]
        assert shown == pytest.approx([epsilon[4], z[4]], abs=0.0051)
        for picture in (".to", ".made"):
            np.testing.assert_allclose(view.picture(picture)[0], truth.decode(z)[0], atol=1.5 / 255)
        seen.append(epsilon)
    assert np.abs(seen[0] - seen[1]).max() > 0.1
    assert view.sent == 0


def test_every_tab_opens_by_keys_and_stages_explain_themselves(look: Opener) -> None:
    view = look("five")
    tabs = view.root.get_by_role("tab")
    names = tabs.all_inner_texts()
    tabs.first.click()
    for name in [*names[1:], names[0]]:
        view.page.keyboard.press("ArrowRight")
        expect(view.root.get_by_role("tab", name=name)).to_be_focused()
        expect(view.root.get_by_role("tabpanel")).to_have_count(1)
        expect(view.root.get_by_role("tabpanel", name=name)).to_be_visible()
    view.rest()
    said = view.root.locator(".explanation")
    view.root.locator(".encoder").hover()
    expect(said).to_contain_text("a mean μ and a standard deviation σ for each of the 5 latent dimensions")
    view.root.locator(".decoder").focus()
    expect(said).to_contain_text("gets z alone")
    view.root.get_by_role("slider", name="z3").focus()
    expect(said).to_contain_text("Drag a ring")
    view.root.get_by_role("button", name="Draw again").focus()
    expect(said).to_contain_text("z = μ + σ·ε")


def test_the_stacked_bars_have_one_scale(look: Opener) -> None:
    view, truth = look("five"), first("five")
    whole = truth.loss - HARDER + 0.5 + 99  # the gauge's right end: the costs of a hundred images lie one nat apart
    widths = [
        view.root.locator(f".stack .{name}-bar").evaluate("(bar) => parseFloat(bar.style.width)") for name in ("reconstruction", "kl")
    ]
    assert widths == pytest.approx([100 * truth.reconstruction / whole, 100 * truth.kl.sum() / whole], rel=0.02)


def test_python_gives_another_image_without_a_reload(open_view: Opener) -> None:
    view = open_view().ready()
    view.root.evaluate("(root) => (root.mine = true)")
    view.page.get_by_role("button", name="Next image").click()
    truth = Truth("five", make_images(make_model("five"))[1] / 255)
    expect(view.root.locator(".costs")).to_contain_text(f"{in_nats(truth.loss)} nats")
    assert view.root.evaluate("(root) => root.mine")


def test_the_pen_is_followed_and_python_hears_of_the_drawing_once(open_view: Opener) -> None:
    view = open_view("mode=draw&image=none").ready()
    expect(view.page.get_by_text("drawn nothing")).to_be_visible()
    decodes = int(view.number("decodes"))
    surface = view.root.locator(".sketch-frame canvas")
    box, mouse = surface.bounding_box(), view.page.mouse
    mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.3)
    mouse.down()
    for step in range(12):
        mouse.move(box["x"] + box["width"] * (0.3 + step / 30), box["y"] + box["height"] * (0.3 + step / 40))
        view.visit.paints()
    assert view.number("decodes") >= decodes + 6
    assert view.sent == 0
    mouse.up()
    expect(view.page.get_by_text("drawn (1, 14, 14) uint8")).to_be_visible()
    view.rest()
    given = view.picture(".given")[0]
    expect(view.page.get_by_text(f"uint8 {round(255 * given.sum())}")).to_be_visible()
    assert given.max() > 0.9
    np.testing.assert_allclose(view.picture(".made")[0], Truth("five", given[None]).decoded[0], atol=0.02)
    assert view.sent == 1
    view.press("Clear")
    expect(view.page.get_by_text("drawn nothing")).to_be_visible()


def test_a_drawing_may_begin_with_an_image(open_view: Opener) -> None:
    view = open_view("mode=draw").ready()
    np.testing.assert_allclose(view.picture(".given")[0], first("five").x[0, 0], atol=1.5 / 255)
    expect(view.root.locator(".pad")).to_be_visible()


def test_pictures_and_code_are_saved(look: Opener) -> None:
    view, truth = look("five"), first("five")
    view.open("Save")
    with view.page.expect_download() as download:
        view.press("Pictures (PNG)")
    assert download.value.suggested_filename == "five Image _b_1_b_.png"
    sheet = np.asarray(Image.open(download.value.path()).convert("RGB"))[::20, ::20, 0] / 255
    assert sheet.shape == (14, 42)
    np.testing.assert_allclose(sheet[:, :14], truth.x[0, 0], atol=1e-6)
    np.testing.assert_allclose(sheet[:, 14:28], truth.decoded[0], atol=1.5 / 255)
    with view.page.expect_download() as download:
        view.press("Code (CSV)")
    header, *rows = csv.reader(Path(download.value.path()).read_text().splitlines())
    assert header == ["dimension", "mean", "standard deviation", "KL in nats"]
    assert [row[0] for row in rows] == ["z1", "z2", "z3", "z4", "z5"]
    expected = np.stack([truth.mean, np.exp(truth.log_var / 2), truth.kl], axis=1)
    np.testing.assert_allclose(np.array([row[1:] for row in rows], float), expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("query", ["model=colour", "model=five&mode=draw&image=none"])
def test_a_phone_in_the_dark(open_view: Opener, phone: BrowserContext, query: str) -> None:
    view = open_view(query, on=phone).ready()
    assert view.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert view.root.evaluate("(root) => root.scrollWidth <= root.clientWidth")
    given, made, lost = (view.root.locator(f".{name} canvas").bounding_box() for name in ("given", "made", "lost"))
    assert given["width"] == made["width"] == lost["width"]
    assert (given["y"], given["width"] % 12 if "colour" in query else given["width"] % 14) == (made["y"], 0), "in a row, pixel-sharp"
    assert made["y"] + made["height"] <= 844, "seen without scrolling"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("model=broken", "cannot run the model (There is no operation called fourier)"),
        ("model=blind", "cannot run the model (it has no encoder)"),
        ("image=small", "This image has 42 numbers, the model reads 196."),
        ("image=none", "Choose an image"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(open_view: Opener, query: str, sentence: str) -> None:
    view = open_view(query)
    expect(view.page.get_by_role("alert").first).to_contain_text(sentence)
    expect(view.page.locator(".hero")).to_have_count(0) if "model" in query else expect(view.page.locator(".hero")).to_be_hidden()


def test_python_refuses_what_is_no_image() -> None:
    with pytest.raises(ValueError, match="expected one of image, draw"):
        reconstruction(b"", image=None, title="", mode="paint", key="k")
    with pytest.raises(ValueError, match=r"float64 \(1, 2, 2\); expected uint8"):
        reconstruction(b"", image=np.zeros((1, 2, 2)), title="", mode="image", key="k")


def test_a_damaged_drawing_does_not_count() -> None:
    pixels = base64.b64encode(bytes(range(12))).decode()
    np.testing.assert_array_equal(_parse({"shape": [3, 2, 2], "pixels": pixels}), np.arange(12).reshape(3, 2, 2))
    damaged = [
        None,
        [],
        "text",
        {},
        {"shape": [3, 2, 2]},
        {"shape": [3, 2, 3], "pixels": pixels},
        {"shape": [-1, 2, 2], "pixels": pixels},
        {"shape": [12], "pixels": pixels},
        {"shape": [1e400, 2, 2], "pixels": pixels},
        {"shape": [3, 2, 2], "pixels": "not base64!"},
        {"shape": [3, 2, 2], "pixels": 7},
    ]
    assert [_parse(drawing) for drawing in damaged] == [None] * len(damaged)
