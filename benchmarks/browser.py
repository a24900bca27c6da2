"""What a hand feels: the app in real Chromium, dragged over every shipped model, and its numbers against PyTorch's.

    python benchmarks/browser.py            # needs Chromium; some 6 minutes
    python benchmarks/browser.py --draw     # drawing on Reconstruct and scrubbing on Interpolate instead
    python benchmarks/browser.py --scatter  # panning and hovering over clouds of codes instead; some 3 minutes
    python benchmarks/browser.py --draw --projector  # any of them with the projector switch on, but the clouds

For each model: a drag of three seconds over the Latent map (time between painted frames, time to decode, websocket frames
before the release), and decoded images against torch on 200 random points and on the encodings of 200 images, with the
shipped half precision program and with a float32 export. Then: seconds from starting the server to the first decoded
image on Home, and the server's memory after Home and Latent map.

A cloud of codes is panned by a drag of three seconds, as points and then close up as pictures, and frames in which it was drawn anew
are counted. Then the pointer passes over it: milliseconds from a move that finds another point to the end of the frame that shows its
picture and reconstruction. 70,000 codes are the 10,000 again and again, a little displaced.
"""

import argparse
import base64
import json
import math
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import torch
from playwright.sync_api import Browser, Page, sync_playwright

from ui.components.link import link
from ui.components.scatter import Projection, pack_points
from vae_core import runs
from vae_core.files.pictures import read
from vae_core.latent import codes
from vae_core.models.export import export
from vae_core.models.weights import load_model
from vae_core.projections.computation import compute
from vae_core.projections.request import Request

ROOT = Path(__file__).parents[1]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DRAG_SECONDS = 3.0
POINTS = 200
TURNS = 3
CLOUD_RUN = "mnist-16d"
CLOUDS = {"10k": 10_000, "70k": 70_000}
JITTER = 0.1  # standard deviation in every dimension of a code that is there again
HOVERS = 200
CORNERS, STEPS = 6, 12  # a pan goes around a hexagon, so many moves a side

CLOUD_APP = """
from pathlib import Path
from urllib.parse import urlencode
import streamlit as st
from ui import cached
from ui.components.scatter import scatter
from vae_core import runs

st.set_page_config(layout="wide")
run = runs.find(RUN)
scatter(cached.map_bundle(run), Path(FOLDER, st.query_params["cloud"]).read_bytes(), key="cloud", view={"run": run.id})
"""

WATCH_FRAMES = """() => {
    window.bench = { frames: [], decodes: [] };
    document.addEventListener("vae:decoded", (event) => bench.decodes.push(event.detail.ms), true);
    window.addEventListener("vae:decoded", (event) => bench.decodes.push(event.detail.ms));
    const tick = (now) => { bench.frames.push(now); bench.timer = requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
}"""

# Called when something was decoded: how long after the move it was asked by is it painted? A message comes after the frame.
PAINTED = """() => {
        if (bench.moved === null) return;
        const moved = bench.moved;
        bench.moved = null;
        const painted = new MessageChannel();
        painted.port1.onmessage = () => bench.waits.push(performance.now() - moved);
        painted.port2.postMessage(null);
    }"""

WATCH_PEN = """() => {
    window.bench = { waits: [], moved: null };
    window.addEventListener("pointermove", (event) => { if (event.buttons) bench.moved ??= performance.now(); }, true);
    window.addEventListener("vae:decoded", PAINTED);
}""".replace("PAINTED", PAINTED)

# A plane says how many pictures it shows whenever all of it is drawn, and only then.
WATCH_CLOUD = """(root) => {
    window.bench = { draws: [], waits: [], hovered: root.dataset.hovered, moved: null };
    const drawn = new MutationObserver(() => bench.draws.push(performance.now()));
    drawn.observe(root.querySelector(".plane"), { attributeFilter: ["data-pictures"] });
    let began;
    window.addEventListener("pointermove", () => (began = performance.now()), true);
    window.addEventListener("pointermove", () => {
        if (root.dataset.hovered === bench.hovered) return;
        bench.hovered = root.dataset.hovered;
        bench.moved = bench.hovered >= 0 ? began : null;
    });
    root.addEventListener("vae:decoded", PAINTED);
}""".replace("PAINTED", PAINTED)

