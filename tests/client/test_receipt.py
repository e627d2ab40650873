"""The receipt: what it says, in a terminal and as a card, and nothing that isn't known."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

import heldout
from client.fake_server import URL, diagnosed, rejected, scored
from heldout._connection import Connection
from heldout._curve import curve_svg
from heldout._measure import Measure

EVIL = "<script>alert(1)</script>\x1b[31m"


def handle(**document: Any) -> heldout.Submission:
    whole = {"id": "s1", "url": f"{URL}/submissions/s1", "kind": "model", **document}
    return heldout.Submission(Connection(URL), whole)


class TestText:
    def test_says_all_of_it_in_the_boards_units(self) -> None:
        assert str(handle(**diagnosed())).splitlines() == [
            "Score 97.31% ± 0.45 (135 wrong of 5,000 hidden examples, public part)",
            "Rank 3 of 12, too close to call with Grace (rank 2)",
            "+0.31 points against your best before (97.00%): a new best for you",
            "Overfitting. High variance: the model fits noise of the training set. "
            "Validation loss was lowest in epoch 2.",
            "  Try next: Stop earlier.",
            "  Try next: Dropout, or a smaller model.",
            "Changed against your best: dropout – → 0.5",
            "97 of 100 submissions left today",
            f"{URL}/submissions/s1",
        ]

    def test_says_that_an_improvement_may_be_luck(self) -> None:
        ranged = handle(**scored(rank_low=2, rank_high=7))
        assert ", could be 2 to 7: too close to call" in str(ranged)
        assert (ranged.rank_low, ranged.rank_high) == (2, 7)
        words = "On 10 practice examples: 3 fixed, 2 broken against the best before: a real step."
        told = {**scored()["comparison"], "step": {"words": words, "luck": ""}}
        assert words.replace("the best", "your best") in str(handle(**scored(comparison=told)))
        beside = {**scored()["comparison"], "is_close": True}
        assert "a new best for you (too close to call)" in str(handle(**scored(comparison=beside)))

    def test_of_the_same_score_says_that_the_best_stays(self) -> None:
        best = {"previous_score": 0.9731, "change": 0.0, "is_new_best": False}
        assert "As good as your best before (97.31%), which stays" in str(
            handle(**scored(best=best))
        )

    def test_of_a_model_without_a_curve_says_how_to_add_it(self) -> None:
        assert "client.submit(model, history=history)" in str(handle(**scored()))
        assert "history=" not in str(handle(**scored(kind="predictions")))
        assert "history=" not in str(handle(**diagnosed()))

    @pytest.mark.parametrize(
        ("saved_with", "said"), [("3.15.1", "as TensorFlow does."), (None, "by ONNX Runtime.")]
    )
    def test_compares_engines_where_both_could_run_it(
        self, saved_with: str | None, said: str
    ) -> None:
        receipt = {"engine": "onnxruntime", "saved_with": saved_with}
        lines = str(handle(**scored(receipt=receipt))).splitlines()
        assert next(line for line in lines if "ONNX Runtime" in line).endswith(said)

    def test_of_a_rejected_file_says_what_to_do_and_what_is_left(self) -> None:
        told = str(handle(**rejected("layer_not_allowed"), quota=scored()["quota"]))
        assert "What to do: Use Rescaling." in told
        assert "97 of 100 submissions left today" in told

    def test_of_an_older_server_is_just_shorter(self) -> None:
        old = {"state": "scored", "score": 0.9731, "rank": 3}
        assert str(handle(**old, kind="predictions")).splitlines()[:2] == ["Score 97.31%", "Rank 3"]

    @pytest.mark.parametrize(
        ("share", "shown"),
        [(0.99999, "99.99%"), (1.0, "100.00%"), (0.00001, "0.01%"), (0.0, "0.00%")],
    )
    def test_only_a_perfect_score_reads_as_one(self, share: float, shown: str) -> None:
        assert f"Score {shown}" in str(handle(**scored(score=share, interval=None)))

    def test_a_total_that_is_nearly_used_up_counts(self) -> None:
        quota = {**scored()["quota"], "total": 120, "left": 2}
        assert "2 of 120 submissions left in all" in str(handle(**scored(quota=quota)))


def rmse(**more: Any) -> dict[str, Any]:
    """A scored submission of a contest of numbers, as the server tells it."""
    told = {
        "score": 3.2149,
        "score_text": "3.215",
        "direction": "lower",
        "metric_label": "RMSE",
        "unit": "target",
        "digits": 4,
        "interval": {"low": 3.0, "high": 3.5},
        "metrics": {"split": "public", "examples": 5000, "error_count": None},
        "best": {"previous_score": 3.3349, "change": -0.12, "is_new_best": True},
    }
    return scored(**{**told, **more})


class TestLosses:
    def test_are_read_with_their_name_and_direction(self) -> None:
        first, _, change, *_ = str(handle(**rmse())).splitlines()
        assert first == "RMSE 3.215 ± 0.250, lower is better"
        assert change == "Better by 0.120 than your best before (3.335): a new best for you"

    def test_that_rose_are_worse(self) -> None:
        best = {"previous_score": 3.1, "change": 0.1149, "is_new_best": False}
        told = str(handle(**rmse(best=best)))
        assert "Worse by 0.115 than your best before (3.100): your best stays" in told

    def test_have_no_percent_anywhere(self) -> None:
        shown = handle(**rmse())
        assert "%" not in str(shown) + repr(shown)
        assert "RMSE 3.215" in shown._repr_html_()
        assert "3.215" in repr(shown)
        assert shown.direction == "lower"

    def test_without_unit_and_digits_are_read_by_what_the_server_wrote(self) -> None:
        told = rmse(unit=None, digits=None, metric_label=None)
        assert str(handle(**told)).startswith("Score 3.215 ± 0.250, lower is better")

    def test_in_percent_stay_in_percent(self) -> None:
        best = {"previous_score": 0.13, "change": 0.01, "is_new_best": False}
        told = rmse(
            score=0.14, score_text="14.00%", unit="share", digits=2, metric_label="MAPE",
            interval={"low": 0.13, "high": 0.15}, best=best,
        )  # fmt: skip
        first, _, change, *_ = str(handle(**told)).splitlines()
        assert first == "MAPE 14.00% ± 1.00, lower is better"
        assert change.startswith("Worse by 1.00 points than your best before (13.00%)")


class TestOtherMetrics:
    def test_are_named_where_it_is_not_accuracy(self) -> None:
        told = {"direction": "higher", "unit": "share", "digits": 2, "metric_label": "Macro F1"}
        assert str(handle(**scored(**told))).startswith("Macro F1 97.31% ± 0.45")
        auc = {"direction": "higher", "unit": "coefficient", "digits": 3, "metric_label": "ROC AUC"}
        told_auc = str(handle(**scored(**auc)))
        assert told_auc.startswith("ROC AUC 0.973 ± 0.004, higher is better")
        assert "Better by 0.003 than your best before (0.970)" in told_auc


class TestReading:
    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            (182345.6, "182,346"),
            (0.0123456, "0.01235"),
            (0.0, "0"),
            (1e-7, "1e-07"),
            (-2.5, "−2.500"),
        ],
    )
    def test_numbers_have_significant_digits(self, value: float, shown: str) -> None:
        assert Measure("RMSE", "lower", "target", 4).read(value) == shown


class Reader(HTMLParser):
    """The text of a page, and whether every tag is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Any) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


