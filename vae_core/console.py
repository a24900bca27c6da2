"""Words on a console that may be unable to show them, closed, or full: none of that ends any work. Knows no command."""

import io
import os
import sys
from contextlib import suppress
from typing import TextIO


def tolerate_encoding_errors() -> None:
    """Let standard output and error write letters that their encoding lacks as escapes: call it where a process begins."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")


def write_output(text: str) -> None:
    """Write to standard output, at once."""
    _write(sys.stdout, text)


def write_error(text: str) -> None:
    """Write to standard error, at once."""
    _write(sys.stderr, text)


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # a program without a console
        return
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError):
        _silence(stream)


def _silence(stream: TextIO) -> None:
    """Lead a stream that takes nothing any more to nowhere, so that Python does not stumble over it at its end."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
