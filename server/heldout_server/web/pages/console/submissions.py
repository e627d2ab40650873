"""Submissions: looked through, run again, and one of them with all that can be done about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, BackgroundTasks, Query, Response

from heldout_server.models import Submission
from heldout_server.submissions import blob_references, moderation, organizer_list
from heldout_server.submissions import purge as purging
from heldout_server.submissions import rerun as rerunning
from heldout_server.submissions.organizer_list import Filter, Line
from heldout_server.web.api.admin.submissions import get_submission_file
from heldout_server.web.formats import counted
from heldout_server.web.pages.board.from_rows import metrics_view
from heldout_server.web.pages.console.layout import OnePage, Said
from heldout_server.web.pages.console.request import (
    Act,
    Look,
    Looking,
    OwnersWork,
    Shown,
    Working,
)
from heldout_server.web.view_models.pages import MetricsView

router = APIRouter(prefix="/c/{slug}/submissions")

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
    """One submission, private score included, with its figures on both parts of hidden images."""

    line: Line
    figures: tuple[tuple[str, MetricsView], ...] = ()


@router.get("")
def submissions(
    desk: Looking,
    state: Choice = "",
    kind: Choice = "",
    mark: Choice = "",
    name: Annotated[str, Query(max_length=100)] = "",
    before: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
) -> Response:
    """The list."""
    chosen = Filter(state or None, kind or None, mark or None, None, name.strip() or None)
    return desk.show(partial(view, chosen=chosen, before=before))


@router.post("/rerun")
def rerun_all(desk: Working) -> Response:
    """Run all of them again, or those in one state."""
    return desk.act(_rerun_all, view=view, which="rerun")


@router.get("/{submission}")
def submission(desk: Looking, submission: str) -> Response:
    """One of them."""
    return desk.show(partial(one_view, submission=submission))


@router.get("/{submission}/file")
def download(desk: Looking, submission: str) -> Response:
    """The file as it was uploaded."""
    with desk.look() as look:
        return get_submission_file(
            submission, desk.visitor.organizer, look.competition, desk.services, look.session
        )


@router.post("/{submission}/rerun")
def rerun(desk: Working, submission: str) -> Response:
    """Run it again."""
    return desk.act(_rerun, view=partial(one_view, submission=submission), which="rerun")


@router.post("/{submission}/let-through")
def let_through(desk: Working, submission: str) -> Response:
    """Onto the board."""
    view = partial(one_view, submission=submission)
    return desk.act(_let_through, view=view, which="let-through")


@router.post("/{submission}/hide")
def hide(desk: Working, submission: str) -> Response:
    """Off the board, without a verdict."""
    return desk.act(_hide, view=partial(one_view, submission=submission), which="hide")


@router.post("/{submission}/disqualify")
def disqualify(desk: Working, submission: str) -> Response:
    """Ruled out, with a reason."""
    view = partial(one_view, submission=submission)
    return desk.act(_disqualify, view=view, which="disqualify")


@router.post("/{submission}/restore")
def restore(desk: Working, submission: str) -> Response:
    """Back on the board."""
    return desk.act(_restore, view=partial(one_view, submission=submission), which="restore")


@router.post("/{submission}/purge")
def purge(desk: OwnersWork, submission: str, afterwards: BackgroundTasks) -> Response:
    """Delete all of it for good."""
    digests: set[str] = set()

    def do(act: Act) -> Said:
        confirmed = act.form.text("confirm")
        digests.update(
            purging.purge(
                act.session, act.actor, _found(act), confirmation=confirmed, now=act.now
            )
        )  # fmt: skip
        return Said(text="Purged: file, predictions, run card, verdict and scores are gone.")

    answer = desk.act(do, view=partial(one_view, submission=submission), which="purge")
    afterwards.add_task(
        blob_references.drop_unreferenced, desk.services.database, desk.services.blobs, digests
    )
    answer.background = afterwards
    return answer


def view(look: Look, *, chosen: Filter = Filter(), before: int | None = None) -> Shown:
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


def one_view(look: Look, *, submission: str) -> Shown:
    """One submission."""
    found = organizer_list.of_competition(look.session, look.row_id, submission)
    figures = sorted(organizer_list.figures_of(look.session, found).items(), reverse=True)
    page = SubmissionPage(
        frame=look.section("submissions"),
        competition=look.view,
        line=organizer_list.line_of(look.session, found),
        figures=tuple(
            (split, metrics_view({"split": split, **metrics}))
            for split, metrics in figures
            if metrics
        ),
    )
    return "organize/submission.html", page


def _found(act: Act) -> Submission:
    return organizer_list.of_competition(act.session, act.row_id, act.named("submission"))


def _rerun_all(act: Act) -> Said:
    state = act.form.text("state") or None
    queued = rerunning.rerun_all(
        act.session, act.actor, act.competition, state=state, now=act.now
    )  # fmt: skip
    return Said(
        text=f"{counted(queued, 'submission')} queued again, behind what the room sends. "
        "Scores stand until new ones are there."
    )


def _rerun(act: Act) -> Said:
    rerunning.rerun(act.session, act.actor, _found(act), now=act.now)
    return Said(text="Queued again. Its last score stands until the new one is there.")


def _let_through(act: Act) -> Said:
    moderation.let_through(act.session, act.actor, _found(act), now=act.now)
    return Said(text="Let through: it is on the board, by its score.")


def _hide(act: Act) -> Said:
    reason = act.form.text("reason")
    moderation.hide(act.session, act.actor, _found(act), reason=reason, now=act.now)
    return Said(text="Hidden: it is off the board, and refunds nothing.")


def _disqualify(act: Act) -> Said:
    reason = act.form.text("reason")
    moderation.disqualify(act.session, act.actor, _found(act), reason=reason, now=act.now)
    return Said(text="Disqualified: it is off the board, and its participant reads the reason.")


def _restore(act: Act) -> Said:
    moderation.restore(act.session, act.actor, _found(act), now=act.now)
    return Said(text="Restored: it is back on the board.")
