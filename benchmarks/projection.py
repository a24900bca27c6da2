"""How fast codes become pictures, and how good: 10,000 MNIST codes of 16 dimensions, our t-SNE against scikit-learn's.

    python benchmarks/projection.py              # all of it, some 10 minutes on two cores; needs Chromium
    python benchmarks/projection.py --no-browser # without the page

Every measurement runs in a fresh process, the two t-SNEs take turns, and medians of the turns are compared. Trustworthiness is
asked of all codes with 15 neighbours. A first UMAP is started with an empty cache of compiled code; its first picture is the
layout's beginning, and `umap_moved_s` is when it first moves.
"""

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from vae_core import runs
from vae_core.latent import codes
from vae_core.projections.computation import compute
from vae_core.projections.jobs import find, start
from vae_core.projections.numba_cache import set_numba_cache
from vae_core.projections.quality import quality
from vae_core.projections.request import Request
from vae_core.projections.usual import project_all

ROOT = Path(__file__).parents[1]
RUN = "mnist-16d"
COUNT = 10_000
TURNS = 3
WARM_TURNS = 5
CLICKS = 5
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"]

# A plot's title changes with its points, which are drawn at the latest in the frame after it. Components live in shadow roots.
WATCH_METHOD = """(name) => {
    const shadows = (within) => [...within.querySelectorAll("*")].map((element) => element.shadowRoot).filter(Boolean);
    const find = (within) => within.querySelector(".scatter[data-ready=true]") ?? shadows(within).map(find).find(Boolean);
    window.bench = { pressed: null, drawn: null };
    window.addEventListener("pointerdown", () => (bench.pressed = performance.now()), { capture: true, once: true });
    const look = () => {
        const here = find(document)?.querySelector(".title").textContent === name;
        requestAnimationFrame(here ? draw : look);
    };
    const draw = () => {
        const painted = new MessageChannel();  // its message comes after the frame has been painted
        painted.port1.onmessage = () => (bench.drawn = performance.now());
        painted.port2.postMessage(null);
    };
    requestAnimationFrame(look);
}"""


def held_out() -> np.ndarray:
    return codes.load(runs.find(RUN).codes).mean[:COUNT]


def our_tsne() -> dict[str, float]:
    """Seconds of t-SNE as the app computes it, without measuring quality, and its trustworthiness."""
    found = compute(held_out(), Request("tsne"))
    return {"seconds": found.facts["seconds"], "trust": trust(found.points)}


def their_tsne() -> dict[str, float]:
    """The same of scikit-learn's with its defaults: perplexity 30, Barnes-Hut, a thousand iterations."""
    from sklearn.manifold import TSNE

    x, began = held_out(), time.perf_counter()
    points = TSNE(random_state=0).fit_transform(x)
    return {"seconds": time.perf_counter() - began, "trust": trust(points)}


def warm_umap() -> dict[str, float]:
    """Seconds of a UMAP whose code has been compiled before, with the libraries' import."""
    set_numba_cache()
    began = time.perf_counter()
    found = compute(held_out(), Request("umap"))
    return {"seconds": time.perf_counter() - began, "trust": trust(found.points)}


def pca() -> dict[str, float]:
    """Milliseconds of PCA with its quality, once the first one has been computed."""
    x, times = held_out(), []
    for _ in range(WARM_TURNS + 1):
        began = time.perf_counter()
        compute(x, Request("pca"))
        times.append(1000 * (time.perf_counter() - began))
    return {"milliseconds": statistics.median(times[1:])}


def trust(points: np.ndarray) -> float:
    return quality(held_out(), points, queries=COUNT)["trustworthiness"]


