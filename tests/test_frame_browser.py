"""The frame of every page in a real browser: the bar and its line, explanations of terms, the projector switch, contrast, layout shift."""

import re

import pytest
from browser import Opener
from playwright.sync_api import BrowserContext, Locator, Page, expect

PAGES = ("/", "/latent_map", "/reconstruct", "/interpolate", "/embeddings", "/experiments", "/train")
LINE_ENDS, LARGE_LINE_ENDS = 104, 120  # CSS pixels from the top, as usual and with the projector switch
NOTE = "#term-note"


def at_projector_size(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})


def boxes(found: Locator) -> list[dict[str, float]]:
    return [box for one in found.all() if (box := one.bounding_box())]


def test_the_bar_is_one_row_and_another_model_moves_nothing(open_page: Opener) -> None:
    visit = open_page("/latent_map?run=tiny-2d", at_projector_size)
    page = visit.page
    parts = page.locator(".st-key-frame-bar a, .st-key-frame-bar input[type=text], .st-key-frame-projector label")
    for ends in (LINE_ENDS, LARGE_LINE_ENDS):
        rows = [box["y"] + box["height"] / 2 for box in boxes(parts)]
        assert len(rows) >= 7
        assert max(rows) - min(rows) < 4
        assert max(box["x"] + box["width"] for box in boxes(parts)) <= 1241  # Streamlit's menu stands in the margin
        [line] = boxes(page.locator(".st-key-frame-line"))
        assert line["y"] + line["height"] <= ends - 16
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
        if ends == LINE_ENDS:
            before = boxes(page.locator(".latent-map"))
            page.get_by_role("combobox", name="Model").click()
            page.get_by_role("option", name="tiny-5d").click()
            expect(page.locator(".st-key-frame-facts")).to_contain_text("5 latent dimensions")
            visit.settle()
            assert boxes(page.locator(".latent-map"))[0]["y"] == before[0]["y"]
            page.get_by_text("Projector").click()
            expect(page).to_have_url(re.compile("projector=1"))
            visit.settle()


def test_the_projector_switch_survives_menu_reload_and_link(open_page: Opener) -> None:
    visit = open_page("/latent_map?run=tiny-2d&projector=1", at_projector_size)
    page = visit.page
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    assert page.evaluate(size) == 21
    page.get_by_role("link", name="Train").click()
    expect(page).to_have_url(re.compile(r"/train\?.*projector=1"))
    visit.settle()
    assert page.evaluate(size) == 21
    page.reload()
    expect(page.get_by_role("switch", name="Projector").or_(page.get_by_role("checkbox", name="Projector"))).to_be_checked(timeout=20_000)
    visit.settle()
    page.get_by_text("Projector").click()
    expect(page).not_to_have_url(re.compile("projector"))
    visit.settle()
    assert page.evaluate(size) == 16
    page.get_by_role("link", name="Latent map").click()
    expect(page).to_have_url(re.compile(r"/latent_map(\?run=[\w-]+)?$"))
    visit.settle()
    assert page.evaluate(size) == 16


@pytest.mark.parametrize(
    ("link", "line"),
    [
        ("/train", "Choose pictures, a recipe and β"),
        ("/train?run=tiny-2d", "How a model learns"),
        ("/train?mode=own", "Pictures of your own"),
        ("/train?mode=draw", "What everybody draws"),
    ],
)
def test_the_line_says_what_is_done_on_the_train_page(open_page: Opener, link: str, line: str) -> None:
    expect(open_page(link).page.locator(".st-key-frame-line p").first).to_contain_text(line)


def test_text_that_is_cut_off_is_told_in_full_under_the_pointer(open_page: Opener) -> None:
    visit = open_page("/latent_map?run=tiny-2d&projector=1", at_projector_size)
    facts = visit.page.locator(".st-key-frame-facts p")
    assert facts.evaluate("(p) => p.scrollWidth > p.clientWidth")
    facts.hover()
    expect(facts).to_have_attribute("title", facts.inner_text())
    visit.page.get_by_text("Projector").click()
    visit.settle()
    facts.hover()
    expect(facts).not_to_have_attribute("title", re.compile("."))


# ---- With the projector switch: nothing is cut, hidden or run together -----------------------------------------------------


def test_the_form_of_a_training_is_whole_above_start(open_page: Opener) -> None:
    page = open_page("/train?projector=1", at_projector_size).page
    button = page.get_by_role("button", name="Start training")
    expect(button).to_be_visible()
    [start] = boxes(button)
    for kind, name in (("link", "Bring your own"), ("link", "Draw together"), ("button", "Train these three β")):
        control = page.get_by_role(kind, name=name)
        [box], [card] = boxes(control), boxes(page.locator(".st-key-train-cards [data-testid=stColumn]").filter(has=control))
        assert box["x"] + box["width"] <= card["x"] + card["width"] - 8, name
        assert box["y"] + box["height"] <= start["y"] - 8, name


def test_pad_and_tools_of_drawing_together_are_in_the_window(open_page: Opener) -> None:
    page = open_page("/train?mode=draw&projector=1", at_projector_size).page
    for part in (".sketch-frame", ".sketch-tools"):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)


