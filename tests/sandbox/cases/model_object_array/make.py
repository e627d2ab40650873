"""An array of Python objects among the arguments."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(
        path,
        classifier(
            layer(
                "Rescaling",
                "r",
                scale={"class_name": "__numpy__", "config": {"value": [1], "dtype": "object"}},
            )
        ),
    )
    return path
