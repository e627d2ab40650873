"""What is dear to find is found once for all who ask within a moment."""

import asyncio
import threading

import pytest

from heldout_server.web.short_memory import Kept
from waiting import PATIENCE_SECONDS


class Looks:
    """Counts looks and how many there were at the same time; each waits until it may end."""

    def __init__(self):
        self.number = self.inside = self.most = 0
        self.may_end = threading.Event()

    def __call__(self):
        self.number += 1
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.may_end.wait(PATIENCE_SECONDS)
        self.inside -= 1
        return self.number


def test_fifty_who_ask_together_have_it_looked_up_once():
    looks = Looks()

    async def fifty():
        kept = Kept(looks)
        asking = [asyncio.create_task(kept.get()) for _ in range(50)]
        await asyncio.sleep(0)
        looks.may_end.set()
        return await asyncio.gather(*asking)

    assert asyncio.run(fifty()) == [1] * 50
    assert (looks.number, looks.most) == (1, 1)


def test_who_leaves_does_not_take_it_from_the_others():
    looks = Looks()

    async def two():
        kept = Kept(looks)
        first, second = asyncio.create_task(kept.get()), asyncio.create_task(kept.get())
        await asyncio.sleep(0)
        first.cancel()
        looks.may_end.set()
        return await second

    assert asyncio.run(two()) == 1


def test_is_looked_up_again_when_it_is_old():
    now = 100.0
    looks = Looks()
    looks.may_end.set()

    async def three():
        nonlocal now
        kept = Kept(looks, 1.0, lambda: now)
        found = [await kept.get()]
        now += 0.9
        found.append(await kept.get())
        now += 0.2
        return [*found, await kept.get()]

    assert asyncio.run(three()) == [1, 1, 2]


def test_a_failure_is_told_and_not_kept():
    answers = iter([OSError("gone"), 7])

    def look():
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        return found

    async def two():
        kept = Kept(look)
        with pytest.raises(OSError, match="gone"):
            await kept.get()
        return await kept.get()

    assert asyncio.run(two()) == 7
