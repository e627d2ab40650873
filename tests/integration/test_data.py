"""What participants are given of a contest: the description, its files, and no hidden answer."""

from __future__ import annotations

import hashlib
import io
import shutil

import numpy as np
import pytest

from heldout_runner.preprocessing import prepared
from made_contests import COLUMNS, SPECIES, open_contest, penguins, prices

DIGITS = "/api/v1/competitions/digits/data"
PENGUINS = "/api/v1/competitions/penguins/data"


@pytest.fixture
def digits_home(digits_home, tmp_path_factory):
    """A copy of its own: the one of all tests gets no second contest."""
    return shutil.copytree(digits_home, tmp_path_factory.mktemp("home") / "digits")


@pytest.fixture
def table(api, installed, clock):
    """The penguins' contest, on the same server as the digits."""
    dataset = penguins()
    open_contest(installed, dataset, metric="balanced_accuracy", now=clock())
    return dataset


def array(api, path: str, name: str) -> np.ndarray:
    return np.load(io.BytesIO(api.get(f"{path}/{name}").content), allow_pickle=False)


class TestDescription:
    def test_of_digits_says_what_they_are(self, api):
        told = api.get(DIGITS).json()
        assert (told["kind"], told["metric"], told["direction"]) == (
            "multiclass", "accuracy", "higher",
        )  # fmt: skip
        assert told["classes"] == list("0123456789")
        assert told["input"] == {
            "shape": [28, 28], "type": "uint8", "is_images": True, "is_table": False,
        }  # fmt: skip
        assert [file["name"] for file in told["files"]] == ["training_data.npz", "test_inputs.npy"]

    def test_of_a_table_names_columns_classes_and_files(self, api, table):
        told = api.get(PENGUINS).json()
        assert told["classes"] == list(SPECIES)
        assert told["targets"] == ["species"]
        assert told["metric_label"] == "Balanced accuracy"
        assert [feature["name"] for feature in told["features"]] == list(COLUMNS)
        assert told["examples"] == {"train": 90, "practice": 12, "test": 40}
        assert [file["name"] for file in told["files"]] == [
            "training_data.npz", "test_inputs.npy", "ids.npy", "scaling.npz", "train.csv",
            "practice.csv", "test.csv",
        ]  # fmt: skip

    def test_of_numbers_says_that_lower_is_better(self, api, installed, clock):
        open_contest(installed, prices(), metric="neg_root_mean_squared_error", now=clock())
        told = api.get("/api/v1/competitions/prices/data").json()
        assert (told["kind"], told["metric_label"], told["direction"]) == (
            "regression", "RMSE", "lower",
        )  # fmt: skip
        assert told["measure"]["needs"] == "numbers"

    def test_scales_as_models_are_served(self, api):
        scaling = api.get(DIGITS).json()["scaling"]
        images = array(api, DIGITS, "test_inputs.npy")
        mean, deviation = (np.float32(scaling[name]) for name in ("mean", "deviation"))
        scaled = (images / np.float32(scaling["divisor"]) - mean) / deviation
        np.testing.assert_array_equal(scaled, prepared(images, "standardize"))

    def test_of_a_table_has_the_training_rows_mean(self, api, table):
        scaling = api.get(PENGUINS).json()["scaling"]
        np.testing.assert_allclose(scaling["mean"], table.x_train.mean(axis=0), rtol=1e-6)
        assert scaling["file"] is None


class TestFiles:
    def test_are_what_the_description_says(self, api, table):
        for file in api.get(PENGUINS).json()["files"]:
            answer = api.get(file["url"])
            assert len(answer.content) == file["bytes"]
            assert hashlib.sha256(answer.content).hexdigest() == file["sha256"]
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert file["name"] in answer.headers["Content-Disposition"]

    def test_of_an_address_without_their_version_are_asked_for_again(self, api):
        answer = api.get(f"{DIGITS}/test_inputs.npy")
        assert answer.headers["Cache-Control"] == "no-cache"
        tag = {"If-None-Match": answer.headers["ETag"]}
        again = api.get(f"{DIGITS}/test_inputs.npy", headers=tag)
        assert (again.status_code, again.content) == (304, b"")

    def test_come_in_ranges(self, api):
        part = api.get(f"{DIGITS}/test_inputs.npy", headers={"Range": "bytes=0-5"})
        assert (part.status_code, part.content) == (206, b"\x93NUMPY")

    @pytest.mark.parametrize(
        "name", ["dataset.json", "y_test.npy", "practice_labels.npy", "labels"]
    )
    def test_are_these_and_no_others(self, api, name):
        assert api.get(f"{DIGITS}/{name}").status_code == 404

    def test_old_addresses_stay(self, api):
        old = api.get("/api/v1/competitions/digits/test-images").content
        assert api.get(f"{DIGITS}/test_inputs.npy").content == old


class TestHiddenAnswers:
    def test_are_in_no_file(self, api, table):
        files = [file["name"] for file in api.get(PENGUINS).json()["files"]]
        arrays = dict(np.load(io.BytesIO(api.get(f"{PENGUINS}/training_data.npz").content)))
        assert set(arrays) == {"x_train", "y_train", "x_practice", "y_practice"}
        hidden = table.y_test
        for name in (file for file in files if file.endswith(".npy")):
            column = array(api, PENGUINS, name).reshape(len(hidden), -1)
            assert not [c for c in column.T if np.array_equal(c.astype(str), hidden.astype(str))]
        test = api.get(f"{PENGUINS}/test.csv").text
        assert not [name for name in (*SPECIES, "species") if name in test]
        assert "Adelie" in api.get(f"{PENGUINS}/train.csv").text

    def test_are_not_counted_in_the_description(self, api, table):
        told = api.get(PENGUINS).text
        for count in np.bincount(table.y_test):
            assert f": {count}," not in told.replace('"shape"', "")
