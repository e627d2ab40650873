"""The index of decisions lists each of them, and explains every number that is missing."""

from __future__ import annotations

import re

from conftest import ROOT

FOLDER = ROOT / "docs" / "decisions"
INDEX = (FOLDER / "README.md").read_text()
FILES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")


def test_lists_each_by_its_title():
    for path in FILES:
        title = path.read_text().splitlines()[0].removeprefix("# ")
        number, words = title.split(" ", 1)
        assert path.name.startswith(number)
        assert f"[{number}]({path.name}) {words}" in INDEX


def test_explains_the_gaps():
    numbers = {int(path.name[:4]) for path in FILES}
    missing = set(range(1, max(numbers))) - numbers
    explained = INDEX.split("Numbers that no decision has", 1)[1]
    assert missing == {int(found) for found in re.findall(r"\b\d{4}\b", explained)}
