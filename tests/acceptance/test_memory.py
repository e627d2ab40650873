"""A large upload costs a real server process little memory, wherever its file goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from acceptance.conftest import RunningServer, start_server
from object_store import ObjectStoreServer
from participant import Participant

pytestmark = pytest.mark.acceptance

FILE_BYTES = 50_000_000
CHUNK = b"\x5a" * 100_000
ALLOWED_BYTES = 20_000_000


@pytest.fixture(params=["disk", "s3"])
def serving(
    request: pytest.FixtureRequest, tmp_path: Path, object_store: ObjectStoreServer
) -> Iterator[RunningServer]:
    """A server whose models wait (no workers), so that only receiving is measured."""
    settings = {"HELDOUT_MODEL_WORKERS": "0"}
    if request.param == "s3":
        url = f"s3://{object_store.bucket()}"
        settings |= object_store.environment | {"HELDOUT_BLOBS_URL": url}
    running = start_server(tmp_path / "data", **settings)
    yield running
    running.stop()


def peak_bytes(pid: int, *, reset: bool = False) -> int:
    """The most memory the process had resident since the last reset."""
    if reset:
        Path(f"/proc/{pid}/clear_refs").write_text("5")
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def send(ada: Participant, first: bytes, bytes_in_all: int) -> httpx.Response:
    opened = ada.open(b"x", kind="model", filename="m.keras", size_bytes=bytes_in_all, sha256=None)
    assert opened.status_code == 201, opened.text

    def body() -> Iterator[bytes]:
        yield first
        for _ in range((bytes_in_all - len(first)) // len(CHUNK)):
            yield CHUNK

    return ada.upload(opened.json()["id"], body())


def test_a_50_mb_file_costs_at_most_20_mb(
    serving: RunningServer, record_property: Callable[[str, object], None]
) -> None:
    with httpx.Client(base_url=serving.url, timeout=60) as api:
        ada = Participant.join(api, "Ada")
        # The first one of a size that goes in parts: imports, threads and connections are made.
        assert send(ada, b"1" * len(CHUNK), 6_000_000).status_code == 202
        pid = serving.process.pid
        before = peak_bytes(pid, reset=True)
        assert send(ada, b"2" * len(CHUNK), FILE_BYTES).status_code == 202
        more = peak_bytes(pid) - before
        record_property("more_bytes", more)
        assert more <= ALLOWED_BYTES
