"""How many of something one address, and everybody together, may hold at the same time."""

from __future__ import annotations

from collections import Counter

from heldout_server.kit.errors import ProblemError

TRY_AGAIN_SECONDS = 30


class Places:
    """Counts who holds how many, in memory; 0: no limit. Lives on one event loop."""

    def __init__(self, an_address: int, in_all: int = 0) -> None:
        self._an_address = an_address
        self._in_all = in_all
        self._held: Counter[str] = Counter()
        self.taken = 0

    @property
    def full(self) -> bool:
        """Whether nobody at all gets one."""
        return 0 < self._in_all <= self.taken

    def take(self, address: str | None) -> bool:
        """Take one, unless there are none left; for None only the whole counts."""
        if self.full or (address and 0 < self._an_address <= self._held[address]):
            return False
        self.taken += 1
        if address:
            self._held[address] += 1
        return True

    def give_back(self, address: str | None) -> None:
        """Let go of one that was taken."""
        self.taken -= 1
        if address:
            self._held[address] -= 1
            if not self._held[address]:
                del self._held[address]

    def held_by(self, address: str) -> int:
        """How many this address holds."""
        return self._held[address]


def take_stream(streams: Places, address: str | None) -> None:
    """Take a place for an open board. Raises ProblemError `rate_limited` or `unavailable`."""
    if streams.full:
        raise ProblemError(
            "unavailable",
            "As many boards are open as this server keeps live.",
            "Reload the page now and then. Organizers can raise HELDOUT_STREAMS.",
            retry_after_seconds=TRY_AGAIN_SECONDS,
        )
    if not streams.take(address):
        raise ProblemError(
            "rate_limited",
            "As many boards are open at your address as it may keep live.",
            "Close some, or reload now and then. Organizers can raise HELDOUT_STREAMS_PER_ADDRESS.",
            retry_after_seconds=TRY_AGAIN_SECONDS,
        )
