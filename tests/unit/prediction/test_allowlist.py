"""The allow-list against the Keras that is installed, read as text: no test here imports it."""

import importlib.util
import re
from pathlib import Path

import pytest

from heldout_server.prediction.allowlist import (
    ACTIVATION_ALIASES,
    ACTIVATIONS,
    CLASSES,
    INSTEAD,
    LAYERS,
    OPERATIONS,
)

SPEC = importlib.util.find_spec("keras")
KERAS = Path(SPEC.origin).parent if SPEC and SPEC.origin else None
NEVER = {"Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "StringLookup"}
TAKES_FUNCTIONS = {"Map", "Scan", "WhileLoop", "ForiLoop", "Cond", "Switch", "VectorizedMap"}
needs_keras = pytest.mark.skipif(KERAS is None, reason="Keras is not installed")


def exported(module: str) -> set[str]:
    assert KERAS
    text = (KERAS.joinpath(*module.split(".")[1:]) / "__init__.py").read_text()
    return set(re.findall(r"\bas (\w+)", text))


def defined(module: str) -> set[str]:
    assert KERAS
    path = KERAS.joinpath(*module.split(".")[1:]).with_suffix(".py")
    return set(re.findall(r"^class (\w+)\(", path.read_text(), re.M))


class TestAllowList:
    @needs_keras
    @pytest.mark.parametrize("module", [m for m in CLASSES if not m.startswith("keras.src.")])
    def test_every_public_class_exists(self, module: str) -> None:
        assert CLASSES[module] <= exported(module)

    @needs_keras
    @pytest.mark.parametrize("module", sorted(OPERATIONS))
    def test_every_operation_exists(self, module: str) -> None:
        assert CLASSES[module] <= defined(module)

    @needs_keras
    def test_every_activation_exists(self) -> None:
        assert exported("keras.activations") >= ACTIVATIONS

    def test_code_and_files_stay_out(self) -> None:
        assert not NEVER & LAYERS
        assert not any(TAKES_FUNCTIONS & names for names in OPERATIONS.values())

    def test_aliases_lead_to_known_activations(self) -> None:
        assert set(ACTIVATION_ALIASES.values()) <= ACTIVATIONS

    def test_a_replacement_is_only_offered_for_what_is_refused(self) -> None:
        assert not any(set(INSTEAD) & names for names in CLASSES.values())
