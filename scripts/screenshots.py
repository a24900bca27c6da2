"""Make the README's pictures from the running app: `python scripts/screenshots.py`. Needs Chromium; uses the shipped models."""

import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from tests.browser import CHROMIUM_FLAGS, chromium, serving

ROOT = Path(__file__).parents[1]
VIEWS = ".latent-map[data-ready=true], .reconstruction, .interpolation, .scatter"
Scheme = Literal["light", "dark"]
PICTURES: tuple[tuple[str, str, int, int, Scheme], ...] = (
    ("home", "/", 1280, 1180, "light"),
    ("latent_map", "/latent_map?run=mnist-2d&z=-0.6,0.9&axes=z1,z2", 1280, 860, "light"),
    ("reconstruct", "/reconstruct?run=mnist-2d&samples=8", 1280, 1240, "light"),
    ("interpolate", "/interpolate?run=mnist-16d&samples=3,8", 1280, 1420, "light"),
    ("embeddings", "/embeddings?run=mnist-16d&mode=tsne&settings=beside:pca", 1280, 1240, "light"),
    ("train", "/train?run=mnist-2d", 1280, 1300, "light"),
    ("latent_map_phone", "/latent_map?run=mnist-2d", 390, 844, "light"),
    ("latent_map_dark", "/latent_map?run=mnist-16d", 1280, 860, "dark"),
)


def take(browser: Browser, address: str, name: str, path: str, width: int, height: int, scheme: Scheme) -> None:
    """One picture, once the page is at rest."""
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    page.goto(address + path)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=30_000)
    page.wait_for_selector("canvas" if "train" in path else VIEWS, timeout=30_000)
    page.wait_for_timeout(4000)
    page.screenshot(path=ROOT / "docs" / f"{name}.png")
    context.close()


def main() -> None:
    """Take every picture of the documents."""
    (ROOT / "docs").mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(ROOT / "app.py", Path(folder, "log.txt")) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        for picture in PICTURES:
            take(browser, server.address, *picture)
        browser.close()


if __name__ == "__main__":
    main()
