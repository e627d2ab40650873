from __future__ import annotations

import json
import stat
from pathlib import Path

import numpy as np
import pytest

from heldout_server.datasets.loaded import DIGITS, DatasetError, LoadedDataset
from heldout_server.datasets.store import DatasetInfo, DatasetStore


@pytest.fixture
def store(tmp_path: Path) -> DatasetStore:
    return DatasetStore(tmp_path / "datasets")


@pytest.fixture
def info(store: DatasetStore, dataset: LoadedDataset) -> DatasetInfo:
    return store.add(dataset)


class TestAdd:
    def test_returns_the_description(self, info: DatasetInfo, dataset: LoadedDataset) -> None:
        assert info.content_hash == dataset.content_hash
        assert (info.slug, info.task, info.input_shape) == ("custom", DIGITS, (28, 28))
        counts = (info.training_examples, info.practice_examples, info.test_examples)
        assert counts == (100, 20, 40)
        assert info.class_names == tuple("0123456789")

    def test_leaves_five_files_and_nothing_else(
        self, store: DatasetStore, info: DatasetInfo
    ) -> None:
        assert [path.name for path in store.root.iterdir()] == [info.content_hash]
        names = {path.name for path in store.folder(info.content_hash).iterdir()}
        assert names == {
            "test_images.npy", "training_data.npz", "practice_images.npy", "practice_labels.npy",
            "dataset.json",
        }  # fmt: skip

    def test_others_may_read_it(self, store: DatasetStore, info: DatasetInfo) -> None:
        folder = store.folder(info.content_hash)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o755
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o644}

    def test_twice_changes_nothing(
        self, store: DatasetStore, info: DatasetInfo, dataset: LoadedDataset
    ) -> None:
        before = store.test_inputs_path(info.content_hash).stat()
        assert store.add(dataset) == info
        assert store.test_inputs_path(info.content_hash).stat().st_mtime_ns == before.st_mtime_ns

    def test_a_second_process_that_was_quicker_wins(
        self, store: DatasetStore, dataset: LoadedDataset, tmp_path: Path
    ) -> None:
        from heldout_server.datasets.store import _move_into_place

        DatasetStore(tmp_path / "datasets").add(dataset)
        slower = store.root / ".adding-slower"
        slower.mkdir()
        (slower / "dataset.json").write_text("late")
        _move_into_place(slower, store.folder(dataset.content_hash))
        assert store.info(dataset.content_hash).slug == "custom"

    def test_a_failure_leaves_nothing(self, tmp_path: Path, dataset: LoadedDataset) -> None:
        store = DatasetStore(tmp_path)
        (tmp_path / dataset.content_hash).touch()
        with pytest.raises(OSError, match="Not a directory"):
            store.add(dataset)
        assert [path.name for path in tmp_path.iterdir()] == [dataset.content_hash]

    def test_describes_in_plain_json(self, store: DatasetStore, info: DatasetInfo) -> None:
        path = store.folder(info.content_hash) / "dataset.json"
        described = json.loads(path.read_text(encoding="utf-8"))
        assert described["test_examples"] == 40
        assert "28×28" in path.read_text(encoding="utf-8")


class TestReading:
    def test_test_images_are_mapped_and_read_only(
        self, store: DatasetStore, info: DatasetInfo, dataset: LoadedDataset
    ) -> None:
        images = store.test_inputs(info.content_hash)
        assert isinstance(images, np.memmap)
        np.testing.assert_array_equal(images, dataset.x_test)
        with pytest.raises(ValueError, match="read-only"):
            images[0, 0, 0] = 1

    def test_practice_has_its_public_labels(
        self, store: DatasetStore, info: DatasetInfo, dataset: LoadedDataset
    ) -> None:
        images, labels = store.practice(info.content_hash)
        np.testing.assert_array_equal(images, dataset.x_practice)
        np.testing.assert_array_equal(labels, dataset.y_practice)

    def test_training_data_is_what_participants_download(
        self, store: DatasetStore, info: DatasetInfo, dataset: LoadedDataset
    ) -> None:
        with np.load(store.training_data_path(info.content_hash)) as archive:
            assert archive.files == ["x_train", "y_train", "x_practice", "y_practice"]
            np.testing.assert_array_equal(archive["x_train"], dataset.x_train)
            np.testing.assert_array_equal(archive["y_train"], dataset.y_train)

    def test_an_unknown_dataset_is_refused(self, store: DatasetStore) -> None:
        with pytest.raises(DatasetError, match=r"No dataset aaaaaaaaaaaa… is stored"):
            store.info("a" * 64)

    @pytest.mark.parametrize("name", ["", "../secret", "A" * 64, "a" * 63, "a" * 64 + "\n"])
    def test_only_a_hash_names_a_dataset(self, store: DatasetStore, name: str) -> None:
        with pytest.raises(DatasetError, match="64 hexadecimal digits"):
            store.test_inputs(name)

    @pytest.mark.parametrize("content", ["", "[]", '{"slug": "mnist"}'])
    def test_a_damaged_description_is_named(
        self, store: DatasetStore, info: DatasetInfo, content: str
    ) -> None:
        (store.folder(info.content_hash) / "dataset.json").write_text(content)
        with pytest.raises(DatasetError, match=r"dataset\.json cannot be read"):
            store.info(info.content_hash)

    @pytest.mark.parametrize("content", [b"", b"no array", b"PK\x03\x04 and no more"])
    def test_damaged_arrays_are_named(
        self, store: DatasetStore, info: DatasetInfo, content: bytes
    ) -> None:
        store.test_inputs_path(info.content_hash).write_bytes(content)
        store.training_data_path(info.content_hash).write_bytes(content)
        with pytest.raises(DatasetError, match=r"test_images\.npy cannot be read"):
            store.test_inputs(info.content_hash)
        with pytest.raises(DatasetError, match=r"training_data\.npz cannot be read"):
            store.practice(info.content_hash)
