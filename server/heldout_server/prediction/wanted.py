"""What a prediction file is held against: the task, how many examples, and their ids. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.task_words import Words, words
from heldout_server.tasks.fit import lacking
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.metric import Needs
from heldout_server.tasks.predictions import Output

KERAS = 'np.save("predictions.npy", model.predict(x_test))'
SCIKIT_LEARN = "model.predict_proba(x_test) with scikit-learn"


@dataclass(frozen=True, eq=False)
class Wanted:
    """What predictions have to be of.

    `ids` (examples,) are the examples' ids as text, where the contest declares some; `needs` is
    what the ranking metric computes with.
    """

    task: Task
    examples: int
    words: Words
    needs: Needs = Needs.LABELS
    ids: NDArray[np.str_] | None = None

    @classmethod
    def of(
        cls,
        task: Task,
        examples: int,
        *,
        needs: Needs = Needs.LABELS,
        ids: NDArray[np.str_] | None = None,
        said: Words | None = None,
    ) -> Wanted:
        """The same, with words made from the task alone where nobody chose others."""
        return cls(task, examples, said or _words_of(task), needs, ids)

    @property
    def widths(self) -> tuple[int, ...]:
        """How many columns there may be, the least first."""
        if self.task.kind is Kind.BINARY:
            return (1, 2)
        return (1, self.task.width) if self.task.kind is Kind.MULTICLASS else (self.task.width,)

    @property
    def has_own_names(self) -> bool:
        """Whether classes are called something else than their numbers."""
        names = self.task.classes
        return bool(names) and names != tuple(map(str, range(len(names))))

    @property
    def labels(self) -> str:
        """What labels are: `whole numbers from 0 to 9`, with names where there are some."""
        if self.task.kind is Kind.MULTILABEL:
            return "0 or 1"
        plain = f"whole numbers from 0 to {len(self.task.classes) - 1}"
        return f"{plain}, or names ({self.words.classes})" if self.has_own_names else plain

    def check_suits(self, output: Output) -> None:
        """Refuse (`unsuitable`) an output that the ranking metric can't be computed with."""
        if self.needs is Needs.LABELS:
            return  # they follow from whatever else there is; a regression is asked for none
        missing = lacking(self.words.metric, self.needs, output)
        if missing:
            raise Rejection("unsuitable", missing, _line_that_suits(output))


_words_of = lru_cache(maxsize=64)(words)


def _line_that_suits(output: Output) -> str:
    if output == "scores":
        return "Divide each row by its sum: p / p.sum(axis=1, keepdims=True)."
    return (
        "All values are labels, none lies between them. Save what the model gives before it "
        f"decides: {KERAS} with Keras, {SCIKIT_LEARN}."
    )
