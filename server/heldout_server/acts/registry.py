"""An organizer's act, declared once: one function with a decorator and the shape of its fields.

    class BanIn(BaseModel):
        reason: str = Field("", max_length=500, title="Why", description="They read it.")

    @act(
        "participant.ban", PARTICIPANT, BanIn,
        route="POST /ban", label="Ban", words="banned a participant", inverse=let_back,
        done="“{subject.name}” is off the board.",
    )
    def ban_participant(context: ActContext, person: Participant, given: BanIn) -> None:
        '''Take somebody off the board and refuse what they send. Inverse: unban.'''
        ...
        context.record(None, {"reason": given.reason})

From it come the API's route (and with that the terminal's command), the console's form and route,
who may do it, the lock on the competition, one audit row, the answer to a request that is sent
twice, and undoing with its words. Nothing is found by name: `web/organizer_acts.py` lists the acts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from inspect import cleandoc
from typing import Any, Generic, TypeVar, cast

from pydantic import BaseModel
from sqlmodel import Session

from heldout_server.acts import audit_log
from heldout_server.acts.audit_log import Actor, Facts, Target
from heldout_server.kit.errors import ProblemError
from heldout_server.models import AuditEntry, Competition, Role

S = TypeVar("S")
F = TypeVar("F")
R = TypeVar("R")

Ids = Mapping[str, str]
"""What an address names, such as {"slug": "mnist", "participant_id": "p_2vJr0kq3XQ1a"}."""


@dataclass(frozen=True)
class ActContext:
    """Who does what, when, in which transaction; `found` is the competition, held until commit."""

    session: Session
    actor: Actor
    now: datetime
    found: Competition | None = None
    action: str = ""
    target: Target | None = None

    @property
    def competition(self) -> Competition:
        """The competition that this is about."""
        assert self.found is not None
        return self.found

    @property
    def competition_id(self) -> int:
        """Its row id."""
        assert self.competition.id is not None
        return self.competition.id

    def record(
        self, before: Facts | None, after: Facts | None, *, target: Target | None = None
    ) -> AuditEntry:
        """Write down what changed; an act that changed nothing isn't written down.

        `target`: what was made, when the act isn't about something that was there.
        """
        target = target or self.target
        assert target is not None
        return audit_log.record(
            self.session, self.actor, self.action, target, before, after, self.now
        )


class NoFields(BaseModel):
    """For acts that need nothing said."""


@dataclass(frozen=True)
class Subject(Generic[S]):
    """What acts are about: the address it has, how it is found and held, what the log calls it.

    `path` is the address below the organizers' API; `find` raises ProblemError `not_found`.
    """

    kind: type[S]
    path: str
    find: Callable[[ActContext, Ids], S]
    target: Callable[[ActContext, S], Target]


def _subject_itself(context: ActContext, ids: Ids) -> Competition:
    return context.competition


def _nothing(context: ActContext, ids: Ids) -> None:
    return None


def _no_target(context: ActContext, subject: None) -> Target:
    return Target("server", "")


def _whole(context: ActContext, subject: Competition) -> Target:
    return Target.competition(subject)


SERVER = Subject(type(None), "", _nothing, _no_target)
"""For acts that make something: they record what they made."""
COMPETITION = Subject(Competition, "/competitions/{slug}", _subject_itself, _whole)


@dataclass(frozen=True)
class Secret:
    """Something that is shown this once and never again; `qr`: to print and hand out."""

    label: str
    value: str
    note: str = ""
    qr: str = ""


@dataclass(frozen=True)
class Performed(Generic[S, F]):
    """An act that was done: on what, with which fields, and what came of it."""

    context: ActContext
    subject: S
    given: F
    result: Any


Inverse = Callable[[ActContext, AuditEntry], None]
"""Puts back what the entry's act changed, from its `before`. Raises ProblemError `conflict`, by
`changed_since`, when somebody changed it again meanwhile."""


@dataclass(frozen=True)
class Act(Generic[S, F, R]):
    """One act; see `act` for the parts."""

    action: str
    subject: Subject[S]
    fields: type[F]
    function: Callable[[ActContext, S, F], R]
    words: str
    route: str | None
    label: str
    done: str | Callable[[Performed[S, F]], str]
    role: Role
    answers: type[Any] | None
    status: int
    again: Callable[[ActContext, S, AuditEntry], Any] | None
    inverse: Inverse | None
    secrets: Callable[[Performed[S, F]], tuple[Secret, ...]] | None
    is_bad: bool
    bars_undo: bool
    name: str = field(init=False)
    summary: str = field(init=False)

    def __post_init__(self) -> None:
        """The function's name names the API's operation and the command, its docstring both."""
        object.__setattr__(self, "name", self.function.__name__)
        object.__setattr__(self, "summary", cleandoc(self.function.__doc__ or ""))

    @property
    def method(self) -> str:
        """The HTTP method of its route."""
        return (self.route or "").partition(" ")[0]

    @property
    def path(self) -> str:
        """The address of its route, below the organizers' API."""
        return self.subject.path + (self.route or "").partition(" ")[2]

    def find(self, context: ActContext, ids: Ids) -> S:
        """What the act is about. Raises ProblemError `not_found`."""
        return self.subject.find(context, ids)

    def perform(self, context: ActContext, subject: S, given: F) -> R:
        """Do it, once for each idempotency key; None: the subject itself is the answer.

        Raises ProblemError as the act does; `conflict` when the key was used for another request,
        or for this one and the answer can't be given twice.
        """
        earlier = audit_log.earlier(context.session, context.actor, self.action)
        if earlier is not None:
            return self._again(context, subject, earlier)
        target = self.subject.target(context, subject)
        return self.function(replace(context, action=self.action, target=target), subject, given)

    def told(self, done: Performed[S, F]) -> str:
        """What the console says afterwards."""
        if callable(self.done):
            return self.done(done)
        return self.done.format(subject=done.subject, given=done.given, result=done.result)

    def _again(self, context: ActContext, subject: S, earlier: AuditEntry) -> R:
        if self.again is not None:
            return cast("R", self.again(context, subject, earlier))
        if self.answers is not None:
            raise ProblemError(
                "conflict", "This very request was done already.", "Nothing was done a second time."
            )
        return cast("R", None)


