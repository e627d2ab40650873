"""As much of PyTorch, XGBoost and Flax as the client meets, under these packages' names.

The packages themselves are too large for the tests' environment.
"""

from __future__ import annotations

import os
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np


class TorchTensor:
    """A tensor of float32; gradients are tracked unless `no_grad` says otherwise."""

    device, dtype = "cpu", "float32"
    tracking = True

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)
        self.tracks = TorchTensor.tracking

    def to(self, device: str, dtype: str) -> TorchTensor:
        return TorchTensor(self.values.astype(dtype))

    def numel(self) -> int:
        return int(self.values.size)

    def detach(self) -> TorchTensor:
        return self

    def cpu(self) -> TorchTensor:
        return self

    def float(self) -> TorchTensor:
        return TorchTensor(self.values.astype(np.float32))

    def numpy(self) -> Any:
        assert not self.tracks
        return self.values


class Module:
    """A layer that multiplies what is flat; `takes` is the rank that it accepts."""

    def __init__(self, weights: Any, takes: int = 2, children: tuple[Any, ...] = ()) -> None:
        self.weights, self.takes, self.inner = TorchTensor(weights), takes, children
        self.training, self.was_training = True, False

    def __call__(self, tensor: TorchTensor) -> TorchTensor:
        return self.forward(tensor)

    def forward(self, tensor: TorchTensor) -> TorchTensor:
        self.was_training |= self.training
        x = tensor.values
        if x.ndim != self.takes:
            raise RuntimeError(f"expected {self.takes}D input, got {x.ndim}D")
        return TorchTensor(x.reshape(len(x), -1) @ self.weights.values)

    def parameters(self) -> Iterator[TorchTensor]:
        return iter([self.weights])

    def children(self) -> Iterator[Any]:
        return iter(self.inner)

    def modules(self) -> Iterator[Any]:
        yield self
        yield from self.inner

    def eval(self) -> None:
        self.training = False

    def train(self, mode: bool) -> None:
        self.training = mode


Module.__module__ = "torch.nn.modules.module"


class Net(Module):
    """A participant's own class."""


class XGBClassifier:
    """Two or three classes by the mean of the row, with XGBoost's interface of scikit-learn."""

    def __init__(self, edges: tuple[float, ...] = (0.0,)) -> None:
        self.edges, self.n_features_in_ = edges, 3
        self.classes_ = np.arange(len(edges) + 1)
        self.evals_result_ = {"validation_0": {"mlogloss": [1.0, 0.5]}}

    def fit(self) -> None: ...

    def get_params(self) -> dict[str, Any]:
        return {"max_depth": 3, "n_estimators": 100, "missing": float("nan"), "callbacks": None}

    def set_params(self) -> None: ...

    def predict_proba(self, x: Any) -> Any:
        classes = np.digitize(np.asarray(x).mean(axis=1), self.edges)
        return np.eye(len(self.classes_), dtype=np.float32)[classes] * 0.8 + 0.2 / len(
            self.classes_
        )

    def predict(self, x: Any) -> Any:
        return self.predict_proba(x).argmax(axis=1)


XGBClassifier.__module__ = "xgboost.sklearn"


class Booster:
    """XGBoost's own model, which has no `get_params`."""

    def inplace_predict(self, x: Any) -> Any:
        return np.asarray(x)[:, 0] * 3 + 10

    def predict(self, matrix: Any) -> Any:
        raise TypeError("expects a DMatrix")


Booster.__module__ = "xgboost.core"


class BoundModule:
    """A Flax module that was bound to its variables."""

    scope = object()

    def bind(self, variables: Any) -> BoundModule:
        return self

    def __call__(self, x: Any) -> Any:
        return np.column_stack([-x.mean(axis=1), x.mean(axis=1)])


class UnboundModule(BoundModule):
    """The same before."""

    scope = None  # type: ignore[assignment]


class TrainState:
    """Parameters beside the function that uses them."""

    params = {"kernel": 2.0}  # noqa: RUF012 - as in Flax

    def apply_fn(self, variables: Any, x: Any) -> Any:
        return x.mean(axis=1, keepdims=True) * variables["params"]["kernel"]


BoundModule.__module__ = UnboundModule.__module__ = "flax.linen.module"
TrainState.__module__ = "flax.training.train_state"


class TracerWarning(Warning):
    """What the older exporter says of a module that it may not have followed."""


class Exporters:
    """`torch.onnx`: each call is kept; `older` and `newer` say what becomes of it."""

    def __init__(self, older: Any = b"by the older", newer: Any = b"by the newer") -> None:
        self.answers = {False: older, True: newer}
        self.asked: list[bool] = []
        self.were_training: list[bool] = []
        self.were_exported: list[Any] = []

    def export(self, model: Any, inputs: tuple[Any, ...], path: str, **options: Any) -> None:
        self.asked.append(options["dynamo"])
        self.were_training.append(model.training)
        self.were_exported.append(model)
        answer = self.answers[options["dynamo"]]
        if isinstance(answer, Exception):
            os.write(1, b"the module's whole graph, from C++")
            raise answer
        if isinstance(answer, type):
            warnings.warn("may not generalize", answer, stacklevel=2)
            answer = b"what may be another model"
        Path(path).write_bytes(answer)


def torch_package(exporters: Exporters | None = None) -> types.ModuleType:
    """What stands in `sys.modules` for torch; without exporters it is as old as those without."""
    package: Any = types.ModuleType("torch")
    package.__version__ = "2.9.0"
    package.from_numpy = TorchTensor

    @contextmanager
    def no_grad() -> Iterator[None]:
        TorchTensor.tracking = False
        try:
            yield
        finally:
            TorchTensor.tracking = True

    package.no_grad = no_grad
    package.Tensor, package.float32 = TorchTensor, "float32"
    if exporters is not None:
        package.onnx = exporters
    return package
