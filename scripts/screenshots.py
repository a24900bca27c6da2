"""Make pictures of every page, as a laptop, a phone and a projector show it. Needs Chromium; uses the shipped models alone.

python -m scripts.screenshots [FOLDER]  # all of them into a folder, by default a new one
python -m scripts.screenshots --docs    # those of the README, into docs/
"""

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import BrowserContext, sync_playwright

from tests.browser import CHROMIUM_FLAGS, chromium, serving
from vae_core import runs

ROOT = Path(__file__).parents[1]
MILLISECONDS_TO_REST = 2500


class Page(NamedTuple):
    """An address of the app, and what is there when the page is."""

    address: str
    sign: str


class Look(NamedTuple):
    """The window in which a page is looked at, and whether the projector switch is on."""

    width: int
    height: int
    scheme: Literal["light", "dark"]
    projector: bool = False


MAP, SCATTER = ".latent-map[data-ready=true]", ".scatter[data-ready=true]"
PAGES = {
    "home": Page("/?", MAP),
    "latent_map": Page("/latent_map?run=mnist-2d&z=-0.6,0.9&axes=z1,z2", MAP),
    "latent_map_16d": Page("/latent_map?run=mnist-16d", MAP),
    "draws": Page("/latent_map?run=mnist-2d&mode=draws", ".latent-map .of-draws canvas"),
    "reconstruct": Page("/reconstruct?run=mnist-2d&samples=8", ".reconstruction[data-settled=true]"),
    "interpolate": Page("/interpolate?run=mnist-16d&samples=3,8", ".interpolation[data-ready=true]"),
    "embeddings": Page("/embeddings?run=mnist-16d&mode=tsne", SCATTER),
    "anomalies": Page("/experiments?run=mnist-16d&group=blank", ".anomalies[data-ready=true]"),
    "denoising": Page("/experiments?run=mnist-16d&tab=denoising", ".st-key-experiments-psnr svg"),
    "compression": Page("/experiments?run=mnist-16d&tab=compression", ".st-key-experiments-rate svg"),
    "factors": Page("/experiments?run=shapes-6d&tab=factors", ".shaded-table"),
    "train": Page("/train?", ".st-key-train-cards img"),
    "training": Page("/train?run=mnist-2d", ".losses svg, .losses canvas"),
    "draw": Page("/train?mode=draw", ".sketch-frame"),
}
LOOKS = {
    "": Look(1280, 720, "light"),
    "_dark": Look(1280, 720, "dark"),
    "_projector": Look(1280, 720, "light", projector=True),
    "_phone": Look(390, 844, "light"),
    "_phone_dark": Look(390, 844, "dark"),
}
EVERY = [(page, look) for look in LOOKS for page in PAGES]
README = [(page, "") for page in ("home", "latent_map", "reconstruct", "interpolate", "embeddings", "training")]
README += [("latent_map", "_phone"), ("latent_map", "_dark")]


def take(context: BrowserContext, server: str, name: str, look: str, folder: Path) -> None:
    """Picture one page once it is at rest."""
    page = context.new_page()
    page.goto(server + PAGES[name].address + ("&projector=1" if LOOKS[look].projector else ""))
    page.wait_for_selector(PAGES[name].sign, timeout=60_000)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    page.wait_for_timeout(MILLISECONDS_TO_REST)
    page.screenshot(path=folder / f"{name}{look}.png")
    page.close()


def take_all(pictures: list[tuple[str, str]], folder: Path) -> None:
    """Picture pages in looks, one browser for each look."""
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        home = Path(place, "checkpoints")
        for name in runs.SHIPPED:
            shutil.copytree(ROOT / "checkpoints" / name, home / name)
        with serving(ROOT / "app.py", Path(place, "log.txt"), VAE_CHECKPOINTS=str(home), VAE_DATA=place) as server:
            browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
            for look, (width, height, scheme, _) in LOOKS.items():
                context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
                for page, wanted in pictures:
                    if wanted == look:
                        take(context, server.address, page, look, folder)
                context.close()
            browser.close()


def main() -> None:
    """Make the pictures that the command line asks for, and say where they are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--docs", action="store_true", help="the pictures of the README, into docs/")
    wanted = parser.parse_args()
    folder = ROOT / "docs" if wanted.docs else wanted.folder or Path(tempfile.mkdtemp(prefix="screenshots-"))
    folder.mkdir(parents=True, exist_ok=True)
    take_all(README if wanted.docs else EVERY, folder)
    print(folder)


if __name__ == "__main__":
    main()
