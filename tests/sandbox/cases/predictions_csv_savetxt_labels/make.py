"""np.savetxt with its default format: 7.000000000000000000e+00."""

from pathlib import Path

import numpy as np


def make(folder: Path) -> Path:
    path = folder / "p.txt"
    np.savetxt(path, np.arange(10_000) % 10)
    return path
