"""The reveal: from the order that the room knows to the final one.

Everything private is in here, so only organizers get it before the scores are revealed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session

from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard import audience, ranking, ties
from heldout_server.leaderboard.ranking import FINAL, Standing, View
from heldout_server.models import PUBLIC, Competition


@dataclass(frozen=True, slots=True)
class Finalist:
    """One ranked participant or team, before and after.

    `public_rank` and `public_score` are None for who came only after the board was frozen;
    `shares_first`: the final first place is too close to call, and this is one of those in it.
    """

    id: str
    name: str
    public_rank: int | None
    public_score: float | None
    private_rank: int
    private_score: float
    shares_first: bool = False


@dataclass(frozen=True, slots=True)
class FinalOrder:
    """`finalists` whom the board shows to all; `sharing`: how many share the first place, whoever
    is shown, 0 where it is clear or nobody knows.
    """

    finalists: tuple[Finalist, ...]
    sharing: int


def final_order(session: Session, competition: Competition) -> FinalOrder:
    """Everyone with a final score whom the board shows to all, in the order that the room knows;
    who is new to it comes last.

    After the reveal that order is still the one of the frozen board.
    """
    known = _ranked(ranking.of_all(session, competition, View(PUBLIC, competition.freeze_at)))
    standing = list(ranking.of_all(session, competition, FINAL))
    final = _ranked(standing)
    names = _shown_names(session, competition, final)
    sharing = ties.sharing_first(session, competition, standing)
    found = []
    for holder in names:
        private_rank, private_score = final[holder]
        public_rank, public_score = known.get(holder, (None, None))
        found.append(
            Finalist(
                *names[holder],
                public_rank,
                public_score,
                private_rank,
                private_score,
                holder in sharing,
            )
        )
    return FinalOrder(tuple(sorted(found, key=_as_known)), len(sharing))


def _shown_names(
    session: Session, competition: Competition, final: dict[int, tuple[int, float]]
) -> dict[int, tuple[str, str]]:
    """Public id and name by holder, of the final places that the board is going to show."""
    spans = audience.spans(competition.board_rule, competition.board_top, None)
    shown = [
        holder
        for holder, (rank, _) in final.items()
        if spans is None or any(rank in span for span in spans)
    ]
    return ranking.names(session, shown, audience.names(competition))


def check_revealed(competition: Competition) -> None:
    """Raise ProblemError `conflict` while the private scores are secret."""
    if competition.revealed_at is None:
        raise ProblemError(
            "conflict",
            "The private scores are not revealed yet.",
            "The organizers do it at the end; this page will play it then.",
        )


def _ranked(standings: Iterable[Standing]) -> dict[int, tuple[int, float]]:
    return {one.holder_id: (rank, one.score) for rank, one in enumerate(standings, 1)}


def _as_known(one: Finalist) -> tuple[bool, int, int]:
    return (one.public_rank is None, one.public_rank or 0, one.private_rank)
