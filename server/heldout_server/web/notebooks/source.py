"""A notebook from Markdown: text becomes text cells, fenced Python becomes code cells. Pure.

`{{ name }}` stands for a value: of the server that hands the notebook out, of an example that is
run anywhere, or a part that several notebooks share (a file beside this one, `_name.md`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
LESSON, QUICKSTART, SEARCH = "neural_networks_for_novices", "quickstart", "optuna_search"
NAMES = (LESSON, QUICKSTART, SEARCH)
FENCE = re.compile(r"^```python\n(.*?)^```\n", re.DOTALL | re.MULTILINE)
# The formatter takes a value within code for a set, and the blanks out of it.
VALUE = re.compile(r"\{\{ ?(\w+) ?\}\}")
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# Whoever has the files of examples/ sets these variables, or edits the lines.
ANYWHERE_URL = "http://127.0.0.1:8000"
ANYWHERE_CODE = "WAT-2026"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a notebook joins, as expressions of Python, and what stands above them."""

    about: str
    url: str
    code: str
    name: str | None

    @classmethod
    def anywhere(cls, name: str) -> Place:
        """What variables of the environment say, or the reader."""
        return cls(
            about="In Colab, or anywhere else: set the two lines below to what the board's join "
            "page shows.",
            url=_from_environment("URL", _quoted(ANYWHERE_URL)),
            code=_from_environment("CODE", _quoted(ANYWHERE_CODE)),
            name=_from_environment("NAME", _quoted(name)),
        )

    @classmethod
    def of_server(cls, url: str, *, room_code: str = "", personal_code: str | None = None) -> Place:
        """This server's address, with the person's own code, or else with the room's.

        `personal_code` is empty for somebody who is known and whose code isn't, None for strangers.
        """
        code = room_code if personal_code is None else personal_code
        return cls(
            about="Filled in by the board that you got this notebook from.",
            url=_quoted(url),
            code=_quoted(code) if code else 'input("Your code: ")',
            name='input("Your name on the board: ")' if personal_code is None else None,
        )

    @property
    def values(self) -> dict[str, str]:
        """What the shared first cells need."""
        named = self.name is not None
        return {
            "about": self.about,
            "url": self.url,
            "code": self.code,
            "name_line": f"NAME = {self.name}\n" if named else "",
            "name_argument": ", name=NAME" if named else "",
        }


def notebook(name: str, place: Place, values: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The notebook of this name, ready to be run at that place."""
    return _built(_text(name), {**place.values, **(values or {})})


def written(built: Mapping[str, Any]) -> str:
    """The notebook as a file."""
    return json.dumps(built, indent=1, ensure_ascii=False) + "\n"


def _text(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def _built(text: str, values: Mapping[str, str]) -> dict[str, Any]:
    shared = {path.stem.removeprefix("_"): path for path in FOLDER.glob("_*.md")}

    def value(match: re.Match[str]) -> str:
        part = shared.get(match[1])
        return values[match[1]] if part is None else VALUE.sub(value, _text(part.stem))

    cells = [
        {"cell_type": kind, "id": f"cell-{number:02}", "metadata": {}, **more, "source": lines}
        for number, (kind, more, lines) in enumerate(_cells(VALUE.sub(value, text)))
    ]
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def _cells(text: str) -> Iterator[tuple[str, dict[str, Any], list[str]]]:
    """The kind, what else such a cell has, and the lines of each."""
    # Splitting by a pattern with one group: text and code take turns.
    for number, part in enumerate(FENCE.split(text)):
        lines = part.strip("\n").splitlines(keepends=True)
        if lines and number % 2:
            yield "code", {"execution_count": None, "outputs": []}, lines
        elif lines:
            yield "markdown", {}, lines


def _from_environment(variable: str, otherwise: str) -> str:
    return f'os.environ.get("HELDOUT_{variable}", {otherwise})'


def _quoted(text: str) -> str:
    """`text` as a Python string literal: JSON's escapes are a subset of Python's."""
    return json.dumps(text, ensure_ascii=False)
