"""The one check of a contest's folder, for the command line, the API and the console alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from heldout_server.competitions.validation import LONGEST_TEXT
from heldout_server.contests import beside, contest_file, leaks, measured, toml_text
from heldout_server.contests.array_parts import parts_of_arrays
from heldout_server.contests.beside import BASELINE, LOGO, Beside
from heldout_server.contests.contest_file import ContestFile, DrawingsPart
from heldout_server.contests.folder import Folder, opened
from heldout_server.contests.measured import Reached
from heldout_server.contests.parts import Parts
from heldout_server.contests.problems import CONTEST_FILE, Found, Problem, short
from heldout_server.contests.table_parts import parts_of_tables
from heldout_server.datasets.loaded import is_images

OVERVIEW, RULES = "overview.md", "rules.md"
BESIDE = frozenset({OVERVIEW, RULES, LOGO, BASELINE, "starter.ipynb", "README.md"})
Step = Callable[[str], None]
"""Called with what is being done."""


@dataclass(frozen=True, eq=False, repr=False)
class Contest:
    """A contest without a problem: what contest.toml says, its data, and its texts."""

    file: ContestFile
    parts: Parts
    overview: str
    rules: str
    reached: Reached | None
    beside: Beside


@dataclass(frozen=True, eq=False, repr=False)
class Examined:
    """Everything that was found; `contest` is None where there is a problem."""

    problems: list[Problem]
    contest: Contest | None


def check(path: Path, *, now: datetime | None = None, work: Path | None = None) -> list[Problem]:
    """Every problem and warning of the folder or zip at `path`. Nothing in it is run."""
    return examine(path, now=now, work=work).problems


def examine(
    path: Path, *, now: datetime | None = None, work: Path | None = None, step: Step | None = None
) -> Examined:
    """The same, with the contest. `work` is where a zip is unpacked; `now` tells what is over."""
    found = Found()
    with opened(path, found, work=work) as folder:
        contest = None
        if folder is not None:
            contest = _examined(folder, found, now or datetime.now(UTC), step or _silent)
    return Examined(found.sorted(), contest if found.is_fine else None)


def _examined(folder: Folder, found: Found, now: datetime, step: Step) -> Contest | None:
    text = _toml(folder, found)
    if text is None:
        return None
    file = contest_file.read(text, found, now=now)
    texts = {name: _text(folder, name, found) for name in (OVERVIEW, RULES)}
    _note_unused(folder, file, found)
    besides = beside.read(folder, found)
    step("reading the data")
    read = parts_of_arrays if file.data.file is not None else parts_of_tables
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large is a problem of its own
        parts = read(file, folder, found)
        if parts is None:
            return None
        step("looking for what gives answers away")
        _note_drawings(file, parts, found)
        leaks.note_leaks(parts, found)
        leaks.note_published(file, parts, found)
        measured.note_parts(file, parts, found)
    it = None
    if found.is_fine:
        assert file.task.metric is not None
        besides = beside.with_baseline_read(besides, parts, file.task.metric, found)
        step("fitting a constant and a linear model")
        it = measured.reached(file, parts)
        if it is not None:
            measured.note_reached(file, parts, it, found)
    return Contest(file, parts, texts[OVERVIEW], texts[RULES], it, besides)


def _toml(folder: Folder, found: Found) -> toml_text.TomlText | None:
    if not folder.has(CONTEST_FILE):
        near = sorted(n for n in folder.names if n.casefold().endswith(".toml"))
        found.add(
            "contest_missing", CONTEST_FILE, None, "There is no contest.toml in the folder.",
            f"Rename {short(near[0])}." if near else
            "heldout-server contest new FOLDER --from data.csv --target COLUMN makes one.",
        )  # fmt: skip
        return None
    return toml_text.read((folder.root / CONTEST_FILE).read_bytes(), found)


def _text(folder: Folder, name: str, found: Found) -> str:
    if not folder.has(name):
        return ""
    content = (folder.root / name).read_bytes()[: 8 * LONGEST_TEXT]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        found.add("text_encoding", name, line, "This isn't UTF-8.", "Save it as UTF-8.")
        return ""
    if len(text) > LONGEST_TEXT:
        what = f"{name} has more than {LONGEST_TEXT:,} characters."
        found.add("text_too_long", name, None, what, "Shorten it, or link to the rest.")
    return text.replace("\r\n", "\n").replace("\0", "")


def _note_unused(folder: Folder, file: ContestFile, found: Found) -> None:
    data = file.data
    named = {data.train, data.practice, data.test, data.labels, data.file, CONTEST_FILE}
    for name in sorted(folder.names - BESIDE - {one for one in named if one}):
        found.add(
            "file_unused", short(name), None, "Nothing reads this file; no code is ever run.",
            "Take it out, if it isn't yours to share.",
        )  # fmt: skip


def _note_drawings(file: ContestFile, parts: Parts, found: Found) -> None:
    """Note what `[drawings]` says and images can't have, before a room waits to draw."""
    if file.drawings == DrawingsPart():
        return
    shape = parts.x_test.shape[1:]
    if not is_images(shape, parts.x_test.dtype):
        found.add(
            "key_unknown", CONTEST_FILE, file.line("drawings"),
            "Nothing is drawn in a contest that isn't of images.", "Remove [drawings].",
        )  # fmt: skip
    elif file.drawings.box is not None and file.drawings.box > min(shape[:2]):
        found.add(
            "value_range", CONTEST_FILE, file.line("drawings", "box"),
            f"The images have {min(shape[:2])} pixels: a drawing has no more of them.",
            f"box = {min(shape[:2])}",
        )  # fmt: skip


def _silent(what: str) -> None:
    """Nobody wants to know."""
