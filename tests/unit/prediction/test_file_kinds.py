"""What a file would be submitted as, by its bytes."""

import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from heldout_server.prediction.file_kinds import kind_of


def zipped(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "x" * 100)
    return content.getvalue()


def array() -> bytes:
    content = io.BytesIO()
    np.save(content, np.arange(10))
    return content.getvalue()


PREDICTIONS = {
    "array": array(),
    "arrays": zipped("arr_0.npy"),
    "arrays, cut off": zipped("arr_0.npy")[:60],
    "zipped table": zipped("predictions.csv"),
    "Excel workbook": zipped("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"),
    "labels": b"7\n2\n1\n",
    "Latin-1 header": "étiquette\n7\n".encode("latin-1"),
    "UTF-16": "7\n2\n1\n0\n".encode("utf-16"),
    "UTF-16 without a mark": ("7\n" * 100).encode("utf-16-le"),
    "wrong bytes": b"7\n" * 50 + b"\xff\xfe\n",
    "blank": b"\n" * 100,
    "JSON list": b"[7, 2, 1]",
    "JSON object": json.dumps({"predictions": [7, 2, 1]}).encode(),
}
MODELS = {
    "empty": b"",
    "Keras archive": zipped("metadata.json", "config.json", "model.weights.h5"),
    "Word document": zipped("[Content_Types].xml", "word/document.xml"),
    "HDF5": b"\x89HDF\r\n\x1a\n",
    "GGUF": b"GGUF\3\0\0\0" + bytes(50),
    "pickle": pickle.dumps({"a": 1}),
    "pickle of text": pickle.dumps({"a": 1}, protocol=0),
    "checkpoint": b'model_checkpoint_path: "ckpt-1"\n',
    "architecture": b'{"class_name": "Sequential", "config": []}',
    "web page": b"<!DOCTYPE html>",
    "LFS pointer": b"version https://git-lfs.github.com/spec/v1\n",
    "zeros": bytes(5000),
    "random": np.random.default_rng(0).bytes(5000),
}


class TestKindOf:
    @pytest.mark.parametrize("content", [pytest.param(v, id=k) for k, v in PREDICTIONS.items()])
    def test_tables_and_arrays_are_predictions(self, content: bytes, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(content)
        assert kind_of(tmp_path / "file") == "predictions"

    @pytest.mark.parametrize("content", [pytest.param(v, id=k) for k, v in MODELS.items()])
    def test_everything_else_is_a_model(self, content: bytes, tmp_path: Path) -> None:
        (tmp_path / "file").write_bytes(content)
        assert kind_of(tmp_path / "file") == "model"
