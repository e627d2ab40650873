"""A Lambda where nobody looks."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, dense, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(
        path,
        classifier(
            {
                **dense("d", 10),
                "build_config": {"input_shape": layer("Lambda", "scale", function="relu")},
            }
        ),
    )
    return path
