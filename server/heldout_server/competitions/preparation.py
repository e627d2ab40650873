"""How a contest prepares inputs for models whose participants say nothing of it. Pure."""

from __future__ import annotations

from heldout_runner.variants import AUTO, NONE, suited
from heldout_server.models import Competition, Dataset


def preparation(competition: Competition, asked: str) -> str:
    """The participant's own choice, or the contest's; `auto`: practice examples choose."""
    return competition.preprocessing if asked == AUTO else asked


def preparations(dataset: Dataset) -> tuple[str, ...]:
    """What a contest with this data may be set to."""
    return tuple(dict.fromkeys((AUTO, *suited(dataset.input_type), NONE)))
