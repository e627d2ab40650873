"""Turns at the database, waited for on the event loop, where waiting costs no thread.

A request keeps its connection, and a writer its lock, while FastAPI serialises the answer, which
takes a thread. With more requests at once than there are threads, all of them could wait for a
lock whose holder waits for a thread: sixty who submit at the same moment stood still for 30 s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

# All together well below the connections of the pool and the threads of the server, which are 40.
WRITERS, READERS = 4, 8
# Who calls is looked up by requests that may hold one of the others: it waits for none of them.
KNOWING = 4
# One reads an open board for all who ask for it; neither that nor the projector queues behind those
# who submit.
SHOWING = 2


@dataclass(frozen=True)
class Turns:
    """How many requests at the same time may hold a writing or a reading transaction, look up who
    calls, and read anew what open boards show.
    """

    writing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(WRITERS))
    reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READERS))
    knowing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(KNOWING))
    showing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(SHOWING))
    _reading_page: WeakValueDictionary[Hashable, asyncio.Lock] = field(
        default_factory=WeakValueDictionary
    )

    def of_page(self, key: Hashable) -> asyncio.Lock:
        """Held by the one who reads a page; who waits for the same page holds no turn meanwhile."""
        return self._reading_page.setdefault(key, asyncio.Lock())