LOAD_RUNTIME = """async (text) => {
    window.runtime = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
}"""

COMPUTE = """([blob, name, rows]) => {
    const bytes = Uint8Array.from(atob(blob), (c) => c.charCodeAt(0));
    const network = runtime.compile(runtime.parseBlob(bytes));
    return rows.map((row) => {
        const found = network[name](Float32Array.from(row));
        return Array.from(name === "decode" ? found : found.mean);
    });
}"""


@contextmanager
def server(port: int, script: str = "app.py") -> Iterator[subprocess.Popen]:
    """The app as a user starts it, on a free port; or another script with its settings."""
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port), "--server.headless", "true"]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(10)


def open_when_served(page: Page, address: str) -> None:
    for _ in range(400):
        try:
            page.goto(address)
            return
        except Exception:
            time.sleep(0.05)
    raise SystemExit(f"nothing answers at {address}")


@dataclass(frozen=True)
class App:
    """A running app, and whether its pages are opened with the projector switch on."""

    address: str
    projector: bool

    def page(self, name: str, **query: str) -> str:
        """The address of a page."""
        return f"{self.address}/{name}?{urlencode(query | ({'projector': '1'} if self.projector else {}))}"


def drag(browser: Browser, app: App, run: str) -> dict[str, float]:
    """Three seconds of dragging in a circle; milliseconds between frames and for a decode, websocket frames before release."""
    page, sent = _watched(browser)
    page.goto(app.page("latent_map", run=run))
    page.wait_for_selector(".latent-map[data-ready=true]", timeout=30_000)
    page.wait_for_timeout(2500)
    page.evaluate(WATCH_FRAMES)
    box = page.locator(".latent-map [role=slider]").first.bounding_box()
    x, y, radius = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"] / 3
    page.mouse.move(x + radius, y)
    page.mouse.down()
    before, started = len(sent), time.perf_counter()
    page.evaluate("() => { bench.frames.length = 0; bench.decodes.length = 0; }")
    while (elapsed := time.perf_counter() - started) < DRAG_SECONDS:
        angle = 4 * elapsed
        page.mouse.move(x + radius * math.cos(angle), y + radius * math.sin(angle))
    found = page.evaluate("() => bench")
    frames_sent = len(sent) - before
    page.mouse.up()
    page.wait_for_timeout(700)
    released = len(sent) - before - frames_sent
    page.close()
    gaps = np.diff(found["frames"])
    return {
        "frame_ms_p95": float(np.percentile(gaps, 95)),
        "frame_ms_p50": float(np.percentile(gaps, 50)),
        "decode_ms_p50": float(np.percentile(found["decodes"], 50)),
        "decodes": len(found["decodes"]),
        "sent_while_dragging": frames_sent,
        "sent_on_release": released,
    }


def draw(browser: Browser, app: App, run: str) -> dict[str, float]:
    """Three seconds of drawing; milliseconds from a pen's move to the painted reconstruction, websocket frames before the pen is lifted."""
    page, sent = _watched(browser)
    page.goto(app.page("reconstruct", run=run))
    page.get_by_role("radio", name="Draw").click()
    pad = page.locator(".sketch-pad canvas").first
    pad.wait_for(timeout=30_000)
    page.wait_for_timeout(2500)
    page.evaluate(WATCH_PEN)
    frames = _circle(page, pad.bounding_box(), sent)
    waits = page.evaluate("() => bench.waits")
    page.close()
    return {"draw_ms_p95": float(np.percentile(waits, 95)), "draw_ms_p50": float(np.percentile(waits, 50)), "sent_while_drawing": frames}


def scrub(browser: Browser, app: App, run: str) -> dict[str, float]:
    """Three seconds on Interpolate's scrub bar; milliseconds between frames, websocket frames before release."""
    page, sent = _watched(browser)
    page.goto(app.page("interpolate", run=run, samples="0,1"))
    bar = page.locator(".interpolation input[type=range]").first
    bar.wait_for(timeout=30_000)
    page.wait_for_timeout(2500)
    page.evaluate(WATCH_FRAMES)
    frames = _circle(page, bar.bounding_box(), sent, "() => { bench.frames.length = 0; }")
    gaps = np.diff(page.evaluate("() => bench.frames"))
    page.close()
    return {"scrub_frame_ms_p95": float(np.percentile(gaps, 95)), "sent_while_scrubbing": frames}


