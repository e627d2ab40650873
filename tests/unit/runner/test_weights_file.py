from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from heldout_runner import weights_file

Fill = Callable[[h5py.File], None]


def written(path: Path, fill: Fill) -> str:
    with h5py.File(path, "w") as file:
        fill(file)
    return str(path)


def survey(path: str) -> None:
    with weights_file.checked(path):
        pass


def external_link(file: h5py.File) -> None:
    file["layer"] = h5py.ExternalLink("/etc/passwd", "/")


def soft_link(file: h5py.File) -> None:
    file["layer"] = h5py.SoftLink("/elsewhere")


def external_array(file: h5py.File) -> None:
    file.create_dataset("kernel", (8,), "u1", external=[("/etc/passwd", 0, 8)])


def virtual_array(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((8,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "kernel", (8,))
    file.create_virtual_dataset("kernel", layout)


def shape_bomb(file: h5py.File) -> None:
    file.create_dataset("kernel", (10**6, 10**6), "f4", chunks=(64, 64))


def texts(file: h5py.File) -> None:
    file["kernel"] = ["a", "b"]


def named_type(file: h5py.File) -> None:
    file["type"] = np.dtype("f4")


def loop(file: h5py.File) -> None:
    file.create_group("layers")["again"] = file["/"]


class TestCheck:
    def test_accepts_plain_weights(self, tmp_path: Path) -> None:
        def weights(file: h5py.File) -> None:
            file["layers/dense/vars/0"] = np.zeros((784, 10), np.float32)
            file["seed"] = np.zeros(2, np.uint32)
            file["step"] = np.int64(3)
            file.attrs["name"] = "model"

        with weights_file.checked(written(tmp_path / "model.h5", weights)) as file:
            assert file["step"][()] == 3

    def test_looks_into_an_archive(self, tmp_path: Path) -> None:
        path = tmp_path / "model.keras"
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            soft_link(file)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(weights_file.WEIGHTS_MEMBER, buffer.getvalue())
        with pytest.raises(weights_file.UnsafeWeights):
            survey(str(path))

    @pytest.mark.parametrize(
        "fill",
        [
            external_link, soft_link, external_array, virtual_array, shape_bomb, texts,
            named_type, loop,
        ],
    )  # fmt: skip
    def test_refuses_what_is_not_plain_numbers(self, tmp_path: Path, fill: Fill) -> None:
        path = written(tmp_path / "model.h5", fill)
        with pytest.raises(weights_file.UnsafeWeights):
            survey(path)

    @pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n" + b"\xff" * 200, b"PK\3\4junk"])
    def test_refuses_what_is_no_weights_file(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "model.h5"
        path.write_bytes(content)
        with pytest.raises(weights_file.BrokenWeights):
            survey(str(path))
