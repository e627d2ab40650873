"""What the web layer works with; made once at start, handed down, replaced whole in tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import Request

from heldout_server.blobs import BlobStore
from heldout_server.datasets.store import DatasetStore
from heldout_server.db import Database
from heldout_server.settings import Settings
from heldout_server.web.addresses import lan_address
from heldout_server.web.security import FailedGuesses
from heldout_server.web.stream import EventStream

THIS_MACHINE = frozenset({"localhost", "127.0.0.1"})
WHEELS = Path(__file__).parent / "wheels"


@dataclass(frozen=True)
class Health:
    """Whether submissions can be taken, and what is wrong if not."""

    checks: dict[str, str]

    @property
    def accepting(self) -> bool:
        """True when every check is `ok`."""
        return all(result == "ok" for result in self.checks.values())


@dataclass(frozen=True)
class Services:
    """Stores, clock and settings of one server. No labels: the web layer can't reach them."""

    settings: Settings
    database: Database
    blobs: BlobStore
    datasets: DatasetStore
    stream: EventStream
    clock: Callable[[], datetime]
    check_health: Callable[[], Health]
    guesses: FailedGuesses = field(default_factory=FailedGuesses)
    wheels: Path = WHEELS

    @property
    def upload_patience(self) -> timedelta:
        """How long an opened submission waits for its file."""
        return timedelta(minutes=self.settings.upload_minutes)

    def base_url(self, request: Request) -> str:
        """The address people type, without a trailing slash."""
        given = self.settings.public_url or str(request.base_url)
        return given.rstrip("/")

    def room_url(self, request: Request) -> str:
        """The address to show to others: "localhost" on the projector would help nobody."""
        here = urlsplit(self.base_url(request))
        lan = lan_address() if here.hostname in THIS_MACHINE else None
        if lan is None or self.settings.host in THIS_MACHINE:
            return here.geturl()
        return here._replace(netloc=f"{lan}:{here.port or 80}").geturl()

    def wheel_name(self) -> str:
        """File name of the client's wheel. Raises FileNotFoundError in a broken installation."""
        found = sorted(self.wheels.glob("heldout-*.whl"))
        if not found:
            raise FileNotFoundError(f"no client wheel in {self.wheels}: run make install")
        return found[-1].name
