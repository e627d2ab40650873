"""Uploaded files and stored predictions: content-addressed, written once, on local disk.

A file is written under `incoming/`, made durable, and only then renamed to its SHA-256, so a
crash leaves at worst an incoming file that `sweep_incoming` removes.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from types import TracebackType


class BlobMissing(Exception):
    """A blob that a row refers to isn't in the store: our fault, not the participant's."""


class IncomingBlob:
    """A file on its way in. Leaving the `with` block without `keep()` removes every trace."""

    def __init__(self, store: BlobStore) -> None:
        self._store = store
        descriptor, name = tempfile.mkstemp(dir=store.incoming)
        self._file = os.fdopen(descriptor, "wb")
        self._path = Path(name)
        self._digest = hashlib.sha256()
        self.size_bytes = 0

    def __enter__(self) -> IncomingBlob:
        return self

    def write(self, chunk: bytes) -> None:
        """Append `chunk`; the digest grows with it, so the file is never read twice."""
        self._file.write(chunk)
        self._digest.update(chunk)
        self.size_bytes += len(chunk)

    @property
    def sha256(self) -> str:
        """Hex SHA-256 of what was written so far."""
        return self._digest.hexdigest()

    def flushed(self) -> Path:
        """The file as it is so far, to be read before the block ends and it goes."""
        self._file.flush()
        return self._path

    def keep(self) -> str:
        """Make the file durable under its digest, and return the digest."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        target = self._store.path(self.sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        self._path.replace(target)
        return self.sha256

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


class BlobStore:
    """Blobs below one folder that only the server's user can read."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.incoming = root / "incoming"
        self.incoming.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, digest: str) -> Path:
        """Where the blob with this hex SHA-256 lies, or would lie."""
        return self._root / digest[:2] / digest

    def receive(self) -> IncomingBlob:
        """Start a new blob; use it in a `with` block."""
        return IncomingBlob(self)

    def put(self, content: bytes) -> str:
        """Store `content` and return its hex SHA-256."""
        with self.receive() as blob:
            blob.write(content)
            return blob.keep()

    def read(self, digest: str) -> bytes:
        """The whole blob, verified. Raises BlobMissing when it is gone or was changed."""
        try:
            content = self.path(digest).read_bytes()
        except FileNotFoundError:
            raise BlobMissing(f"blob {digest[:12]}… is not in the store") from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise BlobMissing(f"blob {digest[:12]}… was changed on disk")
        return content

    def sweep_incoming(self, older_than_seconds: float, now: float) -> int:
        """Remove incoming files that nobody has written to for so long; `now` is a Unix time."""
        removed = 0
        for path in self.incoming.iterdir():
            if path.stat().st_mtime < now - older_than_seconds:
                path.unlink(missing_ok=True)
                removed += 1
        return removed
