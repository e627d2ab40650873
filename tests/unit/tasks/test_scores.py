"""From what a board orders by to what people read."""

import math

import pytest

from heldout_server.tasks import scores
from heldout_server.tasks.metric import Direction

RMSE, ACCURACY, R2 = "neg_root_mean_squared_error", "accuracy", "r2"


class TestFigure:
    def test_of_a_loss_is_positive(self):
        assert scores.figure(-3.21, RMSE) == 3.21
        assert scores.text(-3.21, RMSE) == "3.210"
        assert scores.score(3.21, RMSE) == -3.21

    def test_of_a_share_stays_as_it_is(self):
        assert scores.figure(0.9731, ACCURACY) == 0.9731
        assert scores.text(0.9731, ACCURACY) == "97.31%"

    def test_is_never_minus_nothing(self):
        assert math.copysign(1, scores.figure(0.0, RMSE)) == 1
        assert math.copysign(1, scores.score(0.0, RMSE)) == 1

    def test_of_nothing_is_nothing(self):
        assert scores.figure(None, RMSE) is None
        assert scores.text(None, RMSE) == "–"

    def test_of_a_row_is_set_in_place_of_its_scores(self):
        row = {"name": "Ada", "score": -2.0, "private_score": None}
        read = scores.with_figures(row, RMSE, "score", "private_score")
        assert read == {"name": "Ada", "score": 2.0, "private_score": None}


class TestChange:
    def test_is_signed_as_it_is_read(self):
        assert scores.change(0.12, RMSE, -3.21) == "−0.120"
        assert scores.change(-0.12, RMSE, -3.21) == "+0.120"
        assert scores.change(0.0031, ACCURACY) == "+0.31"

    def test_is_a_distance_without_its_sign(self):
        assert scores.distance(-0.12, RMSE, -3.21) == "0.120"
        assert scores.distance(0.0031, ACCURACY) == "0.31 points"


class TestDirection:
    @pytest.mark.parametrize(
        ("metric", "wanted", "words"),
        [
            (RMSE, Direction.LOWER, "lower is better"),
            (R2, Direction.HIGHER, "higher is better"),
            ("neg_hamming_loss", Direction.LOWER, "lower is better"),
        ],
    )
    def test_comes_with_the_metric(self, metric, wanted, words):
        assert scores.direction(metric) == wanted
        assert scores.direction_words(metric) == words

    def test_of_halved_errors_is_for_shares_of_right_answers_alone(self):
        metrics = (ACCURACY, RMSE, R2, "neg_hamming_loss")
        assert [name for name in metrics if scores.is_share(name)] == [ACCURACY]
