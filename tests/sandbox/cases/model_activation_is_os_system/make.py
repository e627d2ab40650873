"""os.system as an activation."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, dense


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(
        path,
        classifier(
            dense(
                "d",
                10,
                {
                    "module": "os",
                    "class_name": "function",
                    "config": "system",
                    "registered_name": "system",
                },
            )
        ),
    )
    return path
