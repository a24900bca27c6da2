"""A lesson given from beginning to end in Chromium, as a teacher would, on a fresh server: prints clicks and seconds for each step.

    python benchmarks/lesson.py            # some three minutes
    python benchmarks/lesson.py --show     # with the browser on the screen

A click is whatever a hand does: a press, a drag, a stroke, a word typed. A step that cannot be done, and anything that the browser's
console complains of, is a dead end. A wait is from a click until what it asked for is seen: of a training, its progress.
"""

import argparse
import io
import json
import math
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Error, Locator, Page, expect, sync_playwright

from tests.browser import CHROMIUM_FLAGS, PHONE, PROBE, Server, chromium, serving

ROOT = Path(__file__).parents[1]

PROJECTOR = {"width": 1280, "height": 720}
READY_MAP = ".latent-map[data-ready=true]"
BETAS = (0, 1, 8)
DRAWINGS = ["sun"] * 6 + ["wave"] * 6
SECONDS_TO_ANSWER, SECONDS_TO_TRAIN = 20, 300


class Lesson:
    """Who gives it: counts what is done and how long the answers take."""

    def __init__(self) -> None:
        self.clicks, self.dead_ends, self.longest_wait, self.done = 0, 0, 0.0, 0
        self.steps: list[tuple[str, int, float, str]] = []

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One part of the lesson; where it cannot be done, the next one begins."""
        before, began, outcome = self.clicks, time.monotonic(), "done"
        try:
            yield
            self.done += 1
        except (Error, AssertionError) as error:
            self.dead_ends += 1
            outcome = f"dead end: {str(error).strip().splitlines()[0][:140]}"
        self.steps.append((name, self.clicks - before, time.monotonic() - began, outcome))

    def open(self, browser: Browser, address: str, **device: object) -> Page:
        """A page of a browser with nothing in it; its complaints are dead ends."""
        context = browser.new_context(**device)
        context.set_default_timeout(1000 * SECONDS_TO_ANSWER)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.on("pageerror", lambda error: self._complain(str(error)))
        page.on("console", lambda message: self._hear(message.type, message.text, message.location["url"]))
        page.goto(address)
        return page

    def act(self, do: Callable[[], object], seen: Locator | None = None) -> None:
        """Do something with the hand, then wait until its answer is seen."""
        do()
        self.clicks += 1
        if seen is not None:
            began = time.monotonic()
            expect(seen.first).to_be_visible()
            self.longest_wait = max(self.longest_wait, time.monotonic() - began)

    def _hear(self, kind: str, text: str, url: str) -> None:
        if kind in ("error", "warning") and not ("404" in text and PROBE.fullmatch(url)):
            self._complain(text)

    def _complain(self, text: str) -> None:
        self.dead_ends += 1
        self.steps.append(("the browser complained", 0, 0.0, text[:140]))


def train_three(lesson: Lesson, page: Page) -> None:
    """Ten dimensions and three values of β, by one action."""
    lesson.act(link(page, "Train").click, page.get_by_role("button", name="Train these three β"))
    field = page.get_by_role("spinbutton", name="Latent dimensions")
    lesson.act(lambda: (field.fill("10"), field.press("Enter")), page.get_by_placeholder("10-D"))
    settle(page)
    lesson.act(page.get_by_role("button", name="Train these three β").click, run_of(page, BETAS[0]))
    for beta in BETAS:
        lesson.act(run_of(page, beta).click, page.get_by_role("heading", name=f"β {beta}"))
        settle(page)
        expect(page.locator(".st-key-watch-head .stMarkdownBadge")).to_contain_text("Trained", timeout=1000 * SECONDS_TO_TRAIN)


def open_each_on_the_map(lesson: Lesson, page: Page) -> None:
    """The three models, one after the other."""
    for beta in BETAS:
        lesson.act(run_of(page, beta).click, page.get_by_role("heading", name=f"β {beta}"))
        lesson.act(page.get_by_role("link", name="Explore this model").click, page.locator(READY_MAP))
        if beta != BETAS[-1]:
            lesson.act(page.go_back, run_of(page, beta))


def show_collapse(lesson: Lesson, page: Page) -> None:
    """The last model, of β 8, leaves dimensions unused."""
    lesson.act(link(page, "Reconstruct").click, page.locator(".reconstruction .dimension"))
    expect(page.locator(".reconstruction .dimension[data-unused=true]").first).to_be_attached()
    expect(page.locator(".reconstruction .dimension[data-unused=false]").first).to_be_attached()


def draw_from_an_autoencoder(lesson: Lesson, page: Page) -> None:
    """A sheet of draws from N(0, I), with the seed of the next."""
    lesson.act(link(page, "Latent map").click, page.locator(READY_MAP))
    choose_model(lesson, page, "Plain autoencoder: no prior")
    draws = page.get_by_role("radio", name="Draws from the prior")
    lesson.act(draws.click, page.get_by_role("button", name="Draw 1: show its code on the map"))
    lesson.act(page.get_by_role("button", name="Draw again").click, page.get_by_role("button", name="Draw 1: show its code on the map"))


def interpolate_two_uploads(lesson: Lesson, page: Page) -> None:
    """Two own pictures at once into A and B, then a drag along the path."""
    lesson.act(link(page, "Interpolate").click, page.locator(".interpolation[data-ready=true]"))
    choose_model(lesson, page, "Digits, sharper")
    lesson.act(page.get_by_role("button", name="Change A").click, page.get_by_role("radio", name="Upload"))
    lesson.act(page.get_by_role("radio", name="Upload").click)
    files = [{"name": f"{name}.png", "mimeType": "image/png", "buffer": digit(points)} for name, points in DIGITS.items()]
    lesson.act(lambda: page.locator("input[type=file]").first.set_input_files(files), page.get_by_role("button", name="Change B: two"))
    settle(page)
    lesson.act(lambda: page.locator(".interpolation .t").fill("0.8"))


def collect_drawings(lesson: Lesson, browser: Browser, address: str) -> None:
    """Twelve drawings in two classes on a phone, made a data set."""
    page = lesson.open(browser, f"{address}/train?mode=draw&collection=lesson", **PHONE)
    expect(page.locator(".sketch-pad")).to_be_visible()
    for number, label in enumerate(DRAWINGS):
        draw(lesson, page, label, 0.2 + 0.01 * number)
        if label not in DRAWINGS[:number]:
            field = page.get_by_role("textbox", name="What is it?")
            lesson.act(lambda field=field, label=label: field.fill(label))
        lesson.act(page.get_by_role("button", name="Add", exact=True).click, page.get_by_text(f"{number + 1} drawing"))
    lesson.act(page.get_by_role("button", name="Make a data set of them").click, page.get_by_text("12 images"))
    page.context.close()


def hand_on_a_link(lesson: Lesson, browser: Browser, page: Page) -> None:
    """What a link of the map shows in another browser is the same point."""
    lesson.act(link(page, "Latent map").click, page.locator(READY_MAP))
    plane = page.locator(".latent-map .plane").bounding_box()
    assert plane is not None
    place = plane["x"] + 0.3 * plane["width"], plane["y"] + 0.6 * plane["height"]
    lesson.act(lambda: page.mouse.click(*place))
    settle(page)
    lesson.act(page.get_by_role("button", name="Copy link").click, page.get_by_text("Link copied"))
    point = page.locator(READY_MAP).get_attribute("data-point")
    other = lesson.open(browser, page.evaluate("navigator.clipboard.readText()"), viewport=PROJECTOR)
    lesson.clicks += 1
    expect(other.locator(READY_MAP)).to_be_visible()
    found = other.locator(READY_MAP).get_attribute("data-point")
    assert point is not None
    assert found is not None
    assert close(point, found), f"the link shows {found}, not {point}"
    other.context.close()


def close(one: str, other: str) -> bool:
    """Whether two points are the same, as far as a link has digits."""
    pairs = zip(one.split(","), other.split(","), strict=True)
    return all(abs(float(a) - float(b)) < 0.01 for a, b in pairs)


def link(page: Page, name: str) -> Locator:
    """A page in the bar."""
    return page.locator(".st-key-frame-pages").get_by_role("link", name=name)


def run_of(page: Page, beta: int) -> Locator:
    """The link to one of the runs that were launched together."""
    return page.get_by_role("link", name=f"β {beta}")


def choose_model(lesson: Lesson, page: Page, title: str) -> None:
    """Choose a model in the bar."""
    lesson.act(page.locator(".st-key-frame-chooser").get_by_role("combobox").click, page.get_by_role("option", name=title))
    lesson.act(page.get_by_role("option", name=title).click)
    settle(page)


def settle(page: Page) -> None:
    """Wait until no script runs, and what it sent has come."""
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning")
    page.wait_for_timeout(150)


def draw(lesson: Lesson, page: Page, label: str, radius: float) -> None:
    """A sun or a wave on the pad, by one stroke."""
    box = page.locator(".sketch-pad canvas").bounding_box()
    assert box is not None
    turns = [2 * math.pi * step / 12 for step in range(13)]
    if label == "sun":
        points = [(0.5 + radius * math.cos(turn), 0.5 + radius * math.sin(turn)) for turn in turns]
    else:
        points = [(0.15 + 0.7 * turn / (2 * math.pi), 0.5 + radius * math.sin(2 * turn)) for turn in turns]
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]

    def stroke() -> None:
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()

    lesson.act(stroke)


DIGITS = {"one": [(60, 20), (60, 100)], "two": [(30, 30), (80, 25), (85, 55), (30, 100), (95, 100)]}


def digit(points: list[tuple[int, int]]) -> bytes:
    """A photo of ink on paper, as PNG."""
    paper, buffer = Image.new("L", (120, 120), 235), io.BytesIO()
    ImageDraw.Draw(paper).line(points, fill=20, width=12, joint="curve")
    paper.save(buffer, "PNG")
    return buffer.getvalue()


def give(browser: Browser, server: Server) -> Lesson:
    """The whole lesson."""
    expect.set_options(timeout=1000 * SECONDS_TO_ANSWER)
    lesson = Lesson()
    page = lesson.open(browser, server.address, viewport=PROJECTOR)
    expect(page.locator(READY_MAP)).to_be_visible()
    with lesson.step("train β 0, 1 and 8 by one action"):
        train_three(lesson, page)
    with lesson.step("open each on the map"):
        open_each_on_the_map(lesson, page)
    with lesson.step("show collapse"):
        show_collapse(lesson, page)
    with lesson.step("draw from an autoencoder's prior"):
        draw_from_an_autoencoder(lesson, page)
    with lesson.step("interpolate two uploads"):
        interpolate_two_uploads(lesson, page)
    with lesson.step("collect twelve drawings on a phone"):
        collect_drawings(lesson, browser, server.address)
    with lesson.step("open a copied link in another browser"):
        hand_on_a_link(lesson, browser, page)
    return lesson


def main() -> None:
    """Give the lesson and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", action="store_true", help="with the browser on the screen")
    shown = parser.parse_args().show
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        environment = {"VAE_CHECKPOINTS": f"{folder}/checkpoints", "VAE_DATA": f"{folder}/data"}
        shutil.copytree(ROOT / "checkpoints", environment["VAE_CHECKPOINTS"])
        with serving(ROOT / "app.py", Path(folder, "log.txt"), **environment) as server:
            browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS, headless=not shown)
            lesson = give(browser, server)
            browser.close()
    for name, clicks, seconds, outcome in lesson.steps:
        sys.stdout.write(f"{name:40} {clicks:4} clicks {seconds:7.1f} s  {outcome}\n")
    figures = {
        "lesson_done": lesson.done,
        "clicks": lesson.clicks,
        "dead_ends": lesson.dead_ends,
        "longest_wait_s": round(lesson.longest_wait, 2),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
