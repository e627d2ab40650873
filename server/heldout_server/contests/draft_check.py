"""A draft as a folder, and what the check says of it: made once for each choice of target."""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from heldout_server.contests import making, toml_text
from heldout_server.contests.check import examine
from heldout_server.contests.drafts import Draft
from heldout_server.contests.folder import opened
from heldout_server.contests.folder_writing import NotEmpty
from heldout_server.contests.making import CannotMake, Wanted
from heldout_server.contests.preview import Form, form_of
from heldout_server.contests.problems import CONTEST_FILE, Found, Problem, Refused, refusing

ONE_AT_A_TIME = threading.Lock()
"""A check fits models: two at once would be felt by those who submit."""


@dataclass(frozen=True)
class Looked:
    """What the check came to. Counts and figures are None where there is a problem.

    `constant` and `linear`: what trivial models reach, as people read the metric.
    """

    problems: tuple[Problem, ...]
    title: str = ""
    kind: str | None = None
    metric: str | None = None
    train: int | None = None
    practice: int | None = None
    hidden: int | None = None
    constant: float | None = None
    linear: float | None = None
    opens: datetime | None = None
    closes: datetime | None = None

    @property
    def is_fine(self) -> bool:
        """Whether it can be opened."""
        return not refusing(self.problems)


def look(draft: Draft, wanted: Wanted, *, now: datetime) -> Looked:
    """Make the folder and check it, or tell again what that came to. Raises CannotMake."""
    with ONE_AT_A_TIME:
        kept = draft.folder / f"{_key(wanted)}.json"
        if kept.is_file():
            return _read(kept.read_text())
        try:
            found = _looked(folder_of(draft, wanted), draft, now)
        except Refused as refused:  # the file itself can't be read
            return Looked(tuple(refused.problems))
        kept.write_text(json.dumps(asdict(found), default=datetime.isoformat))
        return found


def folder_of(draft: Draft, wanted: Wanted) -> Path:
    """The folder, or zip of one, to open: of one choice always the same hidden examples.

    Raises CannotMake and Refused.
    """
    if form_of(draft.path) is Form.FOLDER:
        return draft.path
    folder = draft.folder / f"made-{_key(wanted)}"
    if not folder.is_dir():
        with suppress(NotEmpty):  # another process was quicker
            making.new(draft.path, folder, wanted)
    return folder


def _key(wanted: Wanted) -> str:
    said = repr(replace(wanted, title=None))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _looked(path: Path, draft: Draft, now: datetime) -> Looked:
    examined = examine(path, now=now, work=draft.folder)
    contest = examined.contest
    if contest is None:
        return Looked(tuple(examined.problems), title=_title(path, draft))
    file, parts, reached = contest.file, contest.parts, contest.reached
    return Looked(
        problems=tuple(examined.problems),
        title=file.title,
        kind=str(parts.task.kind),
        metric=file.task.metric,
        train=len(parts.y_train),
        practice=len(parts.y_practice),
        hidden=len(parts.y_test),
        constant=reached.constant if reached else None,
        linear=reached.linear if reached else None,
        opens=file.rules.opens,
        closes=file.rules.closes,
    )


def _title(path: Path, draft: Draft) -> str:
    """What a folder with problems is called, as far as that can be read."""
    found = Found()
    with opened(path, found, work=draft.folder) as folder:
        if folder is None or not folder.has(CONTEST_FILE):
            return ""
        text = toml_text.read((folder.root / CONTEST_FILE).read_bytes(), found)
    title = text.values.get("title") if text else None
    return title if isinstance(title, str) else ""


def _read(text: str) -> Looked:
    kept: dict[str, Any] = json.loads(text)
    problems = tuple(Problem(**one) for one in kept.pop("problems"))
    kept |= {name: _moment(kept[name]) for name in ("opens", "closes")}
    return Looked(problems, **kept)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


__all__ = ["CannotMake", "Looked", "folder_of", "look"]
