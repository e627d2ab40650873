"""Loss and metrics name functions of the author; they are not needed."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, dense_weights, weights


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    config = classifier()
    config["compile_config"] = {
        "loss": {
            "module": "os",
            "class_name": "function",
            "config": "system",
            "registered_name": None,
        }
    }
    archive(path, config, weights(dense=dense_weights(784, 10)))
    return path
