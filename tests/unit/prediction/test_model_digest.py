from __future__ import annotations

import io
import os
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import onnx_files
from heldout_server.prediction.model_digest import ModelIdentity, identify
from onnx_files import PIXELS, node
from sandbox.cases import keras_files

KERNEL = keras_files.dense_weights(784, 10)


def saved(path: Path, **changes: Any) -> Path:
    """One model as it may be saved, with its time, optimizer and compile settings."""
    given = {"time": "12:00", "weights": keras_files.weights(dense=KERNEL), **changes}
    config = {**keras_files.classifier(), **given.get("config", {})}
    metadata = {"keras_version": "3.15.1", "date_saved": given["time"]}
    compression = given.get("compression", zipfile.ZIP_STORED)
    return keras_files.archive(
        path, config, given["weights"], metadata=metadata, compression=compression
    )


def model_digest(path: Path) -> str | None:
    found = identify(path)
    return found.digest if found is not None else None


def with_optimizer(content: bytes) -> bytes:
    file = io.BytesIO(content)
    with h5py.File(file, "a") as weights:
        weights["optimizer/vars/0"] = np.arange(7)
    return file.getvalue()


class TestName:
    def test_counts_the_weights_without_the_optimizers(self, tmp_path: Path) -> None:
        weights = with_optimizer(keras_files.weights(dense=KERNEL))
        found = identify(saved(tmp_path / "model.keras", weights=weights))
        assert found is not None
        assert found.name == "Dense 10 · 7.8 k"


class TestModelDigest:
    @pytest.fixture
    def known(self, tmp_path: Path) -> str:
        digest = model_digest(saved(tmp_path / "first.keras"))
        assert digest is not None
        return digest

    @pytest.mark.parametrize(
        "changes",
        [
            {"time": "12:01"},
            {"weights": with_optimizer(keras_files.weights(dense=KERNEL))},
            {"config": {"compile_config": {"optimizer": "adam"}}},
            {"config": {"shared_object_id": 140268189168528}},
        ],
    )
    def test_is_the_same_for_a_model_saved_again(
        self, known: str, tmp_path: Path, changes: dict[str, Any]
    ) -> None:
        assert model_digest(saved(tmp_path / "again.keras", **changes)) == known

    def test_is_another_for_other_weights(self, known: str, tmp_path: Path) -> None:
        kernel, bias = KERNEL
        other = keras_files.weights(dense=[kernel, bias + 1e-4])
        assert model_digest(saved(tmp_path / "other.keras", weights=other)) != known

    def test_is_another_for_the_same_weights_in_other_places(
        self, known: str, tmp_path: Path
    ) -> None:
        other = keras_files.weights(dense=KERNEL[::-1])
        assert model_digest(saved(tmp_path / "other.keras", weights=other)) != known

    def test_is_another_for_another_architecture(self, known: str, tmp_path: Path) -> None:
        config = keras_files.classifier(keras_files.layer("Dropout", "dropout", rate=0.5))
        assert model_digest(saved(tmp_path / "other.keras", config=config)) != known

    @pytest.mark.parametrize("layout", ["chunks", "compression"])
    def test_takes_weights_in_another_layout_as_bytes(self, tmp_path: Path, layout: str) -> None:
        content = io.BytesIO()
        with h5py.File(content, "w") as file:
            file.create_dataset("layers/dense/vars/0", data=KERNEL[0], chunks=True, **(
                {"compression": "gzip"} if layout == "compression" else {}
            ))  # fmt: skip
        first = model_digest(saved(tmp_path / "a.keras", weights=content.getvalue(), time="1"))
        again = model_digest(saved(tmp_path / "b.keras", weights=content.getvalue(), time="2"))
        assert first == again is not None

    def test_knows_a_deflated_archive_again(self, tmp_path: Path) -> None:
        deflated = {"compression": zipfile.ZIP_DEFLATED}
        first = model_digest(saved(tmp_path / "a.keras", time="1", **deflated))
        assert first == model_digest(saved(tmp_path / "b.keras", time="2", **deflated)) is not None

    def test_of_an_h5_file_leaves_its_optimizer_out(self, tmp_path: Path) -> None:
        config = {"class_name": "Sequential", "config": {"name": "m", "layers": []}}
        first = keras_files.h5_model(tmp_path / "a.h5", config, dense=KERNEL)
        known = model_digest(first)
        with h5py.File(first, "a") as file:
            file["optimizer_weights/adam/m"] = np.arange(9)
        assert model_digest(first) == known is not None

    @pytest.mark.parametrize("content", [b"", b"PK", b"\x93NUMPY", keras_files.HDF5_START])
    def test_is_none_for_what_is_no_model(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "file").write_bytes(content)
        assert model_digest(tmp_path / "file") is None

    def test_survives_a_group_that_holds_itself(self, tmp_path: Path) -> None:
        content = io.BytesIO()
        with h5py.File(content, "w") as file:
            file["layers/dense/vars/0"] = KERNEL[1]
            file["layers/loop"] = file["layers"]
        assert model_digest(saved(tmp_path / "loop.keras", weights=content.getvalue())) is not None

    def test_survives_an_address_beyond_any_file(self, tmp_path: Path) -> None:
        content = bytearray(keras_files.weights(dense=KERNEL))
        content[64:72] = b"\xff" * 8  # where the root's header is
        assert model_digest(saved(tmp_path / "far.keras", weights=bytes(content))) is not None

    @given(place=st.integers(0, 20_000), changed=st.binary(min_size=1, max_size=16))
    def test_raises_nothing_for_damaged_bytes(
        self, tmp_path_factory: pytest.TempPathFactory, place: int, changed: bytes
    ) -> None:
        folder = tmp_path_factory.mktemp("damaged")
        whole = bytearray(saved(folder / "whole.keras").read_bytes())
        place %= len(whole)
        whole[place : place + len(changed)] = changed
        (folder / "whole.keras").write_bytes(whole)
        model_digest(folder / "whole.keras")
        os.truncate(folder / "whole.keras", place)
        model_digest(folder / "whole.keras")


