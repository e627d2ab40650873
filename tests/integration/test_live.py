"""Live across processes: two databases' worth of listeners on one database."""

import asyncio
import threading
import time

import pytest
from sqlalchemy import text

from heldout_server.acts import events
from heldout_server.acts.commit_listener import RESYNC, SQLITE_POLL_SECONDS, CommitListener
from heldout_server.kit.db import Database
from heldout_server.web.api.events import _missed
from heldout_server.web.event_stream import EventStream
from waiting import PATIENCE_SECONDS, run_until


@pytest.fixture
def replica(installed):
    """Another process's view of the same database, with its hub."""
    url = installed.database.engine.url.render_as_string(hide_password=False)
    other = Database(url)
    hub = CommitListener(other)
    yield other, hub
    hub.stop()
    other.dispose()


@pytest.fixture
def heard(replica):
    """The topics that the other process hears, while its hub follows."""
    other, hub = replica
    topics = []
    other.listen(lambda found: topics.append(set(found)))
    hub.start()
    assert hub.connected.wait(PATIENCE_SECONDS)
    return topics


def say(installed, clock, kind=events.EventKind.BOARD_CHANGED, **data):
    with installed.database.write() as session:
        events.append(session, kind, competition_id=1, now=clock(), data=data)


class TestOneOfOurOwn:
    @pytest.mark.parametrize("database", ["sqlite"], indirect=True)
    def test_commits_is_announced_once_though_the_file_shows_it_too(self, installed, clock):
        ours = installed.database
        following = CommitListener(ours)._poll()
        next(following)
        with ours.engine.connect() as connection:
            assert connection.exec_driver_sql("select count(*) from event").scalar() == 0
        heard = []
        ours.listen(heard.append)
        say(installed, clock)
        other = Database(ours.engine.url.render_as_string(hide_password=False))
        with other.write() as session:
            kind = events.EventKind.QUEUED
            events.append(session, kind, competition_id=1, now=clock())
        other.dispose()
        assert next(following) == {events.EVENTS_TOPIC}
        assert heard == [{events.EVENTS_TOPIC, events.BOARD_TOPIC}]


class TestChangeHub:
    def test_hears_what_another_process_commits(self, installed, clock, heard):
        say(installed, clock)
        run_until(lambda: any(events.EVENTS_TOPIC in topics for topics in heard))

    @pytest.mark.parametrize("database", ["sqlite"], indirect=True)
    def test_hears_nothing_of_commits_without_news(self, installed, clock, heard):
        say(installed, clock)
        run_until(lambda: heard)
        heard.clear()
        retitle = text("update competition set title = :title")
        for title in range(3):
            with installed.database.write() as session:
                session.execute(retitle, {"title": str(title)})
            # Long enough to be heard were it passed on; a slow machine only asks less.
            time.sleep(3 * SQLITE_POLL_SECONDS)
        say(installed, clock)
        run_until(lambda: heard)
        assert heard == [{events.EVENTS_TOPIC, events.BOARD_TOPIC}]

    @pytest.mark.parametrize("database", ["sqlite"], indirect=True)
    def test_tells_files_that_arrived_from_what_moves_the_board(self, installed, clock, heard):
        say(installed, clock, kind=events.EventKind.QUEUED)
        run_until(lambda: heard)
        assert heard == [{events.EVENTS_TOPIC}]

    def test_does_not_hear_what_is_rolled_back(self, installed, clock, heard):
        def fail():
            with installed.database.write() as session:
                events.append(
                    session, events.EventKind.BOARD_CHANGED, competition_id=1, now=clock()
                )
                raise RuntimeError("no")

        with pytest.raises(RuntimeError):
            fail()
        say(installed, clock)
        run_until(lambda: heard)
        with installed.database.read() as session:
            assert events.latest_id(session) > 0

    @pytest.mark.parametrize("database", ["postgresql"], indirect=True)
    def test_comes_back_and_says_so_when_its_connection_is_cut(self, installed, clock, heard):
        with installed.database.engine.connect() as connection:
            connection.execute(
                text(
                    "select pg_terminate_backend(pid) from pg_stat_activity "
                    "where query ilike 'listen%' and datname = current_database()"
                )
            )
        say(installed, clock)
        run_until(lambda: any(RESYNC in topics for topics in heard))
        heard.clear()
        say(installed, clock)
        run_until(lambda: any(events.EVENTS_TOPIC in topics for topics in heard))

    def test_ends_when_told(self, replica):
        _, hub = replica
        hub.start()
        hub.stop()
        assert not [t for t in threading.enumerate() if t is hub._thread]


