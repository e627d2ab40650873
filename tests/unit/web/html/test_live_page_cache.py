"""A page from memory is never older than what its reader knows of."""

import itertools

import pytest

from heldout_server.acts.commit_listener import RESYNC
from heldout_server.acts.events import BOARD_TOPIC, EVENTS_TOPIC
from heldout_server.kit.db import Database
from heldout_server.kit.errors import ProblemError
from heldout_server.web.html.live_page_cache import (
    MOST_AHEAD,
    MOST_PAGES,
    ROUNDS_UNASKED,
    RecentPages,
)
from heldout_server.web.html.page_cache import Rendered

PAGE = Rendered.of(b"page")
LATER = Rendered.of(b"later")


def reading(page=PAGE, newest=0):
    return lambda: (page, newest)


@pytest.fixture
def database(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'heldout.db'}")
    yield database
    database.dispose()


@pytest.fixture
def recent(database, clock):
    return RecentPages(database, clock)


class TestRecentPages:
    def test_answers_while_nothing_was_committed(self, recent, clock):
        assert recent.read("board", reading(newest=7)) is PAGE
        clock.advance(seconds=1)
        assert recent.get("board") is PAGE
        assert recent.get("board", after=7) is PAGE

    def test_is_read_again_after_a_commit(self, recent, database):
        recent.read("board", reading(newest=7))
        database.announce(frozenset({EVENTS_TOPIC}))
        assert recent.get("board") is None

    def test_that_follows_the_board_alone_outlives_what_moves_nothing(self, recent, database):
        recent.read("board", reading(newest=7), BOARD_TOPIC)
        database.announce(frozenset({EVENTS_TOPIC}))
        assert recent.get("board") is PAGE
        database.announce(frozenset({EVENTS_TOPIC, BOARD_TOPIC}))
        assert recent.get("board") is None

    def test_is_read_again_where_news_may_have_been_missed(self, recent, database):
        recent.read("board", reading(newest=7), BOARD_TOPIC)
        database.announce(frozenset({RESYNC}))
        assert recent.get("board") is None

    def test_a_commit_while_it_was_read_counts(self, recent, database):
        def read():
            database.announce(frozenset({EVENTS_TOPIC}))
            return PAGE, 7

        recent.read("board", read)
        assert recent.get("board") is None

    def test_serves_a_burst_for_those_whose_event_it_knows(self, recent, database, clock):
        recent.read("board", reading(newest=7))
        database.announce(frozenset({EVENTS_TOPIC}))
        assert recent.get("board", after=7) is PAGE
        assert recent.get("board", after=8) is None
        clock.advance(seconds=1.01)
        assert recent.get("board", after=7) is None

    def test_is_read_again_for_what_only_the_clock_changes(self, recent, clock):
        recent.read("board", reading())
        clock.advance(seconds=1.01)
        assert recent.get("board") is None

    def test_is_read_again_after_the_clock_was_set_back(self, recent, clock):
        recent.read("board", reading())
        clock.advance(hours=-1)
        assert recent.get("board") is None

    def test_is_forgotten(self, recent):
        recent.read("board", reading(newest=7))
        recent.clear()
        assert recent.get("board") is None

    def test_is_bounded(self, recent):
        for number in range(MOST_PAGES + 1):
            recent.read(number, reading())
        assert recent.get(0) is None
        assert recent.get(MOST_PAGES) is PAGE


class TestReadingAhead:
    @pytest.fixture
    def read_ahead(self, recent, database):
        """Something was committed, and browsers will soon be told."""

        def reading_ahead():
            database.announce(frozenset({EVENTS_TOPIC}))
            recent.read_ahead()

        return reading_ahead

    @pytest.fixture
    def asked(self, recent):
        """What was read of "board", which somebody asks for again and which always has news."""
        asked = []
        news = itertools.count(7)
        recent.read("board", lambda: asked.append("board") or (PAGE, next(news)))
        recent.get("board")
        asked.clear()
        return asked

    def test_makes_the_news_ready_for_those_who_will_be_told(self, recent, read_ahead):
        found = iter([(PAGE, 7), (LATER, 8)])
        recent.read("board", lambda: next(found))
        assert recent.get("board") is PAGE
        read_ahead()
        assert recent.get("board", after=8) is LATER
        assert recent.get("board") is LATER

    def test_leaves_alone_what_nobody_asks_for_any_more(self, recent, read_ahead, asked):
        for _ in range(ROUNDS_UNASKED + 3):
            read_ahead()
        assert len(asked) == ROUNDS_UNASKED

    def test_goes_on_while_somebody_asks_though_each_is_answered_from_memory(
        self, recent, read_ahead, asked
    ):
        for _ in range(ROUNDS_UNASKED + 3):
            read_ahead()
            assert recent.get("board") is PAGE
        assert len(asked) == ROUNDS_UNASKED + 3

    def test_does_not_count_rounds_without_news_of_the_page(self, recent, read_ahead):
        asked = []
        recent.read("board", lambda: asked.append(1) or (PAGE, 7))
        recent.get("board")
        for _ in range(ROUNDS_UNASKED + 3):
            read_ahead()
        assert len(asked) == 1 + ROUNDS_UNASKED + 3

    def test_leaves_alone_what_was_asked_for_once(self, recent, read_ahead, asked):
        recent.read("once", lambda: asked.append("once") or (PAGE, 7))
        read_ahead()
        assert asked == ["once", "board"]

    def test_reads_the_few_that_were_asked_for_last(self, recent, read_ahead):
        asked = []
        for number in range(MOST_AHEAD + 2):
            recent.read(number, lambda number=number: asked.append(number) or (PAGE, 7))
            recent.get(number)
        recent.get(0)
        asked.clear()
        read_ahead()
        assert sorted(asked) == [0, *range(3, MOST_AHEAD + 2)]

    def test_a_page_that_cannot_be_read_is_forgotten_and_keeps_nobody_waiting(
        self, recent, read_ahead, asked
    ):
        answers = iter([(PAGE, 7)])

        def gone():
            try:
                return next(answers)
            except StopIteration:
                raise ProblemError("not_found", "There is no such competition.") from None

        recent.read("gone", gone)
        recent.get("gone")
        recent.get("board")
        read_ahead()
        assert recent.get("gone") is None
        assert asked == ["board"]

    def test_leaves_alone_what_the_news_leaves_as_it_was(self, recent, read_ahead):
        asked = []
        recent.read("board", lambda: asked.append(1) or (PAGE, 7), BOARD_TOPIC)
        recent.get("board")
        read_ahead()
        assert len(asked) == 1
