"""The gauge reads the board's own metric, in its unit and its direction."""

from __future__ import annotations

from typing import Any

import pytest

from heldout_server.runs.asked import Asked
from heldout_server.tasks import catalogue
from heldout_server.tasks.kinds import Kind
from heldout_server.web.pages.runs.overfit_gauge import Gauge, in_words, read_gauge
from heldout_server.web.pages.runs.run_card_view import read_run_card
from unit.runs.made_by_kind import ASKED, made

RMSE = "neg_root_mean_squared_error"


def gauge(metric: str, score: float | None, kind: Kind = Kind.BINARY, **history: Any) -> Gauge:
    series = {name: [value] for name, value in history.items()}
    asked = Asked(kind, 2 if kind is Kind.BINARY else 0, metric)
    return read_gauge(read_run_card({"history": series}, asked), score)


def texts(found: Gauge) -> list[tuple[str, str]]:
    return [(bar.kind, bar.text) for bar in found.bars]


class TestShares:
    def test_all_three_in_percent(self) -> None:
        found = gauge("accuracy", 0.93, accuracy=0.99, val_accuracy=0.95)
        assert texts(found) == [
            ("training", "99.00%"), ("validation", "95.00%"), ("hidden", "93.00%"),
        ]  # fmt: skip
        assert found.gaps == (
            "Training accuracy is 4.00 points above validation: some of it does not carry over.",
            "Hidden accuracy is 2.00 points below validation: validation was not a fair measure of "
            "it.",
        )

    def test_nothing_beside_a_board_that_ranks_by_something_else(self) -> None:
        assert gauge("matthews_corrcoef", 0.8, accuracy=0.99, val_accuracy=0.95).bars == ()

    def test_auc_has_three_digits_and_no_percent(self) -> None:
        found = gauge("roc_auc", 0.9, auc=0.99, val_auc=0.905)
        assert dict(texts(found))["validation"] == "0.905"
        assert not any("%" in label for _, label in found.ticks)
        assert "the two agree" in found.gaps[1]


class TestLosses:
    def test_lower_is_better(self) -> None:
        found = gauge(RMSE, -60.0, Kind.REGRESSION, rmse=30.0, val_rmse=55.0)
        assert texts(found)[2] == ("hidden", "60.00")
        assert found.is_loss
        assert found.gaps == (
            "Training RMSE is 25.00 below validation: some of it does not carry over.",
            "Hidden RMSE is 5.00 above validation: the two agree.",
        )
        by_kind = {bar.kind: bar.x for bar in found.bars}
        assert by_kind["training"] < by_kind["validation"] < by_kind["hidden"]

    def test_training_that_is_no_better_is_no_overfitting(self) -> None:
        found = gauge(RMSE, None, Kind.REGRESSION, rmse=56.0, val_rmse=55.0)
        assert "not below validation: no sign of overfitting" in found.gaps[0]

    def test_a_scaled_target_is_not_put_beside_the_boards_unit(self) -> None:
        found = gauge(RMSE, -55.0, Kind.REGRESSION, rmse=0.5, val_rmse=0.7)
        assert [kind for kind, _ in texts(found)] == ["training", "validation"]
        assert "was the target scaled" in found.gaps[-1]
        assert "55.00" in found.gaps[-1]

    def test_a_trained_one(self) -> None:
        card = read_run_card(made("regression_starter")["card"], ASKED[Kind.REGRESSION])
        found = read_gauge(card, -70.0)
        training, validation, hidden = found.bars
        assert training.x < validation.x
        assert hidden.text == "70.00"


class TestNothing:
    @pytest.mark.parametrize("score", [None, 0.5])
    def test_without_a_history(self, score: float | None) -> None:
        assert read_gauge(read_run_card({}), score).bars == ()

    def test_one_bar_alone_is_no_gauge(self) -> None:
        assert gauge("accuracy", None, accuracy=0.9).bars == ()

    def test_the_worst_and_the_best_have_ticks_inside(self) -> None:
        for score, value in ((0.0, 0.0), (1.0, 1.0)):
            found = gauge("accuracy", score, accuracy=value, val_accuracy=value)
            assert all(0 <= float(label.rstrip("%")) <= 100 for _, label in found.ticks)
            assert len(found.ticks) > 1
        assert gauge(RMSE, 0.0, Kind.REGRESSION, rmse=0.0, val_rmse=0.0).bars


@pytest.mark.parametrize(
    ("name", "said"),
    [("accuracy", "accuracy"), (RMSE, "RMSE"), ("roc_auc", "ROC AUC"), ("r2", "R²"), ("f1", "F1"),
     ("cohen_kappa", "Cohen's kappa"), ("neg_log_loss", "log loss")],
)  # fmt: skip
def test_called_within_a_sentence(name: str, said: str) -> None:
    assert in_words(catalogue.metric(name)) == said
