"""Text of people is text: what Streamlit's markdown makes of it in a real browser, in every kind of element and on every page."""

import json
import random
import re
from collections.abc import Iterator

import pytest
from browser import Opener, Server, serving
from playwright.sync_api import expect

FRAGMENTS = [
    *("http://evil.example/a", "https://evil.example", "HTTP://EVIL.EXAMPLE", "www.evil.example", "WWW.evil.example", "ftp://evil.example"),
    *("ana@evil.example", "mailto:ana@evil.example", "xmpp:a@b.cc/d", "//evil.example", "http://", "www.", "@", "<http://evil.example>"),
    *("![p](http://evil.example/p.png)", "[l](http://evil.example)", "[l][r]", "[r]: http://evil.example", "[^1]", "[ ] t", "[x]"),
    *("<img src=http://evil.example/p.png>", "<script>alert(1)</script>", "<!-- -->", "&amp;", "&lt;", "&#58;", "<b>"),
    *(":red[x]", ":color[x]{foreground=red}", ":color[", ":blue-badge[x]", ":small[x]", ":shimmer[x]", ":help[x]", ":::note", "::leaf[x]"),
    *(":material/home:", ":material_home:", ":streamlit:", ":smile:", ":+1:", ":-1:", ":", "::", ":a:b:", ":D", "]", "{x}", "{", "}"),
    *("$x^2$", "$$x$$", "$", "\\(x\\)", "->", "<-", "<->", "--", "---", ">=", "<=", "~=", "<", ">", "=", "-", "~", "..."),
    *("**b**", "__c__", "~~d~~", "`e`", "```", "*", "_", "#", "##", "1.", "2)", "+", ">", "|", "| a | b |", "\\", "\\\\", "!", '"', "'"),
    *("a", "Zürich", "猫", "é", "0", " ", "  ", "\t", "\n", "\n\n", "    ", "\N{NO-BREAK SPACE}"),
]
DRAW = 300
SHOWN = """
import json
import numpy as np
import streamlit as st
from ui.markdown import escape
texts = json.load(open({texts!r}))
for place, text in enumerate(texts):
    with st.container(key=f"text-{{place}}"):
        st.caption(escape(text))
text = {mixture!r}
st.set_page_config(page_title=text)
st.toast(escape(text), duration="infinite")
kinds = {{
    "markdown": st.markdown, "write": st.write, "subheader": st.subheader, "error": st.error, "warning": st.warning, "info": st.info,
    "button": st.button, "expander": st.expander, "popover": st.popover, "toggle": st.toggle,
    "uploader": st.file_uploader, "field": st.text_input,
    "progress": lambda label: st.progress(0.5, label),
    "pills": lambda label: st.pills("Which", [label]),
    "segments": lambda label: st.segmented_control("Which one", [label]),
    "tabs": lambda label: st.tabs([label]),
    "metric": lambda label: st.metric(label, label, label),
    "link": lambda label: st.page_link("http://127.0.0.1/", label=label),
    "image": lambda label: st.image(np.zeros((2, 2), np.uint8), label),
}}
for name, show in kinds.items():
    with st.container(key=f"kind-{{name}}"):
        show(escape(text))
with st.container(key="kind-text"):
    st.text(text)
st.selectbox("One of", [text], key="kind-select")
"""
MIXTURE = (
    "http://evil.example ![p](http://evil.example/p.png) a@evil.example :red[x] :smile: :material/home: $x$ "
    "<b>b</b> **c** -> www.evil.example"
)


def as_read(text: str) -> str:
    """White space as a browser shows it, and none at the ends."""
    return re.sub(r"[ \t\r\n\f\v]+", " ", text).strip()


def texts() -> list[str]:
    """All fragments, and many ways to put some of them together."""
    draw = random.Random(0)
    drawn = ["".join(draw.choices(FRAGMENTS, k=draw.randint(2, 6))) for _ in range(DRAW)]
    return [text for text in [*FRAGMENTS, *drawn] if as_read(text)]


@pytest.fixture(scope="module")
def elements(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A page that shows every text, and one text in every kind of element."""
    home = tmp_path_factory.mktemp("foreign")
    script, kept = home / "shown.py", home / "texts.json"
    kept.write_text(json.dumps(texts()))
    script.write_text(SHOWN.format(texts=str(kept), mixture=MIXTURE))
    with serving(script, home / "log.txt") as server:
        yield server


def test_a_text_reaches_the_screen_as_it_was_written(elements: Server, new_visit: Opener) -> None:
    visit = new_visit()
    visit.page.goto(elements.address)
    visit.settle()
    expect(visit.page.locator(f".st-key-text-{len(texts()) - 1}")).to_be_attached()
    found = visit.page.evaluate(
        "(n) => Array.from({ length: n }, (_, i) => document.querySelector(`.st-key-text-${i}`).textContent)", len(texts())
    )
    assert [(text, shown) for text, shown in zip(map(as_read, texts()), map(as_read, found), strict=True) if text != shown] == []
    made = "a, img, b, em, strong, code, h1, h2, li, del, svg, math, [style], [role]"
    assert visit.page.locator("[class*=st-key-text]").locator(made).count() == 0


def test_no_kind_of_element_makes_more_of_a_text(elements: Server, new_visit: Opener) -> None:
    visit = new_visit()
    page = visit.page
    page.goto(elements.address)
    visit.settle()
    kinds = page.locator("[class*=st-key-kind-]").all()
    assert len(kinds) == 21
    for kind in kinds:
        name = kind.get_attribute("class")
        if "select" in name:
            expect(kind.get_by_role("combobox")).to_have_value(MIXTURE)
        else:
            assert MIXTURE in as_read(kind.evaluate("(element) => element.textContent")), name
        assert kind.locator("a[href*='//evil'], a[href^=mailto], img[src*=evil], b, strong, math, .katex").count() == 0, name
    expect(page.get_by_test_id("stToast")).to_contain_text(MIXTURE)
    assert page.get_by_test_id("stToast").locator("a, img, b, strong").count() == 0
    assert page.title() == MIXTURE
