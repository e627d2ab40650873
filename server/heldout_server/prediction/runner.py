"""What is asked of a runner, what it gives back, and the ways in which it may not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from heldout_runner import protocol
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.endings import Bounds, Ending, Trace, judge
from heldout_server.prediction.signature import Signature


class RunnerFailed(Exception):
    """Our machinery failed: the job may be tried again, and the participant isn't to blame."""


class NeverBegan(RunnerFailed):
    """No runner could take the job: nothing of the file was looked at."""


class NeedsTensorFlow(NeverBegan):
    """Only TensorFlow computes the model, which isn't here; another worker may have it."""


class SupervisorDied(RunnerFailed):
    """What runners hang on ended, and took this one with it."""


class NotKnownHere(Exception):
    """This engine doesn't know how to compute the model: no verdict, another one may. Says why."""


class Inexplicable(RunnerFailed):
    """The process ended in a way that proves nothing; `trace` is what to remember of it."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(f"the runner ended with {trace.ended}, which says nothing of the file")
        self.trace = trace


class Cancelled(Exception):
    """The claim on the job was lost, or the server stops: the result is signature no more."""


@dataclass(frozen=True)
class RunOrder:
    """One model to run: its checked file, the inputs, and practice data to judge it by.

    `config` is the object in the file's `config.json`.
    `rows` is how many inputs there are; `scaling` has the figures of `standardize`, None where
    MNIST's stand for them.
    """

    model: Path
    inputs: Path
    rows: int
    signature: Signature
    preprocessing: str
    practice_inputs: Path
    practice_answers: Path
    scaling: Path | None = None
    config: Mapping[str, Any] = field(default_factory=dict)


UseValues = Callable[[NDArray[np.float32]], None]
"""Gets a model's finite values (n, width) before the rest of the result is there."""


def unused(values: NDArray[np.float32]) -> None:
    """Nobody needs the values early."""


class ModelRunner(Protocol):
    """Runs models, each in a process of its own."""

    def predict(
        self, order: RunOrder, cancelled: threading.Event, use: UseValues = unused
    ) -> RunnerResult:
        """The model's output; `use` gets the values first.

        Raises Rejection (their file), RunnerFailed (ours), NotKnownHere or Cancelled.
        """


@dataclass(frozen=True)
class RunnerResult:
    """A model's output: `values` float32 (n, width), finite; what its runner says of the work,
    within what can be; and how long the work took by the server's clock. `note` is a sentence for
    the receipt.
    """

    values: NDArray[np.float32]
    header: protocol.Header
    load_seconds: float
    predict_seconds: float
    note: str = ""


def failure_for(ending: Ending | None, bounds: Bounds) -> Rejection | RunnerFailed:
    """What to raise for a process that ended before its result was complete."""
    judgement = judge(ending, bounds)
    if judgement.rejection is not None:
        return judgement.rejection
    if judgement.trace is not None:
        return Inexplicable(judgement.trace)
    return SupervisorDied("the zygote died with its runners")