class TestCard:
    def test_says_what_the_text_says(self) -> None:
        shown = handle(**diagnosed(name="wide"))
        reader = Reader()
        reader.feed(shown._repr_html_())
        assert reader.open == []
        words = " ".join(reader.words)
        for said in ("wide", "97.31% ± 0.45", "too close to call with Grace", "Overfitting.",
                     "Stop earlier.", "dropout – → 0.5", "97 of 100", "training loss"):  # fmt: skip
            assert said in words

    def test_has_one_small_curve_that_is_told_in_words(self) -> None:
        shown = handle(**diagnosed())._repr_html_()
        assert shown.count('role="img"') == 1
        assert (
            "training loss from 0.4 to 0.01, validation loss from 0.3 to 0.4 in 4 epochs" in shown
        )

    def test_is_small_whatever_was_trained(self) -> None:
        curves = {"loss": [1.0] * 10_000, "val_loss": [None, 2.0] * 5_000}
        assert len(handle(**scored(run_card={"history": curves}))._repr_html_()) < 20_000

    def test_escapes_everything(self) -> None:
        evil = {"name": EVIL, "notice": EVIL, "url": f"javascript:{EVIL}"}
        change = [{"name": EVIL, "before": EVIL, "now": EVIL}]
        above = {"rank": 1, "name": EVIL, "score": 1.0, "is_close": True}
        beside = {"above": above, "below": None, "against": None, "changes": change}
        diagnosis = {"kind": EVIL, "meaning": EVIL, "evidence": EVIL, "remedies": [EVIL]}
        shown = handle(**scored(comparison=beside, diagnosis=diagnosis, **evil))
        assert "<script" not in shown._repr_html_()
        assert "javascript:" not in shown._repr_html_().replace("href", "")
        assert "\x1b" not in shown._repr_html_() + str(shown)


class TestCurve:
    @pytest.mark.parametrize(
        "history",
        [None, {}, {"loss": [1.0]}, {"loss": "oops"}, {"loss": [None, None]}, {"other": [1, 2]}],
    )
    def test_is_nothing_without_two_points(self, history: Any) -> None:
        assert curve_svg(history) == ""

    def test_is_interrupted_where_nothing_was_measured(self) -> None:
        drawn = curve_svg({"val_loss": [3.0, None, 2.0, 1.0]})
        assert drawn.count("M") - drawn.count('d="M6 81') == 2

    def test_marks_where_it_turns(self) -> None:
        history = {"loss": [2.0, 1.0, 0.5], "val_loss": [2.0, 1.0, 1.5]}
        assert curve_svg(history, 2) != curve_svg(history)

    def test_of_a_flat_line_is_drawn(self) -> None:
        assert "nan" not in curve_svg({"loss": [1.0, 1.0]})
