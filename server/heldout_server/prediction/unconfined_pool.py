"""Runners where no kernel can shut a model in: an ordinary process for each plain model.

Its self-test says that there is no sandbox, so models are refused unless the organizer has said
that plain ones may run all the same.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from heldout_runner import protocol
from heldout_server.prediction.answers import Asked
from heldout_server.prediction.conversation import heard
from heldout_server.prediction.pool import PoolSettings
from heldout_server.prediction.pool_port import PoolStatus
from heldout_server.prediction.runner import (
    RunnerFailed,
    RunnerResult,
    RunOrder,
    UseValues,
    unused,
)
from heldout_server.prediction.selftest import ProbeResult
from heldout_server.prediction.unconfined_process import UnconfinedProcess
from heldout_server.prediction.zygote_process import Protection


class UnconfinedPool:
    """Processes of ONNX Runtime, one a model. `reason` says what is missing or accepted."""

    def __init__(self, settings: PoolSettings, reason: str) -> None:
        self._settings = settings
        self._reason = reason
        self._lock = threading.Lock()
        self._running: set[UnconfinedProcess] = set()

    def warm(self) -> None:
        """Nothing waits ready: a process begins with its model."""

    def predict(
        self, order: RunOrder, cancelled: threading.Event, use: UseValues = unused
    ) -> RunnerResult:
        """Run a model in a process of its own; see `RunnerPool.predict`."""
        settings = self._settings
        with self._begun() as process:
            process.begin(_job(order, settings), cancelled)
            return heard(
                partial(process.exactly, cancelled=cancelled),
                Asked(
                    order.rows,
                    order.signature,
                    order.preprocessing,
                    settings.longest_parameters,
                    protocol.ONNXRUNTIME,
                ),
                load_seconds=settings.load_seconds,
                predict_seconds=settings.predict_seconds,
                use=use,
            )

    def self_test(self, *, secret: Path | None = None, thorough: bool = False) -> list[ProbeResult]:
        """There is nothing to try to break out of. Raises RunnerFailed."""
        raise RunnerFailed(self._reason)

    def protection(self) -> Protection:
        """Nothing protects these processes. Raises RunnerFailed."""
        raise RunnerFailed(self._reason)

    def has_idle_runner(self) -> bool:
        """Whether no job is under way."""
        return not self._running

    def status(self) -> PoolStatus:
        """What the pool is doing; memory isn't known of processes that anybody may start."""
        busy = len(self._running)
        return PoolStatus(
            self._settings.slots, 0, busy, memory_bytes=0, zygotes_started=0, problem=""
        )

    def forget(self, inputs: Path) -> None:
        """Nothing is kept of them."""

    def renew(self) -> None:
        """Every process is new."""

    def close(self) -> None:
        """End every process."""
        with self._lock:
            for process in self._running:
                process.kill()

    @contextmanager
    def _begun(self) -> Iterator[UnconfinedProcess]:
        process = UnconfinedProcess(self._settings.python, self._settings.threads)
        with self._lock:
            self._running.add(process)
        try:
            yield process
        finally:
            with self._lock:
                self._running.discard(process)
            process.close()


def _job(order: RunOrder, settings: PoolSettings) -> protocol.Job:
    """The order, with the server's own files: the process may read all that the server may."""
    return protocol.Job(
        model_path=str(order.model),
        inputs_path=str(order.inputs),
        widths=order.signature.widths,
        batch_size=settings.batch_size,
        longest_parameters=settings.longest_parameters,
        preprocessing=order.preprocessing,
        practice_inputs_path=str(order.practice_inputs),
        practice_answers_path=str(order.practice_answers),
        scaling_path=str(order.scaling) if order.scaling else "",
        kind=str(order.signature.task.kind),
    )
