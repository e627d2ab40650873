"""Start runner processes, hand each one model, and take back numbers that nobody vouches for.

One process is always kept warm (TensorFlow imported) and serves a single job. It is started with
an empty environment and no open file but its own pipes: it knows neither labels, database nor
settings.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from heldout_runner import protocol
from heldout_server.kit.errors import Rejection, printable
from heldout_server.prediction import answers
from heldout_server.prediction.answers import Asked
from heldout_server.prediction.endings import Bounds, Ending, Trace, judge
from heldout_server.prediction.runner_verdicts import rejection_for

PATIENCE_SECONDS = 0.2
# What Python, TensorFlow and CUDA need to start; nothing of ours.
PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "LANG", "OPENBLAS_CORETYPE")


# A plain process has no limits of its own.
UNBOUNDED = Bounds(memory_bytes=float("inf"), cpu_seconds=float("inf"))


class RunnerFailed(Exception):
    """Our machinery failed: the job may be tried again, and the participant isn't to blame."""


class NeverBegan(RunnerFailed):
    """No runner could take the job: nothing of the file was looked at."""


class SupervisorDied(RunnerFailed):
    """What runners hang on ended, and took this one with it."""


class Inexplicable(RunnerFailed):
    """The process ended in a way that proves nothing; `trace` is what to remember of it."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(f"the runner ended with {trace.ended}, which says nothing of the file")
        self.trace = trace


class Cancelled(Exception):
    """The claim on the job was lost, or the server stops: the result is wanted no more."""


@dataclass(frozen=True)
class RunnerSettings:
    """How runner processes are started and how long they may take."""

    device: str
    threads: int
    batch_size: int
    longest_parameters: int
    load_seconds: float
    predict_seconds: float


@dataclass(frozen=True)
class RunOrder:
    """One model to run: its checked file, the images, and practice data to judge it by."""

    model: Path
    images: Path
    rows: int
    columns: int
    preprocessing: str
    practice_images: Path
    practice_labels: Path


UseValues = Callable[[NDArray[np.float32]], None]
"""Gets a model's finite values (n, classes) before the rest of the result is there."""


def unused(values: NDArray[np.float32]) -> None:
    """Nobody needs the values early."""


class ModelRunner(Protocol):
    """Runs models, each in a process of its own."""

    def warm(self) -> None:
        """Get ready ahead of time."""

    def predict(
        self, order: RunOrder, cancelled: threading.Event, use: UseValues = unused
    ) -> RunnerResult:
        """The model's output; `use` gets the values first.

        Raises Rejection (their file), RunnerFailed (ours) or Cancelled.
        """

    def close(self) -> None:
        """End every process."""


@dataclass(frozen=True)
class RunnerResult:
    """A model's output: `values` float32 (n, classes), finite; what its runner says of the work,
    within what can be; and how long the work took by the server's clock.
    """

    values: NDArray[np.float32]
    header: protocol.Header
    load_seconds: float
    predict_seconds: float


