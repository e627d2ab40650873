"""Stored predictions: what every grading starts from, so no model ever runs twice."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray

Output = Literal["labels", "probabilities", "logits", "scores"]


@dataclass(frozen=True)
class StoredPredictions:
    """Predictions for all hidden examples, in the dataset's order.

    `labels` int64 (n,); `values` float32 (n, classes), finite, or None; `output` says what the
    values are: probabilities, logits, scores, or labels (no values).
    """

    labels: NDArray[np.int64]
    values: NDArray[np.float32] | None
    output: Output

    def to_bytes(self) -> bytes:
        """An `.npz` of our own, without pickles."""
        arrays: dict[str, NDArray[np.generic]] = {
            "labels": self.labels.astype(np.uint8),
            "output": np.array(self.output),
        }
        if self.values is not None:
            arrays["values"] = self.values.astype(np.float32)
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> StoredPredictions:
        """Read what `to_bytes` wrote."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            values = arrays.get("values")
            return cls(
                arrays["labels"].astype(np.int64), values, cast(Output, str(arrays["output"]))
            )