class TestOnnxFiles:
    def named(self, folder: Path, content: bytes) -> ModelIdentity | None:
        (folder / "model.onnx").write_bytes(content)
        return identify(folder / "model.onnx")

    def test_are_one_model_whatever_the_exporter_calls_its_parts(self, tmp_path: Path) -> None:
        renamed = [node("Identity", ["x"], ["aside"]), *onnx_files.dense()]
        first = self.named(tmp_path, onnx_files.honest())
        assert first == self.named(tmp_path, onnx_files.honest(nodes=renamed))
        doubled = [node("Add", ["x", "x"], ["twice"]), *onnx_files.dense("twice")]
        assert first != self.named(tmp_path, onnx_files.honest(nodes=doubled))

    def test_are_called_by_their_layers(self, tmp_path: Path) -> None:
        found = self.named(tmp_path, onnx_files.honest())
        assert found is not None
        assert found.name == "Dense 10 · 7.8 k"

    def test_keep_their_weights_on_disk(self, tmp_path: Path) -> None:
        """A room sends its files together: forty of them must not be in memory, twice each."""
        array = np.zeros((PIXELS, 4_000), np.float32)
        tensors = [onnx_files.tensor("w", array), onnx_files.tensor("b", array[0])]
        (tmp_path / "model.onnx").write_bytes(onnx_files.honest(tensors=tensors))
        tracemalloc.start()
        try:
            assert identify(tmp_path / "model.onnx") is not None
            assert tracemalloc.get_traced_memory()[1] < array.nbytes / 4
        finally:
            tracemalloc.stop()

    def test_that_are_broken_have_no_identity(self, tmp_path: Path) -> None:
        assert self.named(tmp_path, onnx_files.honest()[:-1]) is None
