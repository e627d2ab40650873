"""Text as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

TAG = re.compile(r"<(?=[a-zA-Z/!])")


def cell(text: str) -> str:
    """Text on one line of a table."""
    return " ".join(text.split()).replace("|", "\\|")


def prose(text: str) -> str:
    """A docstring as text: what looks like a tag is none."""
    return TAG.sub("&lt;", text)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown themselves."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines)


def code(text: str) -> str:
    """Text as a block that is only to be read."""
    return f"```text\n{text.strip()}\n```"
