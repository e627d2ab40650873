"""Re-scores: other labels or another metric, looked at before anybody sees them, then applied."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from fastapi import Response

from heldout_server.competitions.queries import task_of
from heldout_server.models import Rescore
from heldout_server.rescoring import drafts, queries
from heldout_server.rescoring.preview import Preview
from heldout_server.submissions.queries import counts_by_state
from heldout_server.tasks import catalogue
from heldout_server.tasks.metric import Metric
from heldout_server.web.api.admin.rescores import labels_of
from heldout_server.web.pages.console import act_forms, label_files
from heldout_server.web.pages.console.forms import Form, shaped
from heldout_server.web.pages.console.layout import HOME, Notice, OnePage
from heldout_server.web.pages.console.request import (
    FormContext,
    OwnersEyes,
    OwnersForm,
    PageContext,
    Reading,
    TemplatePage,
)
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.rescores import RescoreIn

router = Routes(prefix="/c/{slug}/rescores")

SHOWN = 20
MOST_MOVES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class RescoresPage(OnePage):
    """Drafts and what became of them; `scored` submissions would be scored anew."""

    rescores: tuple[Rescore, ...]
    metrics: tuple[Metric, ...]
    scored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RescorePage(OnePage):
    """One draft with what applying it would do, on either split."""

    rescore: Rescore
    public: Preview
    private: Preview | None
    most_moves: int
    in_force: bool


@router.get("")
def rescores(asked: Reading) -> Response:
    """The list and the form."""
    return asked.show(view)


@router.post("/create")
def create(asked: OwnersForm) -> Response:
    """Begin a draft."""
    return asked.act(_create, view=view, which="rescore")


@router.get("/{rescore_id}", dependencies=[OwnersEyes])
def rescore(asked: Reading, rescore_id: str) -> Response:
    """One draft: its progress, then who moves."""
    return asked.show(one_view)


@router.post("/{rescore_id}/discard")
def discard(asked: OwnersForm) -> Response:
    """Drop it, and go back to the list."""
    return asked.act(_discard, view=one_view, which="discard")


@router.post("/{rescore_id}/revert")
def revert(asked: OwnersForm) -> Response:
    """Begin the draft that leads back, and go to it."""
    return asked.act(_revert, view=one_view, which="revert")


def view(look: PageContext) -> TemplatePage:
    """The page."""
    states = counts_by_state(look.session, look.row_id)
    page = RescoresPage(
        frame=look.section("rescores"),
        competition=look.view,
        rescores=tuple(queries.of_competition(look.session, look.row_id, limit=SHOWN)),
        metrics=catalogue.for_kind(task_of(look.session, look.competition).kind),
        scored=states.get("scored", 0),
    )
    return "organize/rescores.html", page


def one_view(look: PageContext) -> TemplatePage:
    """The page of one draft."""
    rescore_id = look.request.path_params["rescore_id"]
    draft = queries.by_public_id(look.session, look.row_id, rescore_id)
    competition = look.competition
    page = RescorePage(
        frame=look.section("rescores"),
        competition=look.view,
        rescore=draft,
        public=drafts.preview_of(look.session, draft, "public"),
        private=drafts.preview_of(look.session, draft, "private")
        if look.frame.shows_private
        else None,
        most_moves=MOST_MOVES,
        in_force=(competition.labels_version, competition.metric)
        == (draft.labels_version, draft.metric),
    )
    return "organize/rescore.html", page


def _wanted(form: Form, ids: Collection[str]) -> RescoreIn:
    labels = form.content("labels")
    return shaped(
        RescoreIn,
        {
            "corrections": label_files.corrections(form.lines("corrections"), ids) or None,
            "labels": label_files.whole_set(labels) if labels else None,
            "metric": form.text("metric") or None,
            "note": form.text("note"),
        },
    )


def _create(act: FormContext) -> Notice:
    ids = act.services.datasets.ids(act.competition.dataset_hash)
    body = _wanted(act.form, () if ids is None else ids.tolist())
    labels = labels_of(body, act.services.takes_labels)
    wanted = drafts.Wanted(labels=labels, metric=body.metric, note=body.note)
    draft = drafts.make_rescore.perform(act.context, act.competition, wanted)
    return Notice(
        text="The draft is being computed. Nobody sees it until you apply it.",
        to=_page_of(act, draft),
    )


def _discard(act: FormContext) -> Notice:
    return act_forms.perform(act, drafts.discard_rescore, to=_page_of(act))


def _revert(act: FormContext) -> Notice:
    done = act_forms.done(act, drafts.revert_rescore)
    return act_forms.said(drafts.revert_rescore, done, to=_page_of(act, done.result))


def _page_of(act: FormContext, draft: Rescore | None = None) -> str:
    page = f"{HOME}/c/{act.competition.slug}/rescores"
    return page if draft is None else f"{page}/{draft.public_id}"


act_forms.add(router, one_view, {"/{rescore_id}/apply": drafts.apply_rescore})
