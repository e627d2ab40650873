"""The machine that trained: seed and device, asked of libraries that are already imported."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from typing import Any

from heldout._plain import Scalar, clean_text


def training_machine() -> dict[str, Scalar]:
    """`seed`, where one was set for everything, and `device`."""
    found = {"seed": _first(_keras_seed, _tensorflow_seed), "device": device()}
    return {name: value for name, value in found.items() if value is not None}


def device() -> str:
    """`GPU` with its name where the libraries in use see one, else `CPU` with its architecture."""
    name = _first(_tensorflow_gpu, _torch_gpu, _jax_gpu)
    if name is not None:
        return clean_text(f"GPU {name}".strip(), 100)
    return f"CPU {platform.machine()}".strip()


def _first(*questions: Callable[[], Any]) -> Any:
    for ask in questions:
        try:
            answer = ask()
        except Exception:  # noqa: S112 - private corners of libraries that may move or refuse
            continue
        if answer is not None:
            return answer
    return None


def _keras_seed() -> int | None:
    module: Any = sys.modules.get("keras.src.utils.rng_utils")
    return module.get_random_seed() if module is not None else None


def _tensorflow_seed() -> int | None:
    module: Any = sys.modules.get("tensorflow.python.eager.context")
    return module.global_seed() if module is not None else None


def _tensorflow_gpu() -> str | None:
    tensorflow: Any = sys.modules.get("tensorflow")
    if tensorflow is None:
        return None
    gpus = tensorflow.config.list_physical_devices("GPU")
    if not gpus:
        return None
    details = tensorflow.config.experimental.get_device_details(gpus[0])
    return str(details.get("device_name", ""))


def _torch_gpu() -> str | None:
    torch: Any = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return None
    return str(torch.cuda.get_device_name(0))


def _jax_gpu() -> str | None:
    jax: Any = sys.modules.get("jax")
    found = jax.devices()[0] if jax is not None else None
    return str(found.device_kind) if found is not None and found.platform != "cpu" else None
