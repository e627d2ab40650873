"""Baselines for boards: what to beat, each below those who have beaten it."""

from __future__ import annotations

from sqlmodel import Session

from heldout_server.baselines import rows as baselines
from heldout_server.leaderboard import standings
from heldout_server.models import Baseline, Competition
from heldout_server.web.view_models.board import GhostRow


def ghosts(session: Session, competition: Competition) -> tuple[GhostRow, ...]:
    """What the board shows of its baselines, best first, each with its place."""
    found = baselines.shown(session, competition)
    scores = [baseline.score or 0.0 for baseline in found]
    places = standings.above(session, competition.id or 0, scores)
    return tuple(_ghost(baseline, above) for baseline, above in zip(found, places, strict=True))


def _ghost(baseline: Baseline, above: int) -> GhostRow:
    return GhostRow(
        id=baseline.public_id,
        kind=baseline.kind,
        name=baseline.name,
        score=baseline.score or 0.0,
        error_count=baseline.error_count,
        is_reported=baseline.reported,
        above=above,
    )
