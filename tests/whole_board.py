"""A board with all that belongs to it: its ties are worked out in the background."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from waiting import run_until

Answer = TypeVar("Answer")


def whole_board(get: Callable[[str], Answer], slug: str) -> Answer:
    """`get`'s answer for the board's JSON once the ties of every row are known."""

    def known() -> Answer | None:
        answer = get(f"/api/v1/competitions/{slug}/leaderboard")
        rows = answer.json()["rows"]
        return answer if all(row["tie_group"] is not None for row in rows) else None

    return run_until(known)
