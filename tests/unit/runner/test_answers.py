"""How far outputs are from answers, and what would make them right."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import r2_score

from heldout_runner.answers import NOT_READ, Answers, classes_of, share
from heldout_runner.explanations import explain

RANDOM = np.random.default_rng(11)
TARGETS = RANDOM.lognormal(4, 0.7, 300)
NOISE = RANDOM.normal(0, 0.1, 300)


def numbers(values: np.ndarray) -> np.ndarray:
    return values.reshape(len(values), -1).astype(np.float32)


class TestClasses:
    def test_of_one_column_are_cut_at_a_half_or_at_nought(self) -> None:
        assert classes_of(numbers(np.array([0.2, 0.6, 0.5]))).tolist() == [0, 1, 0]
        assert classes_of(numbers(np.array([0.2, 0.6, -3.0]))).tolist() == [1, 1, 0]

    def test_of_several_columns_are_the_highest(self) -> None:
        assert classes_of(np.array([[0.2, 0.8], [0.9, 0.1]], np.float32)).tolist() == [1, 0]

    def test_are_not_read_where_the_output_is_not_finite(self) -> None:
        assert classes_of(numbers(np.array([0.9, np.nan]))).tolist() == [1, NOT_READ]


class TestLosses:
    def test_of_several_labels_are_the_part_that_is_wrong(self) -> None:
        answers = Answers.of("multilabel", np.array([[1, 0, 1, 0], [0, 0, 0, 1]], np.uint8))
        outputs = np.array([[0.9, 0.1, 0.2, 0.3], [0.1, 0.2, 0.3, 0.8]], np.float32)
        assert answers.losses(outputs).tolist() == [0.25, 0]
        assert share(answers.losses(outputs)) == 0.875
        assert answers.constant() == (0.5 + 1 + 0.5 + 0.5) / 4

    @pytest.mark.parametrize("columns", [1, 3])
    def test_of_numbers_leave_r2(self, columns: int) -> None:
        truth = RANDOM.normal(5, 2, (200, columns))
        given = (truth + RANDOM.normal(0, 1, truth.shape)).astype(np.float32)
        found = share(Answers.of("regression", truth).losses(given))
        assert found == pytest.approx(r2_score(truth, given), abs=1e-6)

    def test_leave_nothing_below_nought(self) -> None:
        assert share(Answers.of("regression", TARGETS).losses(numbers(-TARGETS))) == 0

    def test_of_an_equal_target_are_finite(self) -> None:
        answers = Answers.of("regression", np.full(5, 3.0))
        assert answers.losses(numbers(np.full(5, 3.0))).tolist() == [0] * 5

    @pytest.mark.parametrize("kind", ["binary", "multilabel", "regression"])
    def test_are_complete_where_the_output_is_not_finite(self, kind: str) -> None:
        answers = Answers.of(kind, np.array([1, 0, 1]))
        outputs = numbers(np.array([np.nan, np.inf, np.nan]))
        assert share(answers.losses(outputs)) == 0


class TestExplain:
    @pytest.mark.parametrize(
        ("learned", "name"),
        [
            (TARGETS / 1000, "scaled"),
            ((TARGETS - TARGETS.mean()) / TARGETS.std(), "scaled"),
            (np.log(TARGETS), "logarithm"),
            (np.log1p(TARGETS / 100), "logarithm_plus_one"),
        ],
    )
    def test_finds_how_targets_were_prepared(self, learned: np.ndarray, name: str) -> None:
        targets = TARGETS / 100 if name == "logarithm_plus_one" else TARGETS
        found = explain(numbers(learned + NOISE * learned.std()), Answers.of("regression", targets))
        assert found.name == name
        assert found.share > 0.9

    def test_gives_the_line_back(self) -> None:
        found = explain(numbers((TARGETS - 50) / 20), Answers.of("regression", TARGETS))
        assert (found.slope, found.offset) == (pytest.approx(20), pytest.approx(50, abs=1e-3))

    def test_gives_no_single_line_for_several_outputs(self) -> None:
        both = np.stack([TARGETS, 3 * TARGETS[::-1]], axis=1)
        found = explain(numbers(both / 100), Answers.of("regression", both))
        assert found.name == "scaled"
        assert found.share == pytest.approx(1)
        assert math.isnan(found.slope)

    @pytest.mark.parametrize("given", [TARGETS + 30 * NOISE, 1.3 * TARGETS, np.full(300, 7.0)])
    def test_takes_a_poor_fit_for_no_other_scale(self, given: np.ndarray) -> None:
        assert explain(numbers(given), Answers.of("regression", TARGETS)).name == ""

    def test_finds_nothing_in_noise_that_the_variance_shows(self) -> None:
        found = explain(numbers(NOISE), Answers.of("regression", TARGETS))
        assert not found.share > 0.1

    def test_survives_what_is_not_finite(self) -> None:
        given = numbers(np.append(TARGETS[1:], np.inf))
        assert explain(given, Answers.of("regression", TARGETS)).name == ""

    def test_finds_classes_that_changed_places(self) -> None:
        true = np.arange(60) % 2
        found = explain(numbers(1.0 - true), Answers.of("binary", true))
        assert (found.name, found.share) == ("other_class", 1)

    def test_says_nothing_of_right_classes(self) -> None:
        true = np.arange(60) % 2
        assert explain(numbers(true * 1.0), Answers.of("binary", true)).name == ""
