"""What scikit-learn says of the stored predictions, from the hidden answers alone.

Only a script on the server's own machine can do this: it opens the label store.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics

Array = NDArray[Any]
FIGURES: dict[str, Callable[[Array, Array, Array], float]] = {
    "accuracy": lambda truth, labels, values: metrics.accuracy_score(truth, labels),
    "roc_auc": lambda truth, labels, values: metrics.roc_auc_score(truth, values[:, 0]),
    "f1_samples": lambda truth, labels, values: metrics.f1_score(
        truth, labels, average="samples", zero_division=0
    ),
    "neg_root_mean_squared_error": lambda truth, labels, values: float(
        np.sqrt(metrics.mean_squared_error(truth, values))
    ),
    "neg_mean_absolute_error": lambda truth, labels, values: metrics.mean_absolute_error(
        truth, values
    ),
}


def recomputed(data: Path, slug: str, metric: str, part: str) -> dict[str, float]:
    """The figure of each scored submission on a part, by its public id, as people read it."""
    with sqlite3.connect(data / "heldout.db") as database:
        content_hash, positive = database.execute(
            "select dataset_hash, positive from competition "
            "join dataset on content_hash = dataset_hash where slug = ?", (slug,)
        ).fetchone()  # fmt: skip
        rows = database.execute(
            "select submission.public_id, predictions_sha256 from submission "
            "join competition on competition.id = competition_id where slug = ?", (slug,)
        ).fetchall()  # fmt: skip
    truth = np.load(data / "labels" / f"{content_hash}.labels.npz")["labels"]
    split = np.load(data / "labels" / f"{slug}.{content_hash}.split.npz")
    public, ignored = split["public"], split["ignored"]
    mask = public if part == "public" else ~public & ~ignored
    if metric == "roc_auc":
        truth = (truth == positive).astype(int)
    return {name: _figure(data, digest, metric, truth, mask) for name, digest in rows if digest}


def _figure(data: Path, digest: str, metric: str, truth: Array, mask: Array) -> float:
    path = next((data / "blobs").rglob(f"{digest}*"))
    with np.load(path) as stored:
        labels, values = stored.get("labels"), stored.get("values")
    none = np.empty((len(truth), 0))
    return FIGURES[metric](
        truth[mask],
        (none if labels is None else labels)[mask],
        (none if values is None else values)[mask],
    )