def act(
    action: str,
    subject: Subject[S],
    fields: type[F],
    *,
    words: str,
    done: str | Callable[[Performed[S, F]], str] = "Done.",
    route: str | None = None,
    label: str = "",
    role: Role = Role.HELPER,
    answers: type[Any] | None = None,
    status: int = 200,
    again: Callable[[ActContext, S, AuditEntry], Any] | None = None,
    inverse: Inverse | None = None,
    secrets: Callable[[Performed[S, F]], tuple[Secret, ...]] | None = None,
    is_bad: bool = False,
    bars_undo: bool = False,
) -> Callable[[Callable[[ActContext, S, F], R]], Act[S, F, R]]:
    """Declare an act.

    action: a noun.verb for the audit log; its rows are found by it.
    fields: the Pydantic shape of what is given: the API's body, the form's fields.
    words: what somebody did, after their name: "banned a participant".
    done: what the console says afterwards, a format over `subject`, `given` and `result`.
    route: method and address below the subject's, "POST /ban"; None: its route is written by hand.
    label: what stands on the button. `is_bad`: the button warns.
    role: the least that somebody must be.
    answers: the type of what is returned, if it isn't the subject that the API answers with.
    again: the answer to the same request sent again, from the row that it has left.
    bars_undo: what was done before can't be undone afterwards, since what it was about is gone.
    """

    def declare(function: Callable[[ActContext, S, F], R]) -> Act[S, F, R]:
        return Act(
            action, subject, fields, function, words, route, label, done, role, answers, status,
            again, inverse, secrets, is_bad, bars_undo,
        )  # fmt: skip

    return declare


AnyAct = Act[Any, Any, Any]


class Registry:
    """All acts of organizers, by their action. Raises ValueError for one that is there twice."""

    def __init__(self, *acts: object) -> None:
        self.acts = cast("tuple[AnyAct, ...]", acts)
        self._by_action = {one.action: one for one in self.acts}
        if len(self._by_action) < len(self.acts):
            raise ValueError("two acts have the same action")

    def named(self, name: str) -> AnyAct:
        """By its function's name. Raises StopIteration for none."""
        return next(one for one in self.acts if one.name == name)

    def words(self, action: str) -> str | None:
        """What somebody did; None for what is no act of organizers."""
        found = self._by_action.get(action)
        return found.words if found else None

    def bars_undo(self, action: str) -> bool:
        """Whether nothing that was done before it can be undone."""
        found = self._by_action.get(action)
        return found is not None and found.bars_undo

    def inverse(self, action: str) -> Inverse | None:
        """How it is taken back; None when it can't be."""
        found = self._by_action.get(action)
        return found.inverse if found else None


def changed_since(entry: AuditEntry) -> ProblemError:
    """The refusal for an act whose target is no longer as the act left it."""
    return ProblemError(
        "conflict",
        f"“{entry.action}” can't be undone: somebody changed its target again since.",
        "Look at the audit log, and set it by hand.",
    )
