"""One ordinary process that runs one plain model; needs nothing of Linux."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import threading
import time

from heldout_runner import protocol
from heldout_server.kit.errors import printable
from heldout_server.prediction.conversation import TimeLeft
from heldout_server.prediction.endings import Bounds, Ending
from heldout_server.prediction.runner import Cancelled, NeverBegan, failure_for

START_SECONDS = 60.0
ENDING_SECONDS = 10.0
PATIENCE_SECONDS = 0.2
CHUNK_BYTES = 1 << 20
# What Python needs to start on any platform; nothing of ours.
PASSED_ON = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG")
NO_BOUNDS = Bounds(float("inf"), float("inf"))


class UnconfinedProcess:
    """Begun, asked once, killed. What it says is read by a thread: Windows can't wait on a pipe."""

    def __init__(self, python: str, threads: int) -> None:
        known = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        self._process = subprocess.Popen(  # noqa: S603 our own module
            [python, "-I", "-m", "heldout_runner.unconfined", str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**known, "ORT_DISABLE_TELEMETRY": "1", "HDF5_USE_FILE_LOCKING": "FALSE"},
        )
        self._said: queue.Queue[bytes] = queue.Queue()
        self._unread = bytearray()
        self._has_ended = False
        self._reader = threading.Thread(target=self._read, name="unconfined", daemon=True)
        self._reader.start()

    def begin(self, job: protocol.Job, cancelled: threading.Event) -> None:
        """Hand over the job and wait until it was taken. Raises NeverBegan or Cancelled."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.write(job.to_line())
            self._process.stdin.close()
        deadline = time.monotonic() + START_SECONDS
        try:
            first = self._take(1, deadline, cancelled)
            if first != protocol.READY:
                rest = self._take(protocol.HEADER.size - 1, deadline, cancelled)
                raise NeverBegan(_startup_failure(first + rest))
        except TimeoutError:
            raise NeverBegan("the process isn't ready in time") from None

    def exactly(self, length: int, time_left: TimeLeft, cancelled: threading.Event) -> bytes:
        """Exactly `length` bytes of the answer. Raises Rejection, RunnerFailed or Cancelled."""
        try:
            taken = self._take(length, time_left.deadline, cancelled)
        except TimeoutError:
            raise time_left.rejection() from None
        if len(taken) < length:
            code = self._process.wait(ENDING_SECONDS)
            raise Cancelled if cancelled.is_set() else failure_for(Ending(code, 0), NO_BOUNDS)
        return taken

    def kill(self) -> None:
        """End the process."""
        self._process.kill()

    def close(self) -> None:
        """End and collect it, and close all that led to it."""
        self.kill()
        self._process.wait()
        self._reader.join(ENDING_SECONDS)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def _take(self, length: int, deadline: float, cancelled: threading.Event) -> bytes:
        """Up to `length` bytes; fewer when the process ended. Raises TimeoutError, Cancelled."""
        while len(self._unread) < length and not self._has_ended:
            if cancelled.is_set():
                raise Cancelled
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            with contextlib.suppress(queue.Empty):
                chunk = self._said.get(timeout=min(left, PATIENCE_SECONDS))
                self._unread += chunk
                self._has_ended = not chunk
        taken = bytes(self._unread[:length])
        del self._unread[:length]
        return taken

    def _read(self) -> None:
        output = self._process.stdout
        assert output is not None
        while chunk := os.read(output.fileno(), CHUNK_BYTES):
            self._said.put(chunk)
        self._said.put(b"")


def _startup_failure(raw: bytes) -> str:
    try:
        detail = printable(protocol.Header.unpack(raw).detail)
    except ValueError:
        detail = "it ended without a word"
    return f"the process can't start: {detail}"
