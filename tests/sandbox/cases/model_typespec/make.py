"""TensorFlow's type specs are looked up by name too."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, dense


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(
        path,
        classifier(
            {
                **dense("d", 10),
                "build_config": {
                    "class_name": "__typespec__",
                    "spec_name": "TensorSpec",
                    "module": "tensorflow",
                    "config": [],
                    "registered_name": None,
                },
            }
        ),
    )
    return path
