"""`client.data()`: what there is to learn from, in memory, on the disk and at a glance."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

import heldout
from client.fake_data import (
    COLUMNS,
    SPECIES,
    bright_or_dark,
    npy,
    prices,
    species,
    tags,
    yes_or_no,
)
from client.fake_server import TOKEN, URL, FakeServer, lose
from heldout._cache import cache_folder


def files_asked(server: FakeServer) -> list[str]:
    """The names of the files that were downloaded, in order."""
    calls = server.calls("GET /competitions/mnist/data/")
    return [request.url.path.rpartition("/")[2] for request in calls]


class TestArrays:
    def test_of_classes(self, client: heldout.Client, server: FakeServer) -> None:
        server.data = species()
        data = client.data()
        assert (data.kind, data.classes, data.targets) == ("multiclass", SPECIES, ("species",))
        assert (data.metric, data.metric_label, data.direction) == (
            "accuracy", "Accuracy", "higher",
        )  # fmt: skip
        assert data.x_train.shape == (60, 3)
        assert data.y_train.dtype == np.uint8
        assert (data.x_practice.shape, data.y_practice.shape) == ((20, 3), (20,))
        assert data.x_test.shape == (20, 3)
        assert data.feature_names == COLUMNS
        assert data.ids[0] == "0080"

    def test_of_numbers_and_of_labels(self, client: heldout.Client, server: FakeServer) -> None:
        server.data = prices()
        data = client.data()
        assert (data.classes, data.direction, data.y_train.dtype) == ((), "lower", np.float64)
        server.data = tags()
        assert client.data().y_train.shape == (60, 2)
        assert client.data().ids.tolist() == list(range(20))
        server.data = yes_or_no()
        assert client.data().positive == "bad"

    def test_are_downloaded_only_when_they_are_looked_at(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = species()
        data = client.data()
        assert str(data)
        assert files_asked(server) == []
        assert data.x_test.shape == (20, 3)
        assert files_asked(server) == ["test_inputs.npy"]
        assert server.requests[-1].url.query == b"v=1"

    def test_are_standardized_as_the_server_does(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        from heldout_runner.preprocessing import Scaling, prepared

        server.data = bright_or_dark()
        data = client.data()
        np.testing.assert_array_equal(
            data.standardize(data.x_test), prepared(data.x_test, "standardize")
        )
        server.data = species()
        mean, deviation = (
            np.asarray(server.data.scaling[name], np.float32) for name in ("mean", "deviation")
        )
        data = client.data()
        scaled = data.standardize(data.x_train)
        np.testing.assert_array_equal(
            scaled, prepared(data.x_train, "standardize", Scaling(mean, deviation))
        )
        assert scaled.dtype == np.float32
        np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-6)
        np.testing.assert_allclose(scaled.std(axis=0), 1, rtol=1e-5)

    @pytest.mark.parametrize("how", ["0-1", "0-255", "-0.5-0.5", "-1-1", "standardize", "l2-rows"])
    def test_are_prepared_in_every_way_as_the_server_does(
        self, client: heldout.Client, server: FakeServer, how: str
    ) -> None:
        from heldout_runner.preprocessing import prepared

        server.data = bright_or_dark()
        data = client.data()
        found = data.preparing.prepared(data.x_test, how)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, prepared(data.x_test, how))

    def test_years_keep_their_digits_when_standardized(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = prices()
        server.data.scaling |= {"mean": 2e9, "deviation": 2.0}
        assert client.data().standardize([2_000_000_001.0])[0] == pytest.approx(0.5)

    def test_a_long_scaling_is_a_file(self, client: heldout.Client, server: FakeServer) -> None:
        from client.fake_data import npz

        server.data = species()
        server.data.files["scaling.npz"] = npz(mean=np.ones(3), deviation=np.full(3, 2.0))
        server.data.scaling |= {"mean": None, "deviation": None, "file": "scaling.npz"}
        assert client.data().standardize([[3.0, 3.0, 3.0]]).tolist() == [[1.0, 1.0, 1.0]]


class TestCache:
    def test_is_shared_by_clients_of_this_user(self, server: FakeServer) -> None:
        server.data = species()
        for _ in range(2):
            with heldout.Client(URL, TOKEN, transport=server.transport) as client:
                assert client.data().x_train.shape == (60, 3)
        assert files_asked(server) == ["training_data.npz"]

    @pytest.mark.parametrize("broken", [b"", b"\x93NUMPY nonsense"])
    def test_a_broken_file_is_fetched_anew(
        self, client: heldout.Client, server: FakeServer, tmp_path: Path, broken: bytes
    ) -> None:
        server.data = species()
        expected = client.data().x_test
        path = next((tmp_path / "cache").rglob("test_inputs.npy"))
        whole = path.read_bytes()
        path.write_bytes(broken.ljust(len(whole), b"!") if broken else broken)
        with heldout.Client(URL, TOKEN, transport=server.transport) as other:
            np.testing.assert_array_equal(other.data().x_test, expected)
        assert path.read_bytes() == whole
        assert files_asked(server) == ["test_inputs.npy"] * 2

    def test_a_broken_connection_leaves_nothing_half_written(
        self, client: heldout.Client, server: FakeServer, tmp_path: Path
    ) -> None:
        server.data = species()
        server.before += [("GET /competitions/mnist/data/test", lose)] * 3
        assert client.data().x_test.shape == (20, 3)
        server.before += [("GET /competitions/mnist/data/training", lose)] * 20
        with pytest.raises(heldout.ConnectionFailed):
            _ = client.data().x_train
        assert [path.name for path in (tmp_path / "cache").rglob("*.*")] == ["test_inputs.npy"]

    def test_what_arrives_damaged_is_not_kept(
        self, client: heldout.Client, server: FakeServer, tmp_path: Path
    ) -> None:
        server.data = species()
        damaged = httpx.Response(200, content=npy(np.zeros((20, 3))))
        server.before.append(("GET /competitions/mnist/data/test", lambda _: damaged))
        with pytest.raises(heldout.UnexpectedAnswer, match="damaged"):
            _ = client.data().x_test
        assert list((tmp_path / "cache").rglob("*.*")) == []
        assert client.data().x_test.shape == (20, 3)

    def test_a_name_never_leads_out_of_the_folder(
        self, client: heldout.Client, server: FakeServer, tmp_path: Path
    ) -> None:
        server.data = species()
        server.data.files = {"../../evil.csv": b"1"}
        with pytest.raises(heldout.UnexpectedAnswer, match="evil"):
            client.data().downloaded()
        assert list(tmp_path.rglob("evil.csv")) == []

    def test_a_folder_that_cannot_be_written_is_no_obstacle(
        self, client: heldout.Client, server: FakeServer, tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        (tmp_path / "a file").touch()
        monkeypatch.setenv("HELDOUT_CACHE", str(tmp_path / "a file" / "below"))
        server.data = species()
        assert client.data().x_test.shape == (20, 3)

    def test_lies_where_each_system_keeps_such_things(self) -> None:
        home = Path.home()
        assert cache_folder({}, "linux") == home / ".cache/heldout"
        assert cache_folder({"XDG_CACHE_HOME": "/c"}, "linux") == Path("/c/heldout")
        assert cache_folder({}, "darwin") == home / "Library/Caches/heldout"
        assert cache_folder({"LOCALAPPDATA": "/l"}, "win32") == Path("/l/heldout/cache")


class TestGlance:
    def test_tells_what_is_predicted_and_how_it_is_measured(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = species()
        told = repr(client.data())
        assert "one of 3 classes (Adelie, Chinstrap, Gentoo)" in told
        assert "Measured by Accuracy, higher is better" in told
        assert "(60, 3)" in told
        server.data = prices()
        assert "predict a number, price" in repr(client.data())
        assert "RMSE, lower is better" in client.data()._repr_html_()

    def test_escapes_everything(self, client: heldout.Client, server: FakeServer) -> None:
        server.data = species(classes=("<script>", "b", "c"))
        assert "<script>" not in client.data()._repr_html_()

    def test_a_misspelt_name_is_answered_with_the_one_that_was_meant(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        server.data = species()
        with pytest.raises(AttributeError, match="did you mean x_train"):
            _ = client.data().x_trian


class TestFrames:
    @pytest.fixture
    def pandas(self) -> Any:
        return pytest.importorskip("pandas")

    def test_have_the_ids_as_their_index(
        self, client: heldout.Client, server: FakeServer, pandas: Any
    ) -> None:
        server.data = species()
        train, practice, test = client.data().frames()
        assert list(train.columns) == [*COLUMNS, "species"]
        assert list(test.columns) == list(COLUMNS)
        assert (test.index.name, test.index[0]) == ("penguin_id", "0080")
        assert (len(train), len(practice), len(test)) == (60, 20, 20)
        np.testing.assert_array_equal(test.to_numpy(), client.data().x_test)

    def test_are_made_of_the_arrays_where_there_are_no_tables(
        self, client: heldout.Client, server: FakeServer, pandas: Any
    ) -> None:
        server.data = yes_or_no(targets=("quality",))
        frames = client.data().frames()
        assert list(frames.train.columns) == [*COLUMNS, "quality"]
        assert frames.train.quality.unique().tolist() == ["bad", "good"]
        assert frames.test.index.tolist() == list(range(20))
        server.data = tags()
        assert client.data().frames().practice[["red", "round"]].shape == (20, 2)

    def test_there_are_none_of_images(
        self, client: heldout.Client, server: FakeServer, pandas: Any
    ) -> None:
        server.data = bright_or_dark()
        with pytest.raises(heldout.WrongArguments, match="no table"):
            client.data().frames()

    def test_without_the_library_say_what_to_paste(
        self, client: heldout.Client, server: FakeServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        server.data = species()
        monkeypatch.setitem(sys.modules, "pandas", None)
        with pytest.raises(heldout.HeldoutError, match="%pip install pandas"):
            client.data().frames()
        with pytest.raises(heldout.WrongArguments, match="dask"):
            client.data().frames("dask")

    def test_of_polars_have_the_ids_as_a_column(
        self, client: heldout.Client, server: FakeServer
    ) -> None:
        pytest.importorskip("polars")
        server.data = species()
        test = client.data().frames("polars").test
        assert test["penguin_id"][0] == "0080"
