"""Fetch Keras's published `mnist.npz`, checked by SHA-256 before it gets its name."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from heldout_server.datasets.loaded import DatasetError
from heldout_server.datasets.mnist_files import NPZ_NAME

Progress = Callable[[int, int | None], None]
"""Called with (bytes so far, bytes in all or None) as a download goes on."""

# Address and hash as published in keras/src/datasets/mnist.py.
MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
MNIST_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
LARGEST_DOWNLOAD_BYTES = 64 * 1024 * 1024
# A classroom without internet must fall back at once, not after the usual minute.
DOWNLOAD_TIMEOUT = httpx.Timeout(10.0, connect=5.0)


class MnistUnavailable(DatasetError):
    """Real MNIST is neither on this machine nor reachable: time to fall back."""


def download_mnist(
    folder: Path,
    *,
    progress: Progress | None = None,
    transport: httpx.BaseTransport | None = None,
    sha256: str = MNIST_SHA256,
) -> Path:
    """Download to `folder/mnist.npz` and return that path.

    Bytes go to a temporary file, which gets its name only when complete and of the right
    hash. Raises `MnistUnavailable` when there is no connection, the server refuses, or the
    bytes are not the published ones (a sign-in page of a network, for instance).
    """
    partial: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file:
            partial = Path(file.name)
            digest = hashlib.sha256()
            for chunk in _stream(transport, progress):
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != sha256:
            raise MnistUnavailable(
                f"What came from {MNIST_URL} is not MNIST: its SHA-256 is not the published one."
            )
        return partial.replace(folder / NPZ_NAME)
    except (httpx.HTTPError, OSError) as error:
        reason = type(error).__name__
        raise MnistUnavailable(f"{MNIST_URL} could not be downloaded ({reason}).") from error
    finally:
        if partial is not None:
            partial.unlink(missing_ok=True)


def _stream(transport: httpx.BaseTransport | None, progress: Progress | None) -> Iterator[bytes]:
    """The body in chunks, never more than `LARGEST_DOWNLOAD_BYTES` of it."""
    with (
        httpx.Client(transport=transport, timeout=DOWNLOAD_TIMEOUT) as client,
        client.stream("GET", MNIST_URL, headers={"Accept-Encoding": "identity"}) as response,
    ):
        if response.status_code != httpx.codes.OK:
            raise MnistUnavailable(f"{MNIST_URL} answered {response.status_code}.")
        total = _announced_bytes(response)
        received = 0
        for chunk in response.iter_bytes():
            received += len(chunk)
            if received > LARGEST_DOWNLOAD_BYTES:
                raise MnistUnavailable(f"{MNIST_URL} sent far more than MNIST.")
            yield chunk
            if progress is not None:
                progress(received, total)


def _announced_bytes(response: httpx.Response) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() else None
