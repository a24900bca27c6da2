"""The table of shaded numbers in a real browser: what a screen reader finds, what a keyboard reaches, which cells are darker."""

from browser import mount, open_stage
from playwright.sync_api import Page, expect

DATA = {
    "caption": "What each dimension tells",
    "rows": ["Shape", "<b>x</b>"],
    "columns": [
        {"name": "z1", "values": [0.1, 0.8], "shaded": True},
        {"name": "z2", "values": [0.0, 0.4], "shaded": True},
        {"name": "gap", "values": [0.1, 0.4], "shaded": False},
    ],
}
DARKNESS = "cells => cells.map((cell) => Number(getComputedStyle(cell).getPropertyValue('--dark')))"


def test_numbers_are_read_by_their_headings_and_the_largest_is_darkest(page: Page) -> None:
    complaints = open_stage(page, "shaded_table")
    mount(page, "shaded_table", DATA)
    table = page.get_by_role("region", name="What each dimension tells")
    expect(table.get_by_role("columnheader")).to_have_text(["z1", "z2", "gap"])
    expect(table.get_by_role("rowheader")).to_have_text(["Shape", "<b>x</b>"])
    expect(table.get_by_role("row").nth(2).get_by_role("cell")).to_have_text(["0.80", "0.40", "0.40"])
    assert table.locator("td.shaded").evaluate_all(DARKNESS) == [0.125, 0, 1, 0.5]
    page.keyboard.press("Tab")
    expect(table).to_be_focused()
    page.evaluate("update", {**DATA, "rows": ["y"], "columns": [{"name": "z1", "values": [0.3], "shaded": True}]})
    expect(table.get_by_role("cell")).to_have_text(["", "0.30"])
    page.evaluate("unmount()")
    expect(table).to_have_count(0)
    assert complaints == []
