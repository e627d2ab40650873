"""Reaching an object store by URL: S3, Google Cloud Storage, Azure, or a folder.

Credentials and endpoints come from the providers' own environment variables (`AWS_…`,
`GOOGLE_…`, `AZURE_…`), never from the URL, which is shown and logged.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from obstore.exceptions import BaseError
from obstore.store import from_url

from heldout_server.blobs.faults import StorageFailed

if TYPE_CHECKING:
    from obstore.store import ObjectStore

SCHEMES = ("s3", "gs", "az", "file")
# Somebody waits: a store that is down must be answered with a clear refusal, not a timeout.
PATIENCE: dict[str, Any] = {
    # Providers' own addresses are https; whoever gives an http:// endpoint means it.
    "client_options": {"connect_timeout": "3s", "timeout": "30s", "allow_http": True},
    "retry_config": {"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
}


def connect(url: str) -> ObjectStore:
    """The store behind `url`. Nothing is sent yet.

    Raises StorageFailed with what to change when the URL names no store.
    """
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        known = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        raise StorageFailed(f"HELDOUT_BLOBS_URL must begin with one of {known}")
    if parts.username or parts.password or parts.query:
        raise StorageFailed(
            "HELDOUT_BLOBS_URL must hold no credentials: set the provider's own variables, "
            "such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        )
    try:
        if parts.scheme == "file":
            return from_url(url, mkdir=True)
        return from_url(url, **PATIENCE)
    except (BaseError, ValueError) as error:
        raise StorageFailed(f"HELDOUT_BLOBS_URL can't be used: {error}") from error
