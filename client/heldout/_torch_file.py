"""A PyTorch module as an ONNX file, which the server scores itself.

Nothing is imported: whoever has such a module has `torch` loaded, and it brings its exporters.
Where none of them can, or what they give may be another model, the module predicts at home.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from heldout._errors import CannotSubmit
from heldout._frameworks import captured, framework_name, framework_of
from heldout._home import Home
from heldout._networks import Network, tensor_for
from heldout._quiet import quiet

if TYPE_CHECKING:
    from heldout._data import Data

TORCH = "torch"
OPSET = 18
# Where torch.compile keeps the module that it was given; what it made of it no exporter takes.
COMPILED = "_orig_mod"
# Verdicts on what was exported that say nothing of the module: it may still predict at home.
ONLY_AS_A_FILE = frozenset(
    {
        "archive_invalid", "config_invalid", "file_too_large", "format_not_supported",
        "layer_not_allowed", "load_failed", "model_too_large", "needs_onnxruntime",
        "not_a_keras_file", "weights_invalid", "weights_unsafe",
    }
)  # fmt: skip
SAID = (
    "Exported: {name} ({framework}) is sent as an ONNX file of {size:,} bytes; the server runs it."
)
PREDICTS_INSTEAD = "As a file it isn't scored: {why}\nSo it predicts at home, which works as well."
# The older exporter follows one run of the module and warns where another might go another way.
TURNS_ANOTHER_WAY = "TracerWarning"


@contextmanager
def exported_module(model: Any, data: Callable[[], Data]) -> Iterator[Home | None]:
    """What is sent of a PyTorch module, gone afterwards; None for what is none, or can't be."""
    torch = sys.modules.get(TORCH) if framework_of(model) == TORCH else None
    model = getattr(model, COMPILED, model)
    if getattr(torch, "onnx", None) is None:
        yield None
        return
    with TemporaryDirectory(prefix="heldout-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "model.onnx"
        yield _sent(model, path) if _written(torch, model, data(), path) else None


def _sent(model: Any, path: Path) -> Home:
    framework, size = framework_name(TORCH, model), path.stat().st_size
    said = SAID.format(name=type(model).__name__, framework=framework, size=size)
    return Home(path, said, captured(TORCH, model), is_prepared=False)


def _written(torch: Any, model: Any, data: Data, path: Path) -> bool:
    network = Network(model, data, TORCH)
    try:
        example = tensor_for(model, network.few())
        with network.running():
            answered = model(example)
            if not _is_plain(torch, answered) or _may_be_of_either(network, answered):
                return False
            ways = (_older(), _newer(torch))
            return any(_exported(torch, model, example, path, more) for more in ways)
    except CannotSubmit:
        return False  # predicting at home says why


def _is_plain(torch: Any, answered: Any) -> bool:
    """Whether one tensor in single precision came out."""
    return isinstance(answered, torch.Tensor) and answered.dtype == torch.float32


def _may_be_of_either(network: Network, answered: Any) -> bool:
    """Practice examples tell at home which class a single output is of, where it may be either."""
    width, data = network.check_width(answered.detach().cpu().numpy()), network.data
    return width == 1 and data.kind == "binary" and data.raw["positive"] == 0


def _exported(torch: Any, model: Any, example: Any, path: Path, more: Mapping[str, Any]) -> bool:
    path.unlink(missing_ok=True)
    with warnings.catch_warnings(record=True) as told, quiet():
        warnings.simplefilter("always")
        try:
            torch.onnx.export(model, (example,), str(path), **more)
        except Exception:
            return False
    return path.exists() and not any(each.category.__name__ == TURNS_ANOTHER_WAY for each in told)


def _older() -> dict[str, Any]:
    """It needs no other package and takes a moment."""
    batch = {0: "batch"}
    names = {"input_names": ["x"], "output_names": ["y"], "dynamic_axes": {"x": batch, "y": batch}}
    return {"dynamo": False, "opset_version": OPSET, **names}


def _newer(torch: Any) -> dict[str, Any]:
    """It follows all ways through a module, needs `onnxscript`, and takes some seconds."""
    dimension = getattr(getattr(torch, "export", None), "Dim", None)
    any_batch = getattr(dimension, "AUTO", None)
    shapes = ({0: any_batch},)
    return {"dynamo": True, "external_data": False, "verbose": False, "dynamic_shapes": shapes}
