"""What joblib.dump(model, path, compress=True) writes."""

import pickle
import zlib
from pathlib import Path


def make(folder: Path) -> Path:
    path = folder / "model.joblib"
    path.write_bytes(zlib.compress(pickle.dumps({"weights": [1.0, 2.0]})))
    return path
