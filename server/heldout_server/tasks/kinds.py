"""What is to be predicted: four kinds of task, and what its answers look like. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """The kinds of task."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    MULTILABEL = "multilabel"
    REGRESSION = "regression"


@dataclass(frozen=True, slots=True)
class Task:
    """One task.

    `classes`: the names of the classes in the order of their numbers (binary: two of them);
    empty for multilabel and regression. `targets`: the names of the outputs (multilabel: each is
    a label that is there or not; regression: each is a number); one name for binary and
    multiclass, or none where nobody gave it one. `positive` is the number of the class that a
    binary probability is of.

    Truth and predictions by kind, for n examples:

    | kind       | truth                  | predicted labels       | values         |
    |------------|------------------------|------------------------|----------------|
    | binary     | int64 (n,), 0 or 1     | int64 (n,)             | (n, 1) of `positive` |
    | multiclass | int64 (n,), 0 to k - 1 | int64 (n,)             | (n, k)         |
    | multilabel | int64 (n, k), 0 or 1   | int64 (n, k)           | (n, k)         |
    | regression | float64 (n, k)         | none                   | (n, k)         |

    Values are float32 or float64, always two-dimensional. Predicted labels are always there but
    for regression; values are missing where labels alone were given.
    """

    kind: Kind
    classes: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    positive: int = 1

    def __post_init__(self) -> None:
        if self.kind is Kind.BINARY and (len(self.classes) != 2 or self.positive not in (0, 1)):
            raise ValueError("a binary task has two classes, one of them positive")
        if self.kind is Kind.MULTICLASS and len(self.classes) < 2:
            raise ValueError("a multiclass task has two classes or more")
        if not self.has_classes and not self.targets:
            raise ValueError(f"a {self.kind} task names its outputs")

    @property
    def has_classes(self) -> bool:
        """Whether each example is of exactly one class."""
        return self.kind in (Kind.BINARY, Kind.MULTICLASS)

    @property
    def width(self) -> int:
        """How many values there are for one example."""
        if self.kind is Kind.BINARY:
            return 1
        return len(self.classes) if self.kind is Kind.MULTICLASS else len(self.targets)

    def to_dict(self) -> dict[str, Any]:
        """The same as plain lists, for JSON."""
        return {
            "kind": str(self.kind),
            "classes": list(self.classes),
            "targets": list(self.targets),
            "positive": self.positive,
        }

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Task:
        """Read what `to_dict` gave. Raises ValueError, KeyError or TypeError for anything else."""
        return cls(
            Kind(fields["kind"]),
            tuple(fields["classes"]),
            tuple(fields["targets"]),
            int(fields["positive"]),
        )


def multiclass(*classes: str) -> Task:
    """A task of these classes."""
    return Task(Kind.MULTICLASS, classes)
