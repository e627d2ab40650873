"""Files that organizers have chosen and not yet opened as contests: kept for an hour, by whom.

They lie below the work folder, which may be emptied: then the file is chosen again.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from heldout_server.kit.errors import ProblemError

KEPT = timedelta(hours=1)
MOST_OF_ONE = 3
LONGEST_NAME = 80
FACTS, CONTENT, OPENED = "draft.json", "file", "opened"
_ID = re.compile(r"[\w-]{16,40}")


@dataclass(frozen=True)
class Draft:
    """One file, with what was made of it beside it, in `folder`."""

    id: str
    folder: Path
    owner: str
    name: str
    begun_at: datetime

    @property
    def path(self) -> Path:
        """The file, under its own name: what is said of it says that name."""
        return self.folder / CONTENT / self.name

    @property
    def opened_as(self) -> str | None:
        """The address of the contest that it has become, if it has."""
        mark = self.folder / OPENED
        return mark.read_text() if mark.is_file() else None

    def becomes(self, slug: str) -> None:
        """Keep nothing but where it went: a second click goes there, too."""
        (self.folder / OPENED).write_text(slug)
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)


class Drafts:
    """The drafts of one server, below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, owner: str, filename: str, *, now: datetime) -> Draft:
        """An empty place for a file; drops what is too old, and the oldest of theirs."""
        self.drop_old(now)
        for old in self._of(owner)[: 1 - MOST_OF_ONE]:
            shutil.rmtree(old.folder, ignore_errors=True)
        draft_id = secrets.token_urlsafe(18)
        draft = Draft(draft_id, self._folder / draft_id, owner, plain_name(filename), now)
        (draft.folder / CONTENT).mkdir(parents=True, mode=0o700)
        facts = {"owner": owner, "name": draft.name, "begun_at": now.isoformat()}
        (draft.folder / FACTS).write_text(json.dumps(facts))
        return draft

    def find(self, draft_id: str, owner: str, *, now: datetime) -> Draft:
        """Raises ProblemError `not_found`, also for the draft of somebody else."""
        found = self._read(self._folder / draft_id) if _ID.fullmatch(draft_id) else None
        if found is None or found.owner != owner or now - found.begun_at > KEPT:
            raise ProblemError(
                "not_found",
                "That file isn't here any more.",
                "It is kept for an hour, on one machine: choose the file again.",
            )
        return found

    def drop(self, draft: Draft) -> None:
        """Forget it."""
        shutil.rmtree(draft.folder, ignore_errors=True)

    def drop_old(self, now: datetime) -> None:
        """Forget what nobody may open any more."""
        for draft in self._all():
            if now - draft.begun_at > KEPT:
                self.drop(draft)

    def _of(self, owner: str) -> list[Draft]:
        return sorted((d for d in self._all() if d.owner == owner), key=lambda d: d.begun_at)

    def _all(self) -> Iterator[Draft]:
        if self._folder.is_dir():
            for entry in list(os.scandir(self._folder)):
                found = self._read(Path(entry.path))
                if found is not None:
                    yield found

    def _read(self, folder: Path) -> Draft | None:
        try:
            facts = json.loads((folder / FACTS).read_text())
        except (OSError, ValueError):
            return None
        begun_at = datetime.fromisoformat(facts["begun_at"])
        return Draft(folder.name, folder, facts["owner"], facts["name"], begun_at)


def plain_name(filename: str) -> str:
    """A file's name, fit to be one here."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    return re.sub(r"[^\w.() -]+", "-", last)[-LONGEST_NAME:].strip(".- ") or "data.csv"
