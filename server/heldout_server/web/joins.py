"""How many accounts one address may make, and when organizers are told.

Whoever knows the code can join again and again, each time with a whole quota. A class behind one
address must get in nevertheless, so the limit is generous, and only accounts count that nobody
was invited to. Addresses stay in this process's memory, an hour at most: neither the database nor
the log has them.
"""

from __future__ import annotations

from datetime import datetime

from limits import RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlmodel import Session

from heldout_server.jobs import alerts
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition
from heldout_server.web.addresses import network_of

BURST_MINUTES = 2
"""So many minutes' accounts may come at once: a class joins when it is told to."""
LARGEST_CLASS = 100
MANY_ACCOUNTS = "accounts.many"


class Joins:
    """Counts new accounts by address; `a_minute` 0: no limit. The alarm is raised either way."""

    def __init__(self, a_minute: int) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._rate = (
            RateLimitItemPerMinute(a_minute * BURST_MINUTES, multiples=BURST_MINUTES)
            if a_minute
            else None
        )
        self._class = RateLimitItemPerHour(LARGEST_CLASS)
        self._alarm = RateLimitItemPerHour(1)

    def take(self, address: str) -> None:
        """Count one account. Raises ProblemError `rate_limited` when there were too many."""
        if self._rate is not None and not self._limiter.hit(self._rate, network_of(address)):
            raise ProblemError(
                "rate_limited",
                "Very many people have just joined from this address.",
                "Your code is right: wait a minute, then join again. Who has joined already goes "
                "on with their token.",
                retry_after_seconds=60,
            )

    def tell(
        self, session: Session, address: str, competition: Competition, *, now: datetime
    ) -> None:
        """After an account was made: raise the alarm, once an hour, when one address made more of
        them for this competition than a class has people.
        """
        place = (network_of(address), competition.slug)
        if self._limiter.hit(self._class, *place) or not self._limiter.hit(self._alarm, *place):
            return
        alerts.raise_alert(
            session,
            MANY_ACCOUNTS,
            f"One address has made more than {LARGEST_CLASS} accounts for “{competition.title}” "
            "within an hour. If that is no lecture hall behind one network, change the join code, "
            "or let only the roster in, under Settings.",
            now=now,
        )