def cloud(count: int) -> bytes:
    """So many codes of a shipped run on their two principal axes, where every spot decodes too; packed for the scatter."""
    kept, base = codes.load(runs.find(CLOUD_RUN).codes), CLOUDS["10k"]
    rows = np.arange(count) % base
    jitter = np.random.default_rng(0).normal(0, JITTER, (count, kept.mean.shape[1])).astype(np.float32)
    jitter[:base] = 0
    z, labels = kept.mean[rows] + jitter, kept.labels[rows]
    found = compute(z, Request("pca"))
    flat = Projection("PCA", found.points, ("pc1", "pc2"), (found.plane.origin, found.plane.basis))
    scalars = {"Reconstruction, nats": kept.reconstruction[rows]}
    return pack_points(z, projections=[flat], labels=labels, scalars=scalars, index=kept.index[rows])


def explore(browser: Browser, address: str, name: str) -> dict[str, dict[str, float]]:
    """Pan and hover over one cloud as points, then close up as pictures."""
    page, sent = _watched(browser)
    page.goto(f"{address}/?cloud={name}")
    page.wait_for_selector(".scatter[data-ready=true]", timeout=60_000)
    page.wait_for_timeout(2500)
    root, plane = page.locator(".scatter"), page.locator(".scatter .plane")
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    root.evaluate(WATCH_CLOUD)
    found = {f"{name} points": pan_and_hover(page, box, sent)}
    while not int(plane.get_attribute("data-pictures")):
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.wheel(0, -100)
        page.wait_for_timeout(100)
    page.wait_for_timeout(1000)
    found[f"{name} pictures"] = pan_and_hover(page, box, sent)
    page.close()
    return found


def pan_and_hover(page: Page, box: dict[str, float], sent: list[object]) -> dict[str, float]:
    """Redraws a second while panning, milliseconds until a hovered point is shown, and websocket frames of both."""
    before = len(sent)
    draws = _pan(page, box)
    pictures = page.locator(".scatter .plane").get_attribute("data-pictures")
    waits = _hover(page, box)
    page.wait_for_timeout(500)
    return {
        "fps": 1000 * (len(draws) - 1) / (draws[-1] - draws[0]),
        "hover_ms_p50": float(np.percentile(waits, 50)),
        "hover_ms_p95": float(np.percentile(waits, 95)),
        "pictures": int(pictures),
        "sent": len(sent) - before,
    }


def _pan(page: Page, box: dict[str, float]) -> list[float]:
    """Drag around a hexagon for three seconds; returns when the plot was drawn."""
    x, y, radius = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"] / 6
    page.mouse.move(x + radius, y)
    page.mouse.down()
    page.evaluate("() => { bench.draws.length = 0; }")
    started, corner = time.perf_counter(), 0
    while time.perf_counter() - started < DRAG_SECONDS:
        corner += 1
        angle = 2 * math.pi * corner / CORNERS
        page.mouse.move(x + radius * math.cos(angle), y + radius * math.sin(angle), steps=STEPS)
    draws = page.evaluate("() => bench.draws")
    page.mouse.move(x, y)
    page.mouse.up()
    return draws


def _hover(page: Page, box: dict[str, float]) -> list[float]:
    """Pass over the middle of a plot; returns how long it took to show each point that was found."""
    page.evaluate("() => { bench.waits.length = 0; }")
    for across, up in np.random.default_rng(1).uniform(0.2, 0.8, (HOVERS, 2)):
        page.mouse.move(box["x"] + across * box["width"], box["y"] + up * box["height"])
    page.wait_for_timeout(100)
    return page.evaluate("() => bench.waits")


def _watched(browser: Browser) -> tuple[Page, list[object]]:
    page, sent = browser.new_page(viewport={"width": 1280, "height": 1000}), []
    page.on("websocket", lambda websocket: websocket.on("framesent", lambda frame: sent.append(frame)))
    return page, sent


