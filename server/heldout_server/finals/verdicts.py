"""When a drawing counts, and whose reading does. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

from heldout_server.models import DrawingState

READERS = 2
FEWEST_COMPARED = 5
LUCK = 0.05
"""Whoever agrees with others no better than chance does, by this much, stops counting."""


def verdict(prompt: int, said: Sequence[int | None]) -> DrawingState:
    """Of what was said of it, in the order it was said; None: somebody couldn't tell.

    The first two decide, so that a drawing's fate doesn't change with whoever looks later.
    """
    first = said[:READERS]
    if len(first) < READERS:
        return DrawingState.WAITING
    return DrawingState.COUNTED if set(first) == {prompt} else DrawingState.DISPUTED


def counts(agreed: int, compared: int, classes: int) -> bool:
    """Whether a reader's words count.

    `compared`: drawings that another reader took for what was asked; `agreed`: how many of them
    this one did, too. They stop counting while as many would be no surprise of somebody who taps
    anything: P(X ≥ agreed) > 0.05 for X binomial of `compared` and 1 / classes. An honest reader
    agrees on nearly all and isn't in doubt after five.
    """
    if compared < FEWEST_COMPARED:
        return True
    chance = 1 / classes
    tail = sum(
        comb(compared, k) * chance**k * (1 - chance) ** (compared - k)
        for k in range(agreed, compared + 1)
    )
    return tail <= LUCK
