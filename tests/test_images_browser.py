"""One's own images in a real browser: uploaded, drawn, and gone between, by hand and by keys alone."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from browser import PHONE, Opener
from page_parts import photo
from playwright.sync_api import Page, expect

from ui import cached
from vae_core.models.weights import load_model
from vae_core.runs.run import Run


def numbers(page: Page, name: str) -> list[float]:
    """A list of numbers that the Reconstruct view keeps for its readers."""
    root = page.locator(".reconstruction")
    expect(root).to_have_attribute("data-settled", "true")
    return [float(part) for part in root.get_attribute(f"data-{name}").split(",")]


def query(page: Page, name: str) -> str | None:
    return page.evaluate("(name) => new URL(location.href).searchParams.get(name)", name)


def test_a_sample_gets_the_models_own_code_and_its_link_shows_it_again(open_page: Opener, folder: Path) -> None:
    import torch

    run = Run(folder / "tiny-2d")
    page = open_page("/reconstruct?run=tiny-2d&samples=9").page
    image = cached.originals(run).images[9]
    with torch.no_grad():
        mean = load_model(run).encode(torch.from_numpy(image[None] / np.float32(255))).mean[0]
    np.testing.assert_allclose(numbers(page, "mean"), mean, atol=4e-3)
    page.get_by_role("button", name="Another").click()
    expect(page).not_to_have_url(re.compile("samples=9$"))
    again = open_page(f"/reconstruct?run=tiny-2d&samples={query(page, 'samples')}").page
    np.testing.assert_allclose(numbers(again, "mean"), numbers(page, "mean"), atol=1e-6)


def test_an_upload_is_shown_step_by_step_and_reconstructed(open_page: Opener) -> None:
    page = open_page("/reconstruct?run=tiny-2d&samples=0").page
    before = numbers(page, "mean")
    page.get_by_role("radio", name="Upload").click()
    expect(page.get_by_text("appears here as soon as")).to_be_visible()
    page.locator("input[type=file]").set_input_files({"name": "my seven.png", "mimeType": "image/png", "buffer": photo()})
    expect(page.get_by_text("What the model sees")).to_be_visible()
    expect(page.get_by_text("Light and dark are exchanged because")).to_be_visible()
    expect(page.locator(".reconstruction").get_by_text("my seven.png")).to_be_visible()
    assert numbers(page, "mean") != before
    root = page.locator(".reconstruction")
    seen = root.get_attribute("data-mean")
    page.get_by_text("Centre the drawing").click()
    expect(page.get_by_text("What is drawn, on an even background")).to_have_count(0)
    expect(root).not_to_have_attribute("data-mean", seen)


def test_what_is_no_picture_is_refused_in_a_sentence(open_page: Opener) -> None:
    page = open_page("/reconstruct?run=tiny-2d").page
    page.get_by_role("radio", name="Upload").click()
    page.locator("input[type=file]").set_input_files({"name": "![x](y)**z**.png", "mimeType": "image/png", "buffer": b"%PDF-1.7"})
    alert = page.get_by_test_id("stAlert")
    expect(alert).to_contain_text("is a PDF document; make a picture of it first")
    expect(alert).to_contain_text("![x](y)**z**.png")
    expect(page.locator(".reconstruction")).to_have_count(0)


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_code_and_reconstruction_follow_the_pen_and_the_server_hears_at_its_end(open_page: Opener, phone: bool) -> None:
    visit = open_page("/reconstruct?run=tiny-2d", lambda page: page.set_viewport_size(PHONE["viewport"]) if phone else None)
    page = visit.page
    page.get_by_role("radio", name="Draw").click()
    pad = page.locator(".sketch-pad canvas").first
    expect(pad).to_be_visible()
    visit.settle()
    pad.scroll_into_view_if_needed()
    box, frames = pad.bounding_box(), visit.sent
    spots = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in ((0.35, 0.25), (0.7, 0.25), (0.45, 0.8))]
    means = [numbers(page, "mean")]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=8)
        visit.paints()
        means.append(numbers(page, "mean"))
        assert visit.sent == frames
    assert means[0] != means[1] != means[2]
    page.mouse.up()
    visit.sends(frames)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    means.append(numbers(page, "mean"))
    visit.settle()
    menu = page.get_by_test_id("stMain").get_by_role("link")
    menu.filter(has_text="Latent map").click()
    expect(page.locator(".latent-map")).to_be_visible()
    visit.settle()
    menu.filter(has_text="Reconstruct").click()
    assert numbers(page, "mean") == pytest.approx(means[-1], abs=0.05), "the drawing is still there"
    page.reload()
    assert numbers(page, "mean") == pytest.approx(means[-1], abs=0.05)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".sketch-pad")).to_have_attribute("data-empty", "true")


def test_the_drawing_pad_has_a_link_and_is_in_the_first_screen_of_a_phone(open_page: Opener) -> None:
    page = open_page("/reconstruct?run=tiny-2d&mode=Draw", lambda page: page.set_viewport_size(PHONE["viewport"])).page
    pad = page.locator(".sketch-pad canvas").first
    expect(pad).to_be_visible()
    box = pad.bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= PHONE["viewport"]["height"]


@pytest.mark.parametrize("link", ["run=tiny-2d&samples=9", "run=tiny-5d&samples=9&projector=1", "run=tiny-2d&mode=Draw"])
def test_the_pipeline_is_the_first_screen(open_page: Opener, link: str) -> None:
    page = open_page(f"/reconstruct?{link}", lambda page: page.set_viewport_size({"width": 1280, "height": 720})).page
    numbers(page, "mean")
    first = ".pad canvas" if "Draw" in link else ".given canvas"
    stages = [
        first,
        ".encoder",
        ".dimension:first-child",
        ".command-sample",
        ".decoder",
        ".made canvas",
        ".costs",
        ".stack",
        ".explanation",
    ]
    boxes = [page.locator(f".hero {stage}").first.bounding_box() for stage in [*stages, ".lost canvas"]]
    for box in [*boxes, page.get_by_role("radio", name="Camera").bounding_box()]:
        assert min(box["x"], box["y"]) >= 0
        assert box["x"] + box["width"] <= 1280
        assert box["y"] + box["height"] <= 720
    row = [boxes[stage] for stage in (0, 1, 2, 4, 5)]
    assert all(a["x"] + a["width"] <= b["x"] + 1 for a, b in itertools.pairwise(row)), "from left to right as data flows"


def test_the_scrub_bar_goes_from_image_to_image_by_keys_alone(open_page: Opener) -> None:
    visit = open_page("/interpolate?run=tiny-2d&samples=0,1")
    page = visit.page
    bar = page.locator(".interpolation input[type=range]").first
    expect(bar).to_be_visible()
    visit.settle()
    frames, before = visit.sent, float(bar.input_value())
    for _ in range(5):
        bar.press("ArrowRight")
    assert float(bar.input_value()) > before
    assert visit.sent == frames
    visit.sends(frames)


def test_other_images_and_another_way_are_in_the_link(open_page: Opener) -> None:
    visit = open_page("/interpolate?run=tiny-2d")
    page = visit.page
    page.get_by_role("button", name="Shuffle").click()
    expect(page).to_have_url(re.compile("samples="))
    page.get_by_role("radio", name="Four corners").click()
    expect(page).to_have_url(re.compile("mode=corners"))
    visit.settle()
    assert (query(page, "mode"), len(query(page, "samples").split(","))) == ("corners", 4)
    link = page.url
    again = open_page(link[link.index("/interpolate") :]).page
    assert query(again, "samples") == query(page, "samples")


def test_an_uploaded_image_takes_a_place_in_the_way(open_page: Opener) -> None:
    visit = open_page("/interpolate?run=tiny-2d&samples=0,1", lambda page: page.set_viewport_size({"width": 1280, "height": 720}))
    page, sheet = visit.page, visit.page.locator(".st-key-side_sheet")
    stage, bar = page.locator(".interpolation .stage"), page.locator(".interpolation input.t")
    expect(page.locator(".interpolation[data-ready=true]")).to_be_visible()
    visit.settle()
    for part in (*ON_THE_FIRST_SCREEN, ".map"):
        assert_inside(page, f".interpolation {part}")
    box = stage.bounding_box()
    page.get_by_role("button", name="Change B").click()
    expect(sheet).to_be_visible()
    visit.settle()
    assert stage.bounding_box() == box
    assert sheet.bounding_box()["x"] >= box["x"] + box["width"]
    assert page.evaluate("document.querySelector('.st-key-side_sheet').contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(page.get_by_role("button", name="Change B")).to_be_focused()
    drag(page, bar.bounding_box(), 0.5, 0.7)
    expect(page).to_have_url(re.compile("settings=t"))
    place = bar.input_value()

    page.get_by_role("button", name="Change B").click()
    page.get_by_role("radio", name="Upload").click()
    files = [{"name": f"{name}.png", "mimeType": "image/png", "buffer": photo()} for name in ("seven", "second")]
    page.locator("input[type=file]").set_input_files(files)
    for name in ("seven.png", "second.png"):
        expect(page.locator(".interpolation").get_by_text(name)).to_be_visible()
    expect(sheet).to_have_count(0)
    visit.settle()
    assert query(page, "samples") is None
    assert float(bar.input_value()) == pytest.approx(float(place), abs=1e-4)  # other images are seen from the same place
    page.get_by_text("Projector").click()
    expect(page).to_have_url(re.compile("projector=1"))
    visit.settle()
    for part in ON_THE_FIRST_SCREEN:
        assert_inside(page, f".interpolation {part}")


ON_THE_FIRST_SCREEN = (".hero", ".t", ".play", ".pick >> nth=0", ".pick >> nth=1", ".decoded", ".mixed")


def assert_inside(page: Page, selector: str) -> None:
    """Whether all of an element lies in the window."""
    box, size = page.locator(selector).bounding_box(), page.viewport_size
    assert min(box["x"], box["y"]) >= 0, (selector, box)
    assert box["x"] + box["width"] <= size["width"], (selector, box)
    assert box["y"] + box["height"] <= size["height"], (selector, box)


def drag(page: Page, box: dict[str, float], start: float, end: float) -> None:
    """Drag along the middle of a box, from one share of its width to another."""
    middle = box["y"] + 16
    page.mouse.move(box["x"] + start * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], middle, steps=8)
    page.mouse.up()
