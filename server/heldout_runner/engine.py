"""What runs models in this process: TensorFlow, or ONNX Runtime on graphs of our own.

Only the chosen one is imported: a runner of one knows nothing of the other.
"""

from __future__ import annotations

import importlib
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from heldout_runner.preprocessing import Inputs
from heldout_runner.protocol import ONNXRUNTIME, TENSORFLOW, Job, ZygoteOptions

_CLASSES = {
    TENSORFLOW: ("heldout_runner.tensorflow_engine", "TensorFlowEngine"),
    ONNXRUNTIME: ("heldout_runner.onnx_engine", "OnnxEngine"),
}


class Model(Protocol):
    """A loaded model."""

    @property
    def parameters(self) -> int:
        """How many numbers it has learned."""

    @property
    def takes_integers(self) -> bool:
        """Whether it declares whole numbers as its input."""

    def __call__(self, inputs: Inputs, variant: str) -> NDArray[np.float32]:
        """The output (n, …) for inputs (n, …), prepared as `variant` says. Raises Refused."""


class Engine(Protocol):
    """Loads models."""

    out_of_memory: tuple[type[Exception], ...]

    @property
    def versions(self) -> dict[str, str]:
        """Those of the header's fields that name what it is made of."""

    @property
    def device(self) -> str:
        """Where it computes: `cpu` or `gpu`."""

    def load(self, job: Job, inputs: Inputs) -> Model:
        """The model in the job's file. Raises Refused."""


def imported(name: str) -> type:
    """The class of the engine of this name, with all that it needs, and nothing begun."""
    module, of_engine = _CLASSES[name]
    found: type = getattr(importlib.import_module(module), of_engine)
    return found


def begun(options: ZygoteOptions) -> Engine:
    """The engine of a runner, on its device and with its threads."""
    engine: Engine = imported(options.engine)(
        options.device, options.threads, options.gpu_memory_bytes
    )
    return engine
