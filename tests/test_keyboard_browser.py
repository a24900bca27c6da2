"""Tab on every page in a real browser: it visits every control, and goes as the eye does."""

import itertools
from collections.abc import Sequence

import pytest
from browser import Opener, Stop, left_out, tab_stops
from playwright.sync_api import Page, expect

from ui.bar import NAME

PAGES = {
    "/": ".latent-map[data-ready=true]",
    "/latent_map?run=tiny-5d": ".latent-map[data-ready=true]",
    "/latent_map?run=tiny-2d&mode=draws": ".latent-map .draw",
    "/reconstruct?run=tiny-2d": ".reconstruction[data-settled=true]",
    "/interpolate?run=tiny-5d": ".interpolation[data-ready=true]",
    "/interpolate?run=tiny-5d&mode=corners": ".interpolation[data-ready=true]",
    "/embeddings?run=tiny-2d&mode=pca": ".scatter[data-ready=true]",
    "/experiments?run=tiny-2d": ".anomalies[data-ready=true]",
    "/experiments?run=tiny-2d&tab=factors": "[data-testid=stPageLink]:has-text('Train a model of shapes')",
    "/train": ".st-key-train-cards img",
    "/train?run=tiny-2d": ".losses",
    "/train?mode=own": ".st-key-train-head",
    "/train?mode=draw": ".sketch-frame",
}


def high(page: Page) -> None:
    """So that nothing scrolls."""
    page.set_viewport_size({"width": 1280, "height": 2400})


def is_before(one: Stop, other: Stop) -> bool:
    """Whether the eye meets `other` before `one`: to the left in the same row, or above and not in a column farther to the right."""
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    if shared > min(one.bottom - one.top, other.bottom - other.top) / 2:
        return other.right <= one.left
    return other.bottom <= one.top and other.left < one.right


def backwards(stops: Sequence[Stop]) -> list[tuple[str, str]]:
    """The steps that go against the eye, by what they lead from and to."""
    return [(one.name, other.name) for one, other in itertools.pairwise(stops) if is_before(one, other)]


def test_what_the_eye_meets_first_is_told_from_rows_and_columns() -> None:
    label, left, right, below = Stop("a", 0, 0, 9, 9), Stop("b", 0, 20, 9, 29), Stop("c", 50, 18, 59, 27), Stop("d", 0, 40, 99, 49)
    column = Stop("e", 70, 0, 79, 9)
    assert backwards([label, left, right, column, below]) == []
    assert backwards([label, right, left, below]) == [("c", "b")]
    assert backwards([left, label, below]) == [("b", "a")]
    assert backwards([below, column]) == [("d", "e")]


@pytest.mark.parametrize("link", PAGES)
def test_tab_visits_every_control_as_the_eye_does(open_page: Opener, link: str) -> None:
    visit = open_page(link, high)
    expect(visit.page.locator(PAGES[link]).first).to_be_visible(timeout=30_000)
    visit.settle()
    stops = tab_stops(visit.page)
    names = [stop.name for stop in stops]
    stops = stops[names.index(NAME) :]  # Streamlit's own come first: a way past them, its menu, the whole page
    assert left_out(visit.page) == []
    assert [stop for stop in stops if not stop.name] == []
    assert backwards(stops) == []
