"""`client.track(model)`: every later `fit` of this model is recorded, with nothing to remember."""

from __future__ import annotations

from typing import Any

from heldout._errors import CannotSubmit
from heldout._export import is_keras_model
from heldout._fit_record import FitRecord, recorded_fits


class Tracking:
    """A tracked model; `stop()` or the end of a `with` block gives it its own `fit` back."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self._own_fit = model.fit
        self._is_tracked = getattr(model.fit, "heldout_tracked", False)
        if not self._is_tracked:
            self._replace_fit()

    @property
    def fits(self) -> list[FitRecord]:
        """The recorded fits, oldest first."""
        return recorded_fits(self.model)

    def stop(self) -> None:
        """Record no more; what was recorded stays with the model."""
        if not self._is_tracked and "fit" in vars(self.model):
            del self.model.fit

    def _replace_fit(self) -> None:
        own_fit = self._own_fit

        def fit(*arguments: Any, **named: Any) -> Any:
            return own_fit(*arguments, **_with_tracker(arguments, named))

        fit.__doc__ = own_fit.__doc__
        fit.heldout_tracked = True  # type: ignore[attr-defined]
        self.model.fit = fit

    def __enter__(self) -> Tracking:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        epochs = sum(len(fit.epoch) for fit in self.fits)
        return f"<heldout.Tracking of {self.model.name}: {len(self.fits)} fits, {epochs} epochs>"


def _with_tracker(arguments: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """The named arguments of `fit`, with our callback among the others."""
    from heldout.keras import Tracker, is_tracker

    if len(arguments) > CALLBACKS_POSITION:
        return named  # given by position, as nobody does: left alone
    given = named.get("callbacks")
    if given is not None and not isinstance(given, list | tuple):
        inner = getattr(given, "callbacks", None)
        if isinstance(inner, list):  # a CallbackList of the participant's own making
            return named
        given = [given]
    callbacks = list(given or [])
    if any(is_tracker(each) for each in callbacks):
        return named
    return {**named, "callbacks": [*callbacks, Tracker()]}


# fit(x, y, batch_size, epochs, verbose, callbacks, …)
CALLBACKS_POSITION = 5


def track(model: Any) -> Tracking:
    """Record every later `fit` of `model`. Raises `CannotSubmit` for what is not a model."""
    if not is_keras_model(model) or not hasattr(model, "fit"):
        raise CannotSubmit(
            f"A {type(model).__name__} cannot be tracked.",
            "track a Keras model before model.fit(...); for other libraries pass history= and "
            "the hyperparameters to submit",
        )
    return Tracking(model)
