"""From rows to one's own page."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard import own_submissions
from heldout_server.leaderboard.own_submissions import OwnSubmission
from heldout_server.leaderboard.submission_report import place_of
from heldout_server.models import Competition, Participant, State
from heldout_server.people import team_members
from heldout_server.runs.asked_queries import asked_of
from heldout_server.runs.card_visibility import own_query
from heldout_server.runs.diagnosis import diagnose
from heldout_server.submissions import queries
from heldout_server.submissions.announce import check_ready, most_bytes
from heldout_server.submissions.quota import quota
from heldout_server.web.pages.board.from_rows import competition_view
from heldout_server.web.pages.board.notebook_cell import snippet_for
from heldout_server.web.pages.me.own_rows import own_rows, ranked_as
from heldout_server.web.services import Services
from heldout_server.web.signed_in import SignedIn
from heldout_server.web.view_models.me import (
    Attempt,
    FormRefused,
    LastRun,
    Left,
    Member,
    MePage,
    MyTeam,
)

MOST_TRIES, MOST_LOOKED_AT = 100, 20
ENDINGS = {"model": ".keras,.h5,.hdf5,.onnx", "predictions": ".csv,.tsv,.txt,.npy,.npz"}
DONE = {
    "sent": "Your file is here; its score appears below in a moment.",
    "again": "You have sent this file before: it costs nothing, and its try is below.",
    "star": "Your choice for the reveal is saved.",
    "name": "The board shows your new name.",
    "team": "You are in the team. Its code is below, for the others.",
    "alone": "You are on your own again; what you sent came along.",
    "school": "From now on you can sign in with your school's account on any machine.",
    "code": "This is your new code; the old one has stopped working.",
}
NO_CURVE = "No curve came with this file: submit from a notebook with history= to read it here."


def me_page(
    session: Session,
    services: Services,
    who: SignedIn,
    base_url: str,
    *,
    code: str | None,
    done: str,
    refused: FormRefused | None,
    now: datetime,
) -> MePage:
    """The whole page, as it is now."""
    me = session.get_one(Participant, who.participant.id)
    competition = session.get_one(Competition, me.competition_id)
    assert me.id is not None
    tries = own_submissions.newest(session, competition, me, limit=MOST_TRIES + 1)
    place = place_of(session, competition, me.id)
    return MePage(
        competition=competition_view(session, competition, now=now),
        participant_id=me.public_id,
        name=me.name,
        csrf=who.csrf,
        code=code,
        has_code=me.code_hash is not None,
        snippet=snippet_for(services, base_url, code),
        tries=tuple(_try(competition, me, one) for one in tries[:MOST_TRIES]),
        more=len(tries) > MOST_TRIES,
        at_most=competition.final_choices,
        chosen=sum(one.submission.chosen_at is not None for one in tries),
        may_choose=_may_choose(competition, me),
        quota=_left(session, competition, me, now),
        rank=place.rank,
        tie=place.tie,
        score=place.best.score if place.best is not None else None,
        own_id=ranked_as(session, me),
        own=own_rows(session, competition, me),
        participants=place.participants,
        last=_last(session, competition, tries, me),
        team=_team(session, competition, me),
        team_size=competition.team_size,
        may_rename=competition.nicknames and me.renamed_at is None,
        most_bytes=most_bytes(competition),
        accepts=",".join(ENDINGS[kind] for kind in competition.kinds if kind in ENDINGS),
        not_now=_not_now(session, services, competition, me, now),
        done=DONE.get(done, ""),
        school=services.school_name,
        has_school=me.school_hash is not None,
        refused=refused,
    )


def first_try(session: Session, competition: Competition, me: Participant) -> Attempt | None:
    """The first of one's newest tries that was scored; while there is none, the newest."""
    found = own_submissions.newest(session, competition, me, limit=MOST_LOOKED_AT)
    mine = [_try(competition, me, one) for one in found if one.by.id == me.id]
    scored = [one for one in mine if one.score is not None]
    return scored[-1] if scored else next(iter(mine), None)


def _try(competition: Competition, me: Participant, one: OwnSubmission) -> Attempt:
    sent = one.submission
    failed = one.verdict if sent.state in (State.REJECTED, State.ERROR) else None
    return Attempt(
        id=sent.public_id,
        name=sent.name,
        path=_path(competition, one),
        state=sent.state,
        sent_at=sent.created_at,
        score=one.score,
        private_score=one.private_score,
        detail=failed.detail if failed else "",
        hint=(failed.hint or "") if failed else "",
        moderation=sent.moderation,
        is_chosen=sent.chosen_at is not None,
        may_star=_may_choose(competition, me)
        and sent.state == State.SCORED
        and sent.moderation is None,
        by=None if one.by.id == me.id else one.by.name,
    )


def _path(competition: Competition, one: OwnSubmission) -> str:
    return (
        f"/submissions/{one.submission.public_id}{own_query(competition, one.by, one.submission)}"
    )


def _may_choose(competition: Competition, me: Participant) -> bool:
    return competition.revealed_at is None and me.banned_at is None


def _left(session: Session, competition: Competition, me: Participant, now: datetime) -> Left:
    assert me.id is not None
    found = quota(session, competition, me.id, now=now)
    return Left(
        today=found.left_today,
        per_day=found.per_day,
        in_all=found.left,
        resets_at=found.resets_at,
        next_at=found.next_at,
        with_team=found.shared_with_team,
    )


def _last(
    session: Session, competition: Competition, tries: list[OwnSubmission], me: Participant
) -> LastRun | None:
    """What the newest finished one says."""
    final = (one for one in tries if one.by.id == me.id and one.submission.finished_at)
    one = next(final, None)
    if one is None or one.submission.id is None:
        return None
    path = _path(competition, one)
    if one.submission.state != State.SCORED and one.verdict is not None:
        return LastRun(
            heading="Not scored", line=one.verdict.detail, remedy=one.verdict.hint or "", path=path
        )
    card = queries.run_card(session, one.submission.id) or {}
    found = diagnose(card, asked_of(session, competition))
    if found is None:
        return LastRun(heading="Scored", line=NO_CURVE, path=path)
    since = f" from epoch {found.epoch}" if found.epoch and found.kind == "overfitting" else ""
    return LastRun(
        heading=f"{found.kind.capitalize()}{since}",
        line=found.meaning,
        remedy=found.remedies[0],
        path=path,
    )


def _team(session: Session, competition: Competition, me: Participant) -> MyTeam | None:
    team = team_members.team_of(session, me)
    if team is None:
        return None
    members = tuple(
        Member(name=each.name, is_captain=each.is_captain, is_me=each.id == me.id)
        for each in team_members.members(session, team)
    )
    return MyTeam(name=team.name, code=team.join_code, members=members, most=competition.team_size)


def _not_now(
    session: Session, services: Services, competition: Competition, me: Participant, now: datetime
) -> str:
    """Why no file of theirs is taken now; empty: it is."""
    try:
        check_ready(session, me, competition, terms=services.terms(), now=now)
    except ProblemError as problem:
        return f"{problem.detail} {problem.hint}".strip()
    return ""
