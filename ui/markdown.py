"""Foreign text escaped for Streamlit's markdown. Knows no page."""

import re

_SPACE = re.compile(r"[ \t\r\n\f\v]+")
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_READ_ANYWAY = re.compile(
    r":(?=//)"  # a link in http://…
    r"|(?<=www)\."  # in www.…
    r"|@"  # in a mail address
    r"|:(?=[\w+-]+:)"  # a picture in :smile:, :streamlit: or :material_home:
    r"|(?<=[<-])-|(?<=-)>|(?<=[<>~])=",  # an arrow or another sign in ->, --, >= and the like
    re.IGNORECASE,
)


def escape(text: str) -> str:
    """`text` as markdown that shows just these characters: no emphasis, no link, no picture, no HTML, no sign in place of others.

    A backslash is enough for most. Some patterns are looked for in the finished text, where backslashes are gone: one character of
    each is put in a span (a colour without a colour), which parts the text and shows nothing. Line ends become spaces.
    """
    text = _SPACE.sub(" ", text.encode("utf-8", "replace").decode()).strip(" ")
    apart = {found.start() for found in _READ_ANYWAY.finditer(text)}
    return "".join(_escape_character(letter, place in apart) for place, letter in enumerate(text))


def _escape_character(letter: str, apart: bool) -> str:
    escaped = f"\\{letter}" if _PUNCTUATION.match(letter) else letter
    return f":color[{escaped}]" if apart else escaped
