"""Submissions: looked through, run again, and one of them with all that can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import BackgroundTasks, Query, Response

from heldout_server.models import PUBLIC
from heldout_server.submissions import (
    blob_references,
    moderation,
    organizer_list,
    queries,
    rerun,
)
from heldout_server.submissions import purge as purging
from heldout_server.submissions.lamp import Lamp, lamp_of
from heldout_server.submissions.organizer_list import Filter, Line
from heldout_server.web.api.admin.submissions import get_submission_file
from heldout_server.web.pages.board.from_rows import metrics_view
from heldout_server.web.pages.console import act_forms
from heldout_server.web.pages.console.layout import Notice, OnePage
from heldout_server.web.pages.console.request import (
    FormContext,
    OwnersForm,
    PageContext,
    Reading,
    TemplatePage,
)
from heldout_server.web.routes import Routes
from heldout_server.web.view_models.pages import MetricsView

router = Routes(prefix="/c/{slug}/submissions")

PAGE_LENGTH = 50
STATES = ("received", "queued", "running", "scored", "rejected", "error")
MARKS = ("none", "held", "hidden", "disqualified", "withdrawn", "purged")
Choice = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionsPage(OnePage):
    """A page of submissions; `next_query` continues the list, `errors` can be run again at once."""

    lines: tuple[Line, ...]
    state: str
    kind: str
    mark: str
    name: str
    states: tuple[str, ...]
    marks: tuple[str, ...]
    next_query: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionPage(OnePage):
    """One submission with its figures on hidden images, of the private part where it is shown."""

    line: Line
    lamp: Lamp | None = None
    figures: tuple[tuple[str, MetricsView], ...] = ()


@router.get("")
def submissions(
    asked: Reading,
    state: Choice = "",
    kind: Choice = "",
    mark: Choice = "",
    name: Annotated[str, Query(max_length=100)] = "",
    before: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
) -> Response:
    """The list."""
    chosen = Filter(state or None, kind or None, mark or None, None, name.strip() or None)
    return asked.show(partial(view, chosen=chosen, before=before))


@router.get("/{submission_id}")
def submission(asked: Reading, submission_id: str) -> Response:
    """One of them."""
    return asked.show(one_view)


@router.get("/{submission_id}/file")
def download(asked: Reading, submission_id: str) -> Response:
    """The file as it was uploaded."""
    with asked.look() as look:
        return get_submission_file(
            submission_id, asked.visitor.organizer, look.competition, asked.services, look.session
        )


@router.post("/{submission_id}/purge")
def purge(asked: OwnersForm, submission_id: str, afterwards: BackgroundTasks) -> Response:
    """Delete all of it for good; files go after the commit, in the background."""
    digests: set[str] = set()

    def do(act: FormContext) -> Notice:
        done = act_forms.done(act, purging.purge_submission)
        digests.update(done.result.digests)
        return act_forms.said(purging.purge_submission, done)

    answer = asked.act(do, view=one_view, which="purge")
    afterwards.add_task(
        blob_references.drop_unreferenced, asked.services.database, asked.services.blobs, digests
    )
    answer.background = afterwards
    return answer


def view(
    look: PageContext, *, chosen: Filter = Filter(), before: int | None = None
) -> TemplatePage:
    """The list, newest first."""
    found = organizer_list.page(
        look.session, look.row_id, chosen, limit=PAGE_LENGTH + 1, before=before
    )  # fmt: skip
    shown = tuple(found[:PAGE_LENGTH])
    query = {
        "state": chosen.state, "kind": chosen.kind, "mark": chosen.moderation, "name": chosen.name,
    }  # fmt: skip
    more = {**query, "before": shown[-1].row} if len(found) > PAGE_LENGTH else None
    page = SubmissionsPage(
        frame=look.section("submissions"),
        competition=look.view,
        lines=shown,
        state=chosen.state or "",
        kind=chosen.kind or "",
        mark=chosen.moderation or "",
        name=chosen.name or "",
        states=STATES,
        marks=MARKS,
        next_query=None if more is None else urlencode({k: v for k, v in more.items() if v}),
    )
    return "organize/submissions.html", page


def one_view(look: PageContext) -> TemplatePage:
    """One submission."""
    submission_id = look.request.path_params["submission_id"]
    found = queries.of_competition(look.session, look.row_id, submission_id)
    figures = sorted(organizer_list.figures_of(look.session, found).items(), reverse=True)
    page = SubmissionPage(
        frame=look.section("submissions"),
        competition=look.view,
        line=organizer_list.line_of(look.session, found),
        lamp=lamp_of(look.session, found),
        figures=tuple(
            (split, metrics_view({"split": split, **metrics}, look.view.dataset.class_names))
            for split, metrics in figures
            if metrics and (split == PUBLIC or look.frame.shows_private)
        ),
    )
    return "organize/submission.html", page


act_forms.add(router, view, {"/rerun": rerun.rerun_submissions})
act_forms.add(
    router,
    one_view,
    {
        "/{submission_id}/rerun": rerun.rerun_submission,
        "/{submission_id}/let-through": moderation.let_submission_through,
        "/{submission_id}/hide": moderation.hide_submission,
        "/{submission_id}/disqualify": moderation.disqualify_submission,
        "/{submission_id}/restore": moderation.restore_submission,
    },
)
