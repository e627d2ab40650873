"""One participant: what they have, and everything an organizer can do for them or about them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from fastapi import APIRouter, Response

from heldout_server.models import Participant, Team
from heldout_server.people import account_merge, bans, lookup, naming, participants, team_members
from heldout_server.people import teams as moving
from heldout_server.submissions import organizer_list
from heldout_server.submissions.organizer_list import Filter, Line
from heldout_server.web.formats import counted
from heldout_server.web.pages.console.layout import OnePage, Said, Secret
from heldout_server.web.pages.console.request import Act, Do, Look, Looking, Shown, Working
from heldout_server.web.schemas.people import AccountDetailOut
from heldout_server.web.schemas.people_from_rows import detail_out

router = APIRouter(prefix="/c/{slug}/people/{person}")

LATEST = 10
MOST_TEAMS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """An account that is this one's now."""

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage(OnePage):
    """One participant with quota, grants, teams to move to, and their newest submissions."""

    person: AccountDetailOut
    merged: tuple[Merged, ...]
    teams: tuple[Team, ...]
    has_teams: bool
    latest: tuple[Line, ...]


@router.get("")
def person(desk: Looking, person: str) -> Response:
    """The page."""
    return desk.show(partial(view, person=person))


@router.post("/rename")
def rename(desk: Working, person: str) -> Response:
    """Another display name."""
    return _acted(desk, person, _rename, "rename")


@router.post("/token")
def reset_token(desk: Working, person: str) -> Response:
    """Out of every machine; a new token and code, shown once."""
    return _acted(desk, person, _reset_token, "token")


@router.post("/code")
def renew_code(desk: Working, person: str) -> Response:
    """A new personal code, shown once: a lost phone is mended."""
    return _acted(desk, person, _renew_code, "code")


@router.post("/extend")
def extend(desk: Working, person: str) -> Response:
    """Minutes after the closing time, for them alone."""
    return _acted(desk, person, _extend, "extend")


@router.post("/grant")
def grant(desk: Working, person: str) -> Response:
    """Submissions on top of the quota."""
    return _acted(desk, person, _grant, "grant")


@router.post("/revoke-grant")
def revoke_grant(desk: Working, person: str) -> Response:
    """Take a grant back."""
    return _acted(desk, person, _revoke_grant, "revoke-grant")


@router.post("/ban")
def ban(desk: Working, person: str) -> Response:
    """Off the board, and nothing more is taken."""
    return _acted(desk, person, _ban, "ban")


@router.post("/unban")
def unban(desk: Working, person: str) -> Response:
    """Back again."""
    return _acted(desk, person, _unban, "ban")


@router.post("/merge")
def merge(desk: Working, person: str) -> Response:
    """This account becomes another one's."""
    return _acted(desk, person, _merge, "merge")


@router.post("/unmerge")
def unmerge(desk: Working, person: str) -> Response:
    """An account that was merged gets its own back."""
    return _acted(desk, person, _unmerge, "unmerge")


@router.post("/team")
def move(desk: Working, person: str) -> Response:
    """Into a team, or on their own."""
    return _acted(desk, person, _move, "team")


def view(look: Look, *, person: str) -> Shown:
    """The page."""
    session, competition = look.session, look.competition
    found = participants.by_public_id(session, competition, person)
    page = PersonPage(
        frame=look.section("people"),
        competition=look.view,
        person=detail_out(session, competition, found, now=look.now),
        merged=tuple(
            Merged(id=one.public_id, name=one.name)
            for one in account_merge.merged_into(session, found)
        ),
        teams=tuple(team for team, _ in team_members.page(session, competition, limit=MOST_TEAMS)),
        has_teams=competition.team_size > 1,
        latest=tuple(
            organizer_list.page(session, look.row_id, Filter(participant=person), limit=LATEST)
        ),
    )  # fmt: skip
    return "organize/person.html", page


