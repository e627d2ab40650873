"""The reveal: from the order that the room knows to the final one.

Everything private is in here, so only organizers get it before the scores are revealed.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard import ranking
from heldout_server.leaderboard.ranking import FINAL, Standing, View
from heldout_server.models import PUBLIC, Competition


@dataclass(frozen=True, slots=True)
class Finalist:
    """One ranked participant or team, before and after.

    `public_rank` and `public_score` are None for who came only after the board was frozen.
    """

    id: str
    name: str
    public_rank: int | None
    public_score: float | None
    private_rank: int
    private_score: float


def finalists(session: Session, competition: Competition) -> list[Finalist]:
    """Everyone with a final score, in the order that the room knows; who is new to it comes last.

    After the reveal that order is still the one of the frozen board.
    """
    known = _ranked(session, competition, View(PUBLIC, competition.freeze_at))
    final = _ranked(session, competition, FINAL)
    names = ranking.names(session, list(final))
    found = []
    for holder, (private_rank, private_score) in final.items():
        public_rank, public_score = known.get(holder, (None, None))
        found.append(
            Finalist(*names[holder], public_rank, public_score, private_rank, private_score)
        )
    return sorted(found, key=_as_known)


def check_revealed(competition: Competition) -> None:
    """Raise ProblemError `conflict` while the private scores are secret."""
    if competition.revealed_at is None:
        raise ProblemError(
            "conflict",
            "The private scores are not revealed yet.",
            "The organizers do it at the end; this page will play it then.",
        )


def _ranked(session: Session, competition: Competition, view: View) -> dict[int, tuple[int, float]]:
    standings: list[Standing] = list(ranking.of_all(session, competition, view))
    return {one.holder_id: (rank, one.score) for rank, one in enumerate(standings, 1)}


def _as_known(one: Finalist) -> tuple[bool, int, int]:
    return (one.public_rank is None, one.public_rank or 0, one.private_rank)
