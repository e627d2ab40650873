"""An answer that is dear to find and asked for by many: found once, kept for a moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from fastapi.concurrency import run_in_threadpool

Found = TypeVar("Found")

KEPT_SECONDS = 1.0


class Kept(Generic[Found]):
    """What `find` found, at most `seconds` old.

    However many ask, one thread looks and the others wait on the event loop: a look that hangs
    takes no threads from those who want something else.
    """

    def __init__(
        self,
        find: Callable[[], Found],
        seconds: float = KEPT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find = find
        self._seconds = seconds
        self._clock = clock
        self._last: tuple[float, Found] | None = None
        self._looking: asyncio.Task[Found] | None = None

    async def get(self) -> Found:
        """The answer. Raises what `find` raises; that isn't kept."""
        if self._last is not None and self._clock() - self._last[0] < self._seconds:
            return self._last[1]
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        # Whoever leaves doesn't take the look from the others.
        return await asyncio.shield(self._looking)

    async def _look(self) -> Found:
        try:
            found = await run_in_threadpool(self._find)
            self._last = self._clock(), found
            return found
        finally:
            self._looking = None
