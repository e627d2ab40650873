"""The Wilson interval against published figures and its own properties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heldout_server.leaderboard.confidence_interval import wilson


class TestWilson:
    @pytest.mark.parametrize(
        ("examples", "low", "high"),
        [(1_000, 0.9693, 0.9870), (5_000, 0.9757, 0.9835), (10_000, 0.9771, 0.9826)],
    )
    def test_at_98_percent(self, examples, low, high):
        found = wilson(round(0.98 * examples), examples)
        assert found.low == pytest.approx(low, abs=6e-5)
        assert found.high == pytest.approx(high, abs=6e-5)

    @given(st.integers(1, 20_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
    def test_holds_the_share_and_stays_a_share(self, given):
        correct, examples = given
        found = wilson(correct, examples)
        assert 0 <= found.low <= correct / examples + 1e-12
        assert correct / examples - 1e-12 <= found.high <= 1

    def test_of_a_perfect_score_has_width(self):
        assert wilson(100, 100).low < 0.97

    @pytest.mark.parametrize(("correct", "examples"), [(-1, 10), (11, 10), (0, 0)])
    def test_refuses_what_is_no_share(self, correct, examples):
        with pytest.raises(ValueError, match="no share"):
            wilson(correct, examples)
