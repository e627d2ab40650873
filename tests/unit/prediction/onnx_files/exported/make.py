"""Make the files beside this one, with PyTorch's two exporters and skl2onnx, and what they give.

Run by hand, in an environment that has them: `pip install torch onnx onnxscript skl2onnx`.
Made with PyTorch 2.13.0, onnxscript 0.7, skl2onnx 1.20.0, scikit-learn 1.9.1 and onnx 1.23.2.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import LinearSVC
from torch import nn

HERE = Path(__file__).parent
EXAMPLES = 3
Shape = tuple[int, ...]


class Attending(nn.Module):
    """A transformer's layer over the rows of an image."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.head = nn.Linear(28, 8), nn.Linear(8, 10)
        self.places = nn.Parameter(torch.randn(28, 8))
        self.layer = nn.TransformerEncoderLayer(8, 2, 8, batch_first=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.layer(self.embed(x) + self.places).mean(1))


class Remembering(nn.Module):
    """An LSTM in both directions."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.head = (
            nn.LSTM(28, 4, batch_first=True, bidirectional=True),
            nn.Linear(8, 10),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.lstm(x)[0][:, -1])


class Viewing(nn.Module):
    """A convolution, flattened by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head = nn.Conv2d(1, 2, 5, stride=3), nn.Linear(2 * 16, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pooled = torch.max_pool2d(torch.relu(self.conv(x)), 2)
        return torch.log_softmax(self.head(pooled.view(x.size(0), -1)), 1)


def convolutional() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.GELU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 8, 3, groups=2), nn.SiLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Dropout(0.5), nn.Linear(8, 10),
    )  # fmt: skip


MODULES: Mapping[str, tuple[Callable[[], nn.Module], Shape]] = {
    "convolutional": (convolutional, (1, 28, 28)),
    "viewing": (Viewing, (1, 28, 28)),
    "attending": (Attending, (28, 28)),
    "remembering": (Remembering, (28, 28)),
}
ESTIMATORS = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "perceptron": MLPClassifier((6,), max_iter=20),
    "bayes": GaussianNB(),
    "ridge": make_pipeline(MinMaxScaler(), Ridge()),
    "margin": LinearSVC(),
}


def inputs(shape: Shape, count: int = EXAMPLES) -> Any:
    """As the test makes them."""
    return np.random.default_rng(0).normal(size=(count, *shape)).astype(np.float32)


def with_torch(name: str, make: Callable[[], nn.Module], shape: Shape) -> dict[str, Any]:
    """By the older exporter and by the newer one; and by the older one for one example at once."""
    module, x, told = make().eval(), torch.from_numpy(inputs(shape)), {}
    given = module(x).detach().numpy().tolist()
    for how, options in {
        "older": {"dynamo": False, "input_names": ["x"], "dynamic_axes": {"x": {0: "n"}}},
        "newer": {"dynamo": True, "dynamic_shapes": ({0: torch.export.Dim.AUTO},)},
        "single": {"dynamo": False},
    }.items():
        example = x[:1] if how == "single" else x
        more = {"external_data": False} if how == "newer" else {}
        path = HERE / f"{name}-{how}.onnx"
        torch.onnx.export(module, (example,), str(path), verbose=False, **options, **more)
        told[path.stem] = {"shape": shape, "gives": given}
    return told


def with_scikit_learn(name: str, model: Any) -> dict[str, Any]:
    x = inputs((4,), 60)
    y = (x[:, 0] + x[:, 1] > 0).astype(int) + (x[:, 2] > 0.5)
    model.fit(x, x @ [1.0, 2, 3, 4] if name == "ridge" else y)
    file = to_onnx(model, x[:1], target_opset={"": 18, "ai.onnx.ml": 3})
    (HERE / f"{name}.onnx").write_bytes(file.SerializeToString())
    ways = ("predict_proba", "decision_function", "predict")
    way = next(each for each in ways if hasattr(model, each))
    given = np.asarray(getattr(model, way)(x[:EXAMPLES])).reshape(EXAMPLES, -1).tolist()
    return {name: {"shape": (4,), "count": 60, "gives": given}}


def main() -> None:
    torch.manual_seed(0)
    told: dict[str, Any] = {}
    for name, (make, shape) in MODULES.items():
        told |= with_torch(name, make, shape)
    for name, model in ESTIMATORS.items():
        told |= with_scikit_learn(name, model)
    for path in HERE.glob("*.onnx"):
        if path.stat().st_size > 20_000:
            path.unlink()
            del told[path.stem]
    (HERE / "given.json").write_text(json.dumps(told) + "\n")


if __name__ == "__main__":
    main()
