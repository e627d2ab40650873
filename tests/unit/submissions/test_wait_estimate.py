"""Waiting is no work: the next one needn't wait as long as the last."""

import math

import pytest

from heldout_server.submissions.wait_estimate import work_seconds


@pytest.mark.parametrize(
    ("stages", "seconds"),
    [
        ({"queue": 40.0, "load": 0.5, "predict": 1.5}, 2.0),
        ({"queue": 40.0}, 0.0),
        ({"load": math.nan, "predict": -3, "grade": True, "inspect": 0.25}, 0.25),
        (None, 0.0),
    ],
)
def test_is_the_sum_of_what_was_done(stages, seconds):
    assert work_seconds({"seconds": stages}) == seconds
