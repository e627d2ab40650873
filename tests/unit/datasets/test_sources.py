from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest

from heldout_server.datasets.download import MnistUnavailable
from heldout_server.datasets.loaded import DatasetError
from heldout_server.datasets.sources import (
    cached_mnist,
    default_keras_home,
    load_dataset,
    load_mnist,
)


@pytest.fixture
def no_internet() -> httpx.MockTransport:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("network is unreachable")

    return httpx.MockTransport(fail)


@pytest.fixture
def never() -> httpx.MockTransport:
    def fail(request: httpx.Request) -> httpx.Response:
        raise AssertionError("nothing may be downloaded here")

    return httpx.MockTransport(fail)


class TestLoadMnist:
    def test_a_given_path_comes_first(
        self, npz: Path, tmp_path: Path, never: httpx.MockTransport
    ) -> None:
        dataset = load_mnist(npz, keras_home=tmp_path, cache_dir=tmp_path, transport=never)
        assert dataset.slug == "custom"

    @pytest.mark.parametrize("load", [load_mnist, load_dataset])
    def test_a_given_path_that_is_wrong_never_falls_back(
        self, load: Callable[..., object], tmp_path: Path, never: httpx.MockTransport
    ) -> None:
        with pytest.raises(DatasetError, match="no file or folder") as caught:
            load(
                tmp_path / "mnsit.npz",
                keras_home=tmp_path,
                cache_dir=tmp_path,
                transport=never,
            )
        assert not isinstance(caught.value, MnistUnavailable)

    @pytest.mark.parametrize("place", ["keras/datasets", "cache"])
    def test_a_cached_mnist_needs_no_download(
        self, real_mnist: Path, tmp_path: Path, never: httpx.MockTransport, place: str
    ) -> None:
        (tmp_path / place).mkdir(parents=True)
        shutil.copy(real_mnist, tmp_path / place / "mnist.npz")
        dataset = load_mnist(
            keras_home=tmp_path / "keras", cache_dir=tmp_path / "cache", transport=never
        )
        assert dataset.slug == "mnist"

    def test_says_when_downloading_is_switched_off(
        self, tmp_path: Path, never: httpx.MockTransport
    ) -> None:
        with pytest.raises(MnistUnavailable, match="switched off"):
            load_mnist(keras_home=tmp_path, cache_dir=tmp_path, download=False, transport=never)


class TestLoadDataset:
    def test_without_internet_falls_back_to_the_digits_and_says_so(
        self, tmp_path: Path, no_internet: httpx.MockTransport, caplog: pytest.LogCaptureFixture
    ) -> None:
        dataset = load_dataset(keras_home=tmp_path, cache_dir=tmp_path, transport=no_internet)
        assert dataset.slug == "digits"
        assert "not MNIST" in dataset.note
        assert "could not be downloaded (ConnectError)" in caplog.text

    def test_a_sign_in_page_instead_of_mnist_falls_back_to_the_digits(self, tmp_path: Path) -> None:
        page = httpx.MockTransport(lambda _: httpx.Response(200, text="<html>Sign in</html>"))
        dataset = load_dataset(keras_home=tmp_path, cache_dir=tmp_path, transport=page)
        assert dataset.slug == "digits"

    def test_a_given_path_is_used(self, npz: Path, tmp_path: Path) -> None:
        assert load_dataset(npz, cache_dir=tmp_path).slug == "custom"


class TestCachedMnist:
    def test_passes_over_other_images(self, npz: Path, caplog: pytest.LogCaptureFixture) -> None:
        assert cached_mnist(npz) is None
        assert "not MNIST's" in caplog.text

    def test_passes_over_a_broken_file(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "mnist.npz").write_bytes(b"PK\x03\x04 and no more")
        with caplog.at_level(logging.WARNING):
            assert cached_mnist(tmp_path / "mnist.npz") is None
        assert "Passing over" in caplog.text

    def test_passes_over_other_shapes(self, tmp_path: Path) -> None:
        flat = np.zeros(3)
        np.savez(tmp_path / "mnist.npz", x_train=flat, y_train=flat, x_test=flat, y_test=flat)
        assert cached_mnist(tmp_path / "mnist.npz") is None

    def test_is_quiet_when_there_is_none(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert cached_mnist(tmp_path / "mnist.npz") is None
        assert caplog.text == ""


class TestDefaultKerasHome:
    def test_follows_keras_home(self) -> None:
        found = default_keras_home({"KERAS_HOME": "/somewhere", "HOME": "/home/ada"})
        assert found == Path("/somewhere")

    def test_is_in_the_home_folder_otherwise(self) -> None:
        assert default_keras_home({"HOME": "/home/ada"}) == Path("/home/ada/.keras")

    def test_is_unknown_without_a_home(self) -> None:
        assert default_keras_home({}) is None
