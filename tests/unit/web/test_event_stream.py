"""What waits for one listener: together, its own, and only so much of it."""

import asyncio

from heldout_server.acts.commit_listener import RESYNC
from heldout_server.web.event_stream import MOST_WAITING, Heard, Listener


def heard(number, kind="submission.queued", competition=1, **data):
    return Heard(number, kind, competition, number, data)


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
