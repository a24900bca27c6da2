"""The README's commands, as they are written there."""

import re
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[list[str]]:
    """The lines of every code block in a language."""
    return [block.strip().splitlines() for block in re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)]


def command(*words: str) -> str:
    """The one line of a shell block with all these words."""
    [line] = [line for block in blocks("sh") for line in block if all(word in line for word in words)]
    return line
