"""A page from memory is never older than what its reader knows of."""

import pytest

from heldout_server.db import Database
from heldout_server.events import EVENTS_TOPIC
from heldout_server.web.pages.cache import Rendered
from heldout_server.web.pages.recent import (
    BURST_SECONDS,
    MOST_PAGES,
    UNCHANGED_SECONDS,
    RecentPages,
)

PAGE = Rendered.of(b"page")


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'heldout.db'}")
    yield database
    database.dispose()


class Watch:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def recent(database, watch):
    return RecentPages(database, watch)


class TestRecentPages:
    def test_answers_while_nothing_was_committed(self, recent, watch):
        recent.keep("board", PAGE, recent.mark(), newest=7)
        watch.now += UNCHANGED_SECONDS
        assert recent.get("board") is PAGE
        assert recent.get("board", after=7) is PAGE

    def test_is_read_again_after_a_commit(self, recent, database):
        recent.keep("board", PAGE, recent.mark(), newest=7)
        database.announce(frozenset({EVENTS_TOPIC}))
        assert recent.get("board") is None

    def test_a_commit_while_it_was_read_counts(self, recent, database):
        mark = recent.mark()
        database.announce(frozenset({EVENTS_TOPIC}))
        recent.keep("board", PAGE, mark, newest=7)
        assert recent.get("board") is None

    def test_serves_a_burst_for_those_whose_event_it_knows(self, recent, database, watch):
        recent.keep("board", PAGE, recent.mark(), newest=7)
        database.announce(frozenset({EVENTS_TOPIC}))
        assert recent.get("board", after=7) is PAGE
        assert recent.get("board", after=8) is None
        watch.now += BURST_SECONDS + 0.01
        assert recent.get("board", after=7) is None

    def test_is_read_again_for_what_only_the_clock_changes(self, recent, watch):
        recent.keep("board", PAGE, recent.mark())
        watch.now += UNCHANGED_SECONDS + 0.01
        assert recent.get("board") is None

    def test_is_bounded(self, recent):
        for number in range(MOST_PAGES + 1):
            recent.keep(number, PAGE, recent.mark())
        assert recent.get(0) is None
        assert recent.get(MOST_PAGES) is PAGE
