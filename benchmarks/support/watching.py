"""Somebody with the board open: told of a score, they fetch the board anew."""

from __future__ import annotations

import queue
import threading
import time

import httpx

PATIENCE_SECONDS = 60


class Watcher:
    """Follows a competition's events, and remembers when each score was on the board."""

    def __init__(self, url: str, slug: str) -> None:
        self._path = f"{url}/api/v1/competitions/{slug}"
        self._seen: queue.SimpleQueue[float] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def start(self) -> None:
        """Begin, and return once the stream is open."""
        self._thread.start()
        self.seen()

    def seen(self) -> float:
        """When the next change was on the board, by `time.perf_counter`."""
        return self._seen.get(timeout=PATIENCE_SECONDS)

    def _follow(self) -> None:
        with (
            httpx.Client(timeout=PATIENCE_SECONDS) as reading,
            httpx.stream("GET", f"{self._path}/events", timeout=PATIENCE_SECONDS) as events,
        ):
            for line in events.iter_lines():
                if line in {"event: hello", "event: board"}:
                    reading.get(f"{self._path}/leaderboard").raise_for_status()
                    self._seen.put(time.perf_counter())
