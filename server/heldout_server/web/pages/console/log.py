"""The audit log: who did what, when, with before and after. Nothing here changes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Response

from heldout_server.acts import audit_log
from heldout_server.acts.audit_log import Wanted
from heldout_server.models import AuditEntry, Organizer
from heldout_server.people import organizers as accounts
from heldout_server.web.pages.console.layout import OnePage
from heldout_server.web.pages.console.request import PageContext, Reading, TemplatePage
from heldout_server.web.pages.console.words import act_words, acts_by_noun, facts_words
from heldout_server.web.routes import Routes

router = Routes(prefix="/c/{slug}/log")

PAGE_LENGTH = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is looked for; `whole_server` also shows acts on other things than the competition."""

    action: str = ""
    actor: str = ""
    target: str = ""
    whole_server: bool = False
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One entry in words."""

    row: AuditEntry
    words: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPage(OnePage):
    """A page of the log, newest first; `next_query` continues it."""

    lines: tuple[LogLine, ...]
    chosen: Chosen
    acts: Mapping[str, Mapping[str, str]]
    organizers: tuple[Organizer, ...]
    next_query: str | None


@router.get("")
def log(
    asked: Reading,
    action: Annotated[str, Query(max_length=80)] = "",
    actor: Annotated[str, Query(max_length=80)] = "",
    target: Annotated[str, Query(max_length=80)] = "",
    all: bool = False,
    before: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
) -> Response:
    """The page."""
    chosen = Chosen(
        action=action, actor=actor, target=target.strip(), whole_server=all, before=before
    )  # fmt: skip
    return asked.show(partial(view, chosen=chosen))


def view(look: PageContext, *, chosen: Chosen) -> TemplatePage:
    """The log."""
    wanted = Wanted(
        competition_id=None if chosen.whole_server else look.row_id,
        actor_id=chosen.actor or None,
        action=chosen.action or None,
        target_id=chosen.target or None,
    )
    found = audit_log.page(look.session, wanted, limit=PAGE_LENGTH + 1, before=chosen.before)
    shown = tuple(found[:PAGE_LENGTH])
    page = LogPage(
        frame=look.section("log"),
        competition=look.view,
        lines=tuple(_line(entry) for entry in shown),
        chosen=chosen,
        acts=acts_by_noun(),
        organizers=tuple(accounts.all_organizers(look.session, revoked=True)),
        next_query=_next(chosen, shown[-1].id) if len(found) > PAGE_LENGTH else None,
    )
    return "organize/log.html", page


def _line(entry: AuditEntry) -> LogLine:
    return LogLine(
        row=entry,
        words=act_words(entry.action),
        before=facts_words(entry.before),
        after=facts_words(entry.after),
    )


def _next(chosen: Chosen, before: int | None) -> str:
    query = {
        "action": chosen.action, "actor": chosen.actor, "target": chosen.target,
        "all": "true" if chosen.whole_server else "", "before": before,
    }  # fmt: skip
    return urlencode({name: value for name, value in query.items() if value})
