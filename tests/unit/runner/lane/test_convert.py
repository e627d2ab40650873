"""What the converter leaves to TensorFlow, rather than guess."""

from __future__ import annotations

import numpy as np
import pytest

from heldout_runner.lane.convert import converted
from heldout_runner.lane.graph import Unsupported

FLOAT = {"class_name": "DTypePolicy", "config": {"name": "float32"}}
HALF = {"class_name": "DTypePolicy", "config": {"name": "mixed_float16"}}
ARRAYS = {
    "layers/dense/vars/0": np.ones((4, 3), np.float16),
    "layers/dense/vars/1": np.zeros(3, np.float32),
}


def dense(**settings: object) -> dict:
    config = {"name": "dense", "units": 3, "activation": "relu", "use_bias": True, "dtype": FLOAT}
    return {"class_name": "Dense", "config": config | settings}


def entry(shape: object = (None, 4), **settings: object) -> dict:
    config = {"name": "input", "batch_shape": shape, "dtype": "float32"} | settings
    return {"class_name": "InputLayer", "name": "input", "config": config, "inbound_nodes": []}


def stack(*layers: dict) -> dict:
    return {"class_name": "Sequential", "config": {"layers": list(layers)}}


def tensor(name: str, index: int = 0) -> dict:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, index]}}


def called(layer: dict, *arguments: object, **options: object) -> dict:
    node = {"args": list(arguments), "kwargs": options}
    return layer | {"name": layer["config"]["name"], "inbound_nodes": [node]}


def wired(*layers: dict, inputs: object = ("input", 0, 0), output: str = "dense") -> dict:
    ends = {"input_layers": [list(inputs)], "output_layers": [[output, 0, 0]]}
    return {"class_name": "Functional", "config": {"layers": [entry(), *layers], **ends}}


def layer(class_name: str, **settings: object) -> dict:
    return {"class_name": class_name, "config": {"name": "one", **settings}}


