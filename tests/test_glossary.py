"""The glossary: every term that a page or a component links to is in it, and every one in it is linked to."""

import re
from pathlib import Path

import pytest

from ui.glossary import TERMS, term

ROOT = Path(__file__).parents[1]
SOURCES = [ROOT / "app.py", *(ROOT / "pages").glob("*.py"), *(ROOT / "ui").rglob("*.py"), *(ROOT / "ui").rglob("*.js")]
NAMED = re.compile(r"""#term-([a-z][a-z-]*)|\b(?:term|term_html|network)\(\s*["']([\w-]+)["']""")


def named() -> dict[str, set[str]]:
    """Terms that sources link to, and the files that do."""
    found: dict[str, set[str]] = {}
    for path in SOURCES:
        for linked, called in NAMED.findall(path.read_text(encoding="utf-8")):
            found.setdefault(linked or called, set()).add(path.name)
    return found


def test_every_term_that_is_linked_to_is_explained() -> None:
    assert {name: files for name, files in named().items() if name not in TERMS} == {}


def test_every_explained_term_is_linked_to() -> None:
    assert set(TERMS) == set(named())


@pytest.mark.parametrize("name", TERMS)
def test_an_explanation_is_short_and_complete(name: str) -> None:
    found = TERMS[name]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert found.title
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-ZΑ-Ωμ])", found.text)
    assert len(sentences) == 2
    assert found.text.endswith(".")
    assert len(found.text) <= 260
    assert len(found.formula) <= 120


def test_a_link_to_an_unknown_term_is_refused() -> None:
    assert term("kl", "KL") == "[KL](#term-kl)"
    with pytest.raises(KeyError):
        term("nothing", "of that name")
