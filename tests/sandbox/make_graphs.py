"""`python make_graphs.py FOLDER`: models over the layers of the lane, and what Keras makes of them.

A process of its own, since the tests' process must not import TensorFlow.
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from heldout_runner.lane.layers.activations import FUNCTIONS

EXAMPLES = 4
RANDOM = np.random.default_rng(7)
ROWS, LINES, IMAGES, VOLUMES, STEPS = (9,), (11, 3), (11, 8, 3), (5, 6, 7, 2), (7, 5)


def stack(shape: tuple[int, ...], *inner: Any) -> keras.Model:
    return keras.Sequential([keras.Input(shape), *inner])


def of_windows() -> dict[str, keras.Model]:
    """Windows of uneven sizes and strides over lines, images and volumes."""
    found = {}
    for padding, strides in itertools.product(("valid", "same"), (1, 2, 3)):
        way = {"padding": padding, "strides": strides}
        for name, shape, layer in (
            ("conv1", LINES, layers.Conv1D(4, 3, **way)),
            ("conv2", IMAGES, layers.Conv2D(4, (3, 2), **way)),
            ("conv3", VOLUMES, layers.Conv3D(2, 3, **way)),
            ("depth1", LINES, layers.DepthwiseConv1D(3, **way)),
            ("depth2", IMAGES, layers.DepthwiseConv2D(3, depth_multiplier=2, **way)),
            ("separable1", LINES, layers.SeparableConv1D(4, 3, **way)),
            ("separable2", IMAGES, layers.SeparableConv2D(4, 3, depth_multiplier=2, **way)),
            ("max1", LINES, layers.MaxPooling1D(3, **way)),
            ("max2", IMAGES, layers.MaxPooling2D((3, 2), **way)),
            ("max3", VOLUMES, layers.MaxPooling3D(2, **way)),
            ("mean1", LINES, layers.AveragePooling1D(3, **way)),
            ("mean2", IMAGES, layers.AveragePooling2D((3, 2), **way)),
            ("mean3", VOLUMES, layers.AveragePooling3D(2, **way)),
        ):
            found[f"{name} {padding} {strides}"] = stack(shape, layer)
        found[f"dilated {padding}"] = stack(
            IMAGES,
            layers.Conv2D(4, 3, dilation_rate=2, padding=padding, use_bias=False),
            layers.DepthwiseConv2D(2, dilation_rate=2, padding=padding),
        )
    return found | {
        "causal": stack(LINES, layers.Conv1D(4, 3, dilation_rate=2, padding="causal")),
        "groups": stack((9, 9, 4), layers.Conv2D(6, 3, groups=2, activation="relu")),
        "of all 1": stack(LINES, layers.Conv1D(4, 2), layers.GlobalMaxPooling1D()),
        "of all 2": stack(IMAGES, layers.Conv2D(4, 2), layers.GlobalAveragePooling2D()),
        "of all 3": stack(
            VOLUMES, layers.GlobalAveragePooling3D(keepdims=True), layers.GlobalMaxPooling3D()
        ),
        "means of lines": stack(LINES, layers.GlobalAveragePooling1D()),
        "pools first": stack((3, 8, 9), layers.MaxPooling2D(2, data_format="channels_first")),
        "flattens first": stack((3, 8, 9), layers.Flatten(data_format="channels_first")),
    }


def of_numbers() -> dict[str, keras.Model]:
    """Activations on rows and on images, dense layers, normalizations, scaling."""
    found = {f"{name} of rows": stack(ROWS, layers.Dense(7, name)) for name in FUNCTIONS}
    found |= {f"{name} of images": stack(IMAGES, layers.Conv2D(4, 2, activation=name))
              for name in FUNCTIONS}  # fmt: skip
    given = {"mean": [1.0, 2, 3], "variance": [0.5, 1, 2]}
    return found | {
        "dense in depth": stack((4, 5, 6), layers.Dense(3), layers.Dense(2, use_bias=False)),
        "leaky": stack(ROWS, layers.LeakyReLU(0.1), layers.ELU(0.5), layers.Softmax()),
        "relu": stack(ROWS, layers.ReLU(2.0), layers.Dense(4), layers.ReLU(negative_slope=0.2)),
        "prelu": stack(IMAGES, layers.Conv2D(4, 2), layers.PReLU(shared_axes=[1, 2]),
                       layers.PReLU()),
        "softmax of rows": stack(IMAGES, layers.Conv2D(4, 2), layers.Softmax(axis=1)),
        "batches": stack(IMAGES, layers.Conv2D(4, 2), layers.BatchNormalization(),
                         layers.BatchNormalization(axis=1, scale=False)),
        "batches of rows": stack(ROWS, layers.BatchNormalization(center=False)),
        "layers": stack(STEPS, layers.LayerNormalization(),
                        layers.LayerNormalization(center=False, scale=False)),
        "scaled": stack(IMAGES, layers.Rescaling(1 / 255, offset=-1)),
        "given": stack(IMAGES, layers.Normalization(**given), layers.Conv2D(3, 2)),
        "given to rows": stack((6, 6), layers.Normalization(
            axis=(1, 2), mean=np.arange(6.0)[:, None], variance=np.arange(1.0, 7)[:, None])),
        "given to all": stack(ROWS, layers.Normalization(axis=None, mean=1.5, variance=2.0)),
        "adapted": stack(ROWS, adapted(), layers.Dense(3)),
        "nothing": stack(ROWS, layers.Dropout(0.5), layers.GaussianNoise(1.0),
                         layers.AlphaDropout(0.5), layers.Identity(), layers.Dense(3)),
        "augmented": stack(IMAGES, layers.RandomFlip(), layers.RandomRotation(0.1),
                           layers.RandomZoom(0.1), layers.RandomTranslation(0.1, 0.1),
                           layers.RandomContrast(0.1), layers.SpatialDropout2D(0.5),
                           layers.Conv2D(2, 2)),
    }  # fmt: skip


def adapted() -> layers.Layer:
    layer = layers.Normalization()
    layer.adapt(RANDOM.normal(2, 3, size=(50, *ROWS)).astype("float32"))
    return layer


def of_shapes() -> dict[str, keras.Model]:
    return {
        "reshaped": stack((28, 28), layers.Reshape((28, 28, 1)), layers.Reshape((-1, 14))),
        "padded": stack(IMAGES, layers.ZeroPadding2D(((1, 2), (3, 0))), layers.Conv2D(4, 3),
                        layers.Cropping2D(((1, 0), (2, 1))), layers.UpSampling2D((2, 3))),
        "padded lines": stack(LINES, layers.ZeroPadding1D((1, 2)), layers.Cropping1D((2, 1)),
                              layers.UpSampling1D(3)),
        "padded volumes": stack(VOLUMES, layers.ZeroPadding3D(1), layers.Cropping3D((1, 2, 1)),
                                layers.UpSampling3D(2)),
        "permuted": stack((4, 5, 6), layers.Permute((3, 1, 2)), layers.Flatten(), layers.Dense(2)),
        "repeated": stack(ROWS, layers.RepeatVector(4), layers.Flatten()),
    }  # fmt: skip


def of_steps() -> dict[str, keras.Model]:
    """Recurrent layers, one way and both, all steps and the last one."""
    found = {"reset before": stack(STEPS, layers.GRU(6, reset_after=False))}
    for kind, more in itertools.product(
        (layers.SimpleRNN, layers.LSTM, layers.GRU),
        ({}, {"return_sequences": True}, {"use_bias": False}),
    ):
        name = f"{kind.__name__} {' '.join(more)}"
        found[name] = stack(STEPS, kind(6, **more))
        found[f"both ways {name}"] = stack(STEPS, layers.Bidirectional(kind(6, **more)))
    for merge in ("sum", "mul", "ave"):
        layer = layers.Bidirectional(layers.LSTM(6), merge_mode=merge)
        found[f"both ways by {merge}"] = stack(STEPS, layer)
    return found


def of_wiring() -> dict[str, keras.Model]:
    """Branches, layers that are called twice, and models inside of models."""
    image, again = keras.Input(IMAGES), layers.Conv2D(3, 3, padding="same")
    one, other = layers.Conv2D(4, 3, padding="same")(image), layers.Conv2D(4, 1)(image)
    both = layers.Concatenate()([layers.Add()([one, other]), one, other])
    weighed = layers.Multiply()([layers.GlobalAveragePooling2D(keepdims=True)(both), both])
    twice = again(again(image))
    joined = layers.Concatenate(axis=1)([layers.Subtract()([twice, again(image)]), twice])
    ends = layers.Average()(
        [layers.Maximum()([joined, joined]), layers.Minimum()([joined, joined])]
    )
    inner = stack(IMAGES, layers.Conv2D(4, 3), layers.Conv2D(2, 3))
    long = layers.Conv2D(3, 3, padding="same")(layers.Conv2D(3, 1)(image))
    uneven = layers.Add()([layers.Conv2D(3, 1)(image), long, layers.Conv2D(3, 1)(image)])
    small = keras.Input((7, 4, 2))
    head = keras.Model(small, layers.Dense(3)(layers.Flatten()(small)))
    row, halves = keras.Input(ROWS), keras.Input(ROWS)
    half, again_half = keras.Model(row, layers.Dense(4)(row)), layers.Dense(9)(halves)
    return {
        "branches": keras.Model(image, layers.Dense(3)(layers.Flatten()(weighed))),
        "branches of uneven length": keras.Model(image, uneven),
        "called twice": keras.Model(image, ends),
        "mixed": keras.Model(image, layers.Add()([layers.Activation("tanh")(image), again(image)])),
        "inside": keras.Model(image, head(inner(image))),
        "inside twice": keras.Model(
            halves, layers.Dense(2)(layers.Subtract()([half(again_half), half(halves)]))
        ),
        "inside a stack": stack(IMAGES, inner, head),
        "of unknown size": keras.Sequential(
            [keras.Input((None, None, 3)), layers.Conv2D(4, 3), layers.GlobalMaxPooling2D()]
        ),
        "of 32 at a time": keras.Sequential(
            [keras.Input(batch_shape=(EXAMPLES, *ROWS)), layers.Dense(3)]
        ),
    }


def randomized(model: keras.Model) -> keras.Model:
    """The model with weights that nothing hides behind."""
    for weight in model.weights:
        values = RANDOM.normal(0, 0.3, weight.shape)
        positive = "variance" in weight.path
        if weight.dtype == "float32":
            weight.assign(np.abs(values) + 0.5 if positive else values)
    return model


def main(folder: Path) -> None:
    families = of_windows() | of_numbers() | of_shapes() | of_steps() | of_wiring()
    for name, model in families.items():
        randomized(model).save(folder / f"{name}.keras")
        kept = keras.saving.load_model(folder / f"{name}.keras", compile=False)
        shape = IMAGES if name == "of unknown size" else model.input_shape[1:]
        x = RANDOM.normal(size=(EXAMPLES, *shape)).astype("float32")
        np.savez(folder / f"{name}.npz", x=x, y=np.asarray(kept(x, training=False)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
