"""Re-scores: corrected labels or another metric, looked at before anybody sees them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends

from heldout_server.models import Rescore
from heldout_server.rescoring import drafts, queries
from heldout_server.rescoring.drafts import TakeLabels, Wanted
from heldout_server.rescoring.preview import Preview
from heldout_server.web.api.admin.access import ActingOwner, CallingOrganizer, CallingOwner
from heldout_server.web.api.admin.scope import BeforeRow, Changed, LookedAt, PageLength, row_id
from heldout_server.web.deps import Now, ReadSession, ServicesDep, WriteSession
from heldout_server.web.schemas.rescores import (
    AppliedOut,
    MoveOut,
    PreviewOut,
    RescoreIn,
    RescoreOut,
    RescoresOut,
)
from heldout_server.web.services import TakesLabels

router = APIRouter(prefix="/competitions/{slug}/rescores")


def found(rescore_id: str, competition: Changed, session: WriteSession) -> Rescore:
    """The re-score, to decide on. Raises ProblemError `not_found`."""
    return queries.by_public_id(session, row_id(competition), rescore_id)


Found = Annotated[Rescore, Depends(found, scope="function")]


@router.post("", status_code=202)
def make_rescore(
    body: RescoreIn,
    actor: ActingOwner,
    competition: Changed,
    services: ServicesDep,
    session: WriteSession,
    now: Now,
) -> RescoreOut:
    """Begin a draft from stored predictions: no model runs, and nobody sees it. Then look at its
    preview, and apply or discard it.
    """
    labels = labels_of(body, services.takes_labels)
    wanted = Wanted(labels=labels, metric=body.metric, note=body.note)
    draft = drafts.create(session, actor, competition, wanted, now=now)
    return RescoreOut.model_validate(draft)


@router.get("")
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


@router.get("/{rescore_id}")
def get_rescore(
    rescore_id: str, organizer: CallingOrganizer, competition: LookedAt, session: ReadSession
) -> RescoreOut:
    """The draft and its progress."""
    draft = queries.by_public_id(session, row_id(competition), rescore_id)
    return RescoreOut.model_validate(draft)


@router.get("/{rescore_id}/preview")
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


@router.post("/{rescore_id}/apply")
def apply_rescore(actor: ActingOwner, draft: Found, session: WriteSession, now: Now) -> AppliedOut:
    """Make the draft's figures the board's, all at once; the room hears of it.

    Inverse: `revert` makes the draft that leads back.
    """
    moves = drafts.apply(session, actor, draft, now=now)
    return AppliedOut(
        rescore=RescoreOut.model_validate(draft),
        moved_count=len(moves.moved),
        scores_changed=moves.scores_changed,
    )


@router.post("/{rescore_id}/discard")
def discard_rescore(
    actor: ActingOwner, draft: Found, session: WriteSession, now: Now
) -> RescoreOut:
    """Drop the draft; the board never saw it."""
    drafts.discard(session, actor, draft, now=now)
    return RescoreOut.model_validate(draft)


@router.post("/{rescore_id}/revert", status_code=202)
def revert_rescore(
    actor: ActingOwner, competition: Changed, draft: Found, session: WriteSession, now: Now
) -> RescoreOut:
    """Make a draft that goes back to what the board stood on before; apply it like any other."""
    back = drafts.revert(session, actor, competition, draft, now=now)
    return RescoreOut.model_validate(back)


def labels_of(body: RescoreIn, intake: TakesLabels) -> TakeLabels | None:
    """How the labels in the body are kept, if there are any."""
    if body.corrections is not None:
        corrections = {each.index: each.label for each in body.corrections}
        return lambda content_hash, base: intake.corrected(content_hash, base, corrections)
    if body.labels is not None:
        labels = body.labels
        return lambda content_hash, base: intake.replaced(content_hash, base, labels)
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
        largest_change=found.largest_change,
        leader_changes=found.leader_changes,
        participants=len(found.moves),
        moved_count=len(moved),
        moved=[MoveOut.model_validate(move) for move in moved[:limit]],
    )
