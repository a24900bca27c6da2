"""Ways through the app in a real browser: what was chosen survives the menu, Back, Forward, reload and a copied link; no dead control."""

import os
import re
import shutil
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import Opener, Visit
from playwright.sync_api import BrowserContext, Page, expect

from ui.bar import NAME
from vae_core import runs
from vae_core.files.locks import take_lock
from vae_core.runs.run import Run

MENU = ("Home", "Latent map", "Reconstruct", "Interpolate", "Embeddings", "Train")
OF_A_MODEL = MENU[1:5]
READY = {
    "Latent map": ".latent-map",
    "Reconstruct": ".reconstruction",
    "Interpolate": ".interpolation",
    "Embeddings": ".scatter",
    "Home": ".latent-map",
}


def go(visit: Visit, label: str) -> None:
    """Click in the menu."""
    path, text = ("/", NAME) if label == "Home" else ("/" + label.lower().replace(" ", "_"), label)
    visit.page.get_by_test_id("stPageLink-NavLink").filter(has_text=re.compile(f"^\\W*{text}$|{text}$")).first.click()
    expect(visit.page).to_have_url(re.compile(rf"^http://[^/]+{re.escape(path)}(\?.*)?$"))
    shown(visit, label)


def shown(visit: Visit, label: str) -> None:
    """Wait for what the page is about."""
    if label in READY:
        expect(visit.page.locator(READY[label]).first).to_be_visible(timeout=20_000)
    visit.settle()


