"""What a stream tells of many events at once, and how it travels."""

import re

from heldout_server.acts.commit_listener import RESYNC
from heldout_server.acts.events import EventKind
from heldout_server.web.event_encoding import chunk, encoded, in_a_chunk
from heldout_server.web.event_stream import Heard


def heard(number, kind="submission.queued", competition=1, **data):
    return Heard(number, kind, competition, number, data)


def told(*batch, competition=1, after=0):
    chunk = encoded(tuple(batch), competition, after)
    return re.findall(rb"event: (\w+)\ndata: .*\nid: (\d+)\n\n", chunk)


class TestEncoded:
    def test_tells_only_the_last_change_of_the_queue(self):
        assert told(heard(1), heard(2), heard(3)) == [(b"queue", b"3")]

    def test_tells_every_score_in_order(self):
        batch = [heard(1), heard(2, "submission.scored"), heard(3), heard(4, "board.changed")]
        assert told(*batch) == [(b"board", b"2"), (b"queue", b"3"), (b"board", b"4")]

    def test_keeps_what_is_no_change_of_the_queue_among_changes(self):
        batch = [
            heard(1, EventKind.ANNOUNCED, text="Pizza"),
            heard(2, EventKind.PROJECTED),
            heard(3),
            heard(4),
        ]
        assert told(*batch) == [(b"announcement", b"1"), (b"projector", b"2"), (b"queue", b"4")]

    def test_tells_of_ties_by_their_own_name(self):
        assert told(heard(1, EventKind.TIES_CHANGED)) == [(b"ties", b"1")]

    def test_tells_nothing_of_other_competitions(self):
        assert told(heard(1, competition=2), heard(2, "submission.scored", 2)) == []

    def test_tells_everyone_to_look_again(self):
        assert told(heard(5, RESYNC, 0), heard(6)) == [(b"reload", b"5"), (b"queue", b"6")]

    def test_leaves_out_what_was_replayed(self):
        scored = [heard(number, "submission.scored") for number in (1, 2, 3)]
        assert told(*scored, after=2) == [(b"board", b"3")]

    def test_is_made_once_for_all_streams(self):
        batch = (heard(1, "submission.scored"),)
        assert encoded(batch, 1) is encoded(batch, 1)


class TestInAChunk:
    def test_says_how_long_it_is(self):
        batch = (heard(1, "submission.scored"),)
        content = encoded(batch, 1)
        assert in_a_chunk(batch, 1) == chunk(content) == b"%x\r\n%b\r\n" % (len(content), content)

    def test_is_nothing_where_nothing_is_told(self):
        assert in_a_chunk((heard(1, competition=2),), 1) == b""

    def test_is_made_once_for_all_streams(self):
        batch = (heard(1, "submission.scored"),)
        assert in_a_chunk(batch, 1) is in_a_chunk(batch, 1)
