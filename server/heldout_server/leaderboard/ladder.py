"""What a ladder shows: of a result that is no real step, the best that came before it.

The public `Score` of such a submission holds the figures of the one it `stands_by`, and its own in
`exact`, which `submissions.own_figures` reads. So whatever shows public scores, to its participant
as well, tells nothing finer; only what shows them beside private ones asks here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    exists,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from heldout_server.leaderboard import ranking
from heldout_server.leaderboard.order import ORDER, RankedBy
from heldout_server.models import (
    PREDICTIONS,
    PUBLIC,
    Competition,
    ModerationNote,
    Participant,
    Score,
    State,
    Submission,
    Verdict,
)
from heldout_server.submissions.moderation import WITHDRAWN
from heldout_server.submissions.own_figures import own_figures, own_score

FIGURES = ("score", "examples", "error_count", "metrics")
NO_STEP = (
    "Scored. Your place changes only with a real step, and this one is too close to your best to "
    "be sure: the score shown is still your best's."
)
OF_A_FILE = "The private score isn't touched."
OF_A_MODEL = "The practice figures beside it are exact, and the private score isn't touched."

best, author = aliased(Submission), aliased(Participant)
"""A submission that others may be compared with, and who sent it."""


def best_before(session: Session, submission: Submission) -> Submission | None:
    """The submission by which its participant, or team, was shown when this one came.

    One that they have withdrawn meanwhile as well: else a withdrawal would buy an exact score.
    """
    competition = session.get_one(Competition, submission.competition_id)
    participant = session.get_one(Participant, submission.participant_id)
    query = (
        select(best)
        .join(author, col(author.id) == col(best.participant_id))
        .join(Score, and_(col(Score.submission_id) == col(best.id), col(Score.split) == PUBLIC))
        .where(
            col(Score.stands_by).is_(None),
            col(best.participant_id).in_(ranking.members(session, participant)),
            col(best.id) < submission.id,
            *_is_bar(competition, submission.kind),
        )
        .order_by(*ORDER.columns(RankedBy(col(Score.score), col(best.queued_at), col(best.id))))
        .limit(1)
    )
    return session.execute(query).scalar_one_or_none()


def stand_by(session: Session, score: Score, best_id: int) -> bool:
    """Let a public score show the figures of its participant's best; whether it does now.

    It doesn't where organizers have taken that one off the board meanwhile.
    """
    submission = session.get_one(Submission, score.submission_id)
    competition = session.get_one(Competition, submission.competition_id)
    query = select(Score).join(best, col(best.id) == col(Score.submission_id))
    query = query.join(author, col(author.id) == col(best.participant_id)).where(
        col(best.id) == best_id,
        col(Score.split) == PUBLIC,
        *_is_bar(competition, submission.kind),
    )
    shown = session.execute(query).scalar_one_or_none()
    if shown is None:
        return False
    score.exact = {name: getattr(score, name) for name in FIGURES}
    score.stands_by = best_id
    for name in FIGURES:
        setattr(score, name, getattr(shown, name))
    return True


def mend(
    session: Session, competition_id: int, people: Sequence[Participant] | None = None
) -> None:
    """Let no score of these people (None: of everybody) stand by what is no bar of theirs any more.

    What stood by a file that organizers ruled out gets its own figures: compared with the one
    before that it may well be a step, and nobody can ask for such an act. Whose best went away with
    a team-mate is shown by what came before, since anybody can leave a team.
    """
    competition = session.get_one(Competition, competition_id)
    ids = None if people is None else {i for one in people for i in ranking.members(session, one)}
    for score, submission, is_ours in session.execute(_without_bar(competition, ids)).all():
        for name in FIGURES:
            setattr(score, name, (score.exact or {}).get(name))
        score.exact = score.stands_by = None
        session.flush()
        before = None if is_ours else best_before(session, submission)
        if before is not None and before.id is not None:
            stand_by(session, score, before.id)
        session.add(score)
        session.flush()


def verdict(session: Session, submission: Submission) -> Verdict | None:
    """How it ended, in the words of a ladder while its score is another one's.

    Not kept with the verdict: mending, a re-score and the reveal would make a lie of it.
    """
    found = session.get(Verdict, submission.id)
    score = session.get(Score, (submission.id, PUBLIC))
    competition = session.get_one(Competition, submission.competition_id)
    is_shown = not is_lifted(competition) and submission.state == State.SCORED
    if found is None or score is None or score.stands_by is None or not is_shown:
        return found
    hint = OF_A_FILE if submission.kind == PREDICTIONS else OF_A_MODEL
    return Verdict(submission_id=score.submission_id, code=found.code, detail=NO_STEP, hint=hint)


def is_lifted(competition: Competition) -> bool:
    """Whether a file's own figures may be read: once its private score stands beside them."""
    return ranking.shown(competition).split != PUBLIC


def public_score(*, is_lifted: bool) -> SQLColumnExpression[float]:
    """The public score as it may be read now, given `Score`."""
    return own_score() if is_lifted else col(Score.score)


def public_figures(competition: Competition, score: Score) -> tuple[float, dict[str, Any]]:
    """The same of a public score that is at hand, with all its figures."""
    return own_figures(score) if is_lifted(competition) else (score.score, dict(score.metrics))


def _is_bar(competition: Competition, kind: Any) -> list[ColumnElement[bool]]:
    """Which submissions those of this kind are compared with, given `best` and `author`."""
    was_held = exists().where(col(ModerationNote.submission_id) == col(best.id)).correlate(best)
    return [
        col(best.state) != State.REJECTED,
        # A file that was held is no measure for honest ones, and its score nobody's.
        or_(col(best.moderation).is_(None), and_(col(best.moderation) == WITHDRAWN, ~was_held)),
        col(author.banned_at).is_(None),
        *([] if competition.rank_predictions else [col(best.kind) == kind]),
    ]


def _without_bar(
    competition: Competition, people: set[int] | None
) -> Select[Score, Submission, bool]:
    """Scores that stand by what they can't any more, and whether it is still of the same row."""
    is_ours = _unit(author) == _unit(Participant)
    is_bar = _is_bar(competition, col(Submission.kind))
    return (
        select(Score, Submission, is_ours)
        .join(Submission, col(Submission.id) == col(Score.submission_id))
        .join(Participant, col(Participant.id) == col(Submission.participant_id))
        .join(best, col(best.id) == col(Score.stands_by))
        .join(author, col(author.id) == col(best.participant_id))
        .where(
            col(Submission.competition_id) == competition.id,
            *([] if people is None else [col(Submission.participant_id).in_(people)]),
            not_(and_(is_ours, *is_bar)),
        )
        .order_by(col(Submission.id))
    )


def _unit(one: Any) -> ColumnElement[int]:
    """Who is ranked: the same for members of a team."""
    unit: ColumnElement[int] = func.coalesce(-col(one.team_id), col(one.id))
    return unit
