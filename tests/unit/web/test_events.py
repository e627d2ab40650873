"""What a stream tells of many events at once, and how it travels."""

import asyncio
import re

from heldout_server.acts.commit_listener import RESYNC
from heldout_server.acts.events import EventKind
from heldout_server.web.api.events import encoded
from heldout_server.web.event_stream import MOST_WAITING, Heard, Listener


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


class TestListener:
    def test_answers_together_what_came_meanwhile(self):
        async def listening():
            listener = Listener()
            listener.hear((heard(1),))
            listener.hear((heard(2), heard(3)))
            return await listener.batch(1), await listener.batch(0.001)

        first, second = asyncio.run(listening())
        assert [one.id for one in first] == [1, 2, 3]
        assert second == ()

    def test_hears_only_its_own_submission_when_asked(self):
        async def listening():
            listener = Listener(submission_id=2)
            for batch in ((heard(1),), (heard(1), heard(2)), (heard(9, RESYNC),)):
                listener.hear(batch)
            return await listener.batch(1)

        assert [one.id for one in asyncio.run(listening())] == [1, 2, 9]

    def test_says_when_it_read_too_slowly(self):
        async def listening():
            listener = Listener()
            for number in range(MOST_WAITING + 1):
                listener.hear((heard(number),))
            return listener.overrun, len(await listener.batch(1))

        assert asyncio.run(listening()) == (True, MOST_WAITING)
