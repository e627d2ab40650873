"""Drawings: sent by whoever draws, found again, hidden by organizers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, select
from sqlmodel import Session, col

from heldout_server.acts import removal
from heldout_server.acts.audit_log import Target
from heldout_server.acts.registry import ActContext, Ids, NoFields, Subject, act
from heldout_server.finals import final_phases, strokes, tap_queries
from heldout_server.finals.final_phases import ContestFinal
from heldout_server.finals.prompts import prompts
from heldout_server.finals.rasterization import rasterized
from heldout_server.kit.errors import ProblemError
from heldout_server.models import (
    AuditEntry,
    Drawing,
    DrawingState,
    Participant,
)
from heldout_server.models.base import public_id
from heldout_server.people import bans
from heldout_server.submissions.queries import lock_participants


class DrawingIn(BaseModel):
    """What somebody drew: for which class, and each stroke as x, y, x, y, … of 0 to 1000.

    `consents`: the next class may have the image, without a name.
    """

    prompt: int = Field(ge=0, le=1000, examples=[7])
    strokes: list[list[int]] = Field(
        max_length=strokes.MOST_STROKES, examples=[[[300, 200, 700, 200, 450, 800]]]
    )
    consents: bool = False


def prompts_of(final: ContestFinal, participant: Participant) -> tuple[int, ...]:
    """The classes that this person is asked to draw, in their order."""
    assert participant.id is not None
    return prompts(final.row.seed, participant.id, len(final.classes))


def draw(
    session: Session,
    final: ContestFinal,
    participant: Participant,
    given: DrawingIn,
    *,
    now: datetime,
) -> Drawing:
    """Keep a drawing and its image. Sent twice, it is the same one.

    Raises ProblemError `forbidden` (banned), `conflict` (not now; drawn before; another's strokes)
    or `validation`.
    """
    bans.check(participant)
    drawn = strokes.checked(given.strokes)
    digest = strokes.digest(drawn)
    assert participant.id is not None
    # Two devices of one person, or one that sends again: one after the other.
    lock_participants(session, [participant.id])
    before = _earlier(session, participant.id, given.prompt)
    if before is not None and before.digest == digest:
        return before
    final_phases.check_drawing(final.row)
    _check_new(session, final, participant, given, digest, before)
    made = Drawing(
        public_id=public_id("d"), competition_id=final.competition_id,
        participant_id=participant.id, prompt=given.prompt, strokes=drawn,
        image=rasterized(drawn, final.canvas).tobytes(),
        digest=digest, consents=given.consents, created_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _check_new(
    session: Session,
    final: ContestFinal,
    participant: Participant,
    given: DrawingIn,
    digest: str,
    before: Drawing | None,
) -> None:
    if before is not None:
        name = final.classes[given.prompt]
        raise ProblemError("conflict", f"You have drawn “{name}” already, here or elsewhere.")
    if given.prompt not in prompts_of(final, participant):
        raise ProblemError("validation", "You weren't asked to draw this.", "Open the page again.")
    alike = {"competition": final.competition_id, "digest": digest}
    if session.execute(tap_queries.drawn_alike(), alike).first() is not None:
        raise ProblemError("conflict", "Exactly this was drawn before.", "Draw it yourself.")


def _earlier(session: Session, participant_id: int, prompt: int) -> Drawing | None:
    found: Drawing | None = session.execute(
        tap_queries.drawn_before(), {"writer": participant_id, "prompt": prompt}
    ).scalar_one_or_none()
    return found


def prompts_drawn(session: Session, participant_id: int) -> set[int]:
    """Which classes somebody has drawn; reads neither strokes nor images."""
    found = session.execute(tap_queries.prompts_drawn(), {"writer": participant_id})
    return set(found.scalars())


class Counted(NamedTuple):
    """What of a drawing that counts is needed again and again; `read_as` as in its row."""

    public_id: str
    participant_id: int
    prompt: int
    read_as: bytes | None


def counted(session: Session, competition_id: int) -> list[Counted]:
    """What counts and isn't hidden, in the order in which it began to count."""
    query = select(
        col(Drawing.public_id),
        col(Drawing.participant_id),
        col(Drawing.prompt),
        col(Drawing.read_as),
    ).where(*_shown(competition_id, DrawingState.COUNTED))
    ordered = query.order_by(col(Drawing.counted_at), col(Drawing.id))
    # Columns without the mapper: thousands of rows, each time that the wall shows a new drawing.
    return list(map(Counted._make, session.connection().execute(ordered)))


def whole(session: Session, competition_id: int) -> Sequence[Drawing]:
    """The rows of all that count and aren't hidden."""
    query = select(Drawing).where(*_shown(competition_id, DrawingState.COUNTED))
    return session.execute(query.order_by(col(Drawing.id))).scalars().all()


def newest(
    session: Session, competition_id: int, state: DrawingState, *, limit: int
) -> Sequence[Drawing]:
    """The newest that came to this state and aren't hidden, newest first."""
    query = select(Drawing).where(*_shown(competition_id, state)).limit(limit)
    ordered = query.order_by(col(Drawing.counted_at).desc(), col(Drawing.id).desc())
    return session.execute(ordered).scalars().all()


def hidden(session: Session, competition_id: int) -> Sequence[Drawing]:
    """What organizers hid, last hidden first."""
    query = select(Drawing).where(
        col(Drawing.competition_id) == competition_id, col(Drawing.hidden_at).is_not(None)
    )
    return session.execute(query.order_by(col(Drawing.hidden_at).desc())).scalars().all()


def images(session: Session, public_ids: Collection[str]) -> dict[str, bytes]:
    """The images of these drawings, as `rasterization` gave them."""
    query = select(col(Drawing.public_id), col(Drawing.image))
    found = session.execute(query.where(col(Drawing.public_id).in_(public_ids)))
    return {str(public_id): bytes(image) for public_id, image in found}


def _shown(competition_id: int, state: DrawingState) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Drawing.competition_id) == competition_id,
        col(Drawing.state) == state,
        col(Drawing.hidden_at).is_(None),
    )


