"""Who sees whose row of a board, and under which name: one rule, in one place.

`visibility` says of which submissions everybody may hear at all; this, beneath it, of which people.
Organizers see everybody by name, and everybody themselves; whoever isn't known, such as the wall,
a feed or another site, sees what the competition's `board_rule` leaves:

- `everybody`: every row;
- `top_and_neighbours`: the first `board_top` rows; a participant also those around their own;
- `own_row`: none; a participant their own;
- `pseudonyms`: every row, under a name that says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import ColumnElement, case, false, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard.order import BEST, ORDER
from heldout_server.models import Best, BoardRule, Competition, Participant, Team

NEIGHBOURS = 3
"""So many rows on either side of one's own."""
FEWEST_SUMMED = 5
"""A sum over fewer rows than these, beside those that one sees, would give single ones away."""


@dataclass(frozen=True)
class Viewer:
    """Who looks: an organizer, a participant, or (neither) anybody."""

    participant: Participant | None = None
    is_organizer: bool = False


ANYBODY = Viewer()
ORGANIZER = Viewer(is_organizer=True)


def spans(rule: str, top: int, own_rank: int | None) -> tuple[range, ...] | None:
    """The ranks that are shown to whoever holds `own_rank` (None: no place); None: all. Pure."""
    if rule == BoardRule.OWN_ROW:
        return () if own_rank is None else (range(own_rank, own_rank + 1),)
    if rule != BoardRule.TOP_AND_NEIGHBOURS:
        return None
    first = range(1, top + 1)
    if own_rank is None:
        return (first,)
    around = range(max(own_rank - NEIGHBOURS, first.stop), own_rank + NEIGHBOURS + 1)
    return (first, around) if around else (first,)


def may_sum(rule: str, top: int, ranks: Sequence[int]) -> bool:
    """Whether a sum over the rows of these ranks may be told to everybody. Pure.

    Whoever takes the rows away that they see has to be left with none, or with enough of them:
    also those who see most, which is their own row and its neighbours beside what all see.
    """
    seen = spans(rule, top, None)
    hidden = 0 if seen is None else sum(not any(one in span for span in seen) for one in ranks)
    beside = 1 if rule == BoardRule.OWN_ROW else 2 * NEIGHBOURS + 1
    return hidden == 0 or hidden - beside >= FEWEST_SUMMED


def shows(competition: Competition, viewer: Viewer = ANYBODY) -> list[ColumnElement[bool]]:
    """Conditions on `Participant`: of these people the viewer may hear, whatever their places."""
    to_all = _shown_to_all(competition)
    if viewer.is_organizer or to_all is None:
        return []
    return [or_(to_all, _is_mine(viewer))]


def _shown_to_all(competition: Competition) -> ColumnElement[bool] | None:
    if competition.board_rule == BoardRule.OWN_ROW:
        return false()
    if competition.board_rule != BoardRule.TOP_AND_NEIGHBOURS:
        return None
    first = (
        select(col(Best.participant_id))
        .where(col(Best.competition_id) == competition.id)
        .order_by(*ORDER.columns(BEST))
        .limit(competition.board_top)
    )
    holder = aliased(Participant)
    teams = select(col(holder.team_id)).where(
        col(holder.id).in_(first), col(holder.team_id).is_not(None)
    )
    return or_(col(Participant.id).in_(first), col(Participant.team_id).in_(teams))


def _is_mine(viewer: Viewer) -> ColumnElement[bool]:
    """Whether it is the viewer's own, or of their team."""
    me = viewer.participant
    if me is None:
        return false()
    mine = col(Participant.id) == me.id
    return mine if me.team_id is None else or_(mine, col(Participant.team_id) == me.team_id)


def is_own(viewer: Viewer, participant: Participant) -> bool:
    """The same of somebody who is at hand."""
    me = viewer.participant
    if me is None:
        return False
    return participant.id == me.id or participant.team_id == me.team_id is not None


def names(
    competition: Competition, viewer: Viewer = ANYBODY, *, of_teams: bool = True
) -> ColumnElement[str]:
    """Under which name somebody is shown, given `Participant` and, unless not `of_teams`, `Team`
    joined from outside.
    """
    real = _names(of_teams=of_teams)
    if viewer.is_organizer or competition.board_rule != BoardRule.PSEUDONYMS:
        return real
    return case((_is_mine(viewer), real), else_=_pseudonyms(of_teams=of_teams))


def names_of_all(competition: Competition, viewer: Viewer = ANYBODY) -> ColumnElement[str]:
    """Under which name somebody is read of where everybody is listed, such as in a final: whose
    row is not for everybody is there under the name that says nothing, but for organizers.
    """
    to_all = _shown_to_all(competition)
    if to_all is None or viewer.is_organizer:
        return names(competition, viewer)
    return case((to_all, _names()), else_=_pseudonyms())


def names_by(board_rule: str) -> ColumnElement[str]:
    """Under which name anybody sees somebody where this is the rule: `names` for `ANYBODY`."""
    return _pseudonyms() if board_rule == BoardRule.PSEUDONYMS else _names()


def _names(*, of_teams: bool = True) -> ColumnElement[str]:
    own = cast("ColumnElement[str]", col(Participant.name))
    return func.coalesce(Team.name, own) if of_teams else own


def _pseudonyms(*, of_teams: bool = True) -> ColumnElement[str]:
    own = cast("ColumnElement[str]", col(Participant.pseudonym))
    return func.coalesce(Team.pseudonym, own) if of_teams else own


def name(competition: Competition, who: Participant | Team) -> str:
    """Under which name others see them."""
    return who.pseudonym if competition.board_rule == BoardRule.PSEUDONYMS else who.name


def is_shown(
    session: Session, competition: Competition, participant: Participant, viewer: Viewer = ANYBODY
) -> bool:
    """Whether the viewer may hear of them, whatever their places."""
    conditions = shows(competition, viewer)
    if not conditions:
        return True
    query = select(col(Participant.id)).where(col(Participant.id) == participant.id, *conditions)
    return session.execute(query).first() is not None


def check(
    session: Session, competition: Competition, participant: Participant, viewer: Viewer = ANYBODY
) -> None:
    """Raise ProblemError `not_found` for somebody of whom the viewer may not hear."""
    if not is_shown(session, competition, participant, viewer):
        raise ProblemError(
            "not_found",
            "This board doesn't show everybody's rows, and not this one.",
            "If it is yours, open it from your own page.",
        )


def words(rule: str, top: int) -> str:
    """What a board shows, in a sentence; empty where that is everything. Pure."""
    if rule == BoardRule.OWN_ROW:
        return "This board shows you your own place alone."
    if rule == BoardRule.TOP_AND_NEIGHBOURS:
        first = "first" if top == 1 else f"first {top}"
        return f"The {first} and the places around yours."
    if rule == BoardRule.PSEUDONYMS:
        return "Everybody is here under another name; you and the organizers see yours."
    return ""
