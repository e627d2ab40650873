"""The blocks of code in pages, and which of them are tried how."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^ *```(\S*)\s*$")
WHY = re.compile(r"^ *<!-- not run: (.+) -->$")
ASSIGNMENT = re.compile(r"[A-Z_]+=\S*")


@dataclass(frozen=True)
class Block:
    """One block of a page. `not_run` says why it isn't run; empty: it is."""

    page: Path
    line: int
    language: str
    code: str
    not_run: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"

    def commands(self) -> Iterator[list[str]]:
        """The words of each command, without variables that are set before it."""
        for line in self.code.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            while words and (words[0] == "export" or ASSIGNMENT.fullmatch(words[0])):
                words.pop(0)
            if words:
                yield [Path(words[0]).name, *words[1:]]


def of_page(page: Path) -> Iterator[Block]:
    """Every block, in order. Raises ValueError where one isn't closed."""
    opened: tuple[int, str, str] | None = None
    lines: list[str] = []
    before = ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = FENCE.match(line)
        if opened is None and fence:
            why = WHY.match(before)
            opened, lines = (number, fence[1], why[1] if why else ""), []
        elif opened is not None and fence:
            yield Block(page, opened[0], opened[1], "\n".join(lines), opened[2])
            opened = None
        elif opened is not None:
            lines.append(line)
        before = line
    if opened is not None:
        raise ValueError(f"{page}:{opened[0]}: the block isn't closed")
