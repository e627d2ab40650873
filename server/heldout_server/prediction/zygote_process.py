"""The server's end of the zygote: start it, have it fork, have it collect what has ended."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heldout_runner.protocol import ZygoteOptions
from heldout_server.kit.errors import printable
from heldout_server.prediction.endings import Ending

START_SECONDS = 120.0
ANSWER_SECONDS = 20.0
_LONGEST_MESSAGE = 1 << 16
# What Python and CUDA need to start; nothing of ours.
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "LANG", "OPENBLAS_CORETYPE", "CUDA_VISIBLE_DEVICES")


class ZygoteFailed(Exception):
    """The zygote can't start, or doesn't answer any more."""


@dataclass(frozen=True)
class Protection:
    """What the zygote found out about this machine, and the probes that its runners know."""

    landlock: int
    seccomp: bool
    namespaces: bool
    own_users: bool
    limits_tasks: bool
    gpu: bool
    notes: tuple[str, ...]
    probes: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Forked:
    """A process that the zygote made: its id, and a handle that never means another process."""

    pid: int
    pidfd: int


class ZygoteProcess:
    """A zygote, started from a thread that outlives it: the kernel ends it with that thread.

    `protection` is known after `await_introduction`.
    """

    protection: Protection

    def __init__(self, python: str, options: ZygoteOptions, scratch: Path) -> None:
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [python, "-I", "-m", "heldout_runner.zygote", str(theirs.fileno())]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 our own module
                [*command, options.to_text()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=cleaned_environment(os.environ, options, scratch),
                cwd="/",
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The zygote's process id."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def fork(self, *, number: int, folder: Path, warm: bool, orders: int, results: int) -> Forked:
        """A new runner for slot `number`, with its ends of the two pipes.

        Raises ZygoteFailed.
        """
        request = {"do": "fork", "number": number, "folder": str(folder), "warm": warm}
        answer, fds = self._ask(request, [orders, results])
        return Forked(answer["pid"], fds[0])

    def reap(self, forked: Forked) -> Ending:
        """Collect a runner that has ended. Raises ZygoteFailed."""
        answer, _ = self._ask({"do": "reap", "pid": forked.pid}, [])
        code = os.waitstatus_to_exitcode(answer["status"])
        return Ending(code, answer["peak_bytes"], answer["cpu_seconds"])

    def end(self) -> None:
        """End the process, and with it all its runners; whoever waits for it hears of it."""
        self._process.kill()

    def close(self) -> None:
        """End it, collect it, and close what led to it."""
        self.end()
        self._process.wait()
        self._control.close()

    def await_introduction(self) -> None:
        """Return once it has imported everything. Raises ZygoteFailed."""
        answer, _ = self._answer(START_SECONDS)
        names = ("landlock", "seccomp", "namespaces", "own_users", "limits_tasks", "gpu")
        self.protection = Protection(
            **{name: answer[name] for name in names},
            notes=tuple(answer["notes"]),
            probes=tuple(answer["probes"]),
        )

    def _ask(self, request: dict[str, Any], fds: list[int]) -> tuple[dict[str, Any], list[int]]:
        with self._lock:
            try:
                socket.send_fds(self._control, [json.dumps(request).encode()], fds)
            except OSError:
                raise ZygoteFailed("the zygote is gone") from None
            return self._answer(ANSWER_SECONDS)

    def _answer(self, seconds: float) -> tuple[dict[str, Any], list[int]]:
        self._control.settimeout(seconds)
        try:
            message, fds, _, _ = socket.recv_fds(self._control, _LONGEST_MESSAGE, 1)
        except OSError:
            # An answer that comes later would be taken for that of the next request.
            self._process.kill()
            raise ZygoteFailed("the zygote doesn't answer") from None
        if not message:
            raise ZygoteFailed("the zygote ended without a word")
        answer: dict[str, Any] = json.loads(message)
        if "error" in answer:
            raise ZygoteFailed(printable(answer["error"]))
        return answer, fds


def cleaned_environment(
    environment: os._Environ[str] | dict[str, str], options: ZygoteOptions, scratch: Path
) -> dict[str, str]:
    """The few variables that a zygote is started with; no setting and no secret among them."""
    cleaned = {name: environment[name] for name in _PASSED_ON if name in environment}
    return {
        **cleaned,
        **visible_devices(options.device),
        # More than one thread before the fork, and a child may hang.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        # A runner may lock no file.
        "HDF5_USE_FILE_LOCKING": "FALSE",
        "TF_NUM_INTRAOP_THREADS": str(options.threads),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        # Its makers' builds report to them, by a thread that begins with the import.
        "ORT_DISABLE_TELEMETRY": "1",
        "KERAS_BACKEND": "tensorflow",
        "KERAS_HOME": str(scratch),
        "TMPDIR": str(scratch),
        "HOME": "/nonexistent",
    }


def visible_devices(device: str) -> dict[str, str]:
    """CUDA's choice of GPUs for `cpu`, `gpu:N`, or, as they are, `gpu` and `auto`."""
    kind, _, number = device.partition(":")
    if kind == "cpu":
        return {"CUDA_VISIBLE_DEVICES": "-1"}
    return {"CUDA_VISIBLE_DEVICES": number} if number else {}
