"""The component that ui/components/README.md walks through: what stands there is linked and mounted as it is."""

import re
import shutil
from pathlib import Path

import pytest
from browser import MOUNT, bare
from playwright.sync_api import Page, expect

from ui.components.link import COMPONENTS, link


@pytest.fixture
def example(tmp_path: Path) -> str:
    """The text of the example's script, linked beside all others."""
    [script] = re.findall(r"```js\n(.*?)```", (COMPONENTS / "README.md").read_text(), re.DOTALL)
    for folder in ("runtime", "view"):
        shutil.copytree(COMPONENTS / folder, tmp_path / folder)
    (tmp_path / "rating").mkdir()
    (tmp_path / "rating/rating.js").write_text(script)
    return link("rating/rating.js", folder=tmp_path)


def test_the_example_of_the_readme_can_be_mounted(page: Page, example: str) -> None:
    page.set_content(bare())
    page.evaluate(MOUNT, ["rating", example, {"stars": 2}])
    slider = page.get_by_role("slider", name="Stars")
    expect(slider).to_have_value("2")
    slider.press("ArrowRight")
    assert page.evaluate("heard") == [["stars", 3]]
    page.evaluate("void update({ stars: 2 })")
    expect(slider).to_have_value("3")  # Python repeats what it said before
    page.evaluate("void update({ stars: 5 })")
    expect(slider).to_have_value("5")
    page.evaluate("unmount()")
    expect(slider).to_have_count(0)
