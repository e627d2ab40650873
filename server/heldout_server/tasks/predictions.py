"""What somebody predicts for every hidden example, whatever the task. Pure but for its bytes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

Output: TypeAlias = Literal["labels", "probabilities", "logits", "scores", "numbers"]
"""What the values are. `scores` only put examples or classes into an order; `labels`: there are
none; `numbers` are what regression predicts."""

Truth: TypeAlias = NDArray[np.int64] | NDArray[np.float64]
"""The true answers, in the shape that `kinds.Task` gives for its kind."""


@dataclass(frozen=True, eq=False)
class Predictions:
    """Predictions for all hidden examples, in the dataset's order; shapes are in `kinds.Task`.

    `labels` int64, None for regression. `values` float32 or float64, as they were sent; finite;
    None where labels alone were given. `output` says what the values are.
    """

    labels: NDArray[np.int64] | None
    values: NDArray[np.floating[Any]] | None
    output: Output

    def __post_init__(self) -> None:
        if self.labels is None and self.values is None:
            raise ValueError("predictions are labels, values, or both")

    def __len__(self) -> int:
        known = self.labels if self.labels is not None else self.values
        assert known is not None
        return len(known)

    @property
    def classes(self) -> NDArray[np.int64]:
        """The predicted labels. Raises ValueError for regression, which has none."""
        if self.labels is None:
            raise ValueError("a regression predicts no labels")
        return self.labels

    def part(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> Predictions:
        """Of some examples only."""
        return Predictions(
            None if self.labels is None else self.labels[rows],
            None if self.values is None else self.values[rows],
            self.output,
        )

    def to_bytes(self) -> bytes:
        """An `.npz` of our own, without pickles."""
        arrays: dict[str, NDArray[np.generic]] = {"output": np.array(self.output)}
        if self.labels is not None:
            # Up to a thousand classes: one byte where it is enough.
            small = self.labels.max(initial=0) <= np.iinfo(np.uint8).max
            arrays["labels"] = self.labels.astype(np.uint8 if small else np.uint16)
        if self.values is not None:
            arrays["values"] = self.values
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Predictions:
        """Read what `to_bytes` wrote."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            labels = arrays.get("labels")
            return cls(
                None if labels is None else labels.astype(np.int64),
                arrays.get("values"),
                cast(Output, str(arrays["output"])),
            )
