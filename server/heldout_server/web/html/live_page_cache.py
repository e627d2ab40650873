"""Pages that are answered from memory, without a thread or a look at the database.

Every open board fetches the same two fragments whenever something happens. What was read since
the newest commit is still true; a page that knows the event which made the browser ask is new
enough for it, even if more has happened since: of that the browser hears next.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from heldout_server.acts.commit_listener import RESYNC
from heldout_server.acts.events import BOARD_TOPIC, EVENTS_TOPIC
from heldout_server.kit.db import Database
from heldout_server.web.html.page_cache import Rendered

log = structlog.get_logger()

MOST_PAGES = 64
# What changes by the clock alone (time left, an announcement's end) is that much late.
KEPT = timedelta(seconds=1)
# The last few that were asked for again are read before browsers are told to ask, until nobody has
# asked through so many rounds of news.
MOST_AHEAD = 6
ASKED_AGAIN = 2
ROUNDS_UNASKED = 5
TOPICS = frozenset({EVENTS_TOPIC, BOARD_TOPIC})

Read = Callable[[], tuple[Rendered, int]]
"""Reads a page; answers it with the newest event that it knows of."""


@dataclass(slots=True)
class _Kept:
    read: Read
    page: Rendered
    newest: int
    topic: str
    commits: int
    at: datetime
    asks: int = 1
    rounds_unasked: int = 0


class RecentPages:
    """The last rendering of each page, for as long as it is new enough by the server's `clock`."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._commits: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._pages: OrderedDict[Hashable, _Kept] = OrderedDict()
        database.listen(self._committed)

    def get(self, key: Hashable, after: int = 0) -> Rendered | None:
        """The page, if it may still be shown to whoever heard of event `after` (0: of none)."""
        with self._lock:
            kept = self._pages.get(key)
            if kept is None:
                return None
            self._pages.move_to_end(key)
            kept.asks += 1
            kept.rounds_unasked = 0
            # A clock that was set back makes every page an old one, too.
            if kept.newest < after or not timedelta() <= self._clock() - kept.at <= KEPT:
                return None
            return kept.page if after or self._is_true(kept) else None

    def read(self, key: Hashable, read: Read, topic: str = EVENTS_TOPIC) -> Rendered:
        """The page as `read` finds it now, kept for others until a commit announces the topic."""
        # Taken before the reading begins: a commit meanwhile makes the page an old one.
        commits, at = self._commits[topic], self._clock()
        page, newest = read()
        with self._lock:
            before = self._pages.get(key)
            fresh = _Kept(read, page, newest, topic, commits, at)
            if before is not None:
                fresh.asks, fresh.rounds_unasked = before.asks, before.rounds_unasked
            self._pages[key] = fresh
            self._pages.move_to_end(key)
            while len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)
        return page

    def read_ahead(self) -> None:
        """Read the pages that open boards will ask for as soon as they are told; those that their
        news leaves as they were nobody asks for.
        """
        for key, kept in self._asked_lately():
            try:
                self.read(key, kept.read, kept.topic)
            except Exception as error:
                # Whoever asks for it is told why; here it must not keep the others from being read.
                log.info("page.unread", problem=str(error))
                with self._lock:
                    self._pages.pop(key, None)
            else:
                self._count_round(key, kept.newest)

    def clear(self) -> None:
        """Forget every page."""
        with self._lock:
            self._pages.clear()

    def _count_round(self, key: Hashable, newest_before: int) -> None:
        """News of the queue alone, or of another competition, is none that this page's readers
        would ask for.
        """
        with self._lock:
            kept = self._pages.get(key)
            if kept is not None and kept.newest > newest_before:
                kept.rounds_unasked += 1

    def _asked_lately(self) -> list[tuple[Hashable, _Kept]]:
        with self._lock:
            asked_again = [(k, kept) for k, kept in self._pages.items() if kept.asks >= ASKED_AGAIN]
        return [
            (key, kept)
            for key, kept in asked_again[-MOST_AHEAD:]
            if kept.rounds_unasked < ROUNDS_UNASKED and not self._is_true(kept)
        ]

    def _is_true(self, kept: _Kept) -> bool:
        return kept.commits == self._commits[kept.topic]

    def _committed(self, topics: frozenset[str]) -> None:
        with self._lock:
            self._commits.update(TOPICS if RESYNC in topics else topics & TOPICS)
