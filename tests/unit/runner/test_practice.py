from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from heldout_runner.answers import Answers
from heldout_runner.practice import Practice, Predict, judged, unjudged
from heldout_runner.preprocessing import Inputs
from heldout_runner.protocol import Job
from heldout_runner.variants import PIXELS, PREPROCESSING

LABELS = np.arange(200) % 10
PRACTICE = Practice(Inputs(np.zeros((200, 28, 28), np.uint8)), Answers.of("multiclass", LABELS))


def model(right: dict[str, float], *, add: int = 0, asked: list[str] | None = None) -> Predict:
    """A model that gets a share of the images right with some variants, and says 0 otherwise."""

    def predict(images: Inputs, variants: Sequence[str]) -> np.ndarray:
        if asked is not None:
            asked.extend(variants)
        shares = np.array([[right.get(variant, 0)] for variant in variants])
        known = np.arange(len(images)) < shares * len(images)
        said = np.where(known, (LABELS + add) % 10, 0)
        return np.eye(10, dtype=np.float32)[said]

    return predict


class TestJudged:
    def test_looks_no_further_when_a_model_reads_well(self) -> None:
        asked: list[str] = []
        found = judged("0-1", PRACTICE, model({"0-1": 1}, asked=asked))
        assert asked == ["0-1"]
        assert found.examples == 200
        assert found.shares[0] == 1
        assert all(math.isnan(other) for other in found.shares[1:])

    def test_tries_all_others_when_it_does_not(self) -> None:
        found = judged("0-1", PRACTICE, model({"0-255": 1}))
        assert found.preprocessing == "0-1"
        assert dict(zip(PREPROCESSING, found.shares, strict=True)) == {
            **dict.fromkeys(PIXELS, pytest.approx(0.1)),
            "0-255": 1,
            "none": pytest.approx(math.nan, nan_ok=True),
        }

    def test_a_variant_that_stops_the_model_reads_nothing(self) -> None:
        reads = model({"0-1": 0.5})

        def predict(images: Inputs, variants: Sequence[str]) -> np.ndarray:
            if "0-255" in variants:
                raise ValueError("outside the table")
            return reads(images, variants)

        found = judged("0-1", PRACTICE, predict)
        assert found.preprocessing == "0-1"
        assert found.shares[PREPROCESSING.index("0-255")] == 0

    @pytest.mark.parametrize(("add", "name"), [(0, ""), (1, "one_high"), (-1, "one_low")])
    def test_finds_shifted_labels(self, add: int, name: str) -> None:
        found = judged("0-1", PRACTICE, model({"0-1": 1}, add=add))
        assert found.explanation == name
        assert found.explained >= 0.9

    def test_counts_what_is_not_finite_as_wrong(self) -> None:
        def predict(images: Inputs, variants: Sequence[str]) -> np.ndarray:
            return np.full((len(variants), len(images), 10), np.nan, np.float32)

        found = judged("0-1", PRACTICE, predict)
        assert found.shares[:6] == (0.0,) * 6
        assert found.explained == 0


class TestPractice:
    def job(self, folder: Path, preprocessing: str) -> Job:
        images, labels = folder / "x.npy", folder / "y.npy"
        np.save(images, np.zeros((3000, 28, 28), np.uint8))
        np.save(labels, np.zeros(3000, np.uint8))
        return Job("", "", (10,), 0, 0, preprocessing, str(images), str(labels))

    @pytest.mark.parametrize(("preprocessing", "count"), [("0-255", 100), ("auto", 2000)])
    def test_takes_the_first_images(self, tmp_path: Path, preprocessing: str, count: int) -> None:
        known = Practice.of(self.job(tmp_path, preprocessing))
        assert known is not None
        assert (len(known.inputs), len(known.answers)) == (count, count)

    def test_is_absent_where_the_job_has_none(self) -> None:
        assert Practice.of(Job("", "", (10,), 0, 0)) is None


class TestUnjudged:
    def test_names_the_variant_only(self) -> None:
        found = unjudged("-1-1")
        assert (found.preprocessing, found.examples) == ("-1-1", 0)