def _circle(page: Page, box: dict[str, float], sent: list[object], begin: str = "() => {}") -> int:
    """Press, move in circles over a box for three seconds, release. Returns the websocket frames sent before the release."""
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x + box["width"] / 4, y)
    page.mouse.down()
    before, started = len(sent), time.perf_counter()
    page.evaluate(begin)
    while (elapsed := time.perf_counter() - started) < DRAG_SECONDS:
        page.mouse.move(x + box["width"] / 4 * math.cos(4 * elapsed), y + box["height"] / 4 * math.sin(5 * elapsed))
    frames = len(sent) - before
    page.mouse.up()
    return frames


def parity(page: Page, run: runs.Run) -> tuple[float, float]:
    """Largest difference of a pixel between the browser and torch: shipped half precision, and float32 weights."""
    model, images = load_model(run), _images(run)
    z = np.random.default_rng(0).standard_normal((POINTS, model.config.latent_dim)).astype(np.float32)
    with torch.inference_mode():
        encoded = model.encode(torch.from_numpy(images)).mean
        points = torch.cat([torch.from_numpy(z), encoded])
        expected = model.images(points).flatten(1).numpy()
    differences = []
    for blob in (run.network.read_bytes(), export(model, half=False)):
        text = base64.b64encode(blob).decode()
        means = page.evaluate(COMPUTE, [text, "encode", images.reshape(POINTS, -1).tolist()])
        there = np.concatenate([z, np.array(means, np.float32)])
        found = np.array(page.evaluate(COMPUTE, [text, "decode", there.tolist()]))
        differences.append(float(np.abs(found - expected).max()))
    return differences[0], differences[1]


