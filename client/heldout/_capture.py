"""The run card: what was trained and how, gathered without typing.

What the participant passes wins over what was captured. Capturing never stops a submission: a
part that cannot be read becomes a note in `captured.notes`.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from heldout._architecture import architecture_hyperparameters, layer_table
from heldout._constants import RUN_CARD_BYTES, RUN_CARD_SCHEMA
from heldout._fit_record import FitRecord, fit_columns, recorded_fits
from heldout._plain import Scalar, clean_text, flat
from heldout._training import (
    History,
    compile_summary,
    loss_hyperparameters,
    model_history,
    optimizer_hyperparameters,
    thinned,
    trained_part,
)
from heldout._version import __version__

Part = TypeVar("Part")
LONGEST_NOTES = 20_000
MOST_FITS = 200


def run_card(
    model: Any = None,
    *,
    history: Any = None,
    hyperparameters: Mapping[str, Any] | None = None,
    notes: str | None = None,
) -> dict[str, Any]:
    """The run card of `model` (None for a file or an array) as JSON, at most 1 MB.

    `history` is a Keras History, a dict of lists, a DataFrame, a tracker, or a list of these for
    several fits; without it, every tracked fit of the model is taken, or else the history that
    the last fit left on it.
    """
    capture = Capture()
    card = capture.card(model, history)
    explicit = flat(hyperparameters or {})
    captured = card["hyperparameters"]
    card["hyperparameters"] = {**captured, **explicit}
    card["notes"] = None if notes is None else clean_text(str(notes), LONGEST_NOTES)
    card["captured"] = {
        "hyperparameters": [name for name in captured if name not in explicit],
        "notes": [clean_text(note) for note in capture.notes],
    }
    return bounded(card)


class Capture:
    """Reads one model; `notes` collects what could not be read."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def card(self, model: Any, history: Any) -> dict[str, Any]:
        """The captured parts of the run card."""
        trained = self.attempt("model", lambda: trained_part(model), lambda: model)
        fits = tracked_fits(trained, history)
        curves = self.attempt(
            "history",
            lambda: History(fits or model_history(trained) if history is None else history),
            lambda: History(None),
        )
        self.notes += [*curves.notes, *(note for fit in fits for note in fit.notes)]
        card: dict[str, Any] = {
            "schema": RUN_CARD_SCHEMA,
            "hyperparameters": {
                **self._columns(model, trained, curves),
                **self.attempt("fits", lambda: fit_columns(fits), dict),
            },
            "history": curves.series,
            "architecture": self._of(model, "architecture", layer_table, list),
            "environment": self.attempt("environment", environment, dict),
        }
        compiled = self._of(trained, "compile", compile_summary, dict)
        if compiled:
            card["compile"] = compiled
        if fits:
            card["fits"] = [fit.row() for fit in fits[:MOST_FITS]]
        if curves.non_finite:
            card["history_non_finite"] = curves.non_finite
        return card

    def _columns(self, model: Any, trained: Any, curves: History) -> dict[str, Scalar]:
        columns: dict[str, Scalar] = {}
        columns.update(self._of(trained, "optimizer", optimizer_hyperparameters, dict))
        columns.update(self._of(trained, "loss", loss_hyperparameters, dict))
        measured: dict[str, Scalar] = self.attempt("history", curves.hyperparameters, dict)
        if "learning_rate_schedule" in columns:
            # The schedule's own beginning; the series starts after its first epoch.
            measured.pop("learning_rate", None)
        columns.update(measured)
        columns.update(self._of(model, "layers", architecture_hyperparameters, dict))
        return columns

    def _of(
        self, model: Any, part: str, read: Callable[[Any], Part], otherwise: Callable[[], Part]
    ) -> Part:
        """`read(model)`, or `otherwise()` without a model or when it cannot be read."""
        if model is None:
            return otherwise()
        return self.attempt(part, lambda: read(model), otherwise)

    def attempt(self, part: str, read: Callable[[], Part], otherwise: Callable[[], Part]) -> Part:
        """What `read` answers; any error becomes a note, because the submission comes first."""
        try:
            return read()
        except Exception as error:
            reason = " ".join(str(error).split())[:200]
            self.notes.append(f"{part}: not captured ({type(error).__name__}: {reason})")
            return otherwise()


def tracked_fits(trained: Any, history: Any) -> list[FitRecord]:
    """The recorded fits of this model, or those of the tracker that was passed as history."""
    passed = getattr(history, "fits", None)
    if isinstance(passed, list):
        return [fit for fit in passed if isinstance(fit, FitRecord) and fit.epoch]
    return recorded_fits(trained)


def environment() -> dict[str, Scalar]:
    """Versions of Python, this client, and of Keras and its backend where they are in use."""
    found: dict[str, Scalar] = {
        "python_version": platform.python_version(),
        "client_version": __version__,
    }
    keras = sys.modules.get("keras") or sys.modules.get("tf_keras")
    if keras is None:
        return found
    found["keras_version"] = _version(keras)
    config: Any = getattr(keras, "config", None)
    backend = str(config.backend()) if hasattr(config, "backend") else "tensorflow"
    found["backend"] = backend
    found["backend_version"] = _version(sys.modules.get(backend))
    return found


def _version(module: Any) -> str | None:
    version = getattr(module, "__version__", None)
    return version if isinstance(version, str) else None


def bounded(card: dict[str, Any], most_bytes: int = RUN_CARD_BYTES) -> dict[str, Any]:
    """`card`, with the least useful parts left out, each with a note, until it is small enough."""
    for note, shrink in SHRINKING:
        if card_bytes(card) <= most_bytes:
            return card
        shrink(card)
        card["captured"]["notes"].append(note)
    return card


def card_bytes(card: Mapping[str, Any]) -> int:
    """The size of the card as it is sent."""
    return len(json.dumps(card, ensure_ascii=False, separators=(",", ":")).encode())


def _without_layer_config(card: dict[str, Any]) -> None:
    for row in card["architecture"]:
        row["config"] = {}
    card.pop("compile", None)


def _with_short_history(card: dict[str, Any]) -> None:
    card["history"] = {name: thinned(each, 1_000) for name, each in card["history"].items()}


def _without_architecture(card: dict[str, Any]) -> None:
    card["architecture"] = []


def _with_few_series(card: dict[str, Any]) -> None:
    card["history"] = {name: thinned(each, 200) for name, each in card["history"].items()}
    card.pop("history_non_finite", None)


def _with_few_hyperparameters(card: dict[str, Any]) -> None:
    card["hyperparameters"] = dict(list(card["hyperparameters"].items())[:500])
    names = card["captured"]["hyperparameters"]
    card["captured"]["hyperparameters"] = [n for n in names if n in card["hyperparameters"]]


SHRINKING: tuple[tuple[str, Callable[[dict[str, Any]], None]], ...] = (
    ("too large: the layers' configuration was left out", _without_layer_config),
    ("too large: the history was thinned to 1,000 points a series", _with_short_history),
    ("too large: the layer table was left out", _without_architecture),
    ("too large: the history was thinned to 200 points a series", _with_few_series),
    ("too large: only the first 500 hyperparameters were kept", _with_few_hyperparameters),
)
