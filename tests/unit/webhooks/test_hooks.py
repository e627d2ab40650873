"""A threshold is a figure as people read it, and whoever is better has passed it."""

import pytest

from heldout_server.models import Competition
from heldout_server.webhooks.hooks import reaches


@pytest.mark.parametrize(
    ("metric", "score", "passed", "ahead"),
    [
        ("accuracy", 0.985, 0.98, 0.99),
        ("neg_root_mean_squared_error", -3.2, 3.5, 3.0),
        ("r2", -0.1, -0.2, 0.0),
    ],
)
def test_is_reached_by_what_is_as_good(metric, score, passed, ahead):
    competition = Competition(metric=metric)
    assert reaches(competition, score, passed)
    assert reaches(competition, score, abs(score) if metric != "r2" else score)
    assert not reaches(competition, score, ahead)
