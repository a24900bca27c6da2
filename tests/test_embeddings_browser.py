"""The Embeddings page in a real browser: pointed at, pinned, selected, computed while one watches, and found again by its link."""

import csv
import io
import re
from pathlib import Path

import numpy as np
from browser import PHONE, Opener, tab_stops
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from vae_core.latent import aggregate, codes
from vae_core.projections.computation import compute
from vae_core.projections.request import Request
from vae_core.runs.run import Run

COUNT = 600  # codes of the tiny models
COMPUTED = 40_000  # milliseconds for a process to start and draw, whatever else the machine does


def cloud(page: Page) -> Locator:
    """The scatter, once its points are there."""
    root = page.locator(".scatter")
    expect(root).to_have_count(1, timeout=COMPUTED)  # while a run of the script lasts, what it replaces is still there
    expect(root).to_have_attribute("data-ready", "true", timeout=COMPUTED)
    return root


def settings(page: Page) -> set[str]:
    found = page.evaluate("() => new URL(location.href).searchParams.get('settings')")
    return set(found.split(",")) if found else set()


def faces(root: Locator) -> set[int]:
    """The points whose pictures the gallery shows."""
    return set(root.locator(".gallery button").evaluate_all("(buttons) => buttons.map((button) => Number(button.dataset.index))"))


def drag(page: Page, plane: Locator, *places: tuple[float, float]) -> None:
    """A drag over places of a plane, from 0 to 1."""
    box = plane.bounding_box()
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in places]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=6)
    page.mouse.up()


def test_pointing_shows_an_image_and_a_click_pins_it(open_page: Opener, folder: Path) -> None:
    visit = open_page("/embeddings?run=tiny-5d&mode=pca")
    root, before = cloud(visit.page), visit.sent
    plane = root.locator(".plane")
    plane.press("n")
    expect(root).not_to_have_attribute("data-hovered", "-1")
    index = int(root.get_attribute("data-hovered"))
    kept = codes.load(Run(folder / "tiny-5d").codes)
    expect(root.locator(".card b")).to_have_text(str(kept.labels[index]))
    expect(root.locator(".card dl")).to_contain_text(str(kept.index[index]))
    assert visit.sent == before
    plane.press("Enter")
    expect(root).to_have_attribute("data-pinned", str(index))
    near = np.argsort(np.square(kept.mean - kept.mean[index]).sum(1))[1:9]
    assert root.get_attribute("data-neighbours") == ",".join(map(str, near))


def test_the_plot_is_as_high_as_the_window_and_few_stops_lead_around_the_page(open_page: Opener) -> None:
    page = open_page("/embeddings?run=tiny-5d&mode=pca", lambda page: page.set_viewport_size({"width": 1280, "height": 720})).page
    root = cloud(page)
    plane, row = root.locator(".plane").bounding_box(), page.locator(".st-key-embeddings-controls").bounding_box()
    assert plane["y"] + plane["height"] <= 720
    assert plane["height"] >= 400
    assert 0 <= plane["y"] - (row["y"] + row["height"]) <= 24
    for control in (page.get_by_role("radio", name="t-SNE"), root.locator(".colour"), root.get_by_role("button", name="Show all")):
        expect(control).to_be_in_viewport(ratio=1)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert len(tab_stops(page)) <= 40
    first, second = (root.locator(".gallery button").nth(place) for place in (0, 1))
    first.focus()
    page.keyboard.press("ArrowRight")
    expect(second).to_be_focused()
    page.keyboard.press("End")
    expect(root.locator(".gallery button").last).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(root).to_have_attribute("data-pinned", first.get_attribute("data-index"))


def test_with_the_projector_switch_the_controls_stay_in_one_row_and_the_plot_in_the_window(open_page: Opener) -> None:
    link = "/embeddings?run=tiny-5d&mode=pca&projector=1"
    page = open_page(link, lambda page: page.set_viewport_size({"width": 1280, "height": 720})).page
    root = cloud(page)
    plane, row = root.locator(".plane").bounding_box(), page.locator(".st-key-embeddings-controls").bounding_box()
    assert row["height"] <= 60
    assert plane["y"] >= row["y"] + row["height"]
    assert plane["y"] + plane["height"] <= 720
    assert plane["height"] >= 380
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    small = "(root) => [...root.querySelectorAll('button, select, p, h4, figcaption, small')].filter((each) => each.checkVisibility()"
    assert root.evaluate(f"{small} && parseFloat(getComputedStyle(each).fontSize) < 18).map((each) => each.outerHTML)") == []


