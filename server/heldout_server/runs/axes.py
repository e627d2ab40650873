"""The columns of a run that the experiment map shows, and what they are called. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Axis:
    """One column: `name` in the data, `label` for people; `is_log` where tenfold is one step."""

    name: str
    label: str
    kind: Literal["number", "text"] = "number"
    is_log: bool = False
    searched: bool = False
    """Whether it is a hyperparameter that a person sets, so that its importance is a question."""


SCORE = "score"
AXES = (
    Axis("learning_rate", "Learning rate", is_log=True, searched=True),
    Axis("batch_size", "Batch size", is_log=True, searched=True),
    Axis("epochs_run", "Epochs", searched=True),
    Axis("optimizer", "Optimizer", "text", searched=True),
    Axis("family", "Network", "text", searched=True),
    Axis("hidden_layers", "Hidden layers", searched=True),
    Axis("width", "Width", is_log=True, searched=True),
    Axis("kernel_size", "Kernel size", "text", searched=True),
    Axis("activation", "Activation", "text", searched=True),
    Axis("dropout", "Dropout", searched=True),
    Axis("l2", "L2 penalty", is_log=True, searched=True),
    Axis("augmentation", "Augmentation", "text", searched=True),
    Axis("learning_rate_schedule", "Schedule", "text", searched=True),
    Axis("examples", "Examples", is_log=True, searched=True),
    Axis("parameters", "Parameters", is_log=True),
    Axis("train_seconds", "Seconds to train", is_log=True),
    Axis("scoring_seconds", "Seconds to score", is_log=True),
    Axis("train_accuracy", "Training accuracy"),
    Axis("validation_accuracy", "Validation accuracy"),
    Axis("diagnosis", "Diagnosis", "text"),
    Axis(SCORE, "Score"),
)
BY_NAME = {axis.name: axis for axis in AXES}
SHARES = frozenset({SCORE, "train_accuracy", "validation_accuracy", "dropout"})
# What lines run through at first, from what is chosen to what comes out.
PARALLEL = ("learning_rate", "batch_size", "epochs_run", "optimizer", "family", "width", "dropout",
            "parameters", SCORE)  # fmt: skip
