"""What one open board's connection is sent: in order, once, and only as long as it is read."""

import asyncio

import pytest

from heldout_server.kit.db import Database
from heldout_server.web.event_encoding import END, STILL_HERE, in_a_chunk
from heldout_server.web.event_stream import MOST_WAITING, EventStream, Heard
from heldout_server.web.open_stream import OpenStream


class Wire(asyncio.Transport):
    """A connection that remembers what was written to it."""

    def __init__(self):
        super().__init__()
        self.written, self.ended = [], ""

    def write(self, data):
        self.written.append(data)

    def is_closing(self):
        return bool(self.ended)

    def close(self):
        self.ended = "closed"

    def abort(self):
        self.ended = "aborted"

    def set_write_buffer_limits(self, high=None, low=None):
        pass


@pytest.fixture
def hub(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'heldout.db'}")
    yield EventStream(database)
    database.dispose()


def scored(number, competition=1):
    return (Heard(number, "submission.scored", competition, number, {}),)


def in_loop(act):
    """What `act` leaves, called where a loop runs."""

    async def run():
        return act()

    return asyncio.run(run())


def test_keeps_what_comes_before_it_has_the_connection(hub):
    def act():
        stream, wire = OpenStream(hub, 1), Wire()
        stream.hear(scored(1))
        stream.take_over(wire, lambda: None)
        stream.hear(scored(2))
        return wire.written

    assert in_loop(act) == [in_a_chunk(scored(1), 1), in_a_chunk(scored(2), 1)]


def test_leaves_out_what_was_replayed_and_what_is_anothers(hub):
    def act():
        stream, wire = OpenStream(hub, 1), Wire()
        stream.sent_until(2)
        stream.take_over(wire, lambda: None)
        for number in (1, 2):
            stream.hear(scored(number))
        stream.hear(scored(3, competition=2))
        return wire.written

    assert in_loop(act) == []


def test_has_the_board_read_anew_where_too_much_came_first(hub):
    def act():
        stream, wire = OpenStream(hub, 1), Wire()
        for number in range(1, MOST_WAITING + 2):
            stream.hear(scored(number))
        stream.take_over(wire, lambda: None)
        return wire.written

    [told] = in_loop(act)
    assert b"event: reload" in told


def test_shows_that_the_server_is_there_and_ends_with_it(hub):
    def act():
        stream, wire = OpenStream(hub, 1), Wire()
        stream.take_over(wire, lambda: None)
        stream.wake()
        hub.stop()
        stream.wake()
        stream.hear(scored(1))
        return wire

    wire = in_loop(act)
    assert (wire.written, wire.ended) == ([STILL_HERE, END], "closed")


def test_cuts_off_who_does_not_read(hub):
    def act():
        stream, wire = OpenStream(hub, 1), Wire()
        stream.take_over(wire, lambda: None)
        stream.pause_writing()
        return wire.ended

    assert in_loop(act) == "aborted"


def test_gives_both_places_back_once_and_hears_no_more(hub):
    ended = []

    def act():
        stream = OpenStream(hub, 1, lambda: ended.append("stream"))
        stream.take_over(Wire(), lambda: ended.append("connection"))
        open_before = hub.listening
        stream.connection_lost(None)
        return open_before, hub.listening

    assert in_loop(act) == (1, 0)
    assert ended == ["stream", "connection"]
