"""A file on its way in: spooled to local disk while its digest grows, so memory stays flat."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from heldout_server.blobs.faults import storage_failed

Shelve = Callable[[Path, str], None]
"""Moves or copies a whole, durable file into the store, under its digest."""
Has = Callable[[str], bool]


class IncomingBlob:
    """A file on its way in. Leaving the `with` block without `keep()` removes every trace.

    `goes_far`: the store is another machine's, so `send_ahead` is worth a thread of its own; `has`
    tells whether what was sent ahead is there still.
    Every method raises StorageFailed when the disk or the store fails, StorageFull when it is
    full.
    """

    def __init__(self, folder: Path, shelve: Shelve, has: Has, *, goes_far: bool) -> None:
        self._shelve = shelve
        self._has = has
        self.goes_far = goes_far
        self._shelved = ""
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, name = tempfile.mkstemp(dir=folder)
        except OSError as error:
            raise storage_failed(error) from error
        self._file = os.fdopen(descriptor, "wb")
        self._path = Path(name)

    def __enter__(self) -> IncomingBlob:
        return self

    def write(self, chunk: bytes) -> None:
        """Append `chunk`; the digest grows with it, so the file is never read twice."""
        try:
            self._file.write(chunk)
        except OSError as error:
            raise storage_failed(error) from error
        self._digest.update(chunk)
        self.size_bytes += len(chunk)

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of what was written so far."""
        return self._digest.hexdigest()

    def flushed(self) -> Path:
        """The file as it is so far, to be read before the block ends and it goes."""
        try:
            self._file.flush()
        except OSError as error:
            raise storage_failed(error) from error
        return self._path

    def send_ahead(self) -> None:
        """Where the store is far away, copy the file there now, outside any transaction.

        What is refused afterwards is left there as an orphan, for the sweep.
        """
        if self.goes_far:
            self.keep()

    def keep(self) -> str:
        """Make the file durable under its digest, and return the digest.

        What was sent ahead is looked for again: a rejected twin's file may have been removed since.
        """
        digest = self.sha256
        if self._shelved == digest and self._has(digest):
            return digest
        try:
            if not self._file.closed:
                self._file.flush()
            if not self.goes_far:  # a store far away has its own durability
                os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise storage_failed(error) from error
        self._shelve(self._path, digest)
        self._shelved = digest
        return digest

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # Closing flushes what a full disk refused before; it goes anyway.
        with contextlib.suppress(OSError):
            self._file.close()
        self._path.unlink(missing_ok=True)
