"""Quantized weights."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, dense, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(
        path,
        classifier(
            dense("d", 10, dtype=layer("QuantizedDTypePolicy", "q", module="keras.dtype_policies"))
        ),
    )
    return path
