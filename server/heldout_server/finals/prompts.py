"""What somebody is asked to draw, in an order of their own. Pure."""

from __future__ import annotations

import numpy as np

MOST_PROMPTS = 10


def prompts(seed: int, participant_id: int, classes: int) -> tuple[int, ...]:
    """Numbers of classes, each at most once, ten at most; always the same for the same person.

    Where there are more than ten classes, each person has others of them, all equally often.
    """
    generator = np.random.default_rng((seed, participant_id))
    drawn = generator.permutation(classes)[:MOST_PROMPTS]
    return tuple(int(number) for number in drawn)
