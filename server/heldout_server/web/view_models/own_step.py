"""A result beside one's own best before, in counts of examples and in words."""

from __future__ import annotations

from dataclasses import dataclass

from heldout_server.grading.ties.steps import Call
from heldout_server.leaderboard.disclosure import Source


@dataclass(frozen=True, slots=True)
class OwnStep:
    """`fixed`: examples only the new result has right; `broken`: only the best before. Of numbers,
    where it is closer, and where it is further.

    `call` is None where these counts aren't what the board ranks by. `words` and `luck` say it in a
    sentence each.
    """

    source: Source
    examples: int
    fixed: int
    broken: int
    call: Call | None
    words: str
    luck: str
