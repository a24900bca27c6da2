"""A process that answers questions, a line each, for as long as somebody asks. Knows no question."""

import sys
from collections.abc import Callable

from vae_core.errors import ExplorerError


def answer_lines(answer: Callable[[str], str]) -> int:
    """Print what `answer` says to every line on standard input; where it raises ExplorerError, an empty line, and why on standard error.

    Returns the exit status: 1 if some question was not answered.
    """
    failed = False
    for question in sys.stdin:
        try:
            found = answer(question)
        except ExplorerError as error:
            found, failed = "", True
            sys.stderr.write(f"{error}\n")
        sys.stdout.write(f"{found}\n")
        sys.stdout.flush()
    return int(failed)
