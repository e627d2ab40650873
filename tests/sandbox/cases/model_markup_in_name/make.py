"""Names that must not reach a page or a terminal."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    path = folder / "model.keras"
    archive(path, classifier(layer("Lambda<script>", "\x1b[31m<img src=x>\nname")))
    return path
