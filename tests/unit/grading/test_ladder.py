"""Which results are a step on a ladder."""

import numpy as np
import pytest

from heldout_server.grading.ladder import is_step, is_step_of_answers
from heldout_server.grading.ties.units import units
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind, Task
from heldout_server.tasks.predictions import Predictions


@pytest.mark.parametrize(
    ("fixed", "broke", "examples", "step"),
    [
        (0, 0, 100, False),
        (1, 0, 100, False),
        (3, 0, 100, True),
        (3, 0, 10_000, False),
        (5, 0, 10_000, True),
        (30, 20, 10_000, False),
        (40, 20, 10_000, True),
        (0, 50, 100, False),
    ],
)
def test_a_step_is_larger_than_its_error_and_than_the_least_one(fixed, broke, examples, step):
    assert is_step_of_answers(fixed, broke, examples) is step


def test_numbers_are_compared_by_the_error_of_their_paired_difference():
    rng = np.random.default_rng(1)
    truth = rng.normal(size=(400, 1))
    noise = rng.normal(size=(400, 1))
    metric = catalogue.metric("neg_root_mean_squared_error")
    task = Task(Kind.REGRESSION, (), ("y",))

    def said(share):
        return Predictions(None, truth + share * noise, "numbers")

    def judged(new, best):
        return is_step(metric, task, truth, units(400, 1), new=said(new), best=said(best))

    assert judged(0.5, 1.0)
    assert not judged(1.0, 0.5)
    assert not judged(1.0, 1.0)