class TestConverted:
    @pytest.mark.parametrize(
        "model",
        [
            stack(entry(), dense()),
            stack(dense(dtype="float32", quantization_config=None, lora_rank=None)),
            wired(called(dense(), tensor("input"), training=False)),
        ],
    )
    def test_writes_what_it_knows(self, model):
        """Arrays of half the precision are widened: what is stored isn't what is computed."""
        assert b"Gemm" in converted(model, ARRAYS.get, (4,))

    @pytest.mark.parametrize(
        "model",
        [
            pytest.param(stack(entry(), layer("Lambda")), id="an unknown layer"),
            pytest.param(stack(entry(), dense(novelty=1)), id="an unknown setting"),
            pytest.param(stack(entry(), dense(lora_rank=4)), id="another kind of weights"),
            pytest.param(stack(entry(), dense(dtype=HALF)), id="another precision"),
            pytest.param(stack(entry(), dense(activation="glu")), id="an unknown activation"),
            pytest.param(stack(entry(), dense(activation={"config": 1})), id="no name"),
            pytest.param(stack(entry(), dense(units=5)), id="arrays of another shape"),
            pytest.param(stack(entry(), dense(units=True)), id="no number"),
            pytest.param(stack(entry(), dense(), dense()), id="arrays that aren't there"),
            pytest.param(stack(entry(dtype="uint8"), dense()), id="whole numbers"),
            pytest.param(stack(entry((None, 5)), dense()), id="another input"),
            pytest.param(stack(entry(), layer("Reshape", target_shape=[3])), id="another size"),
            pytest.param(stack(entry(), layer("Reshape", target_shape=[-1, 0])), id="nothing"),
            pytest.param(stack(entry(), layer("Softmax", axis=0)), id="across examples"),
            pytest.param(stack(entry(), layer("Conv2D", kernel_size=3)), id="too few axes"),
            pytest.param(stack(), id="no layers"),
            pytest.param({"class_name": "Functional", "config": []}, id="no settings"),
            pytest.param(wired(called(dense(), tensor("input"), 1)), id="more arguments"),
            pytest.param(wired(called(dense(), tensor("input"), mask=1)), id="an option"),
            pytest.param(wired(called(dense(), tensor("input", 1))), id="a second output"),
            pytest.param(wired(called(dense(), 3)), id="a number instead of a layer"),
            pytest.param(wired(called(dense(), tensor("elsewhere"))), id="nobody there"),
            pytest.param(wired(called(dense(), tensor("dense"))), id="a circle"),
            pytest.param(
                wired(called(dense(), tensor("input")), inputs=("dense", 0, 0)), id="no input layer"
            ),
            pytest.param(
                wired(called(layer("Add"), [tensor("input")]), output="one"), id="one to add"
            ),
            pytest.param(
                wired(called(dense(), tensor("input")), called(layer("Identity"), tensor("input"))),
                id="a layer that the output doesn't need",
            ),
            pytest.param(
                wired(called(dense(), tensor("one")), called(layer("Identity"), tensor("input"))),
                id="layers out of order",
            ),
            pytest.param(stack(entry(), layer("LeakyReLU", alpha=0.1, negative_slope=0.2)),
                         id="two slopes"),
            pytest.param(stack(entry(), layer("LeakyReLU", alpha=-0.1)), id="a slope upside down"),
            pytest.param(stack(entry(), layer("ReLU", negative_slope=-0.1)), id="another one"),
            pytest.param(stack(entry(), layer("ReLU", max_value=-1)), id="a bound below zero"),
            pytest.param(stack(entry(), layer("ELU", alpha=float("inf"))), id="no finite number"),
            pytest.param(stack(entry(), layer("ELU", alpha=10**400)), id="no number of a machine"),
            pytest.param(stack(entry(), layer("Softmax", name=1, dtype={"config": 1})),
                         id="settings that nobody writes"),
            pytest.param(stack(entry(), layer("RepeatVector", n=1 << 40)), id="more than fits"),
            pytest.param(stack(entry(), layer("Softmax") | {"module": "keras.src.ops.nn"}),
                         id="an operation called like a layer"),
            pytest.param(stack(entry(), dense() | {"shared_object_id": 7}), id="another's layer"),
        ],
    )  # fmt: skip
    def test_leaves_the_rest(self, model):
        with pytest.raises(Unsupported):
            converted(model, ARRAYS.get, (4,))

    @pytest.mark.parametrize(
        "inner",
        [
            pytest.param(layer("ZeroPadding2D"), id="how much to pad isn't said"),
            pytest.param(layer("Cropping2D"), id="nor how much to crop"),
            pytest.param(layer("ZeroPadding2D", padding=1 << 20), id="a frame out of proportion"),
            pytest.param(layer("UpSampling2D", size=1 << 20), id="an image out of proportion"),
            pytest.param(layer("BatchNormalization", axis=[3]), id="axes where one belongs"),
            pytest.param(layer("MaxPooling2D", padding="causal"), id="causal where it can't be"),
            pytest.param(layer("LayerNormalization", scale=False, center=False), id="of one"),
            pytest.param(layer("Conv2D", filters=1, kernel_size=1, strides=2, dilation_rate=2),
                         id="strides and gaps"),
            pytest.param(layer("DepthwiseConv2D", kernel_size=1, strides=[1, 2]),
                         id="uneven strides"),
        ],
    )  # fmt: skip
    def test_leaves_images_that_it_might_get_wrong(self, inner):
        one = np.ones(1, np.float32)
        groups = ("conv2d", "depthwise_conv2d", "batch_normalization")
        arrays = {f"layers/{group}/vars/{i}": one for group in groups for i in range(4)}
        arrays |= {f"layers/{group}/vars/0": one.reshape(1, 1, 1, 1) for group in groups[:2]}
        with pytest.raises(Unsupported):
            converted(stack(inner), arrays.get, (8, 8, 1))

    def test_counts_layers_as_keras_does(self):
        """Two branches alike: whose arrays come first is told by the graph, not by the config."""
        branches = [
            called(dense(name="left"), tensor("input")),
            called(dense(name="right"), tensor("input")),
        ]
        sum_of = called(layer("Add"), [tensor("left"), tensor("right")])
        arrays = {f"layers/{group}/vars/{i}": array for group in ("dense", "dense_1")
                  for i, array in enumerate(ARRAYS.values())}  # fmt: skip
        assert b"Sum" in converted(wired(*branches, sum_of, output="one"), arrays.get, (4,))
        with pytest.raises(Unsupported, match="order"):
            converted(wired(*branches[::-1], sum_of, output="one"), arrays.get, (4,))

    def test_gives_each_row_its_own_mean(self):
        """A mean of one column belongs to the rows, as Keras reads it, however square the image."""
        column = {"mean": [[1.0], [2.0], [3.0]], "variance": [[1.0], [1.0], [1.0]]}
        graph = converted(stack(layer("Normalization", axis=[1, 2], **column)), {}.get, (3, 3))
        assert np.repeat([1, 2, 3], 3).astype(np.float32).tobytes() in graph
        assert b"Sub" in graph
        assert b"Div" in graph
