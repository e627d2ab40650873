"""Everything to take away: lists for a spreadsheet or a script, and the whole event as one zip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, Response

from heldout_server.acts.audit_log import Actor
from heldout_server.exporting.event_lists import Document
from heldout_server.web.api.admin.exports import export_document, export_event
from heldout_server.web.pages.console.layout import OnePage
from heldout_server.web.pages.console.request import OwnersForm, PageContext, Reading, TemplatePage

router = APIRouter(prefix="/c/{slug}/exports")

DOCUMENTS = (
    (Document.LEADERBOARD, "Leaderboard", "Ranks and public scores, as the room sees them."),
    (Document.SUBMISSIONS, "Submissions", "Every submission with both scores. Not for the room."),
    (Document.RUN_CARDS, "Run cards", "Hyperparameters and the last figures of each run."),
    (Document.AUDIT, "Audit log", "Who did what, when, with before and after."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportsPage(OnePage):
    """What can be had: name, title, what is in it."""

    documents: tuple[tuple[str, str, str], ...]


@router.get("")
def exports(asked: Reading) -> Response:
    """The page."""
    return asked.show(view)


@router.post("/event")
def event(asked: OwnersForm, slug: str) -> Response:
    """The whole event as a zip; the audit log says who took it."""
    return export_event(
        slug,
        Actor.organizer(asked.visitor.organizer),
        asked.services,
        asked.now,
        labels=asked.form.ticked("labels"),
    )


@router.get("/{document}.{format}")
def document(asked: Reading, document: Document, format: Literal["csv", "json"]) -> Response:
    """One list."""
    with asked.look() as look:
        return export_document(
            document, format, asked.visitor.organizer, look.competition, look.session
        )  # fmt: skip


def view(look: PageContext) -> TemplatePage:
    """The page."""
    page = ExportsPage(
        frame=look.section("exports"),
        competition=look.view,
        documents=tuple((name.value, title, about) for name, title, about in DOCUMENTS),
    )
    return "organize/exports.html", page
