"""What a runner says of one model, read in order and held against what was asked of it."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from heldout_runner import protocol
from heldout_server.kit.errors import Rejection, printable
from heldout_server.prediction import answers
from heldout_server.prediction.answers import Asked
from heldout_server.prediction.endings import SMALLER
from heldout_server.prediction.runner import NotKnownHere, RunnerResult, UseValues
from heldout_server.prediction.runner_verdicts import rejection, rejection_for


class TimeLeft:
    """How long one stage of a job may take, from now on."""

    def __init__(self, stage: str, seconds: float) -> None:
        self._stage = stage
        self._seconds = seconds
        self._begun = time.monotonic()
        self.deadline = self._begun + seconds

    def passed_seconds(self) -> float:
        """What it has taken so far, by the server's clock."""
        return time.monotonic() - self._begun

    def rejection(self) -> Rejection:
        """What a participant hears when it is over."""
        sentence = f"The model took longer than {self._seconds:g} seconds to {self._stage}."
        return Rejection("timeout", sentence, SMALLER)


Exactly = Callable[[int, TimeLeft], bytes]
"""So many bytes of what the runner says. Raises Rejection when time is up; what its end means."""


def heard(
    exactly: Exactly, asked: Asked, *, load_seconds: float, predict_seconds: float, use: UseValues
) -> RunnerResult:
    """Read exactly the values that were asked for, then the fixed header.

    `use` gets the values as soon as they are there. Raises Rejection (their file, also for too
    long), NotKnownHere, and what `exactly` does.
    """
    loading = TimeLeft("load", load_seconds)
    first = exactly(1, loading)
    loaded = loading.passed_seconds()
    predicting = TimeLeft("predict", predict_seconds)
    if first == protocol.LOADED:
        first = exactly(1, predicting)
    if first != protocol.PREDICTED:
        rest = exactly(protocol.HEADER.size - len(first), predicting)
        raise _refusal(first + rest, asked)
    width = answers.read_width(exactly(protocol.WIDTH_BYTES, predicting), asked)
    content = exactly(asked.rows * width * protocol.FLOAT_BYTES, predicting)
    predicted = predicting.passed_seconds()
    values = np.frombuffer(content, "<f4").reshape(asked.rows, width)
    if not np.isfinite(values).all():
        raise rejection("non_finite")
    use(values)
    header = answers.read_result(exactly(protocol.HEADER.size, predicting), asked, width)
    return RunnerResult(values, header, load_seconds=loaded, predict_seconds=predicted)


def _refusal(raw: bytes, asked: Asked) -> Rejection | NotKnownHere:
    """Why there are no values: the header says so, or is broken."""
    header = answers.read(raw)
    if header.status == protocol.OK:
        return answers.broken()
    if header.status == protocol.UNSUPPORTED and asked.engine != protocol.TENSORFLOW:
        return NotKnownHere(printable(header.detail))
    return rejection_for(header, asked.signature)