class RunnerProcess:
    """One single-use process: ready, one job, killed."""

    def __init__(self, settings: RunnerSettings) -> None:
        self._read, write = os.pipe()
        threads = settings.threads or os.cpu_count() or 1
        command = [sys.executable, "-I", "-m", "heldout_runner", str(write)]
        self._process = subprocess.Popen(  # noqa: S603 our own module
            [*command, settings.device, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(write,),
            env={name: os.environ[name] for name in PASSED_ON if name in os.environ},
            start_new_session=True,
        )
        os.close(write)

    def await_ready(self, deadline: float, cancelled: threading.Event) -> None:
        """Return once TensorFlow is warm. Raises NeverBegan when it can't be."""
        try:
            first = self._take(1, deadline, cancelled)
            if first != protocol.READY:
                rest = self._take(protocol.HEADER.size - 1, deadline, cancelled)
                raise NeverBegan(_startup_failure(first + rest))
        except TimeoutError:
            raise NeverBegan("the runner isn't ready in time") from None

    def send(self, job: protocol.Job) -> None:
        """Hand over the job."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(job.to_line())
            self._process.stdin.close()
        except BrokenPipeError:
            raise NeverBegan("the runner died before it got its job") from None

    def result(self, asked: Asked, deadline: float, cancelled: threading.Event) -> RunnerResult:
        """Read exactly the values that were asked for, then the fixed header."""
        begun = time.monotonic()
        first = self._take(1, deadline, cancelled)
        loaded = time.monotonic()
        if first == protocol.LOADED:
            first = self._take(1, deadline, cancelled)
        if first != protocol.PREDICTED:
            raise self._refusal(first + self._take(protocol.HEADER.size - 1, deadline, cancelled))
        length = asked.rows * asked.columns * protocol.FLOAT_BYTES
        content = self._take(length, deadline, cancelled)
        predicted = time.monotonic()
        raw = self._take(protocol.HEADER.size, deadline, cancelled)
        if len(raw) < protocol.HEADER.size:
            raise self._died()
        values = np.frombuffer(content, "<f4").reshape(asked.rows, asked.columns)
        header = answers.read_result(raw, asked)
        return RunnerResult(values, header, loaded - begun, predicted - loaded)

    def _refusal(self, raw: bytes) -> Rejection | RunnerFailed:
        if len(raw) < protocol.HEADER.size:
            return self._died()
        return rejection_for(answers.read(raw))

    def kill(self) -> None:
        """End the process and whatever it started; also after success."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        os.close(self._read)

    def _take(self, length: int, deadline: float, cancelled: threading.Event) -> bytes:
        """Up to `length` bytes; fewer when the process ended. Raises TimeoutError, Cancelled."""
        taken = bytearray()
        while len(taken) < length:
            if cancelled.is_set():
                raise Cancelled
            if time.monotonic() > deadline:
                raise TimeoutError
            if select.select([self._read], [], [], PATIENCE_SECONDS)[0]:
                chunk = os.read(self._read, min(length - len(taken), 1 << 20))
                if not chunk:
                    break
                taken += chunk
        return bytes(taken)

    def _died(self) -> Rejection | RunnerFailed:
        return failure_for(Ending(self._process.wait(), peak_bytes=0), UNBOUNDED)


def failure_for(ending: Ending | None, bounds: Bounds) -> Rejection | RunnerFailed:
    """What to raise for a process that ended before its result was complete."""
    judgement = judge(ending, bounds)
    if judgement.rejection is not None:
        return judgement.rejection
    if judgement.trace is not None:
        return Inexplicable(judgement.trace)
    return SupervisorDied("the zygote died with its runners")


class WarmRunner:
    """Keeps one process ready ahead of time, so that a submission doesn't wait for imports."""

    def __init__(self, settings: RunnerSettings) -> None:
        self._settings = settings
        self._spare: RunnerProcess | None = None
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Start the spare process, unless there is one."""
        with self._lock:
            self._spare = self._spare or RunnerProcess(self._settings)

    def predict(
        self, order: RunOrder, cancelled: threading.Event, use: UseValues = unused
    ) -> RunnerResult:
        """Run the model in a process of its own.

        Raises Rejection (their file), RunnerFailed (ours) or Cancelled.
        """
        settings = self._settings
        process = self._take()
        try:
            process.await_ready(time.monotonic() + settings.load_seconds, cancelled)
            process.send(self._job(order))
            limit = settings.load_seconds + settings.predict_seconds
            deadline = time.monotonic() + limit
            result = process.result(self._asked(order), deadline, cancelled)
            use(result.values)
            return result
        except TimeoutError:
            raise Rejection(
                "timeout",
                f"The model took longer than {settings.predict_seconds:.0f} seconds.",
                "Try a smaller model: fewer filters or units, or larger strides.",
            ) from None
        finally:
            process.kill()
            self.warm()

    def close(self) -> None:
        """End the spare process."""
        with self._lock:
            spare, self._spare = self._spare, None
        if spare is not None:
            spare.kill()

    def _take(self) -> RunnerProcess:
        with self._lock:
            spare, self._spare = self._spare, None
        return spare or RunnerProcess(self._settings)

    def _asked(self, order: RunOrder) -> Asked:
        most = self._settings.longest_parameters
        return Asked(order.rows, order.columns, order.preprocessing, most)

    def _job(self, order: RunOrder) -> protocol.Job:
        return protocol.Job(
            model_path=str(order.model.resolve()),
            images_path=str(order.images.resolve()),
            classes=order.columns,
            batch_size=self._settings.batch_size,
            longest_parameters=self._settings.longest_parameters,
            preprocessing=order.preprocessing,
            practice_images_path=str(order.practice_images.resolve()),
            practice_labels_path=str(order.practice_labels.resolve()),
        )


def _startup_failure(raw: bytes) -> str:
    try:
        detail = printable(protocol.Header.unpack(raw).detail)
    except ValueError:
        detail = "it ended without a word"
    return f"the runner can't start: {detail}"
