"""Explanations of terms: every link to `#term-ID` on the page, in components too, opens the explanation of that term."""

from ui.components.mount import part_of_the_page
from ui.glossary import TERMS


def terms(key: str) -> None:
    """To be mounted once by every page."""
    _TERMS(data=_TEXTS, key=key, height=1, width=1)


_TEXTS = {name: term._asdict() for name, term in TERMS.items()}
_TERMS = part_of_the_page("terms", script="terms/terms.js")
