"""Marshalled code."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(
        path,
        classifier(
            layer(
                "Lambda", "scale", function={"class_name": "__lambda__", "config": {"code": "4wEA"}}
            )
        ),
    )
    return path
