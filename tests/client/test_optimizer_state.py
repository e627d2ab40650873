"""What is left out of a `.keras` file on its way, and what never changes."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np
import pytest

from heldout import _optimizer_state
from heldout._export import exported
from heldout._optimizer_state import WEIGHTS

MOMENTS = np.arange(20_000, dtype=np.float32)


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """An archive as Keras writes it, with the optimizer's memory; nobody may write to it."""
    weights = tmp_path / "weights.h5"
    with h5py.File(weights, "w") as file:
        file["layers/dense/vars/0"] = np.ones((3, 2), np.float32)
        file["optimizer/vars/0"] = MOMENTS
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.write(weights, WEIGHTS)
    path.chmod(0o400)
    return path


@pytest.fixture
def folder_of_copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files go."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert not list(folder.iterdir())


def test_a_path_is_sent_without_the_optimizer_s_memory(
    trained: Path, folder_of_copies: Path
) -> None:
    before = trained.read_bytes()
    with exported(str(trained)) as payload:
        assert payload.filename == "model.keras"
        assert payload.size_bytes < len(before) - MOMENTS.nbytes
        assert payload.path is not None
        with zipfile.ZipFile(payload.path) as archive:
            assert archive.namelist() == ["config.json", WEIGHTS]
            with archive.open(WEIGHTS) as packed, h5py.File(packed) as weights:
                assert list(weights) == ["layers"]
                assert weights["layers/dense/vars/0"][()].tolist() == [[1, 1]] * 3
    assert trained.read_bytes() == before


def test_the_same_file_is_the_same_copy(trained: Path, folder_of_copies: Path) -> None:
    with exported(trained) as first:
        digest = first.sha256
        assert first.path is not None
        os.utime(first.path, (0, 0))
    later = trained.rename(trained.with_name("later.keras"))
    with exported(later) as again:
        assert again.sha256 == digest
        assert again.filename == "later.keras"


def _without_h5py(name: str) -> None:
    raise ImportError(name)


def _without_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("place", "fault"),
    [
        ("heldout._optimizer_state.importlib.import_module", _without_h5py),
        ("heldout._optimizer_state.TemporaryDirectory", _without_space),
        ("heldout._optimizer_state._copy_weights", _without_space),
    ],
)
def test_whatever_fails_sends_the_file_as_it_is(
    trained: Path,
    folder_of_copies: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    fault: object,
) -> None:
    monkeypatch.setattr(place, fault)
    with exported(trained) as payload:
        assert payload.path == trained


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"\x89HDF\r\n\x1a\n"])
def test_a_damaged_file_is_the_servers_to_judge(
    tmp_path: Path, folder_of_copies: Path, content: bytes
) -> None:
    path = tmp_path / "model.keras"
    path.write_bytes(content)
    with exported(path) as payload:
        assert payload.path == path


def test_a_small_file_is_not_worth_loading_a_library(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(_optimizer_state.sys.modules, "h5py")
    monkeypatch.setattr("heldout._optimizer_state.importlib.import_module", pytest.fail)
    with exported(trained) as payload:
        assert payload.path == trained


def test_one_too_large_for_memory_makes_the_same_copy(
    trained: Path, folder_of_copies: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with exported(str(trained)) as payload:
        in_memory = payload.sha256
    monkeypatch.setattr(_optimizer_state, "IN_MEMORY_BYTES", 0)
    with exported(str(trained)) as payload:
        assert payload.sha256 == in_memory
