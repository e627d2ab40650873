"""The changelog's newest heading: which version, and since when. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

HEADING = re.compile(r"^## (\S+) \((unreleased|\d{4}-\d{2}-\d{2})\)$", re.MULTILINE)
UNRELEASED = "unreleased"


class Unfit(Exception):
    """It can't be released like this; the text says what to do."""


@dataclass(frozen=True)
class Heading:
    """A version, and the day of its release: None before that."""

    version: str
    day: date | None


def newest(text: str) -> Heading:
    """The changelog's first heading. Raises Unfit where there is none."""
    found = HEADING.search(text)
    if found is None:
        raise Unfit("CHANGELOG.md has no heading such as “## 0.2.0 (unreleased)”.")
    day = None if found[2] == UNRELEASED else date.fromisoformat(found[2])
    return Heading(found[1], day)


def dated(text: str, version: str, day: date) -> str:
    """The changelog with the day of this version's release. Raises Unfit."""
    heading = newest(text)
    if heading.version != version or heading.day is not None:
        raise Unfit(f"CHANGELOG.md must begin with “## {version} (unreleased)” and what is new.")
    return text.replace(f"## {version} ({UNRELEASED})", f"## {version} ({day})", 1)


def epoch_of(text: str) -> int | None:
    """Midnight of the newest release's day, in seconds: the date of all files in its packages.

    None before the release.
    """
    day = newest(text).day
    return (
        None if day is None else int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
    )
