"""subprocess.Popen as a class."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(layer("Popen", "p", module="subprocess", args=["true"])))
    return path
