"""Writes the configs in this folder: what Keras says of honest models of many kinds.

Run by hand after a new Keras release: `python tests/unit/prediction/configs/generate.py`. The
tests read the JSON only and never import Keras.
"""

import json
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import tensorflow as tf
from keras import layers as kl
from keras import ops

HERE = Path(__file__).parent
IMAGE = (28, 28, 1)


def sequential(*layers, shape=IMAGE):
    model = keras.Sequential([keras.Input(shape), *layers])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def starter():
    return sequential(
        kl.Flatten(), *[kl.Dense(n, "relu") for n in (2048, 512, 128)], kl.Dense(10), shape=(28, 28)
    )


def regularized():
    regularizers, constraints = keras.regularizers, keras.constraints
    return sequential(
        kl.Flatten(),
        kl.Dense(8, kernel_regularizer=regularizers.L1L2(1e-4, 1e-4), kernel_constraint="max_norm"),
        kl.Dense(8, bias_regularizer="l1", bias_constraint=constraints.NonNeg()),
        kl.Dense(8, activity_regularizer="l2", kernel_constraint=constraints.MinMaxNorm()),
        kl.Dense(8, kernel_regularizer=regularizers.OrthogonalRegularizer()),
        kl.Dropout(0.2, seed=2_147_483_647),
        kl.Dense(10, "softmax", kernel_constraint=constraints.UnitNorm()),
    )


def initializers():
    made = keras.initializers
    kinds = [made.Zeros(), made.Ones(), made.Constant(0.3), made.RandomNormal(), made.Orthogonal()]
    kinds += [made.RandomUniform(), made.TruncatedNormal(), made.VarianceScaling(), made.HeNormal()]
    kinds += [made.GlorotNormal(), made.HeUniform(), made.LecunNormal(), made.LecunUniform()]
    dense = [kl.Dense(3, kernel_initializer=kind) for kind in kinds]
    return sequential(kl.Flatten(), *dense, kl.Dense(10))


def activations():
    names = ["relu6", "elu", "selu", "gelu", "silu", "softplus", "softsign", "tanh", "mish"]
    given = [*names, keras.activations.relu, ops.sigmoid, tf.nn.relu, kl.LeakyReLU(0.2)]
    dense = [kl.Dense(4, activation=kind) for kind in given]
    return sequential(kl.Flatten(), *dense, kl.Activation("relu"), kl.Dense(10), kl.Softmax())


def tensorflow_activation():
    return sequential(kl.Flatten(), kl.Dense(10, activation=tf.nn.softmax))


def convolutions():
    return sequential(
        kl.Rescaling(1 / 255),
        kl.ZeroPadding2D(2),
        kl.Cropping2D(2),
        kl.Conv2D(4, 3, activation="relu"),
        kl.BatchNormalization(),
        kl.LeakyReLU(),
        kl.PReLU(),
        kl.ELU(),
        kl.ReLU(6),
        kl.MaxPooling2D(),
        kl.SeparableConv2D(4, 3, padding="same"),
        kl.DepthwiseConv2D(3, padding="same"),
        kl.Conv2DTranspose(4, 3),
        kl.UpSampling2D(2),
        kl.AveragePooling2D(2),
        kl.SpatialDropout2D(0.1),
        kl.GroupNormalization(2),
        kl.SpectralNormalization(kl.Conv2D(4, 3)),
        kl.GlobalAveragePooling2D(),
        kl.Dense(10),
    )


def augmentation():
    return sequential(
        kl.Pipeline([kl.RandomRotation(0.1), kl.RandomTranslation(0.1, 0.1)]),
        kl.RandomZoom(0.1),
        kl.RandomFlip(),
        kl.RandomContrast(0.1),
        kl.RandomBrightness(0.1, value_range=(0, 1)),
        kl.RandomErasing(),
        kl.Resizing(20, 20),
        kl.CenterCrop(18, 18),
        kl.GaussianNoise(0.1),
        kl.Flatten(),
        kl.Dense(10),
    )


def normalization():
    return sequential(
        kl.Normalization(mean=0.13, variance=0.09),
        kl.LayerNormalization(),
        kl.UnitNormalization(),
        kl.RMSNormalization(),
        kl.Flatten(),
        kl.Dense(10),
    )


