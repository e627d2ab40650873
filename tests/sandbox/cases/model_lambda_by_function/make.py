"""A Lambda that names an exported function, which safe_mode lets through."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(
        path,
        classifier(
            layer(
                "Lambda",
                "load",
                function={
                    "module": "keras.datasets.mnist",
                    "class_name": "function",
                    "config": "load_data",
                    "registered_name": None,
                },
            )
        ),
    )
    return path
