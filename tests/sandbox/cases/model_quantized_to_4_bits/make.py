"""A model after quantize("int4")."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, dense, layer


def make(folder: Path) -> Path:
    policy = layer("Int4DTypePolicy", "q", module="keras.dtype_policies")
    return archive(folder / "model.keras", classifier(dense("d", 10, dtype=policy)))
