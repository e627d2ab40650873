"""Baselines: unranked rows that say what a score is worth."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fastapi import Response

from heldout_server.baselines import files, rows
from heldout_server.baselines.rows import NewBaseline, Source, name_of
from heldout_server.models import COMPUTED_KINDS, Baseline, BaselineKind
from heldout_server.submissions import queries as submissions
from heldout_server.tasks.kinds import Kind as TaskKind
from heldout_server.web.pages.console import act_forms
from heldout_server.web.pages.console.forms import shaped
from heldout_server.web.pages.console.layout import Notice, OnePage
from heldout_server.web.pages.console.request import (
    ActRequest,
    FormContext,
    FormSent,
    PageContext,
    Reading,
    TemplatePage,
)
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.baselines import BaselineIn

router = Routes(prefix="/c/{slug}/baselines")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of baseline; `is_computed`: it takes no figures, the server makes them."""

    value: str
    name: str
    is_computed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselinesPage(OnePage):
    """Every baseline that wasn't removed."""

    baselines: tuple[Baseline, ...]
    kinds: tuple[Kind, ...]
    is_busy: bool


def kinds(task: TaskKind) -> tuple[Kind, ...]:
    """Those that can be added, in the words of this kind of task."""
    return tuple(
        Kind(value=kind.value, name=name_of(kind, task), is_computed=kind in COMPUTED_KINDS)
        for kind in BaselineKind
    )


@router.get("")
def baselines(asked: Reading) -> Response:
    """The list and the form."""
    return asked.show(view)


@router.post("/add")
def add(asked: FormSent) -> Response:
    """Add one; it is on the board once it is computed."""
    return asked.act(_add, view=view, which="add", prepare=partial(_kept, asked))


def view(look: PageContext) -> TemplatePage:
    """The page."""
    found = tuple(rows.of_competition(look.session, look.row_id))
    page = BaselinesPage(
        frame=look.section("baselines"),
        competition=look.view,
        baselines=found,
        kinds=kinds(look.view.dataset.kind),
        is_busy=any(one.state == "computing" for one in found),
    )
    return "organize/baselines.html", page


def _kept(asked: ActRequest) -> str | None:
    """The digest of the predictions that were sent, if a file was."""
    content = asked.form.content("file")
    if not content:
        return None
    with asked.look() as look:
        competition = look.competition
    services = asked.services
    with tempfile.NamedTemporaryFile(dir=services.work_folder) as file:
        file.write(content)
        file.flush()
        kept = files.keep_predictions
        return kept(services.blobs, services.datasets, Path(file.name), competition)


def _add(act: FormContext) -> Notice:
    values = {
        "kind": act.form.text("kind"),
        "name": act.form.text("name"),
        "score": act.form.figure("score", "The score", act.competition.metric),
        "submission_id": act.form.text("submission_id") or None,
    }
    body = shaped(BaselineIn, values)
    submission = (
        submissions.of_competition(act.session, act.row_id, body.submission_id)
        if body.submission_id
        else None
    )
    source = Source(score=body.score, predictions_sha256=act.ready, submission=submission)
    given = NewBaseline(body.kind, source, body.name)
    made = rows.add_baseline.perform(act.context, act.competition, given)
    return Notice(
        text=f"“{made.name}” is added: marked, unranked, on the board once it is computed."
    )


act_forms.add(router, view, {"/remove": rows.remove_baseline})