def test_the_words_of_a_scale_stand_apart(open_page: Opener) -> None:
    page = open_page("/reconstruct?run=tiny-2d&projector=1", at_projector_size).page
    expect(page.locator(".reconstruction")).to_have_attribute("data-settled", "true")
    darker, brighter = boxes(page.locator(".lost .scale span"))
    [cost] = boxes(page.locator(".costs"))
    assert darker["x"] + darker["width"] + 4 <= brighter["x"]
    assert brighter["x"] + brighter["width"] + 4 <= cost["x"]


# ---- Terms ---------------------------------------------------------------------------------------------------------------

PLANT = """() => {
    const host = document.body.appendChild(document.createElement("div"));
    host.id = "planted";
    host.style = "position: fixed; left: 40px; bottom: 40px";
    host.attachShadow({ mode: "open" }).innerHTML = '<a class="term" href="#term-kl">KL</a>';
}"""
DESCRIBED = "link => link.ariaDescribedByElements?.[0]?.innerText ?? ''"


def described(link: Locator) -> str:
    """What a screen reader says with a link."""
    return link.evaluate(DESCRIBED)


@pytest.mark.parametrize("where", ["markdown", "a component's tree"])
def test_a_term_is_explained_by_mouse_and_keyboard(open_page: Opener, where: str) -> None:
    visit = open_page("/latent_map?run=tiny-2d", at_projector_size)
    page, note = visit.page, visit.page.locator(NOTE)
    page.evaluate(PLANT)
    is_planted = where != "markdown"
    link = page.locator("#planted a" if is_planted else ".st-key-frame-facts a[href='#term-beta']")
    title = "KL divergence" if is_planted else "β"
    address, sent = page.url, visit.sent
    link.hover()
    expect(note).to_be_visible()
    assert note.locator("strong").inner_text() == title
    assert title in described(link)
    [box] = boxes(note)
    assert 0 <= box["x"] <= 1280 - box["width"]
    assert 0 <= box["y"] <= 720 - box["height"]
    note.hover()  # to read on, or to select its text
    page.wait_for_timeout(400)
    expect(note).to_be_visible()
    page.mouse.move(640, 400)
    expect(note).to_be_hidden()
    assert described(link) == ""
    link.focus()
    expect(note).to_be_visible()
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    page.keyboard.press("Enter")
    expect(note).to_be_visible()
    page.keyboard.press("Tab")
    if is_planted:
        expect(note).to_be_hidden()
    else:
        expect(note.locator("strong")).not_to_have_text(title)
    link.click()
    expect(note).to_be_visible()
    assert page.url == address
    assert page.evaluate("scrollY + document.querySelector('[data-testid=stMain]').scrollTop") == 0
    assert visit.sent == sent


def test_a_term_is_explained_by_touch(open_page: Opener, phone: BrowserContext) -> None:
    visit = open_page("/latent_map?run=tiny-2d", on=phone)
    page, note = visit.page, visit.page.locator(NOTE)
    address, sent = page.url, visit.sent
    page.locator(".st-key-frame-facts a[href='#term-latent-dimension']").tap()
    expect(note).to_be_visible()
    [box] = boxes(note)
    assert 0 <= box["x"] <= 390 - box["width"]
    page.get_by_text("Each ").first.tap(position={"x": 2, "y": 2})
    expect(note).to_be_hidden()
    assert (page.url, visit.sent) == (address, sent)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


# ---- Contrast --------------------------------------------------------------------------------------------------------------

CONTRAST = """elements => {
    const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
    const paint = (colour, alpha) => {
        [context.fillStyle, context.globalAlpha] = [colour, alpha];
        context.fillRect(0, 0, 1, 1);
    };
    const luminance = () => {
        const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((v) => v / 255)
            .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ratio = (element) => {
        const above = [];
        for (let one = element; one; one = one.parentElement) above.unshift(one);
        above.forEach((one) => paint(getComputedStyle(one).backgroundColor, 1));
        const ground = luminance();
        paint(getComputedStyle(element).color, above.reduce((alpha, one) => alpha * getComputedStyle(one).opacity, 1));
        const [low, high] = [ground, luminance()].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    };
    return elements.filter((one) => one.innerText.trim() && one.getClientRects().length)
        .map((one) => [one.innerText.slice(0, 40), ratio(one)]);
}"""
TEXTS = "[data-testid=stCaptionContainer] p, [data-testid=stBaseButton-primary] p, .st-key-frame-bar p, .st-key-frame-line :is(p, a)"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_on_its_ground(open_page: Opener, theme: str) -> None:
    visit = open_page("/train", lambda page: page.emulate_media(color_scheme=theme))
    visit.page.locator("[data-testid=stBaseButton-primary]").first.wait_for()
    visit.settle()
    found = visit.page.locator(TEXTS).evaluate_all(CONTRAST)
    visit.page.emulate_media(color_scheme=None)
    assert len(found) >= 8
    assert [(text, round(ratio, 2)) for text, ratio in found if ratio < 4.5] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_main_button_that_is_off_can_still_be_read(open_page: Opener, theme: str) -> None:
    page = open_page("/train?mode=draw", lambda page: page.emulate_media(color_scheme=theme)).page
    add = page.get_by_role("button", name="Add", exact=True)
    add.evaluate("(button) => (button.disabled = true)")
    [(_, ratio)] = add.locator("p").evaluate_all(CONTRAST)
    page.emulate_media(color_scheme=None)
    assert ratio > 2
