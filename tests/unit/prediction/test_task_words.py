"""The words that sentences take from a contest: MNIST's are the old ones, others fit theirs."""

from __future__ import annotations

import pytest

from heldout_server.datasets.loaded import DIGITS
from heldout_server.prediction import task_words
from heldout_server.prediction.task_words import counted_numbers, words
from heldout_server.tasks.kinds import Kind, Task, multiclass

PENGUINS = multiclass("Adelie", "Chinstrap", "Gentoo")
SPAM = Task(Kind.BINARY, ("ham", "spam"))
PRICES = Task(Kind.REGRESSION, targets=("price",))


class TestWords:
    def test_of_mnist_are_those_that_everybody_knows(self) -> None:
        said = words(DIGITS, (28, 28), is_images=True)
        assert (said.input, said.input_shapes) == (task_words.IMAGE, task_words.INPUT_SHAPES)
        assert (said.outputs, said.one_class) == (task_words.NUMBERS, task_words.CLASS)
        assert said.classes == task_words.FIRST_CLASSES
        assert said.small_enough == task_words.SMALL_ENOUGH
        assert said.smaller == task_words.TWO_CONVOLUTIONS
        assert said.test_inputs == "client.test_images()"

    def test_of_a_table_know_no_images_and_no_digits(self) -> None:
        said = words(PRICES, (13,))
        assert (said.example, said.examples) == ("row", "rows")
        assert (said.input, said.input_shapes) == ("row of 13 numbers", "(13,)")
        assert (said.outputs, said.classes) == ("one number", "price")
        everything = " ".join(str(getattr(said, name)) for name in said.__slots__)
        assert "image" not in everything
        assert "digit" not in everything
        assert "MNIST" not in everything

    def test_of_other_images_are_of_their_shape_and_classes(self) -> None:
        said = words(PENGUINS, (32, 32, 3), is_images=True)
        assert said.input == "32×32×3 image"
        assert said.input_shapes == "(32, 32, 3) or (3072,)"
        assert said.classes == "Adelie, Chinstrap, Gentoo"
        assert said.test_inputs == "client.data().x_test"

    def test_of_small_digits_speak_of_digits_but_not_of_mnist(self) -> None:
        said = words(DIGITS, (8, 8), is_images=True)
        assert (said.one_class, said.test_inputs) == ("digit", "client.data().x_test")
        assert said.input_shapes == "(8, 8), (8, 8, 1) or (64,)"
        assert "MNIST" not in said.small_enough

    def test_of_an_array_are_of_examples(self) -> None:
        said = words(SPAM, (4, 5, 6))
        assert (said.examples, said.input) == ("examples", "array of shape (4, 5, 6)")
        assert said.input_shapes == "(4, 5, 6) or (120,)"

    def test_of_many_classes_count_them(self) -> None:
        many = multiclass(*(f"c{i}" for i in range(26)))
        assert words(many, (3,)).classes == "the 26 classes"
        assert words(many, (3,)).outputs == "26 numbers"

    def test_begin_a_sentence_with_the_metric(self) -> None:
        assert words(SPAM, (3,)).metric == "The metric"
        assert words(SPAM, (3,), metric="ROC AUC").metric == "ROC AUC"


@pytest.mark.parametrize(
    ("count", "said"), [(1, "one number"), (10, "ten numbers"), (1_000, "1,000 numbers")]
)
def test_counts_are_words_where_they_are_short(count: int, said: str) -> None:
    assert counted_numbers(count) == said
