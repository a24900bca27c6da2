"""What an explanation of a term consists of. Knows no term."""

from typing import NamedTuple


class Term(NamedTuple):
    """What is said of a term: two sentences, and a formula as plain text where there is one, with its source if it is a paper's."""

    title: str
    text: str
    formula: str = ""
    source: str = ""
