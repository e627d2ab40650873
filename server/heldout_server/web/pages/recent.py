"""Pages that are answered from memory, without a thread or a look at the database.

Every open board fetches the same two fragments whenever something happens. What was read since
the newest commit is still true; a page that knows the event which made the browser ask is new
enough for it, even if more has happened since: of that the browser hears next.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from heldout_server.db import Database
from heldout_server.events import EVENTS_TOPIC
from heldout_server.hub import RESYNC
from heldout_server.web.pages.cache import Rendered

MOST_PAGES = 64
# What also changes by the clock alone (time left, an announcement's end) is that much late.
UNCHANGED_SECONDS = 1.0
# How long one rendering serves a burst of scores.
BURST_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Mark:
    """When a reading began: before its snapshot was taken."""

    commits: int
    at: float


@dataclass(frozen=True, slots=True)
class _Kept:
    page: Rendered
    newest: int
    mark: Mark


class RecentPages:
    """The last rendering of each page, for as long as it is new enough."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._commits = 0
        self._lock = threading.Lock()
        self._pages: OrderedDict[Hashable, _Kept] = OrderedDict()
        database.listen(self._committed)

    def mark(self) -> Mark:
        """Take this before reading what a page shows."""
        return Mark(self._commits, self._clock())

    def keep(self, key: Hashable, page: Rendered, mark: Mark, newest: int = 0) -> None:
        """Remember `page`, read after `mark`; `newest` is the last event that it knows of."""
        with self._lock:
            self._pages[key] = _Kept(page, newest, mark)
            self._pages.move_to_end(key)
            while len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)

    def get(self, key: Hashable, after: int = 0) -> Rendered | None:
        """The page, if it may still be shown to whoever heard of event `after` (0: of none)."""
        kept = self._pages.get(key)
        if kept is None or kept.newest < after:
            return None
        age = self._clock() - kept.mark.at
        is_unchanged = kept.mark.commits == self._commits and age <= UNCHANGED_SECONDS
        return kept.page if is_unchanged or (after and age <= BURST_SECONDS) else None

    def _committed(self, topics: frozenset[str]) -> None:
        if topics & {EVENTS_TOPIC, RESYNC}:
            self._commits += 1
