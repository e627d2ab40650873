"""What is dear to work out, kept until the version behind it changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Found = TypeVar("Found")


@dataclass(slots=True)
class _Entry(Generic[Found]):
    version: Hashable = None
    found: Found | None = None
    building: threading.Lock = field(default_factory=threading.Lock)


class Newest(Generic[Found]):
    """The newest of each of `most` keys, the last that were asked for; a new version replaces the
    old one.
    """

    def __init__(self, most: int) -> None:
        self._entries: OrderedDict[Hashable, _Entry[Found]] = OrderedDict()
        self._most = most
        self._lock = threading.Lock()

    def get(self, key: Hashable, version: Hashable, build: Callable[[], Found]) -> Found:
        """What there is for `key` at `version`, built when it isn't there.

        When a room's browsers ask at the same moment, one of them builds and the others wait.
        """
        entry = self._entry(key)
        with entry.building:
            if entry.found is None or entry.version != version:
                entry.found = build()
                entry.version = version
            return entry.found

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()

    def __len__(self) -> int:
        return len(self._entries)

    def _entry(self, key: Hashable) -> _Entry[Found]:
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            while len(self._entries) > self._most:
                self._entries.popitem(last=False)
            return entry
