"""The blob store: local disk by default, an object store where one is given.

A file is spooled under `incoming/`, and only when it is whole does it get its SHA-256 as name,
so a crash leaves at worst a spooled file (`sweep_incoming`) or a blob that no row refers to.
"""

from __future__ import annotations

import hashlib
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotFoundError, NotSupportedError
from obstore.store import LocalStore

from heldout_server.blobs.faults import BlobMissing, storage_failed
from heldout_server.blobs.incoming import IncomingBlob

if TYPE_CHECKING:
    from obstore import ObjectMeta
    from obstore.store import ObjectStore

CHUNK_BYTES = 5 * 1024 * 1024
PARTS_AT_ONCE = 2  # with CHUNK_BYTES: what one upload holds in memory
LISTED_AT_ONCE = 500
# A blob that lies there unreferenced is renewed when the same bytes come again, so that the
# sweep, which takes what is older than a day, never takes what was stored a moment ago.
RENEWED_AFTER = timedelta(hours=6)


class BlobStore:
    """Blobs below `root`, or in `store` with `root` only for files on their way.

    Reading raises BlobMissing for what is gone or was changed, StorageFailed when the store
    itself does not answer.
    """

    def __init__(self, root: Path, store: ObjectStore | None = None) -> None:
        self._root = root
        self.is_local = store is None
        self.incoming = root / "incoming"
        self.incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._store: ObjectStore = LocalStore(root) if store is None else store

    def path(self, digest: str) -> Path:
        """Where the blob with this hex SHA-256 lies on local disk, or would lie."""
        return self._root / _key(digest)

    def receive(self) -> IncomingBlob:
        """Start a new blob; use it in a `with` block."""
        shelve = self._move_in if self.is_local else self._send
        return IncomingBlob(self.incoming, shelve, self.has, goes_far=not self.is_local)

    def put(self, content: bytes) -> str:
        """Store `content` and return its hex SHA-256."""
        with self.receive() as blob:
            blob.write(content)
            return blob.keep()

    def read(self, digest: str) -> bytes:
        """The whole blob, verified."""
        content = b"".join(self._chunks(digest))
        _check(digest, hashlib.sha256(content).hexdigest())
        return content

    @contextmanager
    def local(self, digest: str) -> Iterator[Path]:
        """A verified local file with the blob's bytes, to be read only, until the block ends."""
        if self.is_local:
            _check(digest, self._digest_on_disk(digest))
            yield self.path(digest)
            return
        with tempfile.NamedTemporaryFile(dir=self.incoming) as file:
            found = hashlib.sha256()
            for chunk in self._chunks(digest):
                _write(file, chunk)
                found.update(chunk)
            file.flush()
            _check(digest, found.hexdigest())
            yield Path(file.name)

    def has(self, digest: str) -> bool:
        """Whether the blob is there; its bytes are not read."""
        return self._meta(digest) is not None

    def older_than(self, moment: datetime) -> Iterator[list[str]]:
        """Digests of blobs that were last stored before `moment`, some hundreds at a time."""
        for page in self._pages():
            yield [digest for digest, stored_at in page if stored_at < moment]

    def stored(self) -> Iterator[tuple[str, datetime]]:
        """Every blob's digest, and when it was last stored."""
        for page in self._pages():
            yield from page

    def _pages(self) -> Iterator[list[tuple[str, datetime]]]:
        try:
            for page in obstore.list(self._store, chunk_size=LISTED_AT_ONCE):
                found = [(m["path"].rpartition("/")[2], m["last_modified"]) for m in page]
                yield [(name, stored_at) for name, stored_at in found if _is_digest(name)]
        except (OSError, BaseError) as error:
            raise storage_failed(error) from error

    def remove(self, digest: str, *, if_older_than: datetime | None = None) -> bool:
        """Remove the blob, unless it was stored again since `if_older_than`; whether it was."""
        meta = self._meta(digest)
        if meta is None:
            return False
        if if_older_than is not None and meta["last_modified"] >= if_older_than:
            return False
        try:
            obstore.delete(self._store, _key(digest))
        except (FileNotFoundError, NotFoundError):
            return False
        except (OSError, BaseError) as error:
            raise storage_failed(error) from error
        return True

    def check(self) -> None:
        """Write to and read from the store; leaves nothing. Raises StorageFailed, BlobMissing."""
        with self.receive() as blob:
            blob.write(secrets.token_bytes(32))  # its own: another process may look just now, too
            blob.flushed()  # or a full disk would not be noticed
            if not self.is_local:
                digest = blob.keep()
                self.read(digest)
                self.remove(digest)

    def sweep_incoming(self, older_than_seconds: float, now: float) -> int:
        """Remove incoming files that nobody has written to for so long; `now` is a Unix time."""
        removed = 0
        for path in self.incoming.iterdir():
            if path.stat().st_mtime < now - older_than_seconds:
                path.unlink(missing_ok=True)
                removed += 1
        return removed

    def _move_in(self, file: Path, digest: str) -> None:
        """A rename, not a copy through the store's `put`: no second write, and the bytes were
        made durable before, which `put` does not do. Over a twin it changes no byte, and heals
        one that was damaged.
        """
        target = self.path(digest)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(target)
        except OSError as error:
            raise storage_failed(error) from error

    def _send(self, file: Path, digest: str) -> None:
        """Write once: `create` for small files, parts after a look for large ones.

        A part-wise upload can't be conditional, but appears whole or not at all, and two
        writers of one digest write the same bytes.
        """
        small = file.stat().st_size <= CHUNK_BYTES
        try:
            if small and self._created(file, digest):
                return
            meta = self._meta(digest)
            if meta is None or not _is_fresh(meta, file):
                obstore.put(
                    self._store, _key(digest), file,
                    mode="overwrite", chunk_size=CHUNK_BYTES, max_concurrency=PARTS_AT_ONCE,
                )  # fmt: skip
        except (OSError, BaseError) as error:
            raise storage_failed(error) from error

    def _created(self, file: Path, digest: str) -> bool:
        try:
            obstore.put(self._store, _key(digest), file.read_bytes(), mode="create")
        except (AlreadyExistsError, NotSupportedError):
            return False  # some S3 servers know no conditional writes
        return True

    def _meta(self, digest: str) -> ObjectMeta | None:
        try:
            return obstore.head(self._store, _key(digest))
        except (FileNotFoundError, NotFoundError):
            return None
        except (OSError, BaseError) as error:
            raise storage_failed(error) from error

    def _chunks(self, digest: str) -> Iterator[bytes]:
        try:
            if self.is_local:
                yield self.path(digest).read_bytes()
                return
            for chunk in obstore.get(self._store, _key(digest)).stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(chunk)
        except (FileNotFoundError, NotFoundError):
            raise BlobMissing(f"blob {digest[:12]}… is not in the store") from None
        except (OSError, BaseError) as error:
            raise storage_failed(error) from error

    def _digest_on_disk(self, digest: str) -> str:
        try:
            with self.path(digest).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            raise BlobMissing(f"blob {digest[:12]}… is not in the store") from None
        except OSError as error:
            raise storage_failed(error) from error


def _key(digest: str) -> str:
    return f"{digest[:2]}/{digest}"


def _is_digest(name: str) -> bool:
    return len(name) == 64 and not set(name) - set("0123456789abcdef")


def _is_fresh(meta: ObjectMeta, file: Path) -> bool:
    same_size = meta["size"] == file.stat().st_size
    return same_size and meta["last_modified"] > datetime.now(UTC) - RENEWED_AFTER


def _check(wanted: str, found: str) -> None:
    if found != wanted:
        raise BlobMissing(f"blob {wanted[:12]}… was changed in the store")


def _write(file: tempfile._TemporaryFileWrapper[bytes], chunk: bytes) -> None:
    try:
        file.write(chunk)
    except OSError as error:
        raise storage_failed(error) from error
