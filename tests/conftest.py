"""Fixtures that several test files share. Knows no page."""

import os

os.environ["OMP_NUM_THREADS"] = "1"  # before torch: files run side by side, and threads that wait for each other are slow
os.environ["OMP_WAIT_POLICY"] = "passive"  # and where a test asks for more, those that wait leave the core to others

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # else each of a hundred processes compiles all modules and convolutions anew

import functools
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from browser import CHROMIUM_FLAGS, CHROMIUM_NAMES, PHONE, ROOT, Opener, Server, Visit, headless_chromium, serving
from playwright.sync_api import Browser, BrowserContext, BrowserType, Page
from streamlit.components.v2 import manifest_scanner
from visiting import at_work, wait_until

from vae_core import data, runs
from vae_core.config import ModelConfig, RunConfig, TrainConfig
from vae_core.data.image_set import ImageSet
from vae_core.presets import configure
from vae_core.training import jobs

os.environ.setdefault("NUMBA_CACHE_DIR", str(ROOT / "data" / ".numba"))  # compiled once for all tests, and only when one needs it

sys.dont_write_bytecode = False

DESKTOP = {"width": 1280, "height": 1000}


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict:
    """How pytest-playwright starts the installed Chromium. Without one, browser tests skip; under CI=true they fail."""
    path = headless_chromium()
    if path is None:
        absent = f"no Chromium found (looked for {', '.join(CHROMIUM_NAMES)})"
        pytest.fail(absent) if os.environ.get("CI") == "true" else pytest.skip(absent)
    return {"executable_path": path, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session", autouse=True)
def installed_packages_are_scanned_once() -> Iterator[None]:
    """Every run of an AppTest asks each installed package for components, which takes longer than most pages do."""
    scan = functools.cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", scan)
        yield


@pytest.fixture(autouse=True)
def what_computes_is_given_back() -> Iterator[None]:
    """A run that is taken up sets threads and precision for its whole process: the next test begins as every process does."""
    yield
    device, torch = sys.modules.get("vae_core.device"), sys.modules.get("torch")
    if device and torch:
        device.MEANS.machine_code = device.MEANS.half_precision = True
        torch.set_num_threads(1)


@pytest.fixture(scope="session")
def toy() -> ImageSet:
    """240 generated sprites shrunk to 16 x 16: small enough to train on in a second, real enough to have structure."""
    whole = data.load("shapes", images=240)
    images = np.ascontiguousarray(whole.images[:, :, ::4, ::4])
    return ImageSet(whole.info, images, whole.labels, whole.train, whole.validation)


@pytest.fixture(scope="session")
def toy_config() -> RunConfig:
    """A tiny network for the toy images."""
    model = ModelConfig(image_shape=(1, 16, 16), channels=(4, 8), hidden=(16,), latent_dim=2)
    return RunConfig(preset="toy", model=model, train=TrainConfig(dataset="shapes", epochs=4, batch_size=32))


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoints folder with two small but real models of digits, `tiny-5d` and then `tiny-2d`. Copy it before changing anything."""
    home = tmp_path_factory.mktemp("trained") / "checkpoints"
    tiny = {"images": 600, "epochs": 4, "batch_size": 32, "learning_rate": 0.02, "channels": "4, 8", "hidden": "16"}
    for latent_dim in (5, 2):
        _train(runs.create(configure("mnist-2d-quick", {**tiny, "latent_dim": latent_dim}), home, name=f"tiny-{latent_dim}d"))
    return home


def _train(run: runs.Run) -> None:
    from vae_core.training.execution import execute

    with jobs.held(run):
        status = execute(run)
    assert status.state == "finished", status.message


@pytest.fixture(scope="module")
def folder(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkpoints folder of the server; `tiny-2d` also plays a shipped model."""
    home = tmp_path_factory.mktemp("app") / "checkpoints"
    shutil.copytree(trained, home)
    shutil.copytree(home / "tiny-2d", home / "mnist-2d")
    return home


@pytest.fixture
def nothing_is_left_at_work(folder: Path) -> Iterator[None]:
    """Whatever a test does, no worker outlives it."""
    yield
    for run in at_work(folder):
        jobs.stop(run)
    wait_until(lambda: not at_work(folder))


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with serving(ROOT / "app.py", folder.parent / "log.txt", VAE_CHECKPOINTS=str(folder)) as server:
        yield server


@pytest.fixture(scope="session")
def context(
    browser_type: BrowserType, browser_type_launch_args: dict, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """A browser with a profile on the disk, as everybody's has: Streamlit's own scripts are loaded and compiled once for many pages."""
    profile = tmp_path_factory.mktemp("profile")
    context = browser_type.launch_persistent_context(profile, **browser_type_launch_args, viewport=DESKTOP)
    context.set_default_timeout(15_000)
    first = context.pages[0]  # as long as it is open, so is the process that has the scripts of all pages of this site in memory
    first.route("http://127.0.0.1/", lambda route: route.fulfill(body=""))
    first.goto("http://127.0.0.1/")
    yield context
    context.close()


@pytest.fixture(scope="session")
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A phone in the dark."""
    context = browser.new_context(**PHONE)
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture(scope="session")
def left_pages() -> dict[BrowserContext, list[Page]]:
    """Empty pages that no test uses any more: in one that showed the app before, it loads at half of what it costs in a new one."""
    return defaultdict(list)


@pytest.fixture
def new_visit(context: BrowserContext, left_pages: dict[BrowserContext, list[Page]]) -> Iterator[Opener]:
    """new_visit(kind, on) -> Visit, or another kind of it, on an empty page; afterwards no page may have complained."""
    visits = []

    def new_visit(kind: Callable[[Page], Visit] = Visit, on: BrowserContext = context) -> Visit:
        page = left_pages[on].pop() if left_pages[on] else on.new_page()
        page.bring_to_front()  # behind another one it would hardly be painted
        visits.append(kind(page))
        return visits[-1]

    yield new_visit
    for visit in visits:
        if visit.leave():
            left_pages[visit.page.context].append(visit.page)
    assert [complaint for visit in visits for complaint in visit.complaints] == []


@pytest.fixture
def open_page(server: Server, new_visit: Opener) -> Iterator[Opener]:
    """open_page(link, prepare, on) -> Visit; afterwards no page may have complained or shown what only a programmer understands."""
    visits = []

    def open_page(link: str, prepare: Callable[[Page], object] = lambda page: None, **on: BrowserContext) -> Visit:
        visit = new_visit(**on)
        visits.append(visit)
        prepare(visit.page)
        visit.page.goto(server.address + link)
        visit.settle()
        return visit

    yield open_page
    shown = [visit.page.locator("body").inner_text() for visit in visits]
    assert not [text for text in shown if "Traceback" in text or "encountered an error" in text]
