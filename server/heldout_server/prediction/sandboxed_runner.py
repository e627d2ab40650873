"""The server's end of one runner: give it an order, read what it says, end it."""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from heldout_runner import protocol
from heldout_server.kit.errors import Rejection, printable
from heldout_server.prediction.answers import Asked
from heldout_server.prediction.conversation import TimeLeft, heard
from heldout_server.prediction.endings import Bounds, Ending
from heldout_server.prediction.runner import (
    Cancelled,
    NeverBegan,
    RunnerFailed,
    RunnerResult,
    UseValues,
    failure_for,
    unused,
)
from heldout_server.prediction.runner_folders import Slot
from heldout_server.prediction.zygote_process import ZygoteFailed, ZygoteProcess

if sys.platform == "linux":
    import fcntl

PATIENCE_SECONDS = 0.2
ENDING_SECONDS = 10.0
PIPE_BYTES = 1 << 20


class SandboxedRunner:
    """One single-use process in a slot of its own: warm or bare, one order, killed.

    `oom_kills` asks how often the kernel has killed in its control group, while that is there.
    """

    def __init__(
        self,
        zygote: ZygoteProcess,
        slot: Slot,
        *,
        warm: bool,
        bounds: Bounds,
        oom_kills: Callable[[], int],
    ) -> None:
        self.slot = slot
        self.zygote = zygote
        self.warm = warm
        self._bounds = bounds
        self._oom_kills = oom_kills
        self._ready = False
        self._ending: Ending | None = None
        their_orders, self._orders = os.pipe()
        self._results, their_results = os.pipe()
        for pipe in (self._orders, self._results):
            os.fchmod(pipe, 0)  # or a runner of the server's user could open the other end
        try:
            self._forked = zygote.fork(
                number=slot.number, folder=slot.folder, warm=warm,
                orders=their_orders, results=their_results,
            )  # fmt: skip
        except ZygoteFailed:
            os.close(self._orders)
            os.close(self._results)
            raise
        finally:
            os.close(their_orders)
            os.close(their_results)
        _widen(self._results)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._forked.pid

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._ending is None and not _readable(self._forked.pidfd, 0)

    def is_ready(self) -> bool:
        """Whether it has finished warming up; never waits."""
        if not self._ready and _readable(self._results, 0):
            self._take_ready(os.read(self._results, 1))
        return self._ready

    def is_waiting(self) -> bool:
        """Whether it is ready; one that failed to get ready is not."""
        try:
            return self.is_ready()
        except RunnerFailed:
            return False

    def await_ready(self, deadline: float, cancelled: threading.Event) -> None:
        """Return once the process is shut in and waits. Raises NeverBegan when it can't be."""
        if self._ready:
            return
        try:
            self._take_ready(self._take(1, deadline, cancelled))
        except TimeoutError:
            raise NeverBegan("the runner isn't ready in time") from None

    def send(self, order: protocol.Job | protocol.Probe) -> None:
        """Hand over the order."""
        try:
            os.write(self._orders, order.to_line())
        except BrokenPipeError:
            raise NeverBegan("the runner died before it got its order") from None

    def result(
        self,
        asked: Asked,
        *,
        load_seconds: float,
        predict_seconds: float,
        cancelled: threading.Event,
        use: UseValues = unused,
    ) -> RunnerResult:
        """Read exactly the values that were asked for, then the fixed header.

        `use` gets the values as soon as they are there. Raises Rejection (their file, also for
        too long), RunnerFailed (ours, or not known), NotKnownHere or Cancelled.
        """
        return heard(
            partial(self._exactly, cancelled=cancelled),
            asked,
            load_seconds=load_seconds,
            predict_seconds=predict_seconds,
            use=use,
        )

    def probe_result(self, deadline: float) -> protocol.Header | None:
        """What a containment probe reported; None when the process ended without a word.

        Raises TimeoutError.
        """
        raw = self._take(protocol.HEADER.size, deadline, threading.Event())
        return protocol.Header.unpack(raw) if len(raw) == protocol.HEADER.size else None

    def ending(self) -> Ending:
        """Wait for the process to end, or end it, and collect it. Raises ZygoteFailed."""
        if self._ending is None:
            if not self.has_ended(PATIENCE_SECONDS):
                self.end()
            if not self.has_ended():
                raise ZygoteFailed(f"process {self.pid} doesn't end")
            self._ending = self.zygote.reap(self._forked)
        return self._ending

    def end(self) -> None:
        """Kill the process; also after success."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._forked.pidfd, signal.SIGKILL)

    def has_ended(self, seconds: float = ENDING_SECONDS) -> bool:
        """Whether the process ends within `seconds`."""
        return _readable(self._forked.pidfd, seconds)

    def close(self) -> None:
        """End and collect the process, and close all that led to it."""
        self.end()
        # A zygote that is gone has taken its runners with it.
        with contextlib.suppress(ZygoteFailed):
            self.ending()
        for fd in (self._orders, self._results, self._forked.pidfd):
            os.close(fd)

    def _take_ready(self, first: bytes) -> None:
        if first != protocol.READY:
            soon = time.monotonic() + ENDING_SECONDS
            rest = self._take(protocol.HEADER.size - 1, soon, threading.Event())
            raise NeverBegan(_startup_failure(first + rest))
        self._ready = True

    def _exactly(self, length: int, time_left: TimeLeft, cancelled: threading.Event) -> bytes:
        """Exactly `length` bytes. Raises Rejection when time is up, or what `_died` says."""
        try:
            taken = self._take(length, time_left.deadline, cancelled)
        except TimeoutError:
            raise time_left.rejection() from None
        if len(taken) < length:
            raise Cancelled if cancelled.is_set() else self._died()
        return taken

    def _take(self, length: int, deadline: float, cancelled: threading.Event) -> bytes:
        """Up to `length` bytes; fewer when the process ended. Raises TimeoutError, Cancelled."""
        taken = bytearray()
        while len(taken) < length:
            if cancelled.is_set():
                raise Cancelled
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            if _readable(self._results, min(left, PATIENCE_SECONDS)):
                chunk = os.read(self._results, min(length - len(taken), PIPE_BYTES))
                if not chunk:
                    break
                taken += chunk
        return bytes(taken)

    def _died(self) -> Rejection | RunnerFailed:
        try:
            ending = replace(self.ending(), oom_kills=self._oom_kills())
        except ZygoteFailed:
            return failure_for(None, self._bounds)
        return failure_for(ending, self._bounds)


def place_model(model: Path, slot: Slot) -> Path:
    """A copy of the file in the slot's folder that the slot's user may read and not write."""
    placed = slot.folder / f"model{model.suffix}"
    shutil.copyfile(model, placed)
    if slot.user is not None:
        os.chown(placed, 0, slot.user)
    placed.chmod(0o440)
    return placed


def _readable(fd: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _widen(pipe: int) -> None:
    # An ordinary user may have used up the system's share; it only costs wake-ups.
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _startup_failure(raw: bytes) -> str:
    try:
        detail = printable(protocol.Header.unpack(raw).detail)
    except ValueError:
        detail = "it ended without a word"
    return f"the runner can't start: {detail}"
