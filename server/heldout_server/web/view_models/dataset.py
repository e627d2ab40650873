"""A dataset in the words of pages; see `pages.py` for the rules."""

from __future__ import annotations

from dataclasses import dataclass

from heldout_server.datasets.loaded import DIGIT_NAMES, is_images
from heldout_server.tasks.kinds import Kind

PREDICTED = {
    Kind.BINARY: "labels, or the probability of the positive class,",
    Kind.MULTICLASS: "labels or a column for each class,",
    Kind.MULTILABEL: "a column for each label, with 0 or 1 or a probability,",
    Kind.REGRESSION: "a number for each target,",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetView:
    """The facts about a dataset that everyone may know."""

    name: str
    classes: int
    image_shape: tuple[int, ...]
    """Of one input, whether it is an image or not."""
    test_examples: int
    training_examples: int
    practice_examples: int
    note: str = ""
    labels_are_public: bool = False
    labels_note: str = ""
    """Who holds the hidden labels, in one sentence."""
    kind: Kind = Kind.MULTICLASS
    class_names: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    input_type: str = "uint8"
    columns: tuple[str, ...] = ()
    """Of a table, the names of its inputs."""

    @property
    def is_images(self) -> bool:
        return not self.columns and is_images(self.image_shape, self.input_type)

    @property
    def has_classes(self) -> bool:
        """Whether each example is of one class, so that there is something to confuse."""
        return self.kind in (Kind.BINARY, Kind.MULTICLASS)

    @property
    def noun(self) -> str:
        """What one example is called: an image, a row of a table, or just an example."""
        return "row" if self.columns else "image" if self.is_images else "example"

    @property
    def thing(self) -> str:
        """What an example shows, where that is known: a digit; else its noun."""
        is_digit = self.is_images and self.class_names == DIGIT_NAMES
        return "digit" if is_digit else self.noun

    @property
    def predictions_words(self) -> str:
        """What a file of predictions holds for each example."""
        return PREDICTED[self.kind]

    @property
    def rightly(self) -> str:
        """How an example is answered well: images are read."""
        return "read correctly" if self.is_images else "answered correctly"

    @property
    def answers(self) -> str:
        """What is known of practice examples and kept of hidden ones."""
        return "answers" if self.kind is Kind.REGRESSION else "labels"
