"""A submission's own figures, also where a ladder shows those of another one: see 0102.

For organizers, and for everybody after the reveal.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import col

from heldout_server.models import Score


def own_score(of: Any = Score) -> ColumnElement[float]:
    """The score itself, given `Score` or an alias of it."""
    own: ColumnElement[float] = func.coalesce(hidden_score(of), col(of.score))
    return own


def hidden_score(of: Any = Score) -> ColumnElement[float | None]:
    """The same where it isn't the one that is shown, else null."""
    hidden: ColumnElement[float | None] = col(of.exact)["score"].as_float()
    return hidden


def own_figures(score: Score) -> tuple[float, dict[str, Any]]:
    """The score, and all figures."""
    exact: dict[str, Any] = score.exact or {}
    return exact.get("score", score.score), dict(exact.get("metrics", score.metrics))
