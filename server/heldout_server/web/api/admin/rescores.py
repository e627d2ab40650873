"""Re-scores: corrected labels or another metric, looked at before anybody sees them."""

from typing import Literal

from heldout_server.acts.registry import ActContext
from heldout_server.models import Rescore
from heldout_server.rescoring import drafts, queries
from heldout_server.rescoring.drafts import TakeLabels, Wanted
from heldout_server.rescoring.preview import Move, Preview
from heldout_server.tasks import scores
from heldout_server.web.api.admin.access import ActingOwner, CallingOrganizer, CallingOwner
from heldout_server.web.api.admin.competitions import ToChange
from heldout_server.web.api.admin.scope import BeforeRow, LookedAt, PageLength, row_id
from heldout_server.web.deps import Now, ReadSession, ServicesDep, WriteSession
from heldout_server.web.routes import Routes
from heldout_server.web.schemas.rescores import (
    MoveOut,
    PreviewOut,
    RescoreIn,
    RescoreOut,
    RescoresOut,
)
from heldout_server.web.services import TakesLabels

router = Routes()
RESCORES = "/competitions/{slug}/rescores"


@router.post(RESCORES, status_code=202)
def make_rescore(
    body: RescoreIn,
    actor: ActingOwner,
    competition: ToChange,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> RescoreOut:
    """Begin a draft from stored predictions: no model runs, and nobody sees it. Then look at its
    preview, and apply or discard it.
    """
    labels = labels_of(body, services.takes_labels)
    wanted = Wanted(labels=labels, metric=body.metric, note=body.note)
    context = ActContext(session, actor, now, competition)
    draft = drafts.make_rescore.perform(context, competition, wanted)
    return RescoreOut.model_validate(draft)


@router.get(RESCORES)
def list_rescores(
    organizer: CallingOrganizer,
    competition: LookedAt,
    session: ReadSession,
    limit: PageLength = 20,
    before: BeforeRow = None,
) -> RescoresOut:
    """Drafts and what became of them, newest first."""
    rows = queries.of_competition(session, row_id(competition), limit=limit + 1, before=before)
    shown = rows[:limit]
    return RescoresOut(
        rescores=[RescoreOut.model_validate(row) for row in shown],
        next=shown[-1].id if len(rows) > limit else None,
    )


@router.get(RESCORES + "/{rescore_id}")
def get_rescore(
    rescore_id: str, organizer: CallingOrganizer, competition: LookedAt, session: ReadSession
) -> RescoreOut:
    """The draft and its progress."""
    draft = queries.by_public_id(session, row_id(competition), rescore_id)
    return RescoreOut.model_validate(draft)


@router.get(RESCORES + "/{rescore_id}/preview")
def preview_rescore(
    rescore_id: str,
    owner: CallingOwner,
    competition: LookedAt,
    session: ReadSession,
    split: Literal["public", "private"] = "public",
    limit: PageLength = 100,
) -> PreviewOut:
    """Who would move, and by how much; of a half-computed draft, so far."""
    draft = queries.by_public_id(session, row_id(competition), rescore_id)
    return preview_out(draft, split, drafts.preview_of(session, draft, split), limit)


def labels_of(body: RescoreIn, intake: TakesLabels) -> TakeLabels | None:
    """How the labels in the body are kept, if there are any."""
    if body.corrections is not None:
        corrections = {each.where: each.label for each in body.corrections}
        return lambda content_hash, base: intake.corrected(content_hash, base, corrections)
    if body.labels is not None:
        labels, ids = body.labels, body.ids
        return lambda content_hash, base: intake.replaced(content_hash, base, labels, ids)
    return None


def preview_out(
    draft: Rescore, split: Literal["public", "private"], found: Preview, limit: int
) -> PreviewOut:
    """A preview as the API shows it."""
    moved = found.moved
    return PreviewOut(
        rescore=RescoreOut.model_validate(draft),
        split=split,
        submissions=found.submissions,
        scores_changed=found.scores_changed,
        largest_change=found.largest_change if draft.metric == draft.base_metric else None,
        direction=scores.direction(draft.metric).value,
        direction_before=scores.direction(draft.base_metric).value,
        leader_changes=found.leader_changes,
        participants=len(found.moves),
        moved_count=len(moved),
        moved=[_move_out(move, draft) for move in moved[:limit]],
    )


def _move_out(move: Move, draft: Rescore) -> MoveOut:
    same = draft.metric == draft.base_metric
    return MoveOut(
        **{name: getattr(move, name) for name in MoveOut.model_fields if "score" not in name},
        score_before=scores.figure(move.score_before, draft.base_metric),
        score_after=scores.figure(move.score_after, draft.metric),
    ).model_copy(update={"change": scores.figure(move.change, draft.metric) if same else None})
