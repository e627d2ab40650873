"""Models run by TensorFlow, as Keras loads them."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

import keras
import numpy as np
import tensorflow as tf

from heldout_runner import legacy_weights, weights_file
from heldout_runner.forward import Forward
from heldout_runner.preprocessing import Inputs
from heldout_runner.protocol import Job
from heldout_runner.refused import Refused


class TensorFlowEngine:
    """Chooses devices and threads; TensorFlow's context comes with the first operation.

    `device` is `auto`, `cpu`, `gpu` or `gpu:N`, whose number the environment has already
    picked. Where no GPU is seen, the CPU is used and named in the result.
    """

    out_of_memory: tuple[type[Exception], ...] = (MemoryError, tf.errors.ResourceExhaustedError)

    def __init__(self, device: str, threads: int, gpu_memory_bytes: int = 0) -> None:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
        if device == "cpu":
            tf.config.set_visible_devices([], "GPU")
            return
        for gpu in tf.config.list_physical_devices("GPU"):
            if gpu_memory_bytes:
                limit = tf.config.LogicalDeviceConfiguration(memory_limit=gpu_memory_bytes >> 20)
                tf.config.set_logical_device_configuration(gpu, [limit])
            else:
                tf.config.experimental.set_memory_growth(gpu, True)

    @property
    def device(self) -> str:
        """Where it computes: `cpu` or `gpu`."""
        return "gpu" if tf.config.get_visible_devices("GPU") else "cpu"

    @property
    def versions(self) -> dict[str, str]:
        """For the header."""
        return {"keras_version": keras.__version__, "tensorflow_version": tf.__version__}

    def load(self, job: Job, inputs: Inputs) -> Forward:
        """The model in the file, ready to predict. Raises Refused."""
        return Forward(load(job.model_path, job.longest_parameters), job.batch_size)


def load(path: str, longest_parameters: int) -> Any:
    """The model in the file, uncompiled, refused when it isn't one or is too large."""
    try:
        with weights_file.checked(path) as weights:
            model = legacy_weights.load_model(path, weights)
    except TensorFlowEngine.out_of_memory:
        raise
    except weights_file.UnsafeWeights as error:
        raise Refused("weights_unsafe", str(error)) from error
    except weights_file.BrokenWeights as error:
        raise Refused("weights_invalid", str(error)) from error
    except Exception as error:
        raise Refused("load_failed", f"{type(error).__name__}: {error}") from error
    if not isinstance(model, keras.Model):
        raise Refused("load_failed", "The file holds something else than a Keras model.")
    if not model.built:
        raise Refused("input_shape", "It was saved before it knew the shape of its input.")
    if model.count_params() > longest_parameters:
        raise Refused("model_too_large", f"{model.count_params():,}")
    if not all(np.isfinite(weights).all() for weights in model.get_weights()):
        # A ReLU can hide them from the output, but training has failed all the same.
        raise Refused("non_finite", "Some of the model's weights are NaN or infinite.")
    return model
