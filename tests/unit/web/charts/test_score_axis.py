"""The axis on which scores stand: better is up, and its labels are figures."""

import pytest

from heldout_server.web.charts.score_axis import score_axis

RMSE = "neg_root_mean_squared_error"


class TestScoreAxis:
    def test_of_shares_has_the_same_step_for_each_halving_of_errors(self):
        axis = score_axis([0.6, 0.96], "accuracy")
        steps = [axis.height(score) for score in (0.5, 0.75, 0.875)]
        assert steps[2] - steps[1] == pytest.approx(steps[1] - steps[0])
        assert [text for _, text in axis.ticks] == ["50%", "75%", "90%", "95%", "98%"]

    def test_of_a_loss_has_smaller_figures_higher(self):
        axis = score_axis([-60.0, -45.0, -50.0], RMSE)
        assert axis.share(-45.0) > axis.share(-50.0) > axis.share(-60.0)
        assert [text for _, text in axis.ticks] == ["60", "55", "50", "45"]
        assert "smaller figures stand higher" in axis.sentence

    def test_isnt_squeezed_by_a_few_far_below(self):
        axis = score_axis([-45.0, -46.0, -47.0, -48.0, -5000.0], RMSE)
        assert axis.low >= -100
        assert axis.share(-5000.0) == 0

    @pytest.mark.parametrize("found", [[], [0.0], [-7.5], [-1e9, -1e-9], [5.0, 5.0]])
    def test_has_a_foot_and_a_top_whatever_lies_on_it(self, found):
        for metric in (RMSE, "r2", "neg_log_loss"):
            axis = score_axis(found, metric)
            assert axis.low < axis.high
            assert all(0 <= axis.share(score) <= 1 for score in found)

    @pytest.mark.parametrize("found", [[], [0.0], [1.0], [0.99999]])
    def test_of_shares_has_both_too(self, found):
        axis = score_axis(found, "accuracy")
        assert axis.low < axis.high

    def test_of_a_coefficient_may_lie_below_zero(self):
        axis = score_axis([-0.2, 0.1, 0.3], "r2")
        assert axis.low <= -0.2
        assert axis.ticks[0][1].startswith("−")
