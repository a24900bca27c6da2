"""Text that people gave, made fit for Streamlit's markdown. Knows no page."""

import re

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """`text` as markdown that shows just these characters: no emphasis, no link, no picture, no HTML."""
    return _PUNCTUATION.sub(r"\\\1", text)
