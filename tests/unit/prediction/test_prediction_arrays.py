"""Arrays of every kind of task: what is taken as labels, as probabilities, as logits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from heldout_server.kit.errors import Rejection
from heldout_server.prediction.prediction_arrays import ParsedPredictions, predictions_from_array
from heldout_server.prediction.task_words import words
from heldout_server.tasks.kinds import Kind, Task, multiclass
from heldout_server.tasks.metric import Needs

N = 6
SPAM = Task(Kind.BINARY, ("ham", "spam"))
TUMOUR = Task(Kind.BINARY, ("malignant", "benign"), positive=0)
PENGUINS = multiclass("Adelie", "Chinstrap", "Gentoo")
STARS = multiclass("3", "4", "5", "6", "7", "8")
TOPICS = Task(Kind.MULTILABEL, targets=("sport", "money", "war", "art"))
PRICE = Task(Kind.REGRESSION, targets=("price",))
PLACE = Task(Kind.REGRESSION, targets=("x", "y", "z"))
P = np.array([0.9, 0.2, 0.5, 0.75, 0.0, 1.0], np.float32)
ZERO_ONE = np.array([1, 0, 0, 1, 0, 1])


def parsed(
    array: Any, task: Task, format: str = "npy", needs: Needs = Needs.LABELS
) -> ParsedPredictions:
    return predictions_from_array(
        np.asarray(array), task=task, examples=N, format=format, needs=needs
    )


def refusal(array: Any, task: Task, format: str = "npy", needs: Needs = Needs.LABELS) -> Rejection:
    with pytest.raises(Rejection) as refused:
        parsed(array, task, format, needs)
    return refused.value


class TestBinary:
    @pytest.mark.parametrize("dtype", ["u1", "i8", "f4", "f8", "?"])
    @pytest.mark.parametrize("shape", [(N,), (N, 1)])
    def test_zeros_and_ones_are_labels(self, dtype: str, shape: tuple[int, ...]) -> None:
        result = parsed(ZERO_ONE.astype(dtype).reshape(shape), SPAM)
        assert (result.output, result.values) == ("labels", None)
        assert result.classes.tolist() == ZERO_ONE.tolist()

    def test_true_is_the_positive_class_whatever_its_number(self) -> None:
        assert parsed(ZERO_ONE.astype(bool), TUMOUR).classes.tolist() == (1 - ZERO_ONE).tolist()

    @pytest.mark.parametrize("shape", [(N,), (N, 1)])
    def test_values_between_are_of_the_positive_class(self, shape: tuple[int, ...]) -> None:
        result = parsed(P.reshape(shape), TUMOUR)
        assert result.output == "probabilities"
        assert result.values is not None
        assert (result.values.shape, result.values.dtype) == ((N, 1), np.float32)
        assert result.values[:, 0].tolist() == P.tolist()
        assert result.classes.tolist() == [0, 1, 1, 0, 1, 0]
        assert result.warnings == (
            "In 1 rows both classes are equally likely; they count as 'benign'.",
        )

    @pytest.mark.parametrize(("task", "at"), [(SPAM, 1), (TUMOUR, 0)])
    def test_two_columns_are_of_both_classes_in_their_order(self, task: Task, at: int) -> None:
        both = np.stack([P, 1 - P] if at == 0 else [1 - P, P], axis=1)
        result = parsed(both, task)
        assert result.output == "probabilities"
        assert result.values is not None
        assert result.values[:, 0].tolist() == P.tolist()

    def test_two_logits_are_the_logit_of_their_difference(self) -> None:
        logits = np.array([[1.0, 3], [0, -2], [4, 1], [0.5, 1], [2, 9], [-1, 0]])
        result = parsed(logits, TUMOUR)
        assert result.output == "logits"
        assert result.values is not None
        assert result.values[:, 0].tolist() == [-2, 2, 3, -0.5, -7, -1]
        assert result.classes.tolist() == logits.argmax(axis=1).tolist()

    def test_two_sigmoids_only_put_examples_into_an_order(self) -> None:
        scores = np.array([[0.3, 0.4]] * N)
        result = parsed(scores, SPAM, needs=Needs.SCORES)
        assert (result.output, set(result.classes)) == ("scores", {1})
        assert refusal(scores, SPAM, needs=Needs.PROBABILITIES).code == "unsuitable"

    def test_one_number_below_0_or_above_1_is_a_logit(self) -> None:
        result = parsed([2.5, -0.1, 0.0, 0.3, 7.0, -9.0], SPAM)
        assert result.output == "logits"
        assert result.classes.tolist() == [1, 0, 0, 1, 1, 0]

    def test_ids_before_labels_are_not_two_columns(self) -> None:
        refused = refusal(np.stack([np.arange(N), ZERO_ONE], axis=1), SPAM)
        assert (refused.code, "looks like ids" in refused.hint) == ("shape", True)

    @pytest.mark.parametrize(
        "labels", [[1, 2, 1, 2, 1, 2], [0, 1, 2, 3, 4, 5], [-1, 1, 1, 1, 1, 1]]
    )
    def test_other_whole_numbers_are_no_labels(self, labels: list[int]) -> None:
        assert refusal(labels, SPAM).code == "label_range"

    @pytest.mark.parametrize("needs", [Needs.SCORES, Needs.PROBABILITIES])
    def test_labels_are_refused_where_the_metric_needs_more(self, needs: Needs) -> None:
        said = words(SPAM, metric="ROC AUC")
        with pytest.raises(Rejection) as refused:
            predictions_from_array(
                ZERO_ONE, task=SPAM, examples=N, format="npy", needs=needs, words=said
            )
        assert refused.value.code == "unsuitable"
        assert refused.value.detail.startswith("ROC AUC needs probabilities")
        assert refused.value.detail.endswith("this file has labels alone.")
        assert "none lies between" in refused.value.hint
        assert parsed(P, SPAM, needs=needs).output == "probabilities"

    @pytest.mark.parametrize("shape", [(N, 1), (N,)])
    def test_a_model_never_gives_labels(self, shape: tuple[int, ...]) -> None:
        sure = parsed(
            ZERO_ONE.astype(np.float32).reshape(shape), SPAM, "model", Needs.PROBABILITIES
        )
        assert sure.output == "probabilities"
        assert parsed(ZERO_ONE * 4.0 - 2, SPAM, "model").output == "logits"

    def test_names_are_labels(self) -> None:
        named = np.array(["spam", "ham", "ham", "spam", "ham", "spam"])
        for array in (named, named.reshape(-1, 1), named.astype("S"), named.astype(">U9")):
            assert parsed(array, SPAM).classes.tolist() == ZERO_ONE.tolist()


class TestMulticlass:
    def test_case_and_blanks_are_forgiven_with_a_note(self) -> None:
        result = parsed([" adelie", "GENTOO", "Gentoo", "Adelie", "Adelie", "chinstrap"], PENGUINS)
        assert result.classes.tolist() == [0, 2, 2, 0, 0, 1]
        assert result.warnings == ("Class names were read without regard to case and blanks.",)

    def test_an_unknown_name_hears_the_nearest(self) -> None:
        refused = refusal(["Adelie", "Adelle", *["Gentoo"] * 4], PENGUINS)
        assert (refused.code, refused.detail) == (
            "value_type",
            "Label 2 is 'Adelle', which is no class.",
        )
        assert refused.hint == ("Did you mean 'Adelie'? The classes are Adelie, Chinstrap, Gentoo.")

    def test_names_that_are_numbers_give_way_to_numbers_in_an_array(self) -> None:
        assert parsed([3, 4, 5, 6, 7, 8], STARS).classes.tolist() == [0, 1, 2, 3, 4, 5]
        assert parsed([0, 1, 2, 3, 4, 5], STARS).classes.tolist() == [0, 1, 2, 3, 4, 5]
        either = parsed([3, 4, 5, 3, 4, 5], STARS)
        assert either.classes.tolist() == [3, 4, 5, 3, 4, 5]
        assert "read as numbers" in either.warnings[0]
        assert parsed([3, 4, 5, 3, 4, 5], STARS, "csv").classes.tolist() == [0, 1, 2, 0, 1, 2]

    @pytest.mark.parametrize("array", [[2, 3, 4, 5, 6, 7], [3.5] * N, [9] * N])
    def test_what_is_neither_is_refused(self, array: list[float]) -> None:
        assert refusal(array, STARS).code in ("label_range", "value_type")

    def test_text_among_columns_is_refused(self) -> None:
        assert refusal(np.full((N, 3), "Adelie"), PENGUINS).code == "value_type"

    def test_scores_are_no_probabilities(self) -> None:
        scores = np.full((N, 3), 0.9)
        assert parsed(scores, PENGUINS, needs=Needs.SCORES).output == "scores"
        refused = refusal(scores, PENGUINS, needs=Needs.PROBABILITIES)
        assert refused.hint == "Divide each row by its sum: p / p.sum(axis=1, keepdims=True)."


class TestMultilabel:
    ONES = (np.arange(4 * N).reshape(N, 4) % 3 == 0).astype(int)

    @pytest.mark.parametrize("dtype", ["?", "u1", "i8", "f4", "f8"])
    def test_zeros_and_ones_are_labels(self, dtype: str) -> None:
        result = parsed(self.ONES.astype(dtype), TOPICS)
        assert (result.output, result.values) == ("labels", None)
        assert result.classes.tolist() == self.ONES.tolist()

    def test_values_between_are_probabilities_of_each(self) -> None:
        values = np.linspace(0, 1, 4 * N).reshape(N, 4)
        result = parsed(values, TOPICS, needs=Needs.SCORES)
        assert result.output == "probabilities"
        assert result.classes.tolist() == (values > 0.5).astype(int).tolist()
        assert np.array_equal(result.values, values)

    def test_others_are_logits(self) -> None:
        values = np.linspace(-1, 2, 4 * N).reshape(N, 4)
        result = parsed(values, TOPICS)
        assert result.output == "logits"
        assert result.classes.tolist() == (values > 0).astype(int).tolist()

    def test_a_sure_model_gives_probabilities(self) -> None:
        assert parsed(self.ONES.astype("f4"), TOPICS, "model").output == "probabilities"

    def test_whole_numbers_beyond_are_refused(self) -> None:
        assert refusal(self.ONES * 2, TOPICS).code == "label_range"

    def test_one_label_for_each_example_is_refused_with_the_columns(self) -> None:
        refused = refusal(np.zeros(N, int), TOPICS)
        assert refused.detail == "The array has shape (6); it has to be (6, 4)."
        assert refused.hint == "Save one column for each label, 0 or 1: sport, money, war, art."

    def test_labels_lack_what_average_precision_needs(self) -> None:
        assert refusal(self.ONES, TOPICS, needs=Needs.SCORES).code == "unsuitable"


class TestRegression:
    @pytest.mark.parametrize("shape", [(N,), (N, 1)])
    @pytest.mark.parametrize("format", ["npy", "model"])
    def test_one_number_each(self, shape: tuple[int, ...], format: str) -> None:
        result = parsed(P.reshape(shape), PRICE, format, Needs.NUMBERS)
        assert (result.labels, result.output) == (None, "numbers")
        assert result.values is not None
        assert (result.values.shape, result.values.dtype) == ((N, 1), np.float32)

    def test_whole_numbers_keep_every_digit(self) -> None:
        large = np.arange(N) + 2**24
        result = parsed(large, PRICE)
        assert result.values is not None
        assert result.values[:, 0].tolist() == large.tolist()

    def test_several_numbers_each(self) -> None:
        values = np.arange(3.0 * N).reshape(N, 3)
        assert np.array_equal(parsed(values, PLACE).values, values)

    @pytest.mark.parametrize("shape", [(N,), (N, 2), (3, N), (N, 4), (1, N, 3), (N, 1, 3)])
    def test_other_shapes_are_refused(self, shape: tuple[int, ...]) -> None:
        refused = refusal(np.zeros(shape), PLACE)
        assert refused.code == "shape"
        assert refused.detail.endswith("it has to be (6, 3).")

    @pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e300])
    def test_what_has_no_square_is_refused(self, value: float) -> None:
        refused = refusal([value, *[0.0] * (N - 1)], PRICE)
        assert (refused.code, refused.detail) == (
            "non_finite",
            "1 of 6 values are NaN or infinite.",
        )

    def test_truths_are_no_numbers(self) -> None:
        assert refusal(ZERO_ONE.astype(bool), PRICE).code == "value_type"


class TestWords:
    @pytest.mark.parametrize("task", [SPAM, PENGUINS, TOPICS, PRICE, PLACE])
    def test_a_table_has_no_images(self, task: Task) -> None:
        for shape in [(N - 1, task.width), (N, task.width + 7), (2, 3, 4), ()]:
            with pytest.raises(Rejection) as refused:
                predictions_from_array(
                    np.zeros(shape), task=task, examples=N, format="npy", words=words(task, (13,))
                )
            assert "image" not in refused.value.detail + refused.value.hint
            assert "digit" not in refused.value.detail + refused.value.hint

    def test_rows_are_rows(self) -> None:
        with pytest.raises(Rejection) as refused:
            predictions_from_array(
                np.zeros(N + 2), task=PRICE, examples=N, format="npy", words=words(PRICE, (13,))
            )
        assert refused.value.detail == "The file has 8 predictions; the test set has 6 rows."
