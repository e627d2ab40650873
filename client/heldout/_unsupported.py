"""The objects that people submit by mistake, and what to tell them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from heldout._errors import CannotSubmit

PREDICT_HINT = (
    "submit its predictions instead: client.submit(predictions), one for each row of "
    "client.data().x_test"
)


def explain_unsupported(subject: Any) -> None:
    """Raise `CannotSubmit` with the right hint if `subject` is one of the usual mistakes."""
    for applies, detail, hint in USUAL_MISTAKES:
        if applies(subject):
            name = _type_name(subject)
            raise CannotSubmit(detail.replace("{type}", name), hint.replace("{type}", name))


def is_history(subject: Any) -> bool:
    """Whether this is what `model.fit` returns."""
    return isinstance(getattr(subject, "history", None), dict) and hasattr(subject, "epoch")


def _type_name(subject: Any) -> str:
    return subject.__name__ if isinstance(subject, type) else type(subject).__name__


USUAL_MISTAKES: tuple[tuple[Callable[[Any], bool], str, str], ...] = (
    (
        lambda subject: subject is None,
        "There is nothing to submit: the object is None.",
        "a function without a return gives None; submit the model itself: client.submit(model)",
    ),
    (
        is_history,
        "This is the training history, not the model.",
        "client.submit(model, history=history)",
    ),
    (
        lambda subject: isinstance(subject, dict),
        "A dict cannot be submitted.",
        "submit the model and pass the rest beside it: client.submit(model, history=history, "
        "batch_size=128)",
    ),
    (
        lambda subject: isinstance(subject, type),
        "{type} is a class, not a model.",
        "make one, train it, and submit that object: model = {type}(...)",
    ),
    (
        lambda subject: isinstance(subject, bytes | bytearray | memoryview),
        "Raw bytes cannot be submitted.",
        "write them to a file and submit its path",
    ),
    (
        lambda subject: callable(subject) and not hasattr(subject, "__array__"),
        "{type} is a function or a layer, not a whole Keras model.",
        "wrap it: keras.Sequential([keras.Input(data.x_train.shape[1:]), ...]); or " + PREDICT_HINT,
    ),
)
