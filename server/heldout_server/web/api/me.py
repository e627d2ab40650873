"""The caller: who they are, what they have sent, what is left today."""

from typing import Annotated

from fastapi import Query, Request

from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard import standings
from heldout_server.leaderboard.submission_report import place_of
from heldout_server.models import Competition, Participant
from heldout_server.runs.card_visibility import visibility
from heldout_server.submissions import final_selection, queries
from heldout_server.submissions.quota import quota
from heldout_server.tasks import scores
from heldout_server.web.deps import (
    CallersCompetition,
    CallingParticipant,
    Now,
    ReadSession,
    ServicesDep,
    WriteSession,
)
from heldout_server.web.routes import Routes
from heldout_server.web.schemas import from_rows
from heldout_server.web.schemas.public import (
    BestOut,
    MeOut,
    QuotaOut,
    SharingIn,
    SharingOut,
    SubmissionsOut,
)

router = Routes(prefix="/me", tags=["me"])

LongestPage = Annotated[int, Query(ge=1, le=200)]


@router.get("")
def get_me(
    request: Request,
    caller: CallingParticipant,
    competition: CallersCompetition,
    services: ServicesDep,
    session: ReadSession,
    now: Now,
) -> MeOut:
    """Who the token belongs to, and where they stand."""
    assert caller.id is not None
    left = quota(session, competition, caller.id, now=now)
    return MeOut(
        participant=from_rows.participant_out(caller),
        has_code=caller.code_hash is not None,
        competition=from_rows.competition_out(
            session, competition, services.base_url(request), now=now
        ),
        best=_best(session, competition, caller),
        quota=QuotaOut.model_validate(left),
    )


@router.get("/quota")
def get_quota(
    caller: CallingParticipant, competition: CallersCompetition, session: ReadSession, now: Now
) -> QuotaOut:
    """What is left today. Only scored submissions count; work under way holds a place."""
    assert caller.id is not None
    return QuotaOut.model_validate(quota(session, competition, caller.id, now=now))


@router.get("/submissions")
def list_my_submissions(
    request: Request,
    caller: CallingParticipant,
    competition: CallersCompetition,
    services: ServicesDep,
    session: ReadSession,
    limit: LongestPage = 50,
    before: str | None = None,
) -> SubmissionsOut:
    """One's own submissions, newest first."""
    assert caller.id is not None
    start = _row_id(session, caller, before) if before is not None else None
    found = queries.of_participant(session, caller.id, limit=limit + 1, before=start)
    shown, more = found[:limit], len(found) > limit
    base_url = services.base_url(request)
    place = place_of(session, competition, caller.id)
    return SubmissionsOut(
        submissions=[from_rows.submission_out(session, s, base_url, place) for s in shown],
        next=shown[-1].public_id if more else None,
    )


@router.get("/sharing")
def get_sharing(
    caller: CallingParticipant, competition: CallersCompetition, now: Now
) -> SharingOut:
    """Whether the class sees one's run cards, and why."""
    return _sharing_out(caller, competition, now)


@router.put("/sharing")
def choose_sharing(
    body: SharingIn,
    caller: CallingParticipant,
    competition: CallersCompetition,
    session: WriteSession,
    now: Now,
) -> SharingOut:
    """Choose whether the class sees one's run cards; null: as the competition has it."""
    participant = session.get_one(Participant, caller.id)
    final_selection.share_runs(session, participant, body.shares, now=now)
    return _sharing_out(participant, competition, now)


def _sharing_out(participant: Participant, competition: Competition, now: Now) -> SharingOut:
    return SharingOut(
        rule=competition.run_sharing,
        choice=participant.shares_runs,
        is_shared=visibility(competition, participant, now=now).is_shown,
    )


def _row_id(session: ReadSession, caller: Participant, public_id: str) -> int | None:
    found = queries.by_public_id(session, public_id)
    if found is None or found.participant_id != caller.id:
        raise ProblemError("not_found", "No submission of yours has this id.")
    return found.id


def _best(session: ReadSession, competition: Competition, caller: Participant) -> BestOut | None:
    assert caller.id is not None
    place = place_of(session, competition, caller.id)
    if place.best is None or place.rank is None:
        return None
    return BestOut(
        submission_id=standings.submission_public_id(session, place.best),
        score=scores.figure(place.best.score, competition.metric),
        score_text=scores.text(place.best.score, competition.metric),
        direction=scores.direction(competition.metric).value,
        rank=place.rank,
        participants=place.participants,
        **from_rows.tie_out(place.tie),
    )
