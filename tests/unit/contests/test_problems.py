"""problems: what the documentation says of every code, and the order in which they are told."""

from __future__ import annotations

import re

import pytest

from conftest import ROOT
from heldout_server.contests.problems import CODES, PROBLEMS, WARNINGS, Found, at_lines, quoted

PAGE = (ROOT / "docs" / "contests.md").read_text(encoding="utf-8")


def test_the_documentation_has_every_code_and_no_other() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", PAGE.partition("<!-- codes")[2], re.MULTILINE)
    assert dict(rows) == CODES


def test_a_code_is_a_problem_or_a_warning() -> None:
    assert PROBLEMS.keys() & WARNINGS.keys() == set()


def test_every_code_is_told_somewhere() -> None:
    room = ROOT / "server" / "heldout_server" / "contests"
    sources = "".join(p.read_text() for p in room.glob("*.py") if p.name != "problems.py")
    assert [code for code in CODES if f'"{code}"' not in sources] == []


class TestFound:
    def test_tells_problems_first_and_contest_toml_first_of_all(self) -> None:
        found = Found()
        found.add("rows_shared", "a.csv", None, "shared")
        found.add("label_missing", "labels.csv", 9, "late")
        found.add("label_missing", "labels.csv", 2, "early")
        found.add("key_unknown", "contest.toml", 7, "unknown")
        assert [one.what for one in found.sorted()] == ["unknown", "early", "late", "shared"]
        assert not found.is_fine

    def test_tells_a_thing_once(self) -> None:
        found = Found()
        for _ in range(2):
            found.add("rows_shared", "a.csv", None, "shared")
        assert len(found.problems) == 1
        assert found.is_fine

    def test_knows_its_codes(self) -> None:
        with pytest.raises(AssertionError):
            Found().add("no_such_code", "a.csv", None, "?")


def test_words_are_quoted_and_counted() -> None:
    assert quoted(["a", "<b>"]) == "“a”, “b”"
    assert quoted(list("abcdefg")).endswith("“e” …")
    assert at_lines([3]) == "line 3"
    assert at_lines([3, 4]) == "lines 3, 4"
