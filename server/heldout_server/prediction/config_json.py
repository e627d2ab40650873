"""JSON read without leniency: no NaN, no repeated keys, no depth or size that could hurt."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from heldout_server.kit.errors import Rejection

SAVE_AGAIN = 'Save the model again: model.save("model.keras").'


def strict_json(raw: bytes, *, what: str) -> dict[str, Any]:
    """The JSON object in `raw`. Raises `Rejection` (`config_invalid`); `what` names the file."""
    try:
        tree = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_without_repeated_keys,
            parse_constant=_refuse_constant,
        )
    # RecursionError: a hundred thousand brackets. ValueError: among others a 5,000-digit integer.
    except (ValueError, RecursionError):
        raise Rejection("config_invalid", f"{what} is not valid JSON.", SAVE_AGAIN) from None
    if not isinstance(tree, dict):
        raise Rejection("config_invalid", f"{what} does not describe a model.", SAVE_AGAIN)
    return tree


def _without_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    # Two parsers may take different ones: what was checked must be what is loaded.
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is given twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