def by_public_id(session: Session, competition_id: int, drawing_id: str) -> Drawing:
    """The drawing of this competition, for whoever changes it. Raises ProblemError `not_found`."""
    found: Drawing | None = session.execute(
        tap_queries.drawing(), {"competition": competition_id, "drawing": drawing_id}
    ).scalar_one_or_none()
    if found is None:
        raise ProblemError("not_found", "This final has no drawing with this id.")
    return found


def _find(context: ActContext, ids: Ids) -> Drawing:
    return by_public_id(context.session, context.competition_id, ids["drawing_id"])


def _target(context: ActContext, drawing: Drawing) -> Target:
    return Target("drawing", drawing.public_id, drawing.competition_id)


DRAWING = Subject(Drawing, "/competitions/{slug}/drawn-final/drawings/{drawing_id}", _find, _target)


def _of(context: ActContext, entry: AuditEntry) -> Drawing:
    return _find(context, {"drawing_id": entry.target_id})


def _set_hidden(context: ActContext, drawing: Drawing, hidden_at: datetime | None) -> None:
    drawing.hidden_at = hidden_at
    context.session.add(drawing)
    context.session.flush()
    final = final_phases.required(context.session, context.competition)
    final_phases.tell(context.session, final, now=context.now)


_hide_again, _show_again = removal.inverses(_of, lambda one: one.hidden_at, _set_hidden)


@act(
    "drawing.hide", DRAWING, NoFields, route="PUT /hidden", label="Hide", is_bad=True,
    words="hid a drawing", inverse=_show_again, done="Hidden: it is off the wall, and counts not.",
)  # fmt: skip
def hide_drawing(context: ActContext, drawing: Drawing, given: NoFields) -> None:
    """Take a drawing off the wall and out of the count. Inverse: show it."""
    if drawing.hidden_at is None:
        _set_hidden(context, drawing, context.now)
        context.record(None, {"hidden": True})


@act(
    "drawing.show", DRAWING, NoFields, route="DELETE /hidden", label="Show again",
    words="showed a hidden drawing again", inverse=_hide_again, done="It is shown, and counts.",
)  # fmt: skip
def show_drawing(context: ActContext, drawing: Drawing, given: NoFields) -> None:
    """Let a hidden drawing back. Inverse: hide it."""
    if drawing.hidden_at is not None:
        _set_hidden(context, drawing, None)
        context.record({"hidden": True}, {"hidden": False})
