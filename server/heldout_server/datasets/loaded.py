"""A dataset in memory, whole: what every participant gets, and the hidden answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from heldout_server.tasks.kinds import Kind, Task, multiclass
from heldout_server.tasks.predictions import Truth

Pixels = NDArray[np.uint8]
"""Grey images (n, 28, 28), uint8, 0 = paper and 255 = ink."""
ClassLabels = NDArray[np.uint8]
"""Class numbers (n,), uint8."""
Inputs = NDArray[Any]
"""What a model reads: (n, …) of uint8, whole numbers or floats, up to rank 5."""
LabelsAre = Literal["public", "secret"]

IMAGE_SHAPE = (28, 28)
DIGIT_NAMES = tuple("0123456789")
DIGITS = multiclass(*DIGIT_NAMES)
MOST_CHANNELS = 4


class DatasetError(Exception):
    """A dataset cannot be used; the text tells the organizer which file and what to do."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the array that a table becomes.

    `name` is what people read; `column` the table's own. `category` is the value that a one-hot
    column stands for, None for a number. `mean` and `deviation` are those of the training rows
    (never 0: a constant column has deviation 1); `missing` is what stands for an empty cell.
    """

    name: str
    column: str
    category: str | None = None
    mean: float = 0.0
    deviation: float = 1.0
    missing: float = 0.0


@dataclass(frozen=True, slots=True)
class Scaling:
    """What `standardize` takes off and divides by: float32, both of a shape that fits one input.

    Of tables each column has its own, of images with channels each channel, of everything else
    there is one pair. From training examples alone.
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]


@dataclass(frozen=True, eq=False, repr=False)
class LoadedDataset:
    """Inputs and answers of one competition, the hidden `y_test` included.

    Lives only while a dataset is being added: `DatasetStore.add` keeps what participants may
    have, `grading.labels.LabelStore.add` keeps `y_test`, `groups` and `usage`. Inputs are (n, …),
    answers have the shape of `Task`'s table; `note` is shown to participants and is empty for real
    MNIST.

    `features` name the columns of a table's inputs. `ids`: the hidden examples' ids as text (n,),
    where they have some; by default they count from 0. `tables`: the files as the organizer gave
    them, without hidden answers, by name ("train.csv"). `groups` (n,): whoever is equal there is
    never divided. `usage` (n,): "Public", "Private" or "Ignored" where the organizer says it.
    `labels_are` is what the organizer says of the answers; None: unknown sets are secret.
    """

    slug: str
    name: str
    note: str
    task: Task
    x_train: Inputs
    y_train: NDArray[Any]
    x_practice: Inputs
    y_practice: NDArray[Any]
    x_test: Inputs
    y_test: NDArray[Any]
    features: tuple[Feature, ...] = ()
    ids: NDArray[np.str_] | None = None
    tables: Mapping[str, bytes] = field(default_factory=dict)
    groups: NDArray[Any] | None = None
    usage: NDArray[np.str_] | None = None
    labels_are: LabelsAre | None = None

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 (64 hex digits) of everything that participants are given, in fixed order.

        The hidden answers are left out on purpose. The hash names folders and is known to
        processes that must not know labels; a hash over labels would confirm guesses: with a
        good model only some twenty labels are in doubt, and 2^20 tries take seconds.
        """
        return content_hash(
            (self.x_train, self.y_train, self.x_practice, self.y_practice, self.x_test),
            self.task,
            self.features,
            self.ids,
            self.tables,
        )

    def __repr__(self) -> str:
        """Counts only: a repr ends up in logs, and labels must not."""
        return (
            f"LoadedDataset({self.slug!r}, training={len(self.y_train)}, "
            f"practice={len(self.y_practice)}, test={len(self.y_test)})"
        )


def content_hash(
    arrays: Sequence[NDArray[Any]],
    task: Task,
    features: Sequence[Feature] = (),
    ids: NDArray[np.str_] | None = None,
    tables: Mapping[str, bytes] | None = None,
) -> str:
    """SHA-256 of the arrays, and of what is said about them unless they are digits like MNIST's.

    The exception keeps the names of the sets that were stored when there were no others.
    """
    digest = arrays_digest(*arrays)
    if task != DIGITS or features or ids is not None or tables:
        said = {"task": task.to_dict(), "features": [asdict(feature) for feature in features]}
        digest.update(json.dumps(said, sort_keys=True).encode())
        digest.update("\n".join(ids.tolist() if ids is not None else ()).encode())
        for name, content in sorted((tables or {}).items()):
            digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()


def arrays_hash(*arrays: NDArray[Any]) -> str:
    """SHA-256 over dtype, shape and bytes of each array in turn, as 64 hex digits."""
    return arrays_digest(*arrays).hexdigest()


def arrays_digest(*arrays: NDArray[Any]) -> hashlib._Hash:
    """The same, to go on with."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest


def frozen_rows(
    array: NDArray[Any], rows: Sequence[int] | NDArray[np.intp] | slice
) -> NDArray[Any]:
    """The chosen rows of `array`, contiguous and read-only."""
    chosen = np.ascontiguousarray(array[rows])
    chosen.setflags(write=False)
    return chosen


def is_images(shape: Sequence[int], dtype: np.dtype[Any] | str) -> bool:
    """Whether inputs of this shape (without n) and type are pictures: uint8, one plane or with
    one to four channels last.
    """
    if np.dtype(dtype) != np.uint8:
        return False
    return len(shape) == 2 or (len(shape) == 3 and 1 <= shape[2] <= MOST_CHANNELS)


def scaling_of(inputs: Inputs, features: Sequence[Feature] = ()) -> Scaling:
    """The means and deviations of training inputs (n, …), in their own units."""
    if features:
        means = [feature.mean for feature in features]
        return _scaling(means, [feature.deviation for feature in features])
    axes = tuple(range(inputs.ndim - 1)) if inputs.ndim == 4 else None
    mean = inputs.mean(axis=axes, dtype=np.float64)
    return _scaling(mean, inputs.std(axis=axes, dtype=np.float64))


def _scaling(mean: Any, deviation: Any) -> Scaling:
    spread = np.asarray(deviation, np.float32)
    return Scaling(np.asarray(mean, np.float32), np.where(spread > 0, spread, np.float32(1)))


def answers_as_stored(task: Task, answers: NDArray[Any]) -> Truth:
    """Answers in the type of `Task`'s table."""
    if task.kind is Kind.REGRESSION:
        numbers: NDArray[np.float64] = answers.astype(np.float64)
        # One target is served as (n,).
        return numbers.reshape(len(numbers), -1)
    labels: NDArray[np.int64] = answers.astype(np.int64)
    return labels
