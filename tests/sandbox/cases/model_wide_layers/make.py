"""A million by a million weights."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, dense


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    wide = dense("wide", 1_000_000)
    wider = {**dense("wider", 1_000_000), "build_config": {"input_shape": [None, 1_000_000]}}
    archive(path, classifier(wide, wider))
    return path
