"""What participants do for themselves: a new name once, a new token, their final selection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from heldout_server.acts import audit_log, events
from heldout_server.acts.audit_log import Actor, Target
from heldout_server.acts.registry import ActContext
from heldout_server.kit.errors import ProblemError
from heldout_server.models import Competition, Participant, State, Submission
from heldout_server.people import bans
from heldout_server.people.participant_acts import NameIn, rename_participant
from heldout_server.submissions.quota import sharers


def rename(context: ActContext, participant: Participant, name: str) -> None:
    """Another display name, once; organizers can change it any time.

    Raises ProblemError `forbidden` (banned; no nicknames here), `conflict` (renamed before),
    `duplicate_name` or `validation`.
    """
    bans.check(participant)
    if not context.competition.nicknames:
        raise ProblemError("forbidden", "This competition shows people under their own names.")
    if participant.renamed_at is not None:
        raise ProblemError(
            "conflict", "You have changed your name once already.", "Ask the organizers."
        )
    before = participant.name
    rename_participant.perform(context, participant, NameIn(name=name))
    if participant.name != before:
        participant.renamed_at = context.now
        context.session.add(participant)
        context.session.flush()


def share_runs(
    session: Session, participant: Participant, choice: bool | None, *, now: datetime
) -> None:
    """Whether the class sees their run cards; None: as the competition has it.

    The board is told, since an award may rest on a card that is kept back now.
    """
    participant.shares_runs = choice
    session.add(participant)
    session.flush()
    events.tell_board(session, [participant], now=now)


def choose(
    session: Session,
    competition: Competition,
    participant: Participant,
    submission_ids: Sequence[str],
    *,
    now: datetime,
) -> list[Submission]:
    """Set the final selection, of oneself or of the team; an empty one leaves it to the best
    public score. Doing so twice changes nothing. The board is told, since what will be on it, and
    who shares its first place, is worked out beforehand.

    Raises ProblemError `validation` (too many; not scored), `not_found`, or `conflict` once the
    private scores are shown.
    """
    bans.check(participant)
    wanted = set(submission_ids)
    if competition.revealed_at is not None:
        raise ProblemError("conflict", "The private scores are shown: it is too late to choose.")
    if len(wanted) > competition.final_choices:
        raise ProblemError(
            "validation",
            f"At most {competition.final_choices} submissions can be chosen here.",
            "Take the star off another one first.",
        )
    assert participant.id is not None
    ours = _scored(session, sharers(session, participant.id))
    missing = wanted - {submission.public_id for submission in ours}
    if missing:
        raise ProblemError(
            "not_found", "No scored submission of yours has this id.", "List yours to see them."
        )
    before = _set(session, ours, wanted, now=now)
    after = sorted(wanted)
    if before != after:
        actor, target = Actor.participant(participant), Target.participant(participant)
        facts = {"submissions": before}, {"submissions": after}
        audit_log.record(session, actor, "participant.choose", target, *facts, now)
        events.tell_board(session, [participant], now=now)
    return [submission for submission in ours if submission.chosen_at is not None]


def star(
    session: Session,
    competition: Competition,
    participant: Participant,
    submission_id: str,
    *,
    on: bool,
    now: datetime,
) -> list[Submission]:
    """Choose one more, or one less; where only one can be chosen, the star moves.

    Raises ProblemError as `choose` does.
    """
    others = {each.public_id for each in chosen(session, participant)} - {submission_id}
    kept = set() if on and competition.final_choices == 1 else others
    wanted = sorted(kept | {submission_id} if on else kept)
    return choose(session, competition, participant, wanted, now=now)


def chosen(session: Session, participant: Participant) -> list[Submission]:
    """The final selection as it stands; empty: the best public score."""
    assert participant.id is not None
    ours = _scored(session, sharers(session, participant.id))
    return [submission for submission in ours if submission.chosen_at is not None]


def _scored(session: Session, people: Sequence[int]) -> Sequence[Submission]:
    query = select(Submission).where(
        col(Submission.participant_id).in_(people),
        col(Submission.state) == State.SCORED,
        col(Submission.moderation).is_(None),
    )
    return session.execute(query.order_by(col(Submission.id))).scalars().all()


def _set(
    session: Session, ours: Sequence[Submission], wanted: set[str], *, now: datetime
) -> list[str]:
    before = sorted(s.public_id for s in ours if s.chosen_at is not None)
    for submission in ours:
        if (submission.public_id in wanted) != (submission.chosen_at is not None):
            submission.chosen_at = now if submission.public_id in wanted else None
            session.add(submission)
    session.flush()
    return before
