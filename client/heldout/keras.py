"""`heldout.keras.Tracker()`: a Keras callback that records what the model itself forgets.

model.fit(x, y, batch_size=128, callbacks=[heldout.keras.Tracker()])
client.submit(model)     # batch size, examples, callbacks, seed, seconds: all on the run card

Importing this module imports nothing; the first `Tracker()` takes the Keras that is in use.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from heldout._errors import CannotSubmit
from heldout._fit_inputs import described, fit_arguments, listed_callbacks, outcome
from heldout._fit_record import FitRecord, remember
from heldout._machine import training_machine
from heldout._plain import plain

__all__ = ["Tracker"]

CALLBACK_MODULES = ("keras.callbacks", "tf_keras.callbacks", "tensorflow.keras.callbacks")
_classes: dict[type, type] = {}


def Tracker() -> Any:
    """A callback for `fit(callbacks=[...])`; its `fits` are the recorded fits, oldest first.

    What it records belongs to the model object: `client.submit(model)` finds it there. For a
    model that was loaded from a file meanwhile, pass `history=tracker`. Raises `CannotSubmit`
    where there is no Keras.
    """
    base = _callback_class()
    if base not in _classes:
        _classes[base] = type("KerasTracker", (_Recording, base), {})
    return _classes[base]()


def is_tracker(callback: Any) -> bool:
    """Whether this callback is one of ours."""
    return isinstance(callback, _Recording)


def _callback_class() -> type:
    loaded = [name for name in CALLBACK_MODULES if name.split(".")[0] in sys.modules]
    for name in loaded or CALLBACK_MODULES[:1]:
        try:
            found: type = import_module(name).Callback
        except ImportError:
            continue
        return found
    raise CannotSubmit(
        "Keras is not installed here, so there is no fit to track.",
        'install it with: pip install "keras>=3" tensorflow',
    )


class _Recording:
    """The hooks; mixed into the Callback class of whichever Keras is in use.

    No error of ours may end somebody's training: each is noted on the record instead.
    """

    model: Any
    params: dict[str, Any] | None
    # Keras then keeps its asynchronous dispatch: nothing here runs for each batch.
    async_safe = True

    def __init__(self) -> None:
        super().__init__()
        self.fits: list[FitRecord] = []
        self._callbacks: list[Any] = []

    def on_train_begin(self, logs: Any = None) -> None:
        record = FitRecord(params=dict(self.params or {}))
        self.fits.append(record)
        try:
            remember(self.model, record)
            record.columns |= training_machine()
            arguments = fit_arguments()
            self._callbacks = listed_callbacks(arguments.get("callbacks"))
            record.columns |= described(arguments)
            record.optimizer = type(_optimizer(self.model)).__name__.lower()
        except Exception as error:
            record.notes.append(f"fit: not all captured ({type(error).__name__}: {error})")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        try:
            rate = plain(getattr(_optimizer(self.model), "learning_rate", None))
        except Exception:
            rate = None
        known = isinstance(rate, int | float)
        self.fits[-1].end_epoch(epoch, dict(logs or {}), rate if known else None)

    def on_train_end(self, logs: Any = None) -> None:
        try:
            self.fits[-1].columns |= outcome(self._callbacks)
        except Exception as error:
            self.fits[-1].notes.append(f"callbacks: not captured ({type(error).__name__}: {error})")


def _optimizer(model: Any) -> Any:
    optimizer = getattr(model, "optimizer", None)
    # Mixed precision wraps the optimizer that was chosen.
    return getattr(optimizer, "inner_optimizer", None) or optimizer
