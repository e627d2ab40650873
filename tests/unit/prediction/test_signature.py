"""What contests want of models, and how a model of another shape is told to fit."""

from __future__ import annotations

import pytest

from heldout_runner.protocol import CODE_STATUS, Header
from heldout_server.datasets.loaded import DIGITS
from heldout_server.kit.errors import Rejection
from heldout_server.prediction.runner_verdicts import rejection_for
from heldout_server.prediction.shape_hints import input_hint, output_hint
from heldout_server.prediction.signature import Signature, check_preprocessing
from heldout_server.tasks.kinds import Kind, Task

MNIST = Signature(DIGITS, (28, 28), "uint8")
SPAM = Signature(Task(Kind.BINARY, ("ham", "spam")), (7,), "float32")
WINE = Signature(Task(Kind.MULTICLASS, ("a", "b", "c")), (13,), "float32")
TAGS = Signature(Task(Kind.MULTILABEL, targets=("x", "y")), (4, 5, 6), "float32")
HOUSES = Signature(Task(Kind.REGRESSION, targets=("price",)), (7,), "float32")
CIFAR = Signature(Task(Kind.MULTICLASS, ("cat", "dog", "frog")), (32, 32, 3), "uint8")


class TestHeads:
    @pytest.mark.parametrize(
        ("signature", "widths", "layer"),
        [
            (SPAM, (1, 2), 'keras.layers.Dense(1, activation="sigmoid")'),
            (WINE, (3,), 'keras.layers.Dense(3, activation="softmax")'),
            (TAGS, (2,), 'keras.layers.Dense(2, activation="sigmoid")'),
            (HOUSES, (1,), "keras.layers.Dense(1)"),
        ],
    )
    def test_are_of_the_tasks_width(
        self, signature: Signature, widths: tuple[int, ...], layer: str
    ) -> None:
        assert (signature.widths, signature.last_layer) == (widths, layer)
        if signature is not WINE:
            assert f"End it with {layer}: " in output_hint("(9,)", signature)

    def test_with_one_more_output_may_have_counted_from_1(self) -> None:
        said = output_hint("The model gives (4,) for an example.", WINE)
        assert "If its first 3 outputs are a, b, c" in said
        assert "client.data().x_test" in said
        assert "model.predict(x)[:, 1:]" in said
        assert "counted from 1" not in output_hint("(5,)", WINE)


class TestInputs:
    @pytest.mark.parametrize(
        ("signature", "shape", "hint"),
        [
            (HOUSES, "(None, 9)", "Give it an input of (7,)."),
            (TAGS, "(None, 9)", "Give it an input of (4, 5, 6) or (120,)."),
            (CIFAR, "(None, 64, 64, 1)", "Give it an input of (32, 32, 3) or (3072,)."),
            (
                CIFAR,
                "(None, 64, 64, 3)",
                "Put in front: inputs = keras.Input((32, 32, 3)); x = Resizing(64, 64)(inputs); "
                "model = keras.Model(inputs, old(x)). No new training needed.",
            ),
        ],
    )
    def test_are_those_of_the_contest(self, signature: Signature, shape: str, hint: str) -> None:
        assert input_hint(f"The model's input is {shape}.", signature) == hint

    def test_are_named_in_the_refusal(self) -> None:
        header = Header(CODE_STATUS["input_shape"], detail="The model's input is (None, 9).")
        refused = rejection_for(header, HOUSES)
        assert refused.detail == (
            "The model doesn't take one row of seven numbers. (The model's input is (None, 9).)"
        )


class TestCheckPreprocessing:
    @pytest.mark.parametrize("name", ["auto", "none", "standardize", "l2-rows"])
    @pytest.mark.parametrize("signature", [MNIST, HOUSES, CIFAR])
    def test_takes_what_means_something(self, name: str, signature: Signature) -> None:
        check_preprocessing(name, signature)

    @pytest.mark.parametrize("name", ["0-1", "0-255", "-0.5-0.5", "-1-1"])
    def test_refuses_ranges_of_pixels_where_there_are_none(self, name: str) -> None:
        check_preprocessing(name, MNIST)
        with pytest.raises(Rejection) as refused:
            check_preprocessing(name, HOUSES)
        assert refused.value.code == "preprocessing"
        assert '"none", "standardize", "l2-rows"' in refused.value.hint
