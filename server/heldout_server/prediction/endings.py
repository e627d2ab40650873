"""How the end of a runner's process is judged: their file, our machinery, or not known yet. Pure.

A signal proves nothing about a file. Its own excess is refused as a MemoryError inside, and seccomp
lets it signal nobody but itself, so most signals are somebody else's act: an operator's, or the
kernel's when the whole machine is short of memory. A file is blamed on proof alone: its own
control group, its own processor time, a forbidden system call, or the same crash twice.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.runner_verdicts import SAVE_AGAIN, rejection
from heldout_server.prediction.ways_out import with_way_out

SMALLER = "Try a smaller model: fewer filters or units, or larger strides."
# What a process does to itself: proof once it has happened in two fresh processes.
FATAL = frozenset({"SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT"})
# A process that died with most of its memory used up most likely died of that.
FULL_SHARE = 0.6


class Fault(StrEnum):
    """Whose doing an ending is; UNDECIDED: a second attempt in a fresh process tells more."""

    THEIRS = "theirs"
    OURS = "ours"
    UNDECIDED = "undecided"


class Inferred(Rejection):
    """Guilt that follows from how several attempts ended; nobody saw what the file did.

    Enough to refuse a new file, not to take an earlier score away.
    """


@dataclass(frozen=True)
class Ending:
    """How a process ended: its exit code, or the signal, and what it had used by then.

    `peak_bytes` is the most memory it ever had; `cpu_seconds` user and system time together;
    `oom_kills` how often its own control group ran full and the kernel killed in it.
    """

    code: int
    peak_bytes: int
    cpu_seconds: float = 0.0
    oom_kills: int = 0

    @property
    def killed_by(self) -> signal.Signals | None:
        """The signal that ended it, if one did."""
        return signal.Signals(-self.code) if self.code < 0 else None


@dataclass(frozen=True)
class Bounds:
    """What the process was allowed: memory, and processor time before it is killed for it."""

    memory_bytes: float
    cpu_seconds: float


@dataclass(frozen=True)
class Trace:
    """What is remembered of an attempt whose ending decided nothing.

    `ended` is a signal's name, or `exit N`; `full`: with most of its memory used up.
    """

    ended: str
    full: bool

    @classmethod
    def of(cls, ending: Ending, bounds: Bounds) -> Trace:
        """The trace of this ending."""
        ended = ending.killed_by.name if ending.killed_by else f"exit {ending.code}"
        return cls(ended, ending.peak_bytes >= FULL_SHARE * bounds.memory_bytes)

    @classmethod
    def from_stored(cls, stored: dict[str, Any]) -> Trace | None:
        """A trace as `to_stored` gave it; None for what another kind of attempt left."""
        return cls(stored["ended"], stored["full"]) if "full" in stored else None

    def to_stored(self) -> dict[str, Any]:
        """As plain values, for the submission's row."""
        return asdict(self)

    @property
    def is_own_act(self) -> bool:
        """Whether a process does this to itself, rather than somebody else to it."""
        return self.ended.startswith("exit ") or self.ended in FATAL


@dataclass(frozen=True)
class Judgement:
    """Whose fault: with the `rejection` if it is theirs, with the `trace` if it is undecided."""

    fault: Fault
    rejection: Rejection | None = None
    trace: Trace | None = None


def judge(ending: Ending | None, bounds: Bounds) -> Judgement:
    """What one ending proves by itself; None: the zygote is gone, and its runners with it."""
    if ending is None:
        return Judgement(Fault.OURS)
    if ending.oom_kills:
        return _theirs(_out_of_memory())
    if _used_up_its_time(ending, bounds):
        return _theirs(Rejection("timeout", "The model used up its processor time.", SMALLER))
    if _killed_by(ending, "SIGSYS"):
        return _theirs(_forbidden())
    return Judgement(Fault.UNDECIDED, trace=Trace.of(ending, bounds))


def conclude(earlier: Sequence[Trace], now: Trace, *, most_attempts: int) -> Inferred | None:
    """What the undecided endings of several attempts prove together; None: nothing (yet).

    After `most_attempts` of them, None means that it was our machinery.
    """
    if now.is_own_act and any(before.ended == now.ended for before in earlier):
        return _inferred(_out_of_memory() if now.full else _crashed())
    attempts = [*earlier, now]
    if len(attempts) >= most_attempts and all(attempt.full for attempt in attempts):
        return _inferred(_out_of_memory())
    return None


def _used_up_its_time(ending: Ending, bounds: Bounds) -> bool:
    if _killed_by(ending, "SIGXCPU"):
        return True
    return _killed_by(ending, "SIGKILL") and ending.cpu_seconds >= bounds.cpu_seconds


def _killed_by(ending: Ending, name: str) -> bool:
    # By name: not every platform has every signal.
    return ending.killed_by is not None and ending.killed_by.name == name


def _theirs(rejection: Rejection) -> Judgement:
    return Judgement(Fault.THEIRS, rejection=rejection)


def _inferred(rejection: Rejection) -> Inferred:
    return with_way_out(Inferred(rejection.code, rejection.detail, rejection.hint))


def _out_of_memory() -> Rejection:
    return rejection("out_of_memory")


def _crashed() -> Rejection:
    return rejection("crashed")


def _forbidden() -> Rejection:
    return Rejection(
        "crashed",
        "The model tried something that a model has no business doing, and was stopped.",
        SAVE_AGAIN,
    )
