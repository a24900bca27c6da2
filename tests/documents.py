"""The documents' commands and snippets, as they are written there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENTS = {file.name: file.read_text(encoding="utf-8") for folder in (ROOT, ROOT / "docs") for file in sorted(folder.glob("*.md"))}


def blocks(language: str) -> list[list[str]]:
    """The lines of every code block in a language."""
    return [found.strip().splitlines() for text in DOCUMENTS.values() for found in re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)]


def command(*words: str) -> str:
    """The one line of shell blocks with all these words."""
    [line] = {line for block in blocks("sh") for line in block if all(word in line for word in words)}
    return line
