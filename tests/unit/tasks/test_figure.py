"""How a figure reads, wherever it stands."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heldout_server.kit import formats
from heldout_server.tasks.catalogue import METRICS
from heldout_server.tasks.figure import Figure, change, read
from heldout_server.tasks.metric import Metric, told

ACCURACY, AUC = METRICS["accuracy"], METRICS["roc_auc"]
RMSE = METRICS["neg_root_mean_squared_error"]
any_metric = st.sampled_from(list(METRICS.values()))
any_number = st.floats(allow_nan=True, allow_infinity=True)


class TestRead:
    @pytest.mark.parametrize(
        ("name", "value", "text"),
        [
            ("accuracy", 0.9731, "97.31%"),
            ("accuracy", 0.99999, "99.99%"),
            ("accuracy", 1.0, "100.00%"),
            ("neg_hamming_loss", 0.00001, "0.01%"),
            ("neg_mean_absolute_percentage_error", 1.5, "150.00%"),
            ("neg_mean_absolute_percentage_error", 4.5e15, "4.5e+17%"),
            ("roc_auc", 0.8714, "0.871"),
            ("roc_auc", 0.99996, "0.999"),
            ("roc_auc", 1.0, "1.000"),
            ("cohen_kappa", -0.0001, "0.000"),
            ("cohen_kappa", -0.25, "−0.250"),
            ("cohen_kappa", -0.99999, "−0.999"),
            ("r2", -12345.678, "−12,346"),
            ("r2", -3e20, "−3e+20"),
            ("neg_log_loss", 0.08123, "0.0812"),
            ("neg_log_loss", 0.00001, "0.0001"),
            ("neg_log_loss", 0.0, "0.0000"),
            ("neg_brier_score", 0.25, "0.2500"),
            ("neg_root_mean_squared_error", 3.2149, "3.215"),
            ("neg_root_mean_squared_error", 182_345.6, "182,346"),
            ("neg_root_mean_squared_error", 0.0, "0"),
        ],
    )
    def test_in_its_unit(self, name: str, value: float, text: str) -> None:
        assert read(METRICS[name], value) == text
        assert Figure(METRICS[name], value).text == text

    @given(any_metric)
    def test_what_is_no_number_is_a_dash(self, metric: Metric) -> None:
        assert {read(metric, one) for one in (None, math.nan, math.inf, -math.inf)} == {"–"}

    @given(any_metric, any_number)
    def test_is_short_for_any_number(self, metric: Metric, value: float) -> None:
        assert len(read(metric, value)) <= 20
        assert "-" not in read(metric, value).replace("e-", "")


class TestChange:
    @pytest.mark.parametrize(
        ("name", "difference", "beside", "text"),
        [
            ("accuracy", 0.0031, None, "+0.31"),
            ("accuracy", -0.00001, None, "±0.00"),
            ("roc_auc", -0.0124, None, "−0.012"),
            ("roc_auc", 0.0001, None, "±0.000"),
            ("neg_log_loss", 0.01, None, "+0.0100"),
            ("r2", 5e9, None, "+5,000,000,000"),
            ("neg_root_mean_squared_error", -0.12, 3.215, "−0.120"),
            ("neg_root_mean_squared_error", -0.12, 53.48, "−0.12"),
            ("neg_root_mean_squared_error", 2246.4, 182_346.0, "+2,246"),
            ("neg_root_mean_squared_error", 0.004, 53.48, "±0.00"),
            ("neg_root_mean_squared_error", -0.12, None, "−0.120"),
            ("neg_root_mean_squared_error", 1e-9, None, "+1e−09"),
            ("neg_root_mean_squared_error", 1e-9, 2e-9, "+1e−09"),
            ("neg_root_mean_squared_error", -3.0, 0.0, "−3.00"),
            ("neg_root_mean_squared_error", 4e15, None, "+4e+15"),
            ("neg_root_mean_squared_error", 0.0, None, "±0"),
        ],
    )
    def test_has_its_sign(
        self, name: str, difference: float, beside: float | None, text: str
    ) -> None:
        assert change(METRICS[name], difference, beside) == text

    @given(any_metric)
    def test_what_is_no_number_is_a_dash(self, metric: Metric) -> None:
        assert {change(metric, one) for one in (None, math.nan, math.inf, -math.inf)} == {"–"}

    @given(any_metric, st.floats(allow_nan=False, allow_infinity=False), any_number)
    def test_begins_with_its_sign_for_any_number(
        self, metric: Metric, difference: float, beside: float
    ) -> None:
        found = change(metric, difference, beside)
        assert found[0] == "±" or found[0] == ("+" if difference > 0 else "−")


class TestFigure:
    def test_less_of_a_loss_is_better(self) -> None:
        low, high = Figure(RMSE, 3.0), Figure(RMSE, 4.5)
        assert low.is_better_than(high)
        assert not high.is_better_than(low)
        assert (low.better_by(high), high.better_by(low)) == (1.5, -1.5)

    def test_more_of_an_accuracy_is_better(self) -> None:
        assert Figure(ACCURACY, 0.9).is_better_than(Figure(ACCURACY, 0.8))
        assert Figure(ACCURACY, 0.9).better_by(Figure(ACCURACY, 0.8)) == pytest.approx(0.1)

    def test_none_is_better_than_its_equal(self) -> None:
        assert not Figure(RMSE, 3.0).is_better_than(Figure(RMSE, 3.0))

    @given(any_metric, st.floats(-1e9, 1e9))
    def test_a_score_and_its_figure_are_two_sides(self, metric: Metric, score: float) -> None:
        assert metric.score(Figure.of_score(metric, score).value) == score

    def test_a_rise_of_a_loss_is_written_as_one(self) -> None:
        assert Figure(RMSE, 53.48).change_from(Figure(RMSE, 51.17)) == "+2.31"
        assert Figure(ACCURACY, 0.97).change_from(Figure(ACCURACY, 0.98)) == "−1.00"


class TestAmount:
    @pytest.mark.parametrize(
        ("number", "text"),
        [
            (53.4821, "53.48"),
            (182345.6, "182,346"),
            (99.996, "100.0"),
            (9999.96, "10,000"),
            (-0.5, "−0.5000"),
            (0.000123456, "0.0001235"),
            (0.0000123456, "1.235e−05"),
            (999_999_999_999.0, "1e+12"),
            (123_456_789_012.0, "123,456,789,012"),
            (0, "0"),
            (None, "–"),
            (math.inf, "–"),
        ],
    )
    def test_keeps_its_digits(self, number: float | None, text: str) -> None:
        assert formats.amount(number) == text

    @given(st.floats(1e-4, 1e11), st.integers(1, 8))
    def test_is_right_to_its_digits(self, number: float, significant: int) -> None:
        shown = float(formats.amount(number, significant).replace(",", ""))
        assert shown == pytest.approx(number, rel=0.5000001 * 10 ** (1 - significant))


class TestPercent:
    @pytest.mark.parametrize(
        ("share", "digits", "text"),
        [
            (-0.031, 2, "−3.10%"),
            (-0.000001, 2, "−0.01%"),
            (-0.0, 2, "0.00%"),
            (1.5, 1, "150.0%"),
            (0.9999, 0, "99%"),
        ],
    )
    def test_reads_any_share(self, share: float, digits: int, text: str) -> None:
        assert formats.percent(share, digits) == text


def test_a_told_figure_keeps_no_digit_that_tells_of_classes() -> None:
    assert told(ACCURACY, 0.123456789) == 0.123456789
    assert told(replace(ACCURACY, name="f1"), 0.123456789) == 0.1235
    assert told(RMSE, 123456.789) == 123457.0
    assert told(AUC, 0.98765432) == 0.9877