def _acted(desk: Working, person: str, do: Do, which: str) -> Response:
    return desk.act(do, view=partial(view, person=person), which=which)


def _who(act: Act) -> Participant:
    return participants.by_public_id(act.session, act.competition, act.named("person"), lock=True)


def _rename(act: Act) -> Said:
    who = _who(act)
    before = who.name
    naming.rename(act.session, act.actor, who, act.form.text("name"), now=act.now)
    return Said(text=f"“{before}” is called “{who.name}” now.")


def _reset_token(act: Act) -> Said:
    who = _who(act)
    new = participants.reset_token(act.session, act.actor, who, now=act.now)
    scripts = "For scripts. The old ones have stopped working."
    return Said(
        text=f"“{who.name}” is signed out everywhere. What is new is shown this once.",
        secrets=(
            _code_of(who, new.personal_code),
            Secret(label=f"Token of {who.name}", value=new.token, note=scripts),
        ),
    )


def _renew_code(act: Act) -> Said:
    who = _who(act)
    code = participants.renew_code(act.session, act.actor, who, now=act.now)
    return Said(
        text=f"A new personal code for “{who.name}”, shown this once.",
        secrets=(_code_of(who, code),),
    )


def _code_of(who: Participant, code: str) -> Secret:
    note = (
        "Tell it to them alone: on the join page and in heldout.join it takes the place of the "
        "room's code. The old one has stopped working."
    )
    return Secret(label=f"Personal code of {who.name}", value=code, note=note)


def _extend(act: Act) -> Said:
    who, minutes = _who(act), act.form.needed("minutes", "The number of minutes")
    participants.extend(act.session, act.actor, who, minutes, now=act.now)
    return Said(
        text=f"“{who.name}” has {who.extra_minutes} min after the closing time. "
        "As many minutes less take it back."
    )


def _grant(act: Act) -> Said:
    who, extra = _who(act), act.form.needed("extra", "The number of submissions")
    reason = act.form.text("reason")
    participants.grant(act.session, act.actor, who, extra, reason=reason, now=act.now)
    return Said(text=f"“{who.name}” may send {counted(extra, 'submission')} more.")


def _revoke_grant(act: Act) -> Said:
    who = _who(act)
    given = participants.grant_by_public_id(act.session, who, act.form.text("grant"))
    participants.revoke_grant(act.session, act.actor, who, given, now=act.now)
    return Said(text="The grant is taken back; what was submitted with it stays.")


def _ban(act: Act) -> Said:
    who = _who(act)
    bans.ban(act.session, act.actor, who, reason=act.form.text("reason"), now=act.now)
    return Said(text=f"“{who.name}” is off the board. “Let them back” on this page undoes it.")


def _unban(act: Act) -> Said:
    who = _who(act)
    bans.unban(act.session, act.actor, who, now=act.now)
    return Said(text=f"“{who.name}” is back, with everything they had sent.")


def _merge(act: Act) -> Said:
    who = _who(act)
    into = lookup.named(act.session, act.competition, act.form.text("who"))
    account_merge.merge(act.session, act.actor, who, into, now=act.now)
    return Said(
        text=f"“{who.name}” belongs to “{into.name}” now; both tokens open it. "
        f"The page of “{into.name}” takes it apart again."
    )


def _unmerge(act: Act) -> Said:
    account = participants.by_public_id(act.session, act.competition, act.form.text("account"))
    account_merge.unmerge(act.session, act.actor, account, now=act.now)
    return Said(text=f"“{account.name}” is an account of its own again.")


def _move(act: Act) -> Said:
    who, wanted = _who(act), act.form.text("team")
    team = team_members.by_public_id(act.session, act.competition, wanted) if wanted else None
    moving.move(act.session, act.actor, act.competition, who, team, now=act.now)
    where = f"in “{team.name}”" if team else "on their own"
    return Said(text=f"“{who.name}” is {where} now, with what they sent.")
