"""A fake server, a client on it that never sleeps, and a login folder of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import heldout
from client.fake_server import TOKEN, URL, FakeServer
from heldout import _api


@pytest.fixture(autouse=True)
def login_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where logins go in this test; nothing of the developer's own login is seen or touched."""
    for name in ("HELDOUT_URL", "HELDOUT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HELDOUT_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("HELDOUT_CACHE", str(tmp_path / "cache"))
    _api.forget_clients()
    yield tmp_path / "config" / "login.json"
    _api.forget_clients()


@pytest.fixture
def server() -> FakeServer:
    """A server that knows Ada."""
    fake = FakeServer()
    fake.tokens[TOKEN] = "Ada"
    return fake


@pytest.fixture
def pauses() -> list[float]:
    """The seconds that the client would have slept."""
    return []


@pytest.fixture
def retries(pauses: list[float]) -> heldout.Retries:
    """The usual patience, without the waiting."""
    return heldout.Retries(sleep=pauses.append, jitter=lambda: 0.0)


@pytest.fixture
def client(server: FakeServer, retries: heldout.Retries) -> Iterator[heldout.Client]:
    """Ada's client."""
    with heldout.Client(URL, TOKEN, transport=server.transport, retries=retries) as made:
        yield made
