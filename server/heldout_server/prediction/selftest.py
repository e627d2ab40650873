"""Prove at start that a runner is shut in: real attempts in real runners, one each."""

from __future__ import annotations

import os
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heldout_runner import protocol
from heldout_runner.variants import PIXEL_TYPE, PIXELS
from heldout_server.datasets.loaded import DIGITS, IMAGE_SHAPE
from heldout_server.kit.errors import Rejection, printable
from heldout_server.prediction.answers import Asked
from heldout_server.prediction.runner import Inexplicable
from heldout_server.prediction.sandboxed_runner import SandboxedRunner
from heldout_server.prediction.signature import Signature
from heldout_server.prediction.zygote_process import Protection, ZygoteFailed

READY_SECONDS = 60.0
# A busy machine took over 20 seconds to fill a runner's memory up to its limit.
PROBE_SECONDS = 60.0
DEADLINE_SECONDS = 0.5
REFUSED, KILLED, STOPPED, SEEN_THROUGH = "refused", "killed", "stopped", "seen through"
ESCAPED, UNCLEAR = "escaped", "unclear"
# What probes that forge results pretend to answer.
SIGNATURE = Signature(DIGITS, IMAGE_SHAPE, PIXEL_TYPE)
ASKED = Asked(rows=10_000, signature=SIGNATURE, preprocessing=PIXELS[0], longest_parameters=1000)
# Without a limit on address space, which CUDA doesn't bear, these would take real memory.
NOT_ON_A_GPU = frozenset(
    {
        "claim_memory",
        "bomb_memory",
        "bomb_memory_with_onnxruntime",
        "bomb_memory_with_tensorflow",
    }
)
# What a note says instead, where nothing limits a runner's tasks.
NOT_WITHOUT_LIMIT = frozenset({"bomb_threads"})


@dataclass(frozen=True)
class ProbeResult:
    """One attempt: what was tried, which outcome contains it, what happened, in whose runner."""

    name: str
    description: str
    expected: str
    outcome: str
    detail: str
    engine: str = protocol.TENSORFLOW

    @property
    def contained(self) -> bool:
        """Whether the attempt failed as it must. A refusal is as good as being killed."""
        return self.outcome == self.expected or ({self.outcome, self.expected} == {REFUSED, KILLED})


@dataclass(frozen=True)
class Targets:
    """What probes may try themselves on: all of it is real, and the server's."""

    secret: Path
    tcp_port: int
    udp_port: int
    socket_path: Path


def skipped(protection: Protection) -> frozenset[str]:
    """The probes that mean nothing, or do harm, with this protection."""
    on_gpu = NOT_ON_A_GPU if protection.gpu else frozenset()
    return on_gpu if protection.limits_tasks else on_gpu | NOT_WITHOUT_LIMIT


@contextmanager
def targets(secret: Path | None = None) -> Iterator[Targets]:
    """Listeners, and a file that only the server can read unless `secret` names one; where it names
    a folder, the file is made there for as long.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if secret is None or secret.is_dir():
            place = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=secret)))
            secret = place / "labels"
            secret.write_text("7210414959")
        tcp = stack.enter_context(socket.socket())
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        path = folder / "socket"
        local = stack.enter_context(socket.socket(socket.AF_UNIX))
        local.bind(str(path))
        local.listen()
        folder.chmod(0o755)
        path.chmod(0o777)
        yield Targets(secret, tcp.getsockname()[1], udp.getsockname()[1], path)


def attempt(runner: SandboxedRunner, kind: dict[str, Any], targets: Targets) -> ProbeResult:
    """Have `runner` make one attempt and judge it."""
    order = protocol.Probe(
        probe=kind["name"],
        secret=str(targets.secret),
        slot=str(runner.slot.folder),
        parent=runner.zygote.pid,
        server=os.getpid(),
        tcp_port=targets.tcp_port,
        udp_port=targets.udp_port,
        socket_path=str(targets.socket_path),
    )
    runner.await_ready(time.monotonic() + READY_SECONDS, threading.Event())
    runner.send(order)
    observe = _misbehaviour if kind["expected"] == SEEN_THROUGH else _outcome
    outcome, detail = observe(runner, kind["expected"])
    return ProbeResult(
        kind["name"], kind["description"], kind["expected"], outcome, printable(detail)
    )


def _outcome(runner: SandboxedRunner, expected: str) -> tuple[str, str]:
    seconds = DEADLINE_SECONDS if expected == STOPPED else PROBE_SECONDS
    try:
        header = runner.probe_result(time.monotonic() + seconds)
    except TimeoutError:
        runner.end()
        return (STOPPED if runner.has_ended() else ESCAPED), f"killed after {seconds:g} s"
    if header is None:
        return _ended(runner)
    if header.status == protocol.OK:
        return ESCAPED, header.detail
    refused = header.status == protocol.PROBE_REFUSED
    return (REFUSED if refused else UNCLEAR), header.detail


def _ended(runner: SandboxedRunner) -> tuple[str, str]:
    try:
        killed_by = runner.ending().killed_by
    except ZygoteFailed:
        return ESCAPED, "the zygote is gone"
    if killed_by is None:
        return UNCLEAR, "it ended without a word"
    return KILLED, killed_by.name


def _misbehaviour(runner: SandboxedRunner, expected: str) -> tuple[str, str]:
    try:
        runner.result(
            ASKED, load_seconds=PROBE_SECONDS, predict_seconds=PROBE_SECONDS,
            cancelled=threading.Event(),
        )  # fmt: skip
    except Rejection as rejection:
        return SEEN_THROUGH, f"{rejection.code}: {rejection.detail}"
    except Inexplicable as error:
        return SEEN_THROUGH, f"cut off: {error.trace.ended}"
    return ESCAPED, "it was taken for a result"
