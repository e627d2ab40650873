from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heldout_server.datasets.loaded import DatasetError
from heldout_server.datasets.mnist_files import (
    MnistArrays,
    read_idx,
    read_mnist_path,
    read_npz,
)

WriteIdx = Callable[..., Path]


def assert_same(found: MnistArrays, wanted: MnistArrays) -> None:
    for key, array in vars(wanted).items():
        np.testing.assert_array_equal(getattr(found, key), array)


class TestReadMnistPath:
    def test_reads_an_npz_file(self, npz: Path, arrays: MnistArrays) -> None:
        assert_same(read_mnist_path(npz), arrays)

    def test_reads_a_folder_with_mnist_npz(self, npz: Path, arrays: MnistArrays) -> None:
        assert_same(read_mnist_path(npz.parent), arrays)

    def test_reads_an_npz_under_another_name(self, npz: Path, arrays: MnistArrays) -> None:
        assert_same(read_mnist_path(npz.rename(npz.with_name("digits.bin"))), arrays)

    @pytest.mark.parametrize("zipped", [True, False])
    @pytest.mark.parametrize("dotted", [True, False])
    def test_reads_a_folder_of_idx_files(
        self, write_idx: WriteIdx, arrays: MnistArrays, zipped: bool, dotted: bool
    ) -> None:
        assert_same(read_mnist_path(write_idx(zipped=zipped, dotted=dotted)), arrays)

    @pytest.mark.parametrize("zipped", [True, False])
    def test_reads_all_four_when_given_one_idx_file(
        self, write_idx: WriteIdx, arrays: MnistArrays, zipped: bool
    ) -> None:
        one = next(write_idx(zipped=zipped).glob("t10k-labels*"))
        assert_same(read_mnist_path(one), arrays)

    def test_refuses_a_missing_path_by_name(self, tmp_path: Path) -> None:
        with pytest.raises(DatasetError, match=r"no file or folder .*nowhere"):
            read_mnist_path(tmp_path / "nowhere")

    def test_refuses_an_empty_folder_and_names_what_it_looked_for(self, tmp_path: Path) -> None:
        with pytest.raises(DatasetError, match=r"mnist\.npz.*train-images-idx3-ubyte\.gz"):
            read_mnist_path(tmp_path)

    def test_names_the_one_idx_file_that_is_missing(self, write_idx: WriteIdx) -> None:
        folder = write_idx(leave_out="y_test")
        with pytest.raises(DatasetError, match=r"missing: t10k-labels-idx1-ubyte\.gz\."):
            read_mnist_path(folder)

    def test_refuses_a_file_of_another_kind(self, tmp_path: Path) -> None:
        page = tmp_path / "mnist.npz"
        page.write_text("<html>Sign in to the network</html>")
        with pytest.raises(DatasetError, match=r"neither an \.npz file nor an IDX file"):
            read_mnist_path(page)

    def test_says_why_a_file_cannot_be_opened(self, tmp_path: Path) -> None:
        loop = tmp_path / "mnist.npz"
        loop.symlink_to(loop)
        with pytest.raises(DatasetError, match="cannot be opened: Too many levels"):
            read_mnist_path(loop)


class TestReadNpz:
    def test_names_missing_arrays(self, tmp_path: Path) -> None:
        np.savez(tmp_path / "a.npz", x_train=np.zeros(1), y_train=np.zeros(1))
        with pytest.raises(DatasetError, match="no array named x_test, y_test"):
            read_npz(tmp_path / "a.npz")

    def test_never_unpickles(self, tmp_path: Path) -> None:
        trap = np.array([{"not": "pixels"}], dtype=object)
        np.savez(tmp_path / "a.npz", x_train=trap, y_train=trap, x_test=trap, y_test=trap)
        with pytest.raises(DatasetError, match="plain arrays"):
            read_npz(tmp_path / "a.npz")

    def test_refuses_a_lone_array(self, tmp_path: Path) -> None:
        np.save(tmp_path / "a.npy", np.zeros(3))
        with pytest.raises(DatasetError, match="plain arrays"):
            read_npz(tmp_path / "a.npy")

    @settings(
        max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(cut=st.floats(0, 0.999))
    def test_refuses_a_file_cut_anywhere(self, npz: Path, cut: float) -> None:
        content = npz.read_bytes()
        part = npz.with_name("part.npz")
        part.write_bytes(content[: int(len(content) * cut)])
        with pytest.raises(DatasetError, match="cut short"):
            read_npz(part)

    @settings(
        max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(place=st.floats(0, 0.999), flip=st.integers(1, 255))
    def test_an_altered_byte_is_refused_or_harmless(
        self, npz: Path, arrays: MnistArrays, place: float, flip: int
    ) -> None:
        content = bytearray(npz.read_bytes())
        content[int(len(content) * place)] ^= flip
        altered = npz.with_name("altered.npz")
        altered.write_bytes(content)
        try:
            found = read_npz(altered)
        except DatasetError:
            return
        assert_same(found, arrays)


class TestReadIdx:
    def test_refuses_another_rank(self, write_idx: WriteIdx) -> None:
        labels = next(write_idx().glob("train-labels*"))
        with pytest.raises(DatasetError, match="not an IDX file of unsigned bytes with 3"):
            read_idx(labels, 3)

    def test_refuses_another_value_type(self, tmp_path: Path) -> None:
        floats = tmp_path / "floats"
        floats.write_bytes(bytes((0, 0, 0x0D, 1, 0, 0, 0, 1)) + bytes(4))
        with pytest.raises(DatasetError, match="not an IDX file"):
            read_idx(floats, 1)

    @pytest.mark.parametrize("change", [-1, 1])
    def test_refuses_a_length_that_is_not_announced(self, tmp_path: Path, change: int) -> None:
        path = tmp_path / "labels"
        path.write_bytes(bytes((0, 0, 8, 1, 0, 0, 0, 10)) + bytes(10 + change))
        with pytest.raises(DatasetError, match=rf"announces 10 .* holds {10 + change}"):
            read_idx(path, 1)

    def test_refuses_a_truncated_gzip_file(self, tmp_path: Path) -> None:
        path = tmp_path / "labels.gz"
        path.write_bytes(gzip.compress(bytes(1000))[:-9])
        with pytest.raises(DatasetError, match="cannot be unpacked"):
            read_idx(path, 1)

    def test_refuses_an_empty_file(self, tmp_path: Path) -> None:
        path = tmp_path / "labels"
        path.touch()
        with pytest.raises(DatasetError, match="not an IDX file"):
            read_idx(path, 1)
