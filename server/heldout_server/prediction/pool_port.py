"""What the rest of the server needs of runners, whether of one engine or of two."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from heldout_server.prediction.runner import RunnerResult, RunOrder, UseValues, unused
from heldout_server.prediction.selftest import ProbeResult
from heldout_server.prediction.zygote_process import Protection


@dataclass(frozen=True)
class PoolStatus:
    """For `/health`: runners that wait ready, that work, and the memory all of it takes."""

    slots: int
    ready: int
    busy: int
    memory_bytes: int
    zygotes_started: int
    problem: str


class Pool(Protocol):
    """Runners, of one engine or of two."""

    def warm(self) -> None:
        """Start in the background, unless that was done."""

    def predict(
        self, order: RunOrder, cancelled: threading.Event, use: UseValues = unused
    ) -> RunnerResult:
        """Run a model in a process of its own; see `RunnerPool.predict`."""

    def self_test(self, *, secret: Path | None = None, thorough: bool = False) -> list[ProbeResult]:
        """Have real runners attempt what a hostile model would. Raises RunnerFailed."""

    def protection(self) -> Protection:
        """What protects runners on this machine, and what doesn't. Raises RunnerFailed."""

    def has_idle_runner(self) -> bool:
        """Whether a runner waits ready and no job is under way."""

    def status(self) -> PoolStatus:
        """What the pool is doing."""

    def forget(self, inputs: Path) -> None:
        """These inputs aren't asked about any more, for now."""

    def renew(self) -> None:
        """Replace what runners are forked from, for new packages."""

    def close(self) -> None:
        """End every runner."""
