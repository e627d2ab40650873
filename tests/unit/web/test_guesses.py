"""What wrong guesses cost: a pause for whoever sends many, and nothing for others."""

import asyncio

import pytest

from heldout_server.kit.errors import ProblemError
from heldout_server.web.guesses import (
    HELD_AN_ADDRESS,
    HELD_SECONDS,
    WAITING_AN_ADDRESS,
    WrongGuesses,
    WrongPasswords,
)
from heldout_server.web.places import Places


class Pauses:
    """Pauses that end when told; says how many there were."""

    def __init__(self, *, over=False):
        self.begun = []
        self.over = asyncio.Event()
        if over:
            self.over.set()

    async def __call__(self, seconds):
        self.begun.append(seconds)
        await self.over.wait()


async def many(guesses, number, network="192.0.2.1"):
    return await asyncio.gather(
        *(guesses.settle(network) for _ in range(number)), return_exceptions=True
    )


class TestWrongGuesses:
    def test_are_told_at_once_at_first(self):
        pauses = Pauses(over=True)
        asyncio.run(many(WrongGuesses(5, pauses), 5))
        assert pauses.begun == []

    def test_are_held_for_a_second_each_above_that(self):
        pauses = Pauses(over=True)
        asyncio.run(many(WrongGuesses(5, pauses), 8))
        assert pauses.begun == [HELD_SECONDS] * 3

    def test_of_others_are_not(self):
        async def two_networks():
            pauses = Pauses(over=True)
            guesses = WrongGuesses(5, pauses)
            await many(guesses, 20)
            held = len(pauses.begun)
            await many(guesses, 5, "192.0.2.2")
            return held, len(pauses.begun)

        assert asyncio.run(two_networks()) == (15, 15)

    def test_are_refused_at_once_when_too_many_are_held(self):
        async def flood():
            pauses = Pauses()
            guesses = WrongGuesses(5, pauses)
            asking = [asyncio.create_task(guesses.settle("192.0.2.1")) for _ in range(100)]
            await asyncio.wait(asking, return_when=asyncio.FIRST_EXCEPTION)
            held = len(pauses.begun)
            pauses.over.set()
            ended = await asyncio.gather(*asking, return_exceptions=True)
            await guesses.settle("192.0.2.1")  # places are given back
            return held, [e for e in ended if isinstance(e, ProblemError)]

        held, refused = asyncio.run(flood())
        assert held == HELD_AN_ADDRESS
        assert len(refused) == 100 - 5 - HELD_AN_ADDRESS
        assert {problem.code for problem in refused} == {"rate_limited"}


class TestWrongPasswords:
    def test_are_looked_at_one_after_the_other(self):
        async def two():
            passwords, inside, most = WrongPasswords(), 0, 0

            async def one():
                nonlocal inside, most
                async with passwords.lane("192.0.2.1"):
                    inside += 1
                    most = max(most, inside)
                    await asyncio.sleep(0)
                    inside -= 1

            await asyncio.gather(*(one() for _ in range(20)))
            return most

        assert asyncio.run(two()) == 1

    def test_leave_other_networks_alone(self):
        async def two():
            passwords = WrongPasswords()
            async with passwords.lane("192.0.2.1"), passwords.lane("192.0.2.2"):
                return True

        assert asyncio.run(asyncio.wait_for(two(), 10))

    def test_wait_in_a_room_that_has_an_end(self):
        async def crowd():
            passwords = WrongPasswords()

            async def one():
                async with passwords.lane("192.0.2.1"):
                    await asyncio.sleep(0)

            ended = await asyncio.gather(*(one() for _ in range(80)), return_exceptions=True)
            async with passwords.lane("192.0.2.1"):
                return sum(isinstance(e, ProblemError) for e in ended)

        assert asyncio.run(crowd()) == 80 - WAITING_AN_ADDRESS


class TestPlaces:
    def test_are_limited_for_each_and_for_all(self):
        places = Places(2, 3)
        assert [places.take("a"), places.take("a"), places.take("a")] == [True, True, False]
        assert [places.take("b"), places.take("b"), places.full] == [True, False, True]

    def test_come_back(self):
        places = Places(1)
        assert places.take("a")
        places.give_back("a")
        assert places.take("a")
        assert places.held_by("b") == 0

    @pytest.mark.parametrize("address", [None, "a"])
    def test_have_no_limit_at_zero(self, address):
        places = Places(0)
        assert all(places.take(address) for _ in range(1000))
