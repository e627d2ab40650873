"""Turns at the database, waited for on the event loop, where waiting costs no thread.

A request keeps its connection, and a writer its lock, while FastAPI serialises the answer, which
takes a thread. With more requests at once than there are threads, all of them could wait for a
lock whose holder waits for a thread: sixty who submit at the same moment stood still for 30 s.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

# Together well below the connections of the pool and the threads of the server, which are 40.
WRITERS, READERS = 4, 8


@dataclass(frozen=True)
class Turns:
    """How many requests may hold a writing and a reading transaction at the same time."""

    writing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(WRITERS))
    reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READERS))
