"""A model's signature in a contest: the inputs that it takes, the numbers that it gives. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from heldout_runner.variants import AUTO, NONE, suited
from heldout_server.datasets.loaded import is_images
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.task_words import Words, words
from heldout_server.tasks.kinds import Kind, Task


@dataclass(frozen=True)
class Signature:
    """The task, and the shape (without the batch) and NumPy type of one input.

    `own_scaling`: `standardize` uses figures of the contest, not MNIST's.
    """

    task: Task
    input_shape: tuple[int, ...]
    input_type: str
    own_scaling: bool = False

    @cached_property
    def words(self) -> Words:
        """The words of sentences about it."""
        return words(self.task, self.input_shape, is_images=self.is_images)

    @property
    def is_images(self) -> bool:
        """Whether the inputs are pictures."""
        return is_images(self.input_shape, self.input_type)

    @property
    def is_grey(self) -> bool:
        """Whether they are pictures of one channel, which colour models get three times."""
        return self.is_images and (len(self.input_shape) == 2 or self.input_shape[2] == 1)

    @property
    def variants(self) -> tuple[str, ...]:
        """The kinds of preprocessing that suit the inputs, the default first."""
        return suited(self.input_type)

    @property
    def widths(self) -> tuple[int, ...]:
        """How many values a model may give for one example: of two classes also one for each."""
        width = self.task.width
        return (width, 2) if self.task.kind is Kind.BINARY else (width,)

    @property
    def last_layer(self) -> str:
        """The layer that a model ends with, as a line to paste."""
        width = self.task.width
        activation = {
            Kind.BINARY: "sigmoid",
            Kind.MULTICLASS: "softmax",
            Kind.MULTILABEL: "sigmoid",
        }.get(self.task.kind)
        given = f', activation="{activation}"' if activation else ""
        return f"keras.layers.Dense({width}{given})"


def check_preprocessing(asked: str, signature: Signature) -> None:
    """Refuse (`preprocessing`) a name that means nothing for these inputs; `none` suits all."""
    if asked in (AUTO, NONE, *signature.variants):
        return
    names = ", ".join(f'"{name}"' for name in signature.variants)
    examples = signature.words.examples
    raise Rejection(
        "preprocessing",
        f"Preprocessing {asked} is a range of pixels, and these {examples} have none.",
        f"Submit it with one of these as preprocessing=: {names}.",
    )
