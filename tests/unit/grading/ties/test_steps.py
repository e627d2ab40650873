"""A step from one's own best, or too close to call, with the margin."""

import numpy as np
import pytest

from heldout_server.grading.ties import mcnemar
from heldout_server.grading.ties.steps import Call, by_answers, by_resampling


@pytest.mark.parametrize(
    ("fixed", "broke", "call"),
    [
        (31, 22, Call.CLOSE), (45, 22, Call.STEP), (22, 45, Call.BACK),
        (0, 0, Call.CLOSE), (1, 0, Call.CLOSE), (5, 0, Call.STEP), (0, 5, Call.BACK),
        (4, 4, Call.CLOSE),
    ],
)  # fmt: skip
def test_calls_what_was_fixed_and_broken(fixed, broke, call):
    found = by_answers(fixed, broke)
    assert (found.call, found.change) == (call, fixed - broke)
    assert (found.fixed, found.broke) == (fixed, broke)


@pytest.mark.parametrize("total", [0, 1, 4, 5, 6, 53, 54, 400])
def test_the_margin_is_the_largest_lead_that_may_be_luck(total):
    margin = by_answers(total, 0).margin
    lead = int(margin)
    assert lead == margin
    assert mcnemar.mid_p((total + lead) // 2, (total - lead) // 2) > 0.05
    if lead + 2 <= total:
        assert mcnemar.mid_p((total + lead) // 2 + 1, (total - lead) // 2 - 1) <= 0.05


MANY = np.full(2, 500.0)


class TestByResampling:
    CHANGES = np.random.default_rng(5).standard_normal((1000, 2)).astype(np.float32) / 2**0.5

    @pytest.mark.parametrize(
        ("score", "call"),
        [(0.0, Call.CLOSE), (1.5, Call.CLOSE), (-1.5, Call.CLOSE), (2.5, Call.STEP),
         (-2.5, Call.BACK)],
    )  # fmt: skip
    def test_calls_by_the_interval(self, score, call):
        found = by_resampling(score, 0.0, self.CHANGES, MANY)
        assert found.call is call
        assert found.margin == pytest.approx(1.96, abs=0.15)
        assert (found.fixed, found.broke) == (None, None)

    def test_few_units_are_always_too_close(self):
        assert by_resampling(99.0, 0.0, self.CHANGES, MANY / 125).call is Call.CLOSE

    def test_the_same_answers_are_no_step(self):
        same = self.CHANGES[:, [0, 0]]
        found = by_resampling(0.5, 0.5, same, MANY)
        assert (found.call, found.margin) == (Call.CLOSE, 0.0)
