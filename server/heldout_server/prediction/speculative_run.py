"""Models that began to run while their submission was still being recorded.

A runner waits ready while a file is made durable, its row committed and the job claimed: a third
of the time that a small model takes in all. So the file goes to the runner as soon as it has
arrived, and the claimed job finds the run under way. Only that order changes: no result is
written before the job is claimed, and a run that nobody claims is ended.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from heldout_server.prediction.containment import CONTAINED, Containment
from heldout_server.prediction.pool_port import Pool
from heldout_server.prediction.prediction_arrays import ParsedPredictions
from heldout_server.prediction.predictor import Examples, Predicted, Predictor, UsePredictions
from heldout_server.prediction.runner import Cancelled

UNCLAIMED_SECONDS = 20.0
LOOK_SECONDS = 0.2


class Key(NamedTuple):
    """Which run: of what file, how prepared, and for which competition's examples."""

    competition_id: int
    sha256: str
    preprocessing: str


class HeadStart:
    """One run under way, for whoever claims its job."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.cancelled = threading.Event()
        self.ended = threading.Event()
        self._told: queue.SimpleQueue[ParsedPredictions | Predicted | BaseException] = (
            queue.SimpleQueue()
        )

    def predicted(self, cancelled: threading.Event, use: UsePredictions) -> Predicted:
        """What `Predictor.run` would return or raise, with `use` called in this thread."""
        while True:
            told = self._next(cancelled)
            if isinstance(told, ParsedPredictions):
                use(told)
            elif isinstance(told, Predicted):
                return told
            else:
                raise told

    def run(self, work: Callable[..., Predicted]) -> None:
        """Do the work, `Predictor.run` with its file; its outcome waits to be asked for."""
        try:
            self._told.put(work(cancelled=self.cancelled, use=self._told.put))
        except BaseException as error:  # it is raised again where the job is handled
            self._told.put(error)
        finally:
            self.ended.set()

    def _next(self, cancelled: threading.Event) -> ParsedPredictions | Predicted | BaseException:
        while True:
            if cancelled.is_set():
                self.cancelled.set()
                raise Cancelled
            try:
                return self._told.get(timeout=LOOK_SECONDS)
            except queue.Empty:
                continue


class HeadStarts:
    """The runs under way that no job has claimed yet."""

    def __init__(self, pool: Pool, containment: Containment, predictor: Predictor) -> None:
        self._pool = pool
        self._containment = containment
        self._predictor = predictor
        self._lock = threading.Lock()
        self._unclaimed: dict[Key, HeadStart] = {}

    def begin(self, file: Path, key: Key, examples: Examples) -> None:
        """Start to run the model in `file`, if a runner waits and nobody else does.

        One at a time: files that come in the same moment would each see all runners waiting, and
        take the last one, too.

        Never raises and never waits for the run; the file may be moved or removed meanwhile.
        """
        if self._containment.verdict.state != CONTAINED or not self._pool.has_idle_runner():
            return
        started = HeadStart()
        with self._lock:
            self._end_unclaimed(time.monotonic())
            under_way = (one for one in self._unclaimed.values() if not one.ended.is_set())
            if key in self._unclaimed or any(under_way):
                return
            self._unclaimed[key] = started
        try:
            own = TemporaryDirectory(dir=self._predictor.work_folder)
            upload = Path(own.name) / "upload"
            os.link(file, upload)
        except OSError:
            self.give_up(key)  # it will simply be run when its turn comes
            return
        work = partial(self._predictor.run, upload, examples, preprocessing=key.preprocessing)
        threading.Thread(
            target=_run, args=(started, work, own), name="heldout-head-start", daemon=True
        ).start()

    def take(self, key: Key) -> HeadStart | None:
        """The run of this file, which is the caller's from now on; None if there is none."""
        with self._lock:
            return self._unclaimed.pop(key, None)

    def give_up(self, key: Key) -> None:
        """End the run of a file that was not accepted after all; harmless when there is none."""
        found = self.take(key)
        if found is not None:
            found.cancelled.set()

    def _end_unclaimed(self, now: float) -> None:
        for key, started in list(self._unclaimed.items()):
            if now - started.begun > UNCLAIMED_SECONDS:
                started.cancelled.set()
                del self._unclaimed[key]


def _run(started: HeadStart, work: Callable[..., Predicted], own: TemporaryDirectory[str]) -> None:
    with own:
        started.run(work)
