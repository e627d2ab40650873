"""Predictions of any task, kept as bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from heldout_server.tasks.predictions import Predictions

CASES = [
    Predictions(np.array([0, 9, 3]), None, "labels"),
    Predictions(np.array([999, 0]), np.eye(2, dtype=np.float32), "probabilities"),
    Predictions(np.array([[0, 1], [1, 1]]), np.array([[0.1, 0.9], [0.7, 0.7]]), "scores"),
    Predictions(None, np.array([[1e300], [-2.5]]), "numbers"),
    Predictions(np.zeros(0, np.int64), None, "labels"),
]


@pytest.mark.parametrize("given", CASES, ids=lambda one: one.output)
class TestPredictions:
    def test_come_back_as_they_were(self, given: Predictions) -> None:
        found = Predictions.from_bytes(given.to_bytes())
        assert found.output == given.output
        same(found.labels, given.labels)
        same(found.values, given.values)

    def test_are_the_same_bytes_every_time(self, given: Predictions) -> None:
        assert given.to_bytes() == given.to_bytes()

    def test_a_part_has_its_rows(self, given: Predictions) -> None:
        rows = np.arange(len(given)) % 2 == 0
        part = given.part(rows)
        assert len(part) == rows.sum()
        same(part.labels, None if given.labels is None else given.labels[rows])
        same(part.values, None if given.values is None else given.values[rows])


def same(found: Any, wanted: Any) -> None:
    assert (found is None) == (wanted is None)
    if wanted is not None:
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)


def test_nothing_at_all_is_no_prediction() -> None:
    with pytest.raises(ValueError, match="labels, values, or both"):
        Predictions(None, None, "labels")


def test_a_regression_has_no_classes() -> None:
    with pytest.raises(ValueError, match="no labels"):
        _ = Predictions(None, np.ones((2, 1)), "numbers").classes
