"""Every page on a projector and in the dark: how large its text is, how quietly it appears, whether everybody can use it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from browser import ROOT, Server, serving
from playwright.sync_api import Browser, Page, expect

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PROJECTOR = {"width": 1280, "height": 720}
SMALLEST, SMALLEST_PROJECTED = 14, 18  # CSS pixels
MAX_SHIFT = 0.2
DARK = "rgb(18, 20, 28)"

# Counts what moved without anybody's doing, from the first moment of a page on.
WATCH_SHIFTS = """
globalThis.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""

# The visible texts of a page, those in shadow roots too, with their sizes in CSS pixels: [[size, text], …], the smallest first.
TEXTS = """() => {
  const found = [];
  const isSeen = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 2 && box.height > 2 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };
  const visit = (node) => {
    if (node.nodeType === Node.TEXT_NODE && node.data.trim() && node.parentElement && isSeen(node.parentElement)) {
      const style = getComputedStyle(node.parentElement);
      const isIcon = style.fontFamily.includes("Material");
      if (!isIcon) found.push([parseFloat(style.fontSize), node.data.trim().slice(0, 60)]);
    }
    if (node.nodeType === Node.ELEMENT_NODE && ["STYLE", "SCRIPT", "NOSCRIPT"].includes(node.tagName)) return;
    for (const child of node.shadowRoot?.childNodes ?? []) visit(child);
    for (const child of node.childNodes) visit(child);
  };
  visit(document.body);
  return found.sort((one, other) => one[0] - other[0]);
}"""

SERIOUS = """async (only) => {
  const found = await axe.run(document, { ...(only && { runOnly: [only] }), resultTypes: ["violations"] });
  return found.violations
    .filter(({ impact }) => ["serious", "critical"].includes(impact))
    .map(({ id, nodes }) => [id, ...nodes.slice(0, 4).map(({ target, any }) => `${target.flat().join(" ")}: ${any[0]?.message}`)]);
}"""


PAGES = {
    "home": "/?",
    "map": "/latent_map?run=mnist-16d",
    "draws": "/latent_map?run=mnist-ae-2d&mode=draws",
    "reconstruct": "/reconstruct?run=mnist-2d",
    "interpolate": "/interpolate?run=mnist-16d",
    "embeddings": "/embeddings?run=mnist-16d",
    "anomalies": "/experiments?run=mnist-2d",
    "denoising": "/experiments?run=mnist-2d&tab=denoising",
    "compression": "/experiments?run=mnist-2d&tab=compression",
    "factors": "/experiments?run=shapes-6d&tab=factors",
    "train": "/train?",
    "watch": "/train?run=mnist-2d",
    "own": "/train?mode=own",
    "draw": "/train?mode=draw",
}


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The app with the models that it comes with, some seconds after its first visitor."""
    with serving(ROOT / "app.py", tmp_path_factory.mktemp("screens") / "log.txt") as server:
        yield server


@pytest.fixture(scope="module")
def warm(shipped: Server, browser: Browser) -> str:
    """Its address, when the page that it sends is ready."""
    page = browser.new_page()
    page.goto(shipped.address)
    expect(page.locator(".latent-map[data-ready=true]")).to_be_visible(timeout=20_000)
    for _ in range(100):
        if "frame-bar" in page.request.get(shipped.address).text():
            break
        page.wait_for_timeout(100)
    page.close()
    return shipped.address


@contextmanager
def first_load(browser: Browser, address: str) -> Iterator[Page]:
    """A page at rest in a browser that had nothing of it yet."""
    context = browser.new_context(viewport=PROJECTOR, color_scheme="light")
    context.add_init_script(WATCH_SHIFTS)
    page = context.new_page()
    load(page, address)
    yield page
    context.close()


def load(page: Page, address: str) -> None:
    """Open, and wait until what comes late has come."""
    page.goto(address)
    expect(page.locator("[data-testid=stApp]")).to_have_attribute("data-test-script-state", "notRunning", timeout=20_000)
    page.wait_for_timeout(1500)


@pytest.fixture(scope="module")
def axe() -> str:
    """Where axe-core lies."""
    if not AXE.exists():
        absent = "axe-core is not installed; `npm ci` does that"
        pytest.fail(absent) if os.environ.get("CI") == "true" else pytest.skip(absent)
    return str(AXE)


def smaller(page: Page, smallest: int) -> list[list[object]]:
    """The texts of a page that are too small."""
    return [text for text in page.evaluate(TEXTS) if text[0] < smallest]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_and_used_and_comes_quietly(name: str, warm: str, browser: Browser, axe: str) -> None:
    address = warm + PAGES[name]
    with first_load(browser, address) as page:
        shift = page.evaluate("shift")
        page.add_script_tag(path=axe)
        assert page.evaluate(SERIOUS) == []
        assert smaller(page, SMALLEST) == []
        page.emulate_media(color_scheme="dark")
        expect(page.locator("[data-testid=stApp]")).to_have_css("background-color", DARK)
        page.wait_for_timeout(500)  # colours fade
        assert page.evaluate(SERIOUS, "cat.color") == []  # whatever else axe looks at is the same in the dark
        assert smaller(page, SMALLEST) == []
        load(page, f"{address}&projector=1")
        assert smaller(page, SMALLEST_PROJECTED) == []
    assert shift < MAX_SHIFT or max(shift_of_first_load(browser, address) for _ in range(2)) < MAX_SHIFT  # one of three may be chance


def shift_of_first_load(browser: Browser, address: str) -> float:
    with first_load(browser, address) as page:
        return page.evaluate("shift")
