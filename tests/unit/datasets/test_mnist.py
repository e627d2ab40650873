from __future__ import annotations

import gzip
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from heldout_server.datasets.loaded import DatasetError, LoadedDataset
from heldout_server.datasets.mnist import dataset_from_arrays
from heldout_server.datasets.mnist_files import MnistArrays, read_mnist_path, read_npz

TEST_LABEL_COUNTS = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


class TestDatasetFromArrays:
    def test_cuts_practice_from_the_end_of_training(self, arrays: MnistArrays) -> None:
        dataset = dataset_from_arrays(arrays, "a test")
        np.testing.assert_array_equal(dataset.x_train, arrays.x_train[:100])
        np.testing.assert_array_equal(dataset.x_practice, arrays.x_train[100:])
        np.testing.assert_array_equal(dataset.y_practice, arrays.y_train[100:])
        np.testing.assert_array_equal(dataset.y_test, arrays.y_test)

    def test_other_images_are_custom_and_say_so(self, dataset: LoadedDataset) -> None:
        assert dataset.slug == "custom"
        assert "not MNIST" in dataset.note

    def test_takes_labels_of_any_integer_type(
        self, arrays: MnistArrays, dataset: LoadedDataset
    ) -> None:
        wide = replace(arrays, y_train=arrays.y_train.astype(np.int64))
        assert dataset_from_arrays(wide, "a test").content_hash == dataset.content_hash

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"x_train": np.zeros((120, 784), np.uint8)}, r"x_train in f has shape \(120, 784\)"),
            ({"x_test": np.zeros((40, 28, 28), np.float32)}, "x_test in f has type float32.*scal"),
            ({"x_test": np.zeros((0, 28, 28), np.uint8)}, "x_test in f has shape"),
            ({"y_train": np.zeros(119, np.uint8)}, r"y_train in f has shape \(119,\)"),
            ({"y_test": np.zeros(40)}, "y_test in f has type float64"),
            ({"y_test": np.full(40, 10)}, "y_test in f has labels outside 0 to 9"),
            ({"y_test": np.full(40, -1)}, "y_test in f has labels outside 0 to 9"),
            ({"y_test": np.zeros(40, np.uint8)}, "test examples of f have 0 of class 1"),
            ({"y_train": np.repeat(np.arange(10), 12)}, "sorted by label must be shuffled"),
        ],
    )
    def test_refuses_what_does_not_fit(
        self, arrays: MnistArrays, change: dict[str, Any], said: str
    ) -> None:
        with pytest.raises(DatasetError, match=said):
            dataset_from_arrays(replace(arrays, **change), "f")


class TestContentHash:
    def test_is_the_same_for_the_same_content(
        self, arrays: MnistArrays, dataset: LoadedDataset
    ) -> None:
        again = dataset_from_arrays(MnistArrays(**vars(arrays)), "another place")
        assert again.content_hash == dataset.content_hash

    @pytest.mark.parametrize("key", ["x_train", "y_train", "x_test"])
    def test_changes_with_any_value(
        self, arrays: MnistArrays, dataset: LoadedDataset, key: str
    ) -> None:
        changed = getattr(arrays, key).copy()
        changed.flat[0] ^= 1
        other = dataset_from_arrays(replace(arrays, **{key: changed}), "a test")
        assert other.content_hash != dataset.content_hash

    def test_tells_nothing_about_the_hidden_labels(
        self, arrays: MnistArrays, dataset: LoadedDataset
    ) -> None:
        other = dataset_from_arrays(replace(arrays, y_test=arrays.y_test[::-1]), "a test")
        assert other.content_hash == dataset.content_hash


class TestLoadedDataset:
    def test_repr_shows_no_array(self, dataset: LoadedDataset) -> None:
        assert repr(dataset) == "LoadedDataset('custom', training=100, practice=20, test=40)"

    def test_arrays_are_read_only(self, dataset: LoadedDataset) -> None:
        with pytest.raises(ValueError, match="read-only"):
            dataset.x_test[0, 0, 0] = 1


class TestRealMnist:
    def test_is_recognised_by_its_arrays(self, real_mnist: Path) -> None:
        dataset = dataset_from_arrays(read_npz(real_mnist), "f")
        assert (dataset.slug, dataset.name, dataset.note) == ("mnist", "MNIST", "")
        assert len(dataset.y_train) == 50_000
        assert len(dataset.y_practice) == len(dataset.y_test) == 10_000
        assert np.bincount(dataset.y_test).tolist() == TEST_LABEL_COUNTS

    def test_one_changed_hidden_label_is_not_mnist(self, real_mnist: Path) -> None:
        real = read_npz(real_mnist)
        labels = real.y_test.copy()
        labels[0] = 3
        assert dataset_from_arrays(replace(real, y_test=labels), "f").slug == "custom"

    def test_is_recognised_in_idx_files(self, real_mnist: Path, tmp_path: Path) -> None:
        real = read_npz(real_mnist)
        for stem, array in (
            ("train-images-idx3", real.x_train),
            ("train-labels-idx1", real.y_train),
            ("t10k-images-idx3", real.x_test),
            ("t10k-labels-idx1", real.y_test),
        ):
            header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
            content = gzip.compress(header + array.tobytes(), compresslevel=1)
            (tmp_path / f"{stem}-ubyte.gz").write_bytes(content)
        assert dataset_from_arrays(read_mnist_path(tmp_path), "f").slug == "mnist"