def apart(name: str) -> dict[str, float]:
    """Run one measurement of this file in a fresh process, so that none profits from another's warm memory."""
    done = subprocess.run([sys.executable, __file__, "--measure", name], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def first_umap() -> dict[str, float]:
    """Seconds from the request to the first picture and to the first that moved, where UMAP never ran before."""
    with tempfile.TemporaryDirectory() as place:
        shutil.copytree(runs.find(RUN).path, Path(place, RUN), ignore=shutil.ignore_patterns("projections"))
        os.environ["NUMBA_CACHE_DIR"] = str(Path(place, "compiled"))
        began = time.perf_counter()
        job = start(runs.Run(Path(place, RUN)), Request("umap", count=COUNT))
        times = [_until(lambda: job.frames(), began), _until(lambda: job.frames(0), began)]
        job.stop()
        _until(lambda: job.state().state not in ("waiting", "running"), began)
        del os.environ["NUMBA_CACHE_DIR"]
    return {"first": times[0], "moved": times[1]}


def _until(condition: object, began: float) -> float:
    while not condition():
        time.sleep(0.05)
        if time.perf_counter() - began > 600:
            raise SystemExit("the computation shows nothing")
    return time.perf_counter() - began


def cached_open_ms() -> float:
    """Milliseconds from the click on a method whose projection is kept to its points on the screen, going from PCA to t-SNE and back.

    Motion is reduced, so that points are at their places at once; otherwise they take 0.6 seconds to move there.
    """
    run = runs.find(RUN)
    if find(run, Request("tsne", count=5000)) is None:
        project_all(run, 5000)
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))))
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
        page.goto(f"{address}/embeddings?run={RUN}")
        page.wait_for_selector(".scatter[data-ready=true]", timeout=60_000)
        times = [_click_other_method(page) for _ in range(2 * CLICKS)]
        browser.close()
    return statistics.median(milliseconds for name, milliseconds in times if name == "t-SNE")


def _click_other_method(page: Page) -> tuple[str, float]:
    """Once the page has come to rest, go from t-SNE to PCA or back: the method, and milliseconds until its points are drawn."""
    page.wait_for_timeout(1500)
    name = "PCA" if page.locator(".scatter .title").first.text_content() == "t-SNE" else "t-SNE"
    page.evaluate(WATCH_METHOD, name)
    page.get_by_role("radio", name=name).first.click()
    page.wait_for_function("() => bench.drawn", timeout=60_000)
    return name, page.evaluate("() => bench.drawn - bench.pressed")


@contextmanager
def served() -> Iterator[str]:
    """The app as a user starts it, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            for _ in range(400):
                with socket.socket() as asked:
                    if asked.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--no-browser", action="store_true", help="leave out the page")
    parser.add_argument("--turns", type=int, default=TURNS, help="how often the t-SNEs take turns")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(globals()[options.measure]()))
        return
    apart("warm_umap")  # compiles, should this never have run here
    turns = [(apart("their_tsne"), apart("our_tsne"), apart("warm_umap")) for _ in range(options.turns)]
    theirs, ours, umap = ({name: statistics.median(turn[name] for turn in part) for name in part[0]} for part in zip(*turns, strict=True))
    ratio = statistics.median(our["seconds"] / their["seconds"] for their, our, _ in turns)
    flat, first = apart("pca"), first_umap()
    print(f"{f'{COUNT:,} codes of {RUN}, medians':36} seconds   trustworthiness")
    print(f"{'t-SNE, scikit-learn':36} {theirs['seconds']:7.1f}   {theirs['trust']:.4f}")
    print(f"{'t-SNE, ours':36} {ours['seconds']:7.1f}   {ours['trust']:.4f}   ratio {ratio:.2f}")
    print(f"{'UMAP, compiled before':36} {umap['seconds']:7.1f}   {umap['trust']:.4f}")
    print(f"{'UMAP, never compiled: first picture':36} {first['first']:7.1f}   moves after {first['moved']:.1f} s")
    print(f"{'PCA':36} {flat['milliseconds'] / 1000:7.3f}")
    figures = {
        "tsne_ratio": ratio,
        "tsne_trust_delta": ours["trust"] - theirs["trust"],
        "umap_s": umap["seconds"],
        "umap_first_s": first["first"],
        "umap_moved_s": first["moved"],
        "pca_ms": flat["milliseconds"],
    }
    if not options.no_browser:
        figures["cached_open_ms"] = cached_open_ms()
        print(f"{'a kept t-SNE on the screen':36} {figures['cached_open_ms'] / 1000:7.3f}")
    print(json.dumps({name: round(value, 4) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