def recurrent():
    return sequential(
        kl.Bidirectional(kl.LSTM(4, return_sequences=True)),
        kl.GRU(4, return_sequences=True),
        kl.SimpleRNN(3, return_sequences=True),
        kl.RNN([kl.LSTMCell(3), kl.GRUCell(2)], return_sequences=True),
        kl.TimeDistributed(kl.Dense(3)),
        kl.Conv1D(3, 3),
        kl.GlobalMaxPooling1D(),
        kl.Dense(10),
        shape=(28, 28),
    )


def attention():
    inputs = keras.Input((28, 28))
    x = kl.MultiHeadAttention(2, 4)(inputs, inputs)
    x = kl.AdditiveAttention()([kl.Attention()([x, inputs]), inputs])
    x = kl.GlobalAveragePooling1D()(kl.GroupQueryAttention(4, 2, 2)(x, x))
    return keras.Model(inputs, kl.Dense(10)(x))


def merges():
    inputs = keras.Input((784,))
    a, b = kl.Dense(4)(inputs), kl.Dense(4)(inputs)
    kinds = (kl.Add, kl.Subtract, kl.Multiply, kl.Average, kl.Maximum, kl.Minimum)
    merged = [kind()([a, b]) for kind in kinds] + [kl.Dot(1)([a, b])]
    return keras.Model(inputs, kl.Dense(10)(kl.Concatenate()(merged)))


def operations():
    inputs = keras.Input(IMAGE)
    x = ops.expand_dims(ops.squeeze(inputs / 255.0 * 2 - 1, -1), -1)
    x = ops.where(x > 0.5, x, ops.abs(x) ** 2) + ops.relu(-x)
    x = ops.mean(x, axis=-1)[:, ::2, 1:]
    x = ops.reshape(ops.concatenate([x, ops.tanh(x)], axis=-1), (-1, 14 * 54))
    x = ops.matmul(ops.cast(x, "float32"), ops.ones((756, 4)))
    return keras.Model(inputs, ops.softmax(kl.Dense(10)(x)))


def shared_layer():
    inputs = keras.Input((28, 28))
    dense = kl.Dense(28, kernel_regularizer=keras.regularizers.L2(0.1))
    x = kl.Flatten()(dense(dense(inputs)))
    return keras.Model(inputs, kl.Dense(10)(x))


def nested_models():
    features = sequential(kl.Conv2D(3, 3), kl.Flatten(), kl.Dense(8))
    inner_inputs = keras.Input((8,))
    inner = keras.Model(inner_inputs, kl.Dense(8)(inner_inputs))
    inputs = keras.Input(IMAGE)
    return keras.Model(inputs, kl.Dense(10)(inner(inner(features(inputs)))))


def probability_model():
    """The wrapper of TensorFlow's quickstart: not compiled, round a compiled one."""
    return keras.Sequential([sequential(kl.Flatten(), kl.Dense(10)), kl.Softmax()])


def mixed_precision():
    policy = keras.DTypePolicy("mixed_float16")
    return sequential(kl.Flatten(), kl.Dense(8, dtype=policy), kl.Dense(10, dtype="float32"))


def fixed_batch():
    return keras.Sequential([keras.Input(batch_shape=(32, 28, 28, 1)), kl.Flatten(), kl.Dense(10)])


def mobile_net():
    return keras.applications.MobileNetV2(
        input_shape=(32, 32, 3), weights=None, classes=10, alpha=0.35
    )


HONEST = (
    starter,
    regularized,
    initializers,
    activations,
    tensorflow_activation,
    convolutions,
    augmentation,
    normalization,
    recurrent,
    attention,
    merges,
    operations,
    shared_layer,
    nested_models,
    probability_model,
    mixed_precision,
    fixed_batch,
    mobile_net,
)


def saved_config(model, folder):
    path = folder / "model.keras"
    model.save(path)
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("config.json"))


if __name__ == "__main__":
    with TemporaryDirectory() as temporary:
        for build in HONEST:
            config = saved_config(build(), Path(temporary))
            text = json.dumps(config, separators=(",", ":"))
            (HERE / f"{build.__name__}.json").write_text(text + "\n")
