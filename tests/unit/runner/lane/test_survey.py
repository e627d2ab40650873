from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from heldout_runner.lane.graph import Unsupported
from heldout_runner.lane.survey import (
    convolves,
    declared_shape,
    graph_digest,
    layer_set,
    obstacle,
)


def layer(kind: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": name, **config}}


def stack(*layers: dict[str, Any], **config: Any) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": "a", "layers": list(layers), **config}}


def entry(name: str = "input") -> dict[str, Any]:
    return layer("InputLayer", name, batch_shape=[None, 784])


digest = partial(graph_digest, layout="keras-3")
PLAIN = stack(entry(), layer("Dense", "dense", units=10))


class TestObstacle:
    def test_is_none_for_a_plain_model(self) -> None:
        assert obstacle(PLAIN) == ""

    def test_is_a_layer_that_nobody_converts_however_deep(self) -> None:
        inside = stack(layer("Embedding", "embedding"))
        assert obstacle(stack(entry(), inside)) == "the layer Embedding"

    def test_is_another_precision(self) -> None:
        assert "Dense" in obstacle(stack(layer("Dense", "dense", dtype="mixed_float16")))

    def test_is_a_dtype_that_nobody_writes(self) -> None:
        assert "Dense" in obstacle(stack(layer("Dense", "dense", dtype={"config": 5})))

    @pytest.mark.parametrize("layers", [5, [{"config": 5}]])
    def test_is_looked_for_in_models_only(self, layers: Any) -> None:
        """Settings may have any name: whoever reads them is the server, which must go on."""
        model = stack(entry(), layer("Dense", "dense", units=10, layers=layers))
        assert obstacle(model) == ""
        assert layer_set(model) == "Dense InputLayer"
        assert digest(model, (784,)) != digest(PLAIN, (784,))


class TestGraphDigest:
    def test_knows_no_names(self) -> None:
        renamed = stack(entry("x"), layer("Dense", "y", units=10, kernel_initializer="zeros"))
        assert digest(renamed, (784,)) == digest(PLAIN, (784,))

    def test_takes_no_activation_for_a_layers_name(self) -> None:
        found = {
            digest(stack(entry(), layer("Activation", one, activation=one)), (784,))
            for one in ("relu", "tanh")
        }
        assert len(found) == 2

    def test_knows_which_of_two_layers_has_a_name_of_another_model(self) -> None:
        """Two names that stand elsewhere first, given to two layers the other way round."""
        found = set()
        for one, other in (("a", "b"), ("b", "a")):
            inside = stack(layer("ReLU", "a"), layer("ReLU", "b"))
            layers = [inside, layer("Dense", one), layer("Softmax", other)]
            config = {"layers": layers, "output_layers": ["a", 0, 0]}
            found.add(digest({"class_name": "Functional", "config": config}, (1,)))
        assert len(found) == 2

    def test_knows_settings_and_the_input(self) -> None:
        wider = stack(entry(), layer("Dense", "dense", units=11))
        found = {
            digest(PLAIN, (784,)),
            digest(wider, (784,)),
            digest(PLAIN, (28, 28)),
        }
        assert len(found) == 3

    def test_knows_how_weights_lie_in_the_file(self) -> None:
        """Each layout is read by code of its own, which has to be looked at, too."""
        assert graph_digest(PLAIN, (784,), "hdf5") != digest(PLAIN, (784,))

    def test_knows_who_feeds_whom(self) -> None:
        ends = {}
        for end in ("a", "b"):
            config = {
                "layers": [layer("Dense", "a"), layer("Dense", "b")],
                "output_layers": [end, 0, 0],
            }
            ends[end] = digest({"class_name": "Functional", "config": config}, (1,))
        assert ends["a"] != ends["b"]


class TestLayers:
    def test_are_named_once_each(self) -> None:
        model = stack(
            entry(), stack(layer("Dense", "a"), layer("Conv2D", "b")), layer("Dense", "c")
        )
        assert layer_set(model) == "Conv2D Dense InputLayer"
        assert convolves(model)
        assert not convolves(PLAIN)


class TestDeclaredShape:
    def test_is_the_input_layers_also_inside(self) -> None:
        assert declared_shape(stack(PLAIN)) == (None, 784)

    def test_is_what_the_model_was_built_with_else(self) -> None:
        model = stack(layer("Dense", "dense"), build_input_shape=[None, 28, 28])
        assert declared_shape(model) == (None, 28, 28)

    def test_has_to_be_said(self) -> None:
        with pytest.raises(Unsupported):
            declared_shape(stack(layer("Dense", "dense")))
