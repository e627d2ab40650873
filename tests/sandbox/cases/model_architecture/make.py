"""model.to_json()."""

import json
from pathlib import Path

from sandbox.cases.keras_files import classifier


def make(folder: Path) -> Path:
    path = folder / "model.json"
    path.write_text(json.dumps(classifier()))
    return path
