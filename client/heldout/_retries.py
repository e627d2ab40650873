"""When to try again, and after how long."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from heldout._constants import (
    FIRST_PAUSE_SECONDS,
    LONGEST_PAUSE_SECONDS,
    LONGEST_RETRY_AFTER_SECONDS,
    RETRY_ATTEMPTS,
)
from heldout._errors import ConnectionFailed, HeldoutError, RateLimited, TooSlow, Unavailable

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Retries:
    """Exponential backoff with jitter, unless the server names the time itself.

    `attempts` counts all tries, the first included. `sleep` takes seconds, `jitter` answers a
    number in [0, 1); both are fields so that a test can run without waiting.
    """

    attempts: int = RETRY_ATTEMPTS
    first_pause_seconds: float = FIRST_PAUSE_SECONDS
    longest_pause_seconds: float = LONGEST_PAUSE_SECONDS
    longest_retry_after_seconds: float = LONGEST_RETRY_AFTER_SECONDS
    sleep: Callable[[float], None] = time.sleep
    jitter: Callable[[], float] = random.random

    def run(
        self,
        action: Callable[[], Answer],
        is_temporary: Callable[[HeldoutError], bool] | None = None,
    ) -> Answer:
        """What `action` answers, tried again while its error is temporary."""
        for attempt in range(1, self.attempts):
            try:
                return action()
            except HeldoutError as error:
                if not (is_temporary or temporary)(error) or self.asks_too_much(error):
                    raise
                self.sleep(self.pause_seconds(attempt, error))
        return action()

    def pause_seconds(self, attempt: int, error: HeldoutError) -> float:
        """How long to wait after the failed try number `attempt` (from 1)."""
        # Half of the pause is random: a room of notebooks that lost the same server must not
        # come back in the same instant. The exponent is capped, or a long wait overflows.
        full = self.first_pause_seconds * 2.0 ** min(attempt - 1, 30)
        backoff = min(full, self.longest_pause_seconds) * (0.5 + 0.5 * self.jitter())
        asked = retry_after_seconds(error)
        if asked is None:
            return backoff
        return asked + self.jitter() * self.first_pause_seconds

    def asks_too_much(self, error: HeldoutError) -> bool:
        """Whether the server asks for a longer pause than a program should sit through."""
        return (retry_after_seconds(error) or 0.0) > self.longest_retry_after_seconds


def temporary(error: HeldoutError) -> bool:
    """Whether the same request may succeed later: a lost connection, 408, 502, 503, 504, 429.

    A used-up quota is a 429 as well, but no amount of trying changes it today.
    """
    return isinstance(error, ConnectionFailed | RateLimited | TooSlow | Unavailable)


def never_reached(error: HeldoutError) -> bool:
    """Whether the server certainly did nothing, so that even a join may be sent again."""
    if isinstance(error, ConnectionFailed):
        return not error.reached
    return isinstance(error, RateLimited | Unavailable)


def retry_after_seconds(error: HeldoutError) -> float | None:
    """The pause that the server asked for, if it did."""
    asked = getattr(error, "retry_after_seconds", None)
    return None if asked is None else float(asked)
