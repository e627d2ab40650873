"""The participant who is one place above, if the class may see their run card."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.leaderboard.order import BEST, ORDER, RankedBy
from heldout_server.models import Best, Participant, RunCard, Submission


def next_above(
    session: Session, best: Best
) -> tuple[Submission, Participant, dict[str, object]] | None:
    """The best submission of the nearest participant with a higher place, and its card.

    None for the leader and where that submission came without a card. Whether it may be shown is
    for the caller to decide.
    """
    above = ORDER.before(BEST, RankedBy(best.score, best.reached_at, best.submission_id))
    query = (
        select(Submission, Participant, RunCard.card)  # type: ignore[call-overload]
        .select_from(Best)
        .join(Submission, col(Submission.id) == col(Best.submission_id))
        # Of a team, whoever sent it: it is their card, and theirs to share.
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .outerjoin(RunCard, col(RunCard.submission_id) == col(Best.submission_id))
        .where(col(Best.competition_id) == best.competition_id, above)
        .order_by(*ORDER.columns(BEST, last_first=True))
        .limit(1)
    )
    found = session.execute(query).first()
    if found is None or found[2] is None:
        return None
    submission, participant, card = found
    return submission, participant, card
