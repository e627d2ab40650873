"""Uploaded files and stored predictions: content-addressed, written once, verified on read."""

from heldout_server.blobs.faults import BlobMissing, StorageFailed, StorageFull
from heldout_server.blobs.incoming import IncomingBlob
from heldout_server.blobs.remote import connect
from heldout_server.blobs.store import BlobStore

__all__ = ["BlobMissing", "BlobStore", "IncomingBlob", "StorageFailed", "StorageFull", "connect"]