def _images(run: runs.Run) -> np.ndarray:
    """200 validation images (200, C, H, W) in [0, 1] from the run's own thumbnails."""
    channels, height, width = run.config.model.image_shape
    sheet = read(run.thumbnails.read_bytes())
    sheet = sheet[..., None] if sheet.ndim == 2 else sheet
    columns = sheet.shape[1] // width
    tiles = [sheet[i // columns * height :][:height, i % columns * width :][:, :width, :channels] for i in range(POINTS)]
    assert len(codes.load(run.codes).mean) >= POINTS
    return np.stack(tiles).transpose(0, 3, 1, 2).astype(np.float32) / 255


def first_image(browser: Browser) -> tuple[float, float]:
    """Seconds from starting the server to the first decoded image on Home, and the server's memory in MB after Latent map."""
    port = _free_port()
    started = time.perf_counter()
    with server(port) as process:
        page = browser.new_page()
        open_when_served(page, f"http://127.0.0.1:{port}/")
        page.wait_for_selector(".latent-map[data-ready=true]", timeout=30_000)
        seconds = time.perf_counter() - started
        page.goto(f"http://127.0.0.1:{port}/latent_map")
        page.wait_for_selector(".latent-map[data-ready=true]", timeout=30_000)
        page.wait_for_timeout(1000)
        status = Path(f"/proc/{process.pid}/status").read_text()
        page.close()
    return seconds, int(status.split("VmRSS:")[1].split()[0]) / 1024


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def shipped_planes() -> list[runs.Run]:
    """The shipped runs that are dragged over a plane and decode a code alone; the others' programs are compared in the tests."""
    traits = ((run, run.config.model.traits) for run in runs.list_runs() if run.shipped)
    return [run for run, its in traits if not (its.is_discrete or its.is_conditional)]


def draw_and_scrub(browser: Browser, app: App) -> None:
    print(f"{'model':14} pen to painted p50/p95 ms   sent while drawing   scrub frame p95 ms   (medians of 3)")
    rows = {}
    for run in shipped_planes():
        turns = [draw(browser, app, run.id) | scrub(browser, app, run.id) for _ in range(3)]
        row = rows[run.id] = {key: float(np.median([turn[key] for turn in turns])) for key in turns[0]}
        waits = f"{row['draw_ms_p50']:.1f} / {row['draw_ms_p95']:.1f}"
        print(f"{run.id:14} {waits:>25} {row['sent_while_drawing']:>20.0f} {row['scrub_frame_ms_p95']:>20.1f}")
    figures = {
        "draw_ms_p95": rows["mnist-2d"]["draw_ms_p95"],
        "ws_frames_while_drawing": max(row["sent_while_drawing"] + row["sent_while_scrubbing"] for row in rows.values()),
        "scrub_frame_ms_p95": max(row["scrub_frame_ms_p95"] for row in rows.values()),
    }
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


def explore_all(browser: Browser) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name, count in CLOUDS.items():
            Path(folder, name).write_bytes(cloud(count))
        script = Path(folder, "cloud.py")
        script.write_text(f"FOLDER, RUN = {folder!r}, {CLOUD_RUN!r}\n{CLOUD_APP}")
        port = _free_port()
        address = f"http://127.0.0.1:{port}"
        with server(port, str(script)):
            open_when_served(browser.new_page(), f"{address}/?cloud=10k")
            turns = []
            for _ in range(TURNS):
                turns.append({row: found for name in CLOUDS for row, found in explore(browser, address, name).items()})
    rows = {row: {key: float(np.median([turn[row][key] for turn in turns])) for key in turns[0][row]} for row in turns[0]}
    print(f"{'cloud':14} pictures   redraws/s panning   hover p50/p95 ms   sent   (medians of {TURNS} turns)")
    for name, row in rows.items():
        waits = f"{row['hover_ms_p50']:.1f} / {row['hover_ms_p95']:.1f}"
        print(f"{name:14} {row['pictures']:8.0f} {row['fps']:19.1f} {waits:>18} {row['sent']:6.0f}")
    figures = {f"pan_fps_{name}": min(row["fps"] for key, row in rows.items() if key.startswith(name)) for name in CLOUDS}
    figures["hover_ms_p95"] = max(row["hover_ms_p95"] for row in rows.values())
    figures["ws_frames"] = max(found["sent"] for turn in turns for found in turn.values())
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--draw", action="store_true", help="drawing and scrubbing instead of dragging")
    instead.add_argument("--scatter", action="store_true", help="panning and hovering over clouds of codes instead of dragging")
    parser.add_argument("--projector", action="store_true", help="with the projector switch on")
    options = parser.parse_args()
    os.environ.pop("VAE_CHECKPOINTS", None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        if options.scatter:
            explore_all(browser)
        elif options.draw:
            port = _free_port()
            with server(port):
                open_when_served(browser.new_page(), f"http://127.0.0.1:{port}/")
                draw_and_scrub(browser, App(f"http://127.0.0.1:{port}", options.projector))
        else:
            drag_all(browser, options.projector)
        browser.close()


def drag_all(browser: Browser, projector: bool) -> None:
    starts = [first_image(browser) for _ in range(3)]
    port = _free_port()
    rows = {}
    with server(port):
        page = browser.new_page()
        open_when_served(page, f"http://127.0.0.1:{port}/")
        page.evaluate(LOAD_RUNTIME, link("runtime/network.js"))
        for run in shipped_planes():
            turns = [drag(browser, App(f"http://127.0.0.1:{port}", projector), run.id) for _ in range(3)]
            median = {key: float(np.median([turn[key] for turn in turns])) for key in turns[0]}
            half, full = parity(page, run)
            rows[run.id] = {**median, "parity_half": half, "parity_float32": full}
    print(f"{'model':14} frame p50/p95 ms   decode p50 ms   sent dragging/release   parity half   float32   (medians of 3 drags)")
    for name, row in rows.items():
        frames = f"{row['frame_ms_p50']:.1f} / {row['frame_ms_p95']:.1f}"
        sent = f"{row['sent_while_dragging']:.0f} / {row['sent_on_release']:.0f}"
        print(f"{name:14} {frames:>16} {row['decode_ms_p50']:15.2f} {sent:>23} {row['parity_half']:13.1e} {row['parity_float32']:9.1e}")
    seconds, memory = (float(np.median(values)) for values in zip(*starts, strict=True))
    print(f"first decoded image {seconds:.1f} s after starting the server; server memory after Home and Latent map {memory:.0f} MB")
    figures = {
        "decode_ms_p50": max(row["decode_ms_p50"] for row in rows.values()),
        "frame_ms_p95": max(row["frame_ms_p95"] for row in rows.values()),
        "ws_frames_while_dragging": max(row["sent_while_dragging"] for row in rows.values()),
        "first_image_s": seconds,
        "server_rss_mb": memory,
        "parity_max_abs": max(row["parity_half"] for row in rows.values()),
        "parity_float32_max_abs": max(row["parity_float32"] for row in rows.values()),
    }
    print(json.dumps({name: round(value, 7) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
