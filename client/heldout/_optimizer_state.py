"""Leaves the optimizer's memory out of an exported model.

Adam keeps two more numbers for every weight, so two thirds of a `.keras` file are of no use for
scoring; without them the upload is three times shorter and the size limit three times wider.
"""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path
from typing import Any

WEIGHTS = "model.weights.h5"
OPTIMIZER_GROUP = "optimizer"


def without_optimizer_state(path: Path) -> bool:
    """Rewrite the archive at `path` without the optimizer's variables; False if left as it was.

    Never raises: the file that Keras wrote is always good enough to be sent.
    """
    # Keras has imported h5py in order to save; where it has not, there is nothing to do.
    h5py = sys.modules.get("h5py")
    if h5py is None:
        return False
    slim = path.with_suffix(".slim")
    try:
        if not _copy_archive(path, slim, h5py):
            return False
        slim.replace(path)
    except Exception:
        slim.unlink(missing_ok=True)
        return False
    return True


def _copy_archive(source: Path, target: Path, h5py: Any) -> bool:
    weights = source.with_suffix(".weights.h5")
    with zipfile.ZipFile(source) as archive:
        with archive.open(WEIGHTS) as packed, h5py.File(packed, "r") as full:
            if OPTIMIZER_GROUP not in full:
                return False
            _copy_weights(full, weights, h5py)
        with zipfile.ZipFile(target, "w") as slim:
            for entry in archive.infolist():
                if entry.filename == WEIGHTS:
                    slim.write(weights, WEIGHTS)
                else:
                    slim.writestr(entry, archive.read(entry))
    weights.unlink()
    return True


def _copy_weights(full: Any, target: Path, h5py: Any) -> None:
    with h5py.File(target, "w") as slim:
        slim.attrs.update(full.attrs)
        for name in full:
            if name != OPTIMIZER_GROUP:
                full.copy(name, slim)
