"""What somebody predicts who knows nothing."""

import numpy as np
import pytest

from heldout_server.baselines import predicting
from heldout_server.datasets.loaded import DIGITS
from heldout_server.tasks.catalogue import for_kind, metric
from heldout_server.tasks.kinds import Kind, Task

TASKS = {
    Kind.BINARY: (Task(Kind.BINARY, ("no", "yes"), (), 0), np.array([0, 1, 1])),
    Kind.MULTICLASS: (DIGITS, np.arange(10)),
    Kind.MULTILABEL: (Task(Kind.MULTILABEL, (), ("a", "b")), np.array([[0, 1], [1, 1]])),
    Kind.REGRESSION: (Task(Kind.REGRESSION, (), ("y",)), np.array([1.5, 2.5])),
}


class TestRandomGuess:
    def test_is_near_chance_and_always_the_same(self):
        one, two = (
            predicting.random_guess(DIGITS, metric("accuracy"), np.arange(10), 10_000)
            for _ in range(2)
        )
        assert (one.labels == two.labels).all()
        shares = np.bincount(one.labels, minlength=10) / 10_000
        assert abs(shares - 0.1).max() < 0.015

    @pytest.mark.parametrize("kind", Kind)
    def test_suits_every_metric(self, kind):
        task, answers = TASKS[kind]
        shape = (20, 2) if kind is Kind.MULTILABEL else (20, 1) if kind is Kind.REGRESSION else 20
        truth = np.random.default_rng(1).integers(0, 2, shape)
        if task.kind is Kind.MULTICLASS:
            truth = np.arange(20) % 10
        if kind is Kind.REGRESSION:
            truth = truth + 1.0
        for one in for_kind(kind):
            found = predicting.random_guess(task, one, answers, 20)
            assert np.isfinite(one.compute(task, truth, found)), one.name

    def test_of_numbers_is_an_answer_of_the_training_data(self):
        task, answers = TASKS[Kind.REGRESSION]
        found = predicting.random_guess(task, metric("r2"), answers, 50)
        assert set(found.values.ravel()) == {1.5, 2.5}