def test_moving_and_selecting_over_the_plane_stays_in_the_page(open_page: Opener, folder: Path) -> None:
    visit = open_page("/embeddings?run=tiny-5d&mode=pca")
    page, root = visit.page, cloud(visit.page)
    plane, before = root.locator(".plane"), visit.sent
    drag(page, plane, (0.5, 0.5), (0.6, 0.4), (0.45, 0.5))
    page.mouse.wheel(0, -300)
    expect(root).to_have_attribute("data-zoom", re.compile(r"^1\.[1-9]"))
    aimed = root.get_attribute("data-aimed")
    plane.hover(position={"x": 31, "y": 31})
    expect(root).not_to_have_attribute("data-aimed", aimed)
    assert visit.sent == before
    root.get_by_role("button", name="Show all").click()
    root.get_by_role("button", name="Lasso").click()
    drag(page, plane, (0.01, 0.01), (0.99, 0.01), (0.99, 0.99), (0.01, 0.99))
    expect(root).to_have_attribute("data-selected", str(COUNT))
    with page.expect_download() as download:
        root.get_by_role("button", name="Download CSV").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text())))
    expected = compute(codes.load(Run(folder / "tiny-5d").codes).mean, Request("pca")).points
    np.testing.assert_allclose([[float(row["x"]), float(row["y"])] for row in rows], expected, atol=2e-3)


def test_two_projections_share_what_is_selected(open_page: Opener) -> None:
    visit = open_page("/embeddings?run=tiny-5d&mode=pca&settings=beside:raw")
    page, root = visit.page, cloud(visit.page)
    expect(root).to_have_attribute("data-layout", "both")
    expect(root.locator(".plane")).to_have_count(2)
    root.locator(".plane").nth(1).press("n")
    expect(root.locator(".plane").first).to_have_attribute("data-over", "true")
    page.keyboard.press("Escape")
    root.get_by_role("button", name="Box").click()
    drag(page, root.locator(".plane").first, (0.3, 0.3), (0.7, 0.7))
    expect(root).not_to_have_attribute("data-selected", "0")
    chosen = root.get_attribute("data-selected")
    root.get_by_role("button", name="Latent dimensions").click()
    expect(root).to_have_attribute("data-layout", "1")
    expect(root).to_have_attribute("data-selected", chosen)
    expect(root.locator(".plane")).to_have_count(1)


def test_a_long_projection_moves_while_it_is_computed_and_is_kept_when_stopped(open_page: Opener) -> None:
    link = "/embeddings?run=tiny-5d&mode=tsne&settings=iterations:2000,perplexity:7"
    visit = open_page(link)
    page, root = visit.page, cloud(visit.page)
    expect(page.locator("[class*=st-key-embeddings-progress]")).not_to_have_css("background-color", "rgba(0, 0, 0, 0)")
    top = root.locator(".plane").bounding_box()["y"]
    expect(root).to_have_attribute("data-frames", re.compile(r"^([3-9]|\d\d+)$"), timeout=COMPUTED)
    again = open_page(link).page
    expect(again.get_by_role("button", name="Stop and keep")).to_be_visible()
    page.get_by_role("button", name="Stop and keep").click()
    for each in (page, again):
        expect(each.get_by_text("stopped early")).to_be_visible()
        expect(each.get_by_role("button", name="Stop and keep")).to_have_count(0)
    bar = root.get_by_role("slider", name="Step")
    expect(bar).to_be_visible()
    assert root.locator(".plane").bounding_box()["y"] == top
    before = visit.sent
    bar.press("Home")
    expect(root).to_have_attribute("data-frame", "0")
    expect(root.locator(".film")).to_contain_text("Step 0")
    assert visit.sent == before


def test_noise_stands_beside_every_finished_projection_and_can_be_seen(open_page: Opener) -> None:
    page = open_page("/embeddings?run=tiny-5d&mode=tsne&settings=iterations:100,seed:3").page
    cloud(page)
    expect(page.get_by_text(re.compile(r"0\.\d+ for pure noise"))).to_have_count(3, timeout=COMPUTED)
    page.locator(".st-key-embeddings-noise label").click()
    expect(page.get_by_text("600 random codes")).to_be_visible(timeout=COMPUTED)
    root = cloud(page)
    expect(root).to_have_attribute("data-layout", "both")
    expect(root.locator(".title")).to_have_text(["t-SNE", "Pure noise"])
    expect(root.locator(".selection h4")).to_have_text("All 600 images")
    assert max(faces(root)) < COUNT
    noise = root.locator(".plane").nth(1)
    noise.press("n")
    expect(root).to_have_attribute("data-hovered", str(COUNT))
    expect(root.locator(".card b")).to_have_text("Random code")
    expect(root.locator(".card figure").first).to_be_hidden()  # noise has no original
    expect(root.locator(".card figure").last).to_be_visible()
    root.get_by_role("button", name="Pure noise").click()
    expect(root.locator(".selection h4")).to_have_text("600 random codes")
    expect(root.locator(".decoded")).to_be_visible()
    assert min(faces(root)) >= COUNT


