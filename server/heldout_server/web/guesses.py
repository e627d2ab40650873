"""Wrong codes, tokens and passwords: what they cost whoever sends them, and nobody else.

A whole room may share one address, so it is looked first, and only wrong ones count. Above a
number a minute they are held for a second before they are told. In that time no thread, transaction
or turn is held, only a place, and when an address has none left, its wrong guesses are refused at
once. A right one is never held up. New kinds of codes get a line in `GuessBounds`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from heldout_server.kit.errors import ProblemError
from heldout_server.web.places import Places

WRONG_A_MINUTE = 30
# Slow hashes cost the server time as well, so fewer than of tokens.
WRONG_PASSWORDS_A_MINUTE = 10
HELD_SECONDS = 1.0
HELD_AN_ADDRESS, HELD_IN_ALL = 10, 500
# A hash takes a core and 64 MiB for some 50 ms.
COMPARED_AT_ONCE = 2
WAITING_AN_ADDRESS, WAITING_IN_ALL = 50, 500

Pause = Callable[[float], Awaitable[None]]


class WrongGuesses:
    """Counts the wrong ones of each network, in memory, and slows them down."""

    def __init__(self, a_minute: int = WRONG_A_MINUTE, pause: Pause = asyncio.sleep) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._rate = RateLimitItemPerMinute(a_minute)
        self._held = Places(HELD_AN_ADDRESS, HELD_IN_ALL)
        self._pause = pause

    async def settle(self, network: str) -> None:
        """Count a wrong one, and hold its answer when there were many.

        Raises ProblemError `rate_limited` when too many are being held.
        """
        if self._limiter.hit(self._rate, network):
            return
        if not self._held.take(network):
            raise _too_many()
        try:
            await self._pause(HELD_SECONDS)
        finally:
            self._held.give_back(network)


class WrongPasswords(WrongGuesses):
    """The same where looking is dear: a network's passwords are compared one after the other."""

    def __init__(
        self, a_minute: int = WRONG_PASSWORDS_A_MINUTE, pause: Pause = asyncio.sleep
    ) -> None:
        super().__init__(a_minute, pause)
        self._waiting = Places(WAITING_AN_ADDRESS, WAITING_IN_ALL)
        self._comparing = asyncio.Semaphore(COMPARED_AT_ONCE)
        self._lanes: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def lane(self, network: str) -> AsyncIterator[None]:
        """One of this network at a time, also while its wrong answer is held.

        Raises ProblemError `rate_limited` when dozens wait already.
        """
        if not self._waiting.take(network):
            raise _too_many()
        try:
            async with self._lanes.setdefault(network, asyncio.Lock()):
                yield
        finally:
            self._waiting.give_back(network)
            if not self._waiting.held_by(network):
                del self._lanes[network]

    @property
    def comparing(self) -> asyncio.Semaphore:
        """A turn at comparing, whoever asks."""
        return self._comparing


@dataclass(frozen=True)
class GuessBounds:
    """A count for each kind of secret, so that wrong ones of one kind don't slow another."""

    join_codes: WrongGuesses = field(default_factory=WrongGuesses)
    team_codes: WrongGuesses = field(default_factory=WrongGuesses)
    organizer_tokens: WrongGuesses = field(default_factory=WrongGuesses)
    passwords: WrongPasswords = field(default_factory=WrongPasswords)


def _too_many() -> ProblemError:
    return ProblemError(
        "rate_limited",
        "There were too many wrong codes, tokens or passwords from this address.",
        "The right one is let in all the same; organizers can always sign in with a token.",
        retry_after_seconds=60,
    )
