"""Names and messages full of markup and addresses, planted wherever people or run folders can put them, on every page of the app."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browser import ROOT, Opener, Server, Visit, serving
from playwright.sync_api import expect

from vae_core import runs
from vae_core.data import own
from vae_core.files.records import read_json, write_json
from vae_core.presets import configure
from vae_core.runs.run import Run
from vae_core.runs.status import Status
from vae_core.training import jobs

MARKUP = "http://evil.example ![p](http://evil.example/p) :smile:"
RUN, SET, RENAMED = f"R1 {MARKUP}", f"S1 {MARKUP}", f"R2 {MARKUP}"
FAILURE = f"M1 {MARKUP} a@evil.example www.evil.example <img src=http://evil.example/i> **b** $x$ -> :red[r] :material/home:"
PROGRESS, NONSENSE = FAILURE.replace("M1", "M2"), "N1 ![](http://evil.example)"
CLASSES = ("C1 ![p](http://evil.example/c) :smile:", "C2 a@evil.example <b>www.evil.example")
FILE = "F1 ![p](evil) www.evil.example :+1:.png"  # an uploader shortens it
PLANTED = (RUN, SET, RENAMED, FAILURE, PROGRESS, *CLASSES)
MADE_OF_IT = "a[href*='//evil'], a[href*='//www.evil'], a[href^=mailto], img[src*=evil], img[alt=p], .katex"
ALL_TEXT = """() => {
    const texts = [];
    const collect = (root) => {
        for (const element of root.querySelectorAll("*")) {
            if (element.shadowRoot) collect(element.shadowRoot);
            if (element.value?.length) texts.push(element.value);
            const hasText = [...element.childNodes].some((node) => node.nodeType === 3);
            if (hasText && !element.closest("style, script, head")) texts.push(element.textContent);
        }
    };
    collect(document);
    return texts.join("\\n");
}"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("planted")


@pytest.fixture(autouse=True, scope="module")
def planted(home: Path) -> Iterator[dict[str, Run]]:
    """A trained run of a set of drawings, a failed one, one that is at work, one that is damaged."""
    from vae_core.training.execution import execute

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VAE_DATA", str(home / "data"))
        patch.setenv("VAE_CHECKPOINTS", str(home / "checkpoints"))
        draw = np.random.default_rng(0)
        for number in range(40):
            own.add_drawing("evil", draw.integers(0, 255, (1, 28, 28)).astype(np.uint8), CLASSES[number % 2], "somebody")
        tiny = {"epochs": 1, "batch_size": 8, "channels": "4,8", "hidden": "8"}
        config = configure("mnist-2d-quick", {"dataset": own.collect("evil", SET), **tiny})
        made = {state: runs.create(config, title=RUN) for state in ("finished", "failed", "running", "damaged")}
        with jobs.held(made["finished"]):
            assert execute(made["finished"]).state == "finished"
        made["failed"].write_status(Status("failed", message=FAILURE))
        made["damaged"].write_status(Status("failed"))
        status = made["damaged"].path / "status.json"
        write_json(status, read_json(status) | {"state": NONSENSE})
        with jobs.held(made["running"]):
            made["running"].write_status(Status("running", steps=10, message=PROGRESS))
            yield made


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    where = {"VAE_CHECKPOINTS": str(home / "checkpoints"), "VAE_DATA": str(home / "data")}
    with serving(ROOT / "app.py", home / "log.txt", **where) as server:
        yield server


def holds(visit: Visit, *expected: str) -> None:
    """The page shows these texts, and wherever one of those that were planted begins, all of it stands there and nothing made of it."""
    visit.settle()
    visit.page.wait_for_function(
        f"(expected) => {{ const text = ({ALL_TEXT})(); return expected.every((whole) => text.includes(whole)); }}", arg=expected
    )
    text = visit.page.evaluate(ALL_TEXT)
    for whole in PLANTED:
        assert len(re.findall(whole[:3], text)) == text.count(whole), whole
    assert visit.page.locator(MADE_OF_IT).count() == 0


def test_every_page_shows_them_as_text(open_page: Opener, planted: dict[str, Run]) -> None:
    run = planted["finished"].id
    holds(open_page("/"), RUN, SET, FAILURE)
    holds(open_page(f"/latent_map?run={run}"), RUN, SET, *CLASSES)
    holds(open_page(f"/interpolate?run={run}"), RUN, SET)
    holds(open_page(f"/embeddings?run={run}"), RUN, SET, *CLASSES)
    holds(open_page(f"/train?run={run}"), RUN, SET)
    holds(open_page(f"/train?run={planted['failed'].id}"), RUN, FAILURE)
    holds(open_page(f"/train?run={planted['running'].id}"), RUN, PROGRESS)
    holds(open_page(f"/train?run={planted['damaged'].id}"), RUN)


def test_lists_files_and_dialogs_show_them_as_text(open_page: Opener, planted: dict[str, Run]) -> None:
    visit = open_page(f"/reconstruct?run={planted['finished'].id}")
    visit.page.get_by_role("combobox", name="Class").click()
    expect(visit.page.get_by_role("option", name=CLASSES[0])).to_be_visible()
    holds(visit, *CLASSES)
    visit.page.get_by_role("option", name=CLASSES[1]).click()
    holds(visit, CLASSES[1])
    visit.page.get_by_role("radio", name="Upload").click()
    no_picture = {"mimeType": "image/png", "buffer": b"no picture"}
    visit.page.locator("input[type=file]").set_input_files([{"name": FILE, **no_picture}, {"name": FILE.replace("F1", "F3"), **no_picture}])
    expect(visit.page.get_by_role("alert")).to_be_visible()
    holds(visit, FILE)

    visit = open_page("/train")
    visit.page.get_by_role("combobox", name="Data set").click()
    visit.page.get_by_role("option", name=SET).click()
    holds(visit, SET, RUN)
    visit.page.get_by_role("button", name="Delete this data set").click()
    expect(visit.page.get_by_role("dialog")).to_contain_text(SET)
    holds(visit, SET)


def test_a_new_name_is_said_as_text(open_page: Opener, planted: dict[str, Run]) -> None:
    visit = open_page("/?page=2")
    card = visit.page.locator(f".st-key-gallery-{planted['finished'].id}")
    card.get_by_role("button", name="More").click()
    visit.page.get_by_role("menuitem", name="Rename").click()
    visit.page.get_by_test_id("stDialog").get_by_role("textbox").fill(RENAMED)
    visit.page.get_by_test_id("stDialog").get_by_role("button", name="Rename").click()
    expect(visit.page.get_by_test_id("stToast")).to_contain_text(f"Renamed to {RENAMED}")
    holds(visit, RENAMED)
    card.get_by_role("button", name="More").click()
    visit.page.get_by_role("menuitem", name="Facts").click()
    expect(visit.page.get_by_role("dialog")).to_contain_text(RENAMED)
    holds(visit, RENAMED)
