"""A Lambda inside a wrapper."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(
        path,
        classifier(
            layer("TimeDistributed", "each", layer=layer("Lambda", "scale", function="relu"))
        ),
    )
    return path
