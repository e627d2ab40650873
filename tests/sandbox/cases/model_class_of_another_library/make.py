"""A layer of QKeras."""

from pathlib import Path

from sandbox.cases.keras_files import archive, classifier, layer


def make(folder: Path) -> Path:
    quantized = {**layer("QDense", "q", module="qkeras.qlayers"), "registered_name": "QDense"}
    return archive(folder / "model.keras", classifier(quantized))
