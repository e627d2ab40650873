"""Everything to take away: lists for a spreadsheet or a script, and the whole event as one zip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Literal

from fastapi import Response

from heldout_server.acts.audit_log import Actor
from heldout_server.competitions import grades
from heldout_server.competitions.grade_rule import EXAMPLES, GradeBy
from heldout_server.exporting import graded_people
from heldout_server.exporting.event_lists import Document
from heldout_server.exporting.gradebook import Filled
from heldout_server.kit.errors import ProblemError
from heldout_server.leaderboard.grades import UnknownTies
from heldout_server.web.api.admin.exports import export_document, export_event
from heldout_server.web.pages.console import act_forms
from heldout_server.web.pages.console.layout import OnePage
from heldout_server.web.pages.console.request import (
    PRIVATE,
    FormSent,
    OwnersForm,
    PageContext,
    Reading,
    TemplatePage,
)
from heldout_server.web.routes import Routes

router = Routes(prefix="/c/{slug}/exports")

DOCUMENTS = (
    (Document.LEADERBOARD, "Leaderboard", "Ranks and scores of the board, everybody by name."),
    (Document.SUBMISSIONS, "Submissions", "Every submission with both scores. Not for the room."),
    (Document.RUN_CARDS, "Run cards", "Hyperparameters and the last figures of each run."),
    (Document.AUDIT, "Audit log", "Who did what, when, with before and after."),
)


WAYS = (
    (GradeBy.NONE, "There are no grades"),
    (GradeBy.SCORE, "By score: the best line that is reached"),
    (GradeBy.LINE, "On a line between two scores"),
    (GradeBy.PLACE, "By place; whoever shares a place shares the points"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportsPage(OnePage):
    """What can be had: name, title, what is in it."""

    documents: tuple[tuple[str, str, str], ...]
    ways: tuple[tuple[str, str], ...]
    by: str
    table: str
    looked: Filled | None = None
    examples: ClassVar[Mapping[str, str]] = EXAMPLES


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


@router.post("/gradebook")
def gradebook(asked: FormSent) -> Response:
    """A course's gradebook: what filling it does, or the filled file."""
    try:
        with asked.look() as look:
            found = graded_people.filled(
                look.session,
                look.competition,
                asked.form.content("file"),
                column=asked.form.text("column"),
                unknown_ties=UnknownTies.ALONE if asked.form.ticked("alone") else UnknownTies.WAIT,
            )
    except ProblemError as problem:
        return asked.refuse(problem, view, "gradebook")
    if asked.form.text("give") != "file":
        return asked.show(partial(view, looked=found))
    name = f"{asked.slug}-gradebook.csv"
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(found.content, headers=headers, media_type="text/csv")


def view(look: PageContext, *, looked: Filled | None = None) -> TemplatePage:
    """The page; `looked`: what filling the gradebook that was sent does."""
    page = ExportsPage(
        frame=look.section("exports"),
        competition=look.view,
        documents=tuple((name.value, title, about) for name, title, about in DOCUMENTS),
        ways=WAYS,
        by=look.competition.grades.get("by", GradeBy.NONE),
        table=look.competition.grades.get("table", ""),
        looked=looked,
    )
    return "organize/exports.html", page


act_forms.add(router, view, {"/grades": grades.set_grades})
