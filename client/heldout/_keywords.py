"""Which free keywords of `submit` are hyperparameters, and which are slips of the keyboard."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from heldout._calls import ALIKE
from heldout._errors import WrongArguments
from heldout._training import holds_curves, is_training

# `submit`'s own; whatever is close to one of them was meant to be it.
OWN = ("history", "hyperparameters", "name", "notes", "preprocessing", "timeout", "wait")
# What a run card calls things (docs/run-cards.md).
USUAL = (
    "activation", "augmentation", "batch_size", "clipnorm", "conv_filters", "dropout",
    "early_stopped_at", "epochs", "epochs_requested", "epochs_run", "examples", "hidden_layers",
    "hidden_units", "kernel_size", "label_smoothing", "learning_rate", "learning_rate_schedule",
    "momentum", "normalization", "objective", "optimizer", "output_activation", "parameters",
    "steps_per_epoch", "train_seconds", "validation_examples", "validation_split", "weight_decay",
)  # fmt: skip
# Hyperparameters in their own right, however close they are to a name above.
APART = frozenset({*USUAL, "nodes"})
NEARLY_EQUAL = 0.88
SHORTEST = 6


def free_keywords(named: Mapping[str, Any]) -> dict[str, Any]:
    """The free keywords as hyperparameters. Raises `WrongArguments` for what was a misspelling."""
    for name, value in named.items():
        meant = _meant(name, value)
        if meant:
            raise WrongArguments(
                f"submit() has no {name}.",
                f"did you mean {meant}? For a hyperparameter of this name: "
                f'hyperparameters={{"{name}": ...}}',
            )
    return dict(named)


def _meant(name: str, value: Any) -> str:
    if is_training(value):
        return "history"
    word = name.casefold()
    if word in APART:
        return ""
    own = difflib.get_close_matches(word, OWN, n=1, cutoff=ALIKE)
    if own:
        return own[0]
    usual = difflib.get_close_matches(word, USUAL, n=1, cutoff=NEARLY_EQUAL)
    return usual[0] if usual and _is_slip(word, usual[0]) else ""


def _is_slip(word: str, usual: str) -> bool:
    """`bacth_size` is one; `kernel_sizes`, `dropout_2`, `n_parameters` are other names."""
    alone = word.rstrip("0123456789_").removesuffix("s")
    return len(word) >= SHORTEST and usual.removesuffix("s") not in alone


def checked_hyperparameters(given: Any) -> dict[str, Any]:
    """What was passed as `hyperparameters=`. Raises `WrongArguments` when it isn't a dict."""
    if given is None or isinstance(given, Mapping):
        return dict(given or {})
    raise WrongArguments(
        f"hyperparameters is {_called(given)}, not a dict.",
        'pass names and values: hyperparameters={"batch_size": 128}',
    )


def check_history(given: Any) -> None:
    """Raise `WrongArguments` for a `history` that no training can have left."""
    if given is None or holds_curves(given):
        return
    if isinstance(given, list | tuple):
        for each in given:
            check_history(each)
        return
    raise WrongArguments(
        f"history is {_called(given)}, not a training history.",
        "pass what fit returned: history = model.fit(...), then "
        "client.submit(model, history=history)",
    )


def _called(given: Any) -> str:
    if isinstance(given, str):
        return f"the text {given[:40]!r}"
    return f"{given!r:.40}" if isinstance(given, int | float) else f"a {type(given).__name__}"


def check_preprocessing(given: Any) -> None:
    """Raise `WrongArguments` for a preprocessing that no server knows."""
    if given in PREPROCESSING:
        return
    close = difflib.get_close_matches(str(given), PREPROCESSING, n=1, cutoff=0.5)
    meant = f'did you mean preprocessing="{close[0]}"? ' if close else ""
    known = ", ".join(f'"{each}"' for each in PREPROCESSING)
    raise WrongArguments(f"There is no preprocessing {given!r}.", f"{meant}It is one of {known}.")


PREPROCESSING = ("auto", "0-1", "0-255", "-0.5-0.5", "-1-1", "standardize", "l2-rows", "none")
