"""What can go wrong with stored files, and how the system's words for it become ours."""

from __future__ import annotations

import errno

from obstore.exceptions import BaseError

# A file-size limit (EFBIG) and a quota end a write in the same way as a full disk does.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
FULL_WORDS = ("insufficientcapacity", "quotaexceeded", "storagefull", "507 insufficient")


class BlobMissing(Exception):
    """A blob that a row refers to isn't in the store, or isn't what it was: our fault."""


class StorageFailed(Exception):
    """The store can't be read or written right now; nothing half-written is left."""


class StorageFull(StorageFailed):
    """There is no room for another file."""


def storage_failed(error: OSError | BaseError) -> StorageFailed:
    """What `error` means for somebody who waits for their file to be stored."""
    if isinstance(error, OSError):
        reason = error.strerror or type(error).__name__
        return StorageFull(reason) if error.errno in FULL else StorageFailed(reason)
    words = str(error).lower().replace(" ", "")
    if any(full.replace(" ", "") in words for full in FULL_WORDS):
        return StorageFull("the object store has no room left")
    # Never the client's own words: they quote addresses, and in some stores signatures.
    return StorageFailed(f"the object store failed ({type(error).__name__})")