def test_the_link_says_what_is_on_the_screen(open_page: Opener) -> None:
    page = open_page("/embeddings?run=tiny-5d&mode=pca").page
    cloud(page)
    page.get_by_role("button", name="Settings").click()
    page.get_by_role("radio", name="HDBSCAN").click()
    expect(page).to_have_url(re.compile("clusters"))
    page.get_by_role("radio", name="3", exact=True).click()
    expect(page).to_have_url(re.compile("dims"))
    assert settings(page) == {"clusters:hdbscan", "dims:3"}
    page.keyboard.press("Escape")
    expect(page.locator(".scatter .plane")).to_have_attribute("data-dims", "3")
    page.reload()
    expect(cloud(page).locator(".plane")).to_have_attribute("data-dims", "3")
    assert settings(page) == {"clusters:hdbscan", "dims:3"}


def test_an_own_image_finds_its_place_among_the_others(open_page: Opener, folder: Path) -> None:
    visit = open_page("/embeddings?run=tiny-2d")
    page = visit.page
    cloud(page)
    picture = io.BytesIO()
    Image.fromarray(a_bar()).save(picture, "PNG")
    page.get_by_role("button", name="Own images").click()
    page.locator("input[type=file]").set_input_files({"name": "mine.png", "mimeType": "image/png", "buffer": picture.getvalue()})
    page.get_by_role("button", name="Put it on the map").click()
    expect(page.get_by_role("button", name="Own images (1)")).to_be_visible()
    page.keyboard.press("Escape")
    root = cloud(page)
    root.locator(".plane").press("p")
    expect(root).to_have_attribute("data-hovered", str(COUNT))
    expect(root.locator(".card b")).to_have_text("mine.png 1")


def a_bar() -> np.ndarray:
    """A bright bar on black."""
    image = np.zeros((28, 28), np.uint8)
    image[5:23, 12:16] = 255
    return image


def test_the_biggest_hole_opens_on_the_latent_map(open_page: Opener, folder: Path) -> None:
    page = open_page("/embeddings?run=tiny-2d").page
    cloud(page)
    page.get_by_role("link", name="Take me to the biggest hole").click()
    expect(page.locator(".latent-map")).to_have_attribute("data-ready", "true")
    centre, _ = aggregate.biggest_hole(codes.load(Run(folder / "tiny-2d").codes).mean)
    expect(page.locator(".latent-map .overlay text", has_text="hole")).to_have_count(1)
    shown = page.evaluate("() => new URL(location.href).searchParams.get('z')")
    np.testing.assert_allclose([float(part) for part in shown.split(",")], centre, atol=5e-3)


# A slow computer: nothing is finished within a frame, and no frame comes before `resume()`.
SLOW = """() => {
    const [now, request] = [Date.now, requestAnimationFrame], held = new Map();
    let late = 0;
    Date.now = () => now() + (late += 20);
    globalThis.requestAnimationFrame = (draw) => (held.set(++late, draw), late);
    globalThis.cancelAnimationFrame = (id) => held.delete(id);
    globalThis.resume = () => held.forEach((draw) => request(draw));
}"""


def test_the_page_can_be_left_before_its_charts_are_painted(open_page: Opener) -> None:
    visit = open_page("/reconstruct?run=tiny-2d")
    page, chart = visit.page, visit.page.locator(".stEChartsChart")
    pages = page.locator(".st-key-frame-pages")
    page.evaluate(SLOW)
    pages.get_by_role("link", name="Embeddings").click()
    expect(chart.nth(1).locator("svg, canvas").first).to_be_attached()
    pages.get_by_role("link", name="Reconstruct").click()
    expect(chart).to_have_count(0)
    page.evaluate("resume()")
    page.wait_for_timeout(200)  # whatever fails then is a complaint


def test_a_phone_shows_all_of_it_without_scrolling_sideways(open_page: Opener) -> None:
    page = open_page("/embeddings?run=tiny-5d&mode=pca", lambda page: page.set_viewport_size(PHONE["viewport"])).page
    root = cloud(page)
    for name in ("Latent dimensions", "PCA", "t-SNE", "UMAP", "PaCMAP"):
        expect(page.get_by_role("radio", name=name)).to_be_in_viewport(ratio=1)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert root.locator(".plane").bounding_box()["width"] > 300
