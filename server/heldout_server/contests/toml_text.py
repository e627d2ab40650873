"""contest.toml as text: what it says, which lines are no TOML, and where each key stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import tomllib

from heldout_server.contests.problems import CONTEST_FILE, Found, short

MOST_REPAIRS = 50
LONGEST_BYTES = 1_000_000
_PLACE = re.compile(r"\(at line (\d+), column \d+\)")
_HEADER = re.compile(r"\s*\[\s*\[?\s*([A-Za-z0-9_.\"'-]+)")
_ENDLESS = re.compile(r"[0-9][0-9_]{2000,}")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')\s*[.=]")
_TWICE = ("overwrite", "twice", "mutate", "redefine", "Duplicate")
Path = tuple[str, ...]


@dataclass(frozen=True)
class TomlText:
    """What contest.toml says, and where. `broken` are keys on lines that couldn't be read."""

    values: Mapping[str, Any]
    lines: Mapping[Path, int] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()

    def line(self, *path: str) -> int | None:
        """The line of a key, of the table that it would be in, or None."""
        return self.lines.get(path) or (self.lines.get(path[:-1]) if len(path) > 1 else None)


def read(content: bytes, found: Found) -> TomlText | None:
    """Read it, noting all that is wrong; None where nothing can be made of it."""
    text = _decoded(content, found)
    if text is None:
        return None
    lines = text.split("\n")
    broken: set[str] = set()
    for _ in range(MOST_REPAIRS):
        try:
            values = tomllib.loads("\n".join(lines))
        except tomllib.TOMLDecodeError as error:
            if not _repaired(lines, str(error), broken, found):
                return None
        except ValueError:  # Python's own: it makes no number of so many digits
            if not _without_endless_number(lines, broken, found):
                raise
        except RecursionError:
            what = "Lists and tables stand in one another too deep."
            found.add("toml_syntax", CONTEST_FILE, None, what, "Write them plainly.")
            return None
        else:
            return TomlText(values, _places(text.split("\n")), frozenset(broken))
    return None


def _decoded(content: bytes, found: Found) -> str | None:
    if len(content) > LONGEST_BYTES:
        found.add(
            "too_large", CONTEST_FILE, None, f"It has more than {LONGEST_BYTES:,} bytes.",
            "Texts belong in overview.md, data in tables.",
        )  # fmt: skip
        return None
    try:
        return content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        found.add("text_encoding", CONTEST_FILE, line, "This isn't UTF-8.", "Save it as UTF-8.")
        return None


def _repaired(lines: list[str], error: str, broken: set[str], found: Found) -> bool:
    """Note a syntax error and take its line out, so that the rest can be looked at."""
    place = _PLACE.search(error)
    number = int(place[1]) if place else _last_quotes(lines)
    reason = _PLACE.sub("", error).replace("(at end of document)", "").strip()
    if any(word in error for word in _TWICE):
        found.add(
            "key_twice", CONTEST_FILE, number, f"“{short(lines[number - 1])}” is there twice.",
            "Keep one of them.",
        )  # fmt: skip
    else:
        found.add(
            "toml_syntax", CONTEST_FILE, number,
            f"This is no TOML: {reason[:1].lower()}{reason[1:]}.",
            'Texts stand in double quotes, lists in [ ]: title = "Penguins".',
        )  # fmt: skip
    line = lines[number - 1]
    if not place or not line.strip():
        return False  # something that began earlier never ends
    header = _HEADER.match(line)
    if header and line != f"[{header[1]}]" and not any(word in error for word in _TWICE):
        lines[number - 1] = f"[{header[1]}]"
    else:
        _take_out(lines, number, broken)
    return True


def _without_endless_number(lines: list[str], broken: set[str], found: Found) -> bool:
    """Note the line of a number that is too long to be one, and take it out."""
    for number, line in enumerate(lines, 1):
        if _ENDLESS.search(line):
            what = "This number has thousands of digits."
            found.add("value_range", CONTEST_FILE, number, what, "Write a shorter one.")
            _take_out(lines, number, broken)
            return True
    return False


def _take_out(lines: list[str], number: int, broken: set[str]) -> None:
    broken.update(key[1].strip("\"'") for key in [_KEY.match(lines[number - 1])] if key)
    lines[number - 1] = ""


def _last_quotes(lines: list[str]) -> int:
    """Where something begins that doesn't end: at the last triple quotes, or else on the last line
    that says something.
    """
    for wanted in ('"""', "'''", ""):
        for number in range(len(lines), 0, -1):
            if lines[number - 1].strip() and wanted in lines[number - 1]:
                return number
    return 1


def _places(lines: list[str]) -> dict[Path, int]:
    """The first line of each table and key; good enough for files that people write."""
    table: Path = ()
    found: dict[Path, int] = {}
    for number, line in enumerate(lines, 1):
        header = _HEADER.match(line)
        if header and "=" not in line.partition("#")[0].partition("]")[0]:
            table = tuple(part.strip("\"' ") for part in header[1].split("."))
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, key[1].strip("\"'")), number)
    return found
