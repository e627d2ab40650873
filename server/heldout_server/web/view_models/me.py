"""What one's own pages show: joining, and the page of everything that is one's own.

| class       | template              |
|-------------|-----------------------|
| JoinPage    | join.html             |
| MePage      | me.html, _me_now.html |
| OwnRowsPage | _own_rows.html        |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from heldout_server.leaderboard.ties import Tie
from heldout_server.web.view_models.board import BoardRow
from heldout_server.web.view_models.notebook_snippet import Snippet
from heldout_server.web.view_models.pages import CompetitionView, FormError, Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A submission of one's own or of one's team, also one that was refused.

    `may_star`: it can be chosen for the reveal; `detail` and `hint` say why it has no score.
    """

    id: str
    name: str
    path: str
    state: str
    sent_at: datetime
    score: float | None = None
    private_score: float | None = None
    detail: str = ""
    hint: str = ""
    moderation: str | None = None
    is_chosen: bool = False
    may_star: bool = False
    by: str | None = None
    """Who of the team sent it; None: oneself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Who this browser is. `code` is None where it isn't known here, or was renewed elsewhere.

    `first` is the first submission, once there is one.
    """

    participant_id: str
    participant_name: str
    code: str | None
    csrf: str
    first: Attempt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Whom a personal invite was sent to."""

    name: str
    team_name: str = ""
    may_rename: bool = True
    is_used: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPage(Page):
    """Who one is here, once `joined` is set; otherwise the form, or the invitation to answer.

    `code` and `name` fill the inputs again (from a link with ?code=, or after a refusal);
    `is_personal`: the code looks like somebody's own. `known`: what this browser is called in the
    contest `known_from`, and `as_known` that it was about to join as that; `asks` says who may
    join: one of `models.Joining`.
    """

    competition: CompetitionView
    snippet: Snippet
    code: str = ""
    name: str = ""
    is_personal: bool = False
    known: str = ""
    known_from: str = ""
    as_known: bool = False
    asks: str = "code"
    room_code: str = ""
    error: FormError | None = None
    invitation: Invitation | None = None
    joined: Joined | None = None
    left: bool = False
    school: str = ""
    """With whom people may sign in; empty: there is no such sign-in."""
    nicknames: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRefused:
    """The form that was refused, why, and what was typed into it."""

    which: str
    error: FormError
    typed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """What the newest run says, in one line, and what to try next."""

    heading: str
    line: str
    remedy: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody of the team."""

    name: str
    is_captain: bool
    is_me: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MyTeam:
    """One's team; the code lets others in."""

    name: str
    code: str
    members: tuple[Member, ...]
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """How many submissions are left; None: no limit."""

    today: int | None
    per_day: int | None
    in_all: int | None
    resets_at: datetime | None
    next_at: datetime | None
    with_team: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRows:
    """Of a board that doesn't show everybody by name: one's own row, and those around it that one
    sees. `own_id`: under which id one is ranked, one's team's in a team; `pseudonym`: what others
    read in place of one's name, empty: one's name.
    """

    own_id: str
    rows: tuple[BoardRow, ...]
    participants: int
    pseudonym: str = ""

    @property
    def rank(self) -> int | None:
        """One's own place."""
        return next((row.rank for row in self.rows if row.participant_id == self.own_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRowsPage(Page):
    """These rows alone, for the board's page; `own` None: everybody's page has them."""

    competition: CompetitionView
    own: OwnRows | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MePage(Page):
    """Everything of one's own. `not_now` says why no file is taken at the moment; `own` None: the
    board shows everybody by name.

    `tie`: what of the rank may be luck; None while that isn't known.
    """

    competition: CompetitionView
    participant_id: str
    name: str
    csrf: str
    code: str | None
    has_code: bool
    snippet: Snippet
    tries: tuple[Attempt, ...]
    more: bool
    at_most: int
    chosen: int
    may_choose: bool
    quota: Left
    rank: int | None = None
    tie: Tie | None = None
    score: float | None = None
    participants: int = 0
    own_id: str = ""
    """Under which id one is ranked: one's team's, in a team."""
    own: OwnRows | None = None
    last: LastRun | None = None
    team: MyTeam | None = None
    team_size: int = 1
    may_rename: bool = True
    most_bytes: int = 0
    accepts: str = ""
    not_now: str = ""
    done: str = ""
    refused: FormRefused | None = None
    school: str = ""
    """With whom people may sign in; empty: there is no such sign-in."""
    has_school: bool = False

    def error_of(self, which: str) -> FormError | None:
        """Why this form was refused, if it was."""
        return self.refused.error if self.refused and self.refused.which == which else None

    def typed(self, which: str, name: str) -> str:
        """What was typed into it."""
        if self.refused is None or self.refused.which != which:
            return ""
        return next(iter(self.refused.typed.get(name, ())), "")
