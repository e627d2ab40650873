"""What the sandbox tests share: settings of a small pool, and one way to score a model."""

from __future__ import annotations

import threading
from pathlib import Path

from heldout_server.datasets.loaded import DIGITS
from heldout_server.prediction.pool import PoolSettings, RunnerPool
from heldout_server.prediction.runner import RunnerResult, RunOrder
from heldout_server.prediction.signature import Signature

IMAGES = 300
SETTINGS = PoolSettings(
    device="cpu",
    threads=1,
    batch_size=0,
    longest_parameters=2_000_000,
    load_seconds=20,
    # On some processors TensorFlow waits ten seconds for memory before it says that there is none.
    predict_seconds=13,
    slots=1,
)


def predicted(
    pool: RunnerPool, models: Path, name: str, cancelled: threading.Event | None = None
) -> RunnerResult:
    """What the model of this name predicts in the sandbox."""
    order = RunOrder(
        model=models / f"{name}.keras",
        inputs=models / "images.npy",
        rows=IMAGES,
        signature=Signature(DIGITS, (28, 28), "uint8"),
        preprocessing="0-1",
        practice_inputs=models / "images.npy",
        practice_answers=models / "labels.npy",
    )
    return pool.predict(order, cancelled or threading.Event())