class TestEventStream:
    def test_spreads_events_of_other_processes(self, installed, clock, replica):
        other, hub = replica
        stream = EventStream(other)
        hub.start()
        stream.start()

        async def listen():
            async with stream.listen() as listener:
                await asyncio.to_thread(say, installed, clock, score=0.5)
                [event] = await listener.batch(PATIENCE_SECONDS)
                return event

        try:
            event = asyncio.run(listen())
        finally:
            stream.stop()
        assert (event.kind, event.data) == ("board.changed", {"score": 0.5})

    def test_passes_on_that_something_may_have_been_missed(self, installed, clock, replica):
        other, _ = replica
        stream = EventStream(other)
        stream.start()

        async def listen():
            async with stream.listen() as listener:
                other.announce(frozenset({RESYNC}))
                [event] = await listener.batch(PATIENCE_SECONDS)
                return event

        try:
            assert asyncio.run(listen()).kind == RESYNC
        finally:
            stream.stop()

    def test_makes_pages_ready_after_the_one_who_submitted_and_before_the_room(self, installed):
        told, own_told = [], threading.Event()

        async def listen(name, ready, submission_id=None):
            async with stream.listen(submission_id) as listener:
                ready.release()
                await listener.batch(PATIENCE_SECONDS)
                told.append(name)
                if name == "own":
                    own_told.set()

        def prepare():
            assert own_told.wait(PATIENCE_SECONDS)
            told.append("pages")

        async def both():
            ready = threading.Semaphore(0)
            waiting = [listen("room", ready), listen("own", ready, submission_id=1)]
            tasks = [asyncio.ensure_future(one) for one in waiting]
            for _ in tasks:
                await asyncio.to_thread(ready.acquire)
            installed.database.announce(frozenset({RESYNC}))
            await asyncio.gather(*tasks)

        stream = EventStream(installed.database, prepare, patience=PATIENCE_SECONDS)
        stream.start()
        try:
            asyncio.run(both())
        finally:
            stream.stop()
        assert told == ["own", "pages", "room"]

    def test_tells_the_room_though_pages_take_for_ever(self, installed, clock):
        ended = threading.Event()
        stream = EventStream(installed.database, ended.wait)
        stream.start()

        async def listen():
            async with stream.listen() as listener:
                heard = []
                for score in (0.5, 0.6):
                    await asyncio.to_thread(say, installed, clock, score=score)
                    heard += await listener.batch(PATIENCE_SECONDS)
                return [event.data["score"] for event in heard]

        try:
            assert asyncio.run(listen()) == [0.5, 0.6]
        finally:
            ended.set()
            stream.stop()


class TestRetention:
    def test_keeps_the_newest(self, installed, clock):
        for _ in range(6):
            say(installed, clock)
        with installed.database.write() as session:
            assert events.prune(session, keep=4) == 2
            assert events.prune(session, keep=4) == 0
            kept = [event.id for event in events.since(session, 0)]
        assert len(kept) == 4

    def test_whoever_missed_what_is_gone_must_reload(self, installed, clock):
        for _ in range(6):
            say(installed, clock)
        with installed.database.write() as session:
            newest = events.latest_id(session)
            events.prune(session, keep=2)
        assert _missed(installed, 1, newest - 5) == (None, newest)
        missed, _ = _missed(installed, 1, newest - 2)
        assert [heard.id for heard in missed] == [newest - 1, newest]

    def test_the_sweep_prunes(self, installed, clock):
        from heldout_server.submissions.sweep import SweepRules, sweep

        for _ in range(5):
            say(installed, clock)
        with installed.database.write() as session:
            sweep(session, now=clock(), rules=SweepRules(events_kept=3))
            assert len(session.execute(text("select id from event")).all()) == 3
