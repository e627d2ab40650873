"""Lambda under its internal module."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(
        path,
        classifier(
            layer("Lambda", "scale", module="keras.src.layers.core.lambda_layer", function="relu")
        ),
    )
    return path