def query(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def at(visit: Visit, **parameters: str | None) -> None:
    """Wait until the URL says so, and no script can change it any more."""
    for _ in range(100):
        if {name: query(visit.page).get(name) for name in parameters} == parameters:
            break
        visit.page.wait_for_timeout(100)
    visit.settle()
    assert {name: query(visit.page).get(name) for name in parameters} == parameters


def changed(visit: Visit, name: str, before: str | None = None) -> str:
    """Wait until a parameter of the URL is another one than before, and return it."""
    for _ in range(100):
        if query(visit.page).get(name) not in (None, before):
            break
        visit.page.wait_for_timeout(100)
    visit.settle()
    return query(visit.page)[name]


def model(page: Page) -> str:
    return page.get_by_role("combobox", name="Model").input_value()


def pick(visit: Visit, title: str) -> None:
    visit.page.get_by_role("combobox", name="Model").click()
    visit.page.get_by_role("option", name=title, exact=True).click()
    expect(visit.page).to_have_url(re.compile("run="))
    visit.settle()


def test_the_chosen_model_survives_every_way_through_the_menu(open_page: Opener) -> None:
    visit = open_page("/")
    go(visit, "Latent map")
    pick(visit, "tiny-5d")
    for label in (*OF_A_MODEL[1:], "Train", "Home", *OF_A_MODEL):
        go(visit, label)
        if label in OF_A_MODEL:
            assert (query(visit.page)["run"], model(visit.page)) == ("tiny-5d", "tiny-5d")
    go(visit, "Home")
    expect(visit.page.get_by_text("tiny-5d: ")).to_be_visible()


@pytest.mark.parametrize("label", OF_A_MODEL)
def test_a_reload_and_a_copied_link_show_the_same_model(open_page: Opener, context: BrowserContext, label: str) -> None:
    visit = open_page("/latent_map?run=tiny-5d")
    shown(visit, "Latent map")
    go(visit, label)
    link = urlsplit(visit.page.url)
    visit.page.reload()
    shown(visit, label)
    assert model(visit.page) == "tiny-5d"
    other = open_page(f"{link.path}?{link.query}")
    shown(other, label)
    assert model(other.page) == "tiny-5d"


def test_a_link_opens_the_tab_of_a_reconstruction_that_was_open(open_page: Opener) -> None:
    visit = open_page("/reconstruct?run=tiny-5d&tab=samples")
    shown(visit, "Reconstruct")
    tab = visit.page.get_by_role("tab", selected=True)
    expect(tab).to_have_text("Samples")
    visit.page.get_by_role("tab", name="Save").click()
    at(visit, tab="files")
    visit.page.reload()
    shown(visit, "Reconstruct")
    expect(tab).to_have_text("Save")
    visit.page.get_by_role("radio", name="Draw").click()
    at(visit, mode="Draw", tab="files")
    expect(tab).to_have_text("Save")
    visit.page.get_by_role("tab", name="Step by step").click()
    at(visit, tab=None)


def test_back_and_forward_go_one_page_each_however_much_was_done_there(open_page: Opener) -> None:
    visit = open_page("/latent_map?run=tiny-2d")
    shown(visit, "Latent map")
    plane = visit.page.locator(".latent-map .plane")
    moved = samples = None
    for key in ("ArrowRight", "ArrowUp", "ArrowUp"):
        plane.press(key)
        moved = changed(visit, "z", moved)
    go(visit, "Interpolate")
    for _ in range(2):
        visit.page.get_by_role("button", name="Shuffle").click()
        samples = changed(visit, "samples", samples)
    go(visit, "Train")
    visit.enter("Beta", 8)
    at(visit, settings="beta:8.0")
    visit.page.go_back()
    shown(visit, "Interpolate")
    at(visit, run="tiny-2d", samples=samples)
    visit.page.go_back()
    shown(visit, "Latent map")
    at(visit, run="tiny-2d", z=moved)
    assert visit.page.locator(".latent-map").get_attribute("data-point") == ",".join(f"{float(part):.2f}" for part in moved.split(","))
    visit.page.go_forward()
    shown(visit, "Interpolate")
    visit.page.go_forward()
    expect(visit.page.get_by_role("spinbutton", name="Beta")).to_have_value("8")


def test_back_returns_to_the_model_before(open_page: Opener) -> None:
    visit = open_page("/latent_map?run=tiny-2d")
    shown(visit, "Latent map")
    pick(visit, "tiny-5d")
    at(visit, run="tiny-5d")
    visit.page.go_back()
    visit.settle()
    expect(visit.page.get_by_role("combobox", name="Model")).to_have_value("tiny-2d")
    expect(visit.page.locator(".latent-map .what")).to_have_text("The code of a real 0")
    visit.page.go_forward()
    visit.settle()
    expect(visit.page.get_by_role("combobox", name="Model")).to_have_value("tiny-5d")


def test_what_was_set_on_a_page_is_there_when_one_comes_back(open_page: Opener) -> None:
    visit = open_page("/interpolate?run=tiny-5d")
    shown(visit, "Interpolate")
    visit.page.get_by_role("button", name="Four corners").or_(visit.page.get_by_role("radio", name="Four corners")).first.click()
    at(visit, mode="corners")
    go(visit, "Embeddings")
    visit.page.get_by_text("PCA", exact=True).first.click()
    at(visit, mode="pca")
    go(visit, "Reconstruct")
    visit.page.get_by_role("button", name="Another").click()
    sample = changed(visit, "samples")
    go(visit, "Train")
    visit.enter("Beta", 4)
    at(visit, settings="beta:4.0")
    go(visit, "Home")
    go(visit, "Interpolate")
    at(visit, mode="corners")
    go(visit, "Embeddings")
    at(visit, mode="pca")
    go(visit, "Reconstruct")
    at(visit, samples=sample)
    go(visit, "Train")
    expect(visit.page.get_by_role("spinbutton", name="Beta")).to_have_value("4")
    visit.page.reload()
    expect(visit.page.get_by_role("spinbutton", name="Beta")).to_have_value("4")


@pytest.mark.usefixtures("nothing_is_left_at_work")
def test_two_trainings_are_started_in_a_row_from_one_page_and_are_nobody_elses_default(open_page: Opener, folder: Path) -> None:
    known = {run.id for run in runs.list_runs(folder)}
    visit = open_page("/train?data=digits&recipe=mnist-2d-quick&settings=epochs:1")
    page = visit.page
    for beta in (0, 8):
        visit.enter("Beta", beta)
        page.get_by_role("button", name="Start training").click()
        expect(page).to_have_url(re.compile("run="))
        expect(page.get_by_role("heading", name=f"Tiny digits · 2-D · 1 epoch · β {beta}")).to_be_visible()
        page.get_by_role("link", name="New training").click()
        expect(page).not_to_have_url(re.compile("run="))
        expect(page.get_by_role("spinbutton", name="Beta")).to_have_value(str(beta))
    page.go_back()
    expect(page.get_by_role("heading", name="Tiny digits · 2-D · 1 epoch · β 8")).to_be_visible()
    go(visit, "Train")  # on a run's page, too, the menu leads to the form
    expect(page.get_by_role("button", name="Start training")).to_be_visible()
    expect(page).not_to_have_url(re.compile("run="))

    mine = [run for run in runs.list_runs(folder) if run.id not in known]
    assert [run.config.train.beta for run in mine] == [8, 0]
    page.get_by_role("link", name="Tiny digits · 2-D · 1 epoch · β 0").click()
    expect(page).to_have_url(re.compile(f"run={mine[1].id}"))
    expect(page.locator(".stMarkdownBadge").first).to_contain_text("Trained", timeout=60_000)
    go(visit, "Latent map")
    assert model(page) == "Tiny digits · 2-D · 1 epoch · β 0"
    stranger = open_page("/latent_map")
    shown(stranger, "Latent map")
    assert model(stranger.page) == "mnist-2d"


STATES = ("failed", "stopped", "queued", "damaged")


@pytest.fixture
def in_every_state(folder: Path) -> dict[str, Run]:
    """Copies of a run, put into states that need no process."""
    found = {}
    for state in STATES:
        run = Run(shutil.copytree(folder / "tiny-2d", folder / f"was-{state}"))
        (run.path / "about.json").unlink(missing_ok=True)
        if state == "damaged":
            run.path.joinpath("config.json").write_text("{")
        else:
            run.write_status(runs.Status(state, message="for the test"))
        if state == "stopped":
            run.resume.touch()
        found[state] = run
    waiting = take_lock(found["queued"].lock)  # as its worker does
    yield found
    os.close(waiting)
    for run in found.values():
        shutil.rmtree(run.path, ignore_errors=True)


BUTTONS = {"failed": [], "stopped": ["Resume"], "queued": ["Stop"], "damaged": []}


@pytest.mark.parametrize("state", STATES)
def test_every_link_on_the_page_of_a_run_leads_where_it_says(open_page: Opener, in_every_state: dict[str, Run], state: str) -> None:
    run = in_every_state[state]
    visit = open_page(f"/train?run={run.id}")
    page, here = visit.page, f"run={run.id}"
    expect(page.get_by_role("heading", name=run.title)).to_be_visible()
    visit.settle()
    expect(page.locator(".stButton button")).to_have_count(len(BUTTONS[state]))
    assert [text.split()[-1] for text in page.locator(".stButton button").all_inner_texts()] == BUTTONS[state]
    links = page.get_by_test_id("stPageLink-NavLink")
    targets = [link.get_attribute("href").rpartition("/")[2] for link in links.all()]
    menu = [*(f"{path}?{here}" for path in ("", "latent_map", "reconstruct", "interpolate", "embeddings", "experiments")), "train"]
    assert targets == [*menu, *([] if state == "damaged" else [f"latent_map?{here}"]), "train"]
    for index in range(0 if state == "failed" else len(menu), len(targets)):  # a menu of other runs is the same
        path, _, parameters = targets[index].partition("?")
        links.nth(index).click()
        expect(page).to_have_url(re.compile(rf"/{path}(\?{re.escape(parameters)})?$"))
        visit.settle()
        page.go_back()
        expect(page).to_have_url(re.compile(f"/train.{here}$"))
        expect(page.get_by_role("heading", name=run.title)).to_be_visible()
        visit.settle()


@pytest.mark.parametrize("label", ["Latent map", "Embeddings"])
@pytest.mark.parametrize("state", STATES)
def test_a_page_that_has_nothing_of_a_run_says_so_and_works(
    open_page: Opener, in_every_state: dict[str, Run], label: str, state: str
) -> None:
    visit = open_page(f"/{label.lower().replace(' ', '_')}?run={in_every_state[state].id}")
    shown(visit, label)
    here = state in ("queued", "damaged")
    assert (model(visit.page) == "mnist-2d") is here
    assert visit.page.get_by_text("The link names a model that").count() == here
