"""A model whose training diverged."""

from pathlib import Path

import numpy as np

from sandbox.cases.keras_files import archive, classifier, weights


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(
        path,
        classifier(),
        weights(dense=[np.full((784, 10), np.nan, np.float32), np.zeros(10, np.float32)]),
    )
    return path
