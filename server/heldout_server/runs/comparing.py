"""Two to eight runs side by side: what was set differently, and how the curves ran. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heldout_server.kit.errors import printable
from heldout_server.runs.columns import mapping

FEWEST, MOST = 2, 8
MOST_SETTINGS = 80
# Of the machine or the outcome: a difference in them is no choice of the participant's.
NO_CHOICE = frozenset(
    {"device", "train_seconds", "epochs_run", "early_stopped_at", "best_epoch", "steps_per_epoch",
     "input_range"}
)  # fmt: skip
FIRST = (
    "optimizer", "learning_rate", "learning_rate_schedule", "batch_size", "epochs_requested",
    "epochs_run", "loss", "examples", "hidden_layers", "hidden_units", "conv_filters",
    "kernel_size", "activation", "dropout", "l2", "augmentation", "parameters",
)  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """One hyperparameter over all compared runs; `values` has None where a run doesn't say."""

    name: str
    values: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        """Whether the runs were given different values."""
        return len({_compared(value) for value in self.values}) > 1

    @property
    def is_choice(self) -> bool:
        """Whether people set it, rather than observe it."""
        return self.name not in NO_CHOICE


def compared(cards: Sequence[Mapping[str, Any]]) -> tuple[Setting, ...]:
    """Every hyperparameter of any of the cards: chosen differences first, then the rest."""
    given = [mapping(card.get("hyperparameters")) for card in cards]
    names = dict.fromkeys(name for each in given for name in each)
    settings = [Setting(name, tuple(each.get(name) for each in given)) for name in names]
    return tuple(sorted(settings, key=_order)[:MOST_SETTINGS])


def differences(cards: Sequence[Mapping[str, Any]]) -> tuple[Setting, ...]:
    """Only what people set differently."""
    return tuple(s for s in compared(cards) if s.differs and s.is_choice)


def _order(setting: Setting) -> tuple[bool, bool, int]:
    place = FIRST.index(setting.name) if setting.name in FIRST else len(FIRST)
    return not setting.differs, not setting.is_choice, place


def _compared(value: object) -> str:
    # 128 and 128.0 are the same batch size; text is compared as it is shown.
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{float(value):.6g}"
    return printable(str(value).casefold())
